"""End-to-end encryption: the connection trusts the cluster if the customer CA in etc/ is the cluster's."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import not_connected
from shared.cluster.trust import trusts
from shared.errors import HsmError
from shared.installation import InstallationError
from shared.installation.trust import fingerprint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server
    from shared.realm import Realm

LIMITED = "Server {server} is in unencrypted mode now...\nrunning in limited commands mode\n"
MISSING = "{path},\npartition owner certificate not exist at given path\n" + LIMITED
WRONG = "Certificate ERROR: [ certificate signature failure ]\n" + LIMITED
FAILED = "Failed to create client ssl ctx\nE2E Session failed: E2E setup failed\nEnabling E2E failed\n"
FAILED_MISSING = "Error: partition owner certificate doesn't exist at given path.\n" + FAILED


def enable(realm: Realm, server: Server) -> str:
    """Set up encryption with a server and return what enable_e2e prints for it."""
    try:
        server.hsm.row()
    except HsmError:
        return not_connected(server)
    verdict = _verdict(realm, server)
    server.encrypted = verdict == ""
    if server.encrypted:
        return f"E2E enabled on server {server}\n"
    return FAILED_MISSING if verdict == MISSING else FAILED


def limited(realm: Realm, server: Server) -> str:
    """Return what the connect phase prints for a server that cannot be encrypted; empty for one that can."""
    return _verdict(realm, server).format(path=server.entry.owner_cert_path, server=server)


def _verdict(realm: Realm, server: Server) -> str:
    """Return the text of what is wrong, or nothing."""
    try:
        seen = fingerprint(server.entry.owner_cert_path)
    except FileNotFoundError:
        return MISSING
    except (InstallationError, OSError):
        return WRONG
    return "" if trusts(realm, server.hsm.id, seen) else WRONG
