"""cloudhsm_mgmt_util: how it is called, how it connects, what it ends with."""

from __future__ import annotations

import os
import sys

from cloudhsm_mgmt_util import encryption, texts
from cloudhsm_mgmt_util.shell import Server, Shell
from shared.cluster.certificates import Certificates
from shared.cluster.directory import MANAGEMENT_PORT
from shared.console import Console
from shared.hsm import Hsm
from shared.installation import Installation, InstallationError
from shared.installation.cfg import read_servers
from shared.realm import Realm
from shared.store import records
from shared.store.protocol import StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.installation.cfg import ServerEntry

TOOL = "cloudhsm_mgmt_util"
FAILED = 1
EDITING = "--editing"
IGNORING = "Ignoring E2E enable flag in the configuration file\n"
# The empty line before it is there with and without the line above (sessions T1 and T14).
CONNECTING = "\nConnecting to the server(s), it may take time\ndepending on the server(s) load, please wait...\n\n"
UNREACHABLE = (
    "Connection to server {host}({host}) on port {port} failed:Connection timed out\n"
    "Connection to one of servers failed, exiting...\n"
)


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run the tool over its arguments, the configuration file, and return its exit status.

    It is 0 once the servers are connected, whatever the commands returned, and 1 if it came to no prompt.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    editing = os.environ.get("CLOUDHSM_SIM_EDITING") == "1"
    if EDITING in arguments:
        editing = True
        arguments.remove(EDITING)
    if len(arguments) != 1:
        sys.stderr.write(texts.USAGE)
        return FAILED
    entries = _entries(arguments[0])
    if not entries:
        sys.stderr.write(texts.CONFIG_UNREADABLE.format(path=arguments[0]))
        return FAILED
    try:
        installation = Installation.find(launcher)
        realm = Realm.open(installation, create=True)
        console = Console()
        try:
            return _serve(console, realm, entries, Certificates.of(installation), editing=editing)
        finally:
            console.flush()
            realm.close()
    except KeyboardInterrupt:
        return FAILED
    except (InstallationError, StoreError, OSError) as error:
        sys.stderr.write(f"{TOOL}: {error}\n")
        return FAILED


def _entries(path: str) -> list[ServerEntry]:
    """Return the servers to connect to; none, if the file cannot be read or names none."""
    try:
        entries = read_servers(path)
        for entry in entries:
            # JSON can spell half characters, which neither a terminal nor the store takes.
            f"{entry.name}{entry.hostname}{entry.owner_cert_path}".encode()
    except (InstallationError, UnicodeEncodeError):
        return []
    return entries


def _serve(
    console: Console, realm: Realm, entries: list[ServerEntry], certificates: Certificates, *, editing: bool
) -> int:
    servers = _connect(console, realm, entries)
    if servers is None:
        return FAILED
    shell = Shell(console, realm, servers, certificates)
    if editing and console.interactive:
        from cloudhsm_mgmt_util.editing import interact

        interact(shell)
    else:
        shell.interact()
    return 0


def _connect(console: Console, realm: Realm, entries: list[ServerEntry]) -> list[Server] | None:
    """Connect to every server and return them; None when one does not answer, which ends the tool.

    In 1.x encryption waits for ``enable_e2e``; later clients run it for every server once all are connected.
    """
    say = console.write
    automatic = realm.profile != "1.x"
    if automatic and any(entry.e2e for entry in entries):
        say(IGNORING)
    say(CONNECTING)
    session = realm.open_session(TOOL)
    servers: list[Server] = []
    for number, entry in enumerate(entries):
        say("\n" if servers else "")
        where = f"server '{entry.name}': hostname '{entry.hostname}', port {entry.port}"
        say(f"Connecting to {where}...\n")
        row = _answering(realm, entry)
        if row is None:
            say(UNREACHABLE.format(host=entry.hostname, port=entry.port))
            return None
        say(f"Connected to {where}.\n")
        again = any(server.hsm.id == row.id for server in servers)
        # A second connection to one HSM has a login of its own.
        server = Server(number, entry, Hsm(realm, row.id, realm.open_session(TOOL) if again else session))
        servers.append(server)
        if automatic:
            say(encryption.limited(realm, server))
    if automatic:
        for server in servers:
            say(encryption.enable(realm, server))
    return servers


def _answering(realm: Realm, entry: ServerEntry) -> records.Hsm | None:
    """Return the HSM that answers where an entry says, if one does."""
    if not entry.hostname or entry.port != MANAGEMENT_PORT:
        return None
    return realm.store.one(records.Hsm, ip=entry.hostname, state="up")
