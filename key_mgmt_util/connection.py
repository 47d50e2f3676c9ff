"""How KMU reaches the cluster: the client of the installation, over the address in cloudhsm_client.cfg."""

from __future__ import annotations

import os

from shared import errors
from shared.cluster import members
from shared.cluster.quorum import QuorumClient
from shared.installation import Installation, InstallationError
from shared.installation.cfg import read_client
from shared.realm import Realm
from shared.store.protocol import StoreError
from shared.store.records import Cluster, Hsm, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.cluster.certificates import Certificates
    from shared.errors import Code

TOOL = "key_mgmt_util"
NO_CLUSTER = "there is no cluster yet: cloudhsm-sim cluster create NAME"


class Refused(Exception):  # noqa: N818 - it is an outcome
    """The tool cannot start: the code that it prints and, where the real tool knows none, the reason."""

    def __init__(self, code: Code, reason: str = "") -> None:
        super().__init__(code.text)
        self.code = code
        self.reason = reason


class Connection:
    """An open session with a cluster. ``application`` counts the KMU sessions that are open, in the upper byte."""

    def __init__(self, realm: Realm, cluster: str, minimum_nodes: int, installation: Installation) -> None:
        self._realm = realm
        self.profile = realm.profile
        session = realm.open_session(TOOL)
        self.application = realm.store.count(Session, tool=TOOL) << 24

        def certificates() -> Certificates:
            from shared.cluster.certificates import Certificates

            return Certificates.of(installation)

        def report(handle: int, node: int) -> None:
            from shared.installation.client_log import report_tombstone

            report_tombstone(installation, handle, node)

        self.client = QuorumClient(realm, cluster, session, minimum_nodes, certificates=certificates, report=report)

    def close(self) -> None:
        """End the session: its login and its session keys go."""
        self._realm.close()


def connect(launcher: str | None) -> Connection:
    """Reach the cluster of the configured address.

    Raises:
        Refused: DAEMON_SOCKET when the client was stopped or its configuration cannot be used, INVALID_OPERATION
            when no HSM of a cluster answers at the address.
    """
    try:
        installation = Installation.find(launcher)
        if os.path.exists(installation.client_stopped):
            raise Refused(errors.DAEMON_SOCKET)
        client = read_client(installation.client_cfg)
        realm = Realm.open(installation, create=True)
    except (InstallationError, StoreError) as error:
        raise Refused(errors.DAEMON_SOCKET, str(error)) from error
    row = realm.store.one(Hsm, ip=client.hostname) if client.hostname else None
    if row is None or not any(hsm.state == "up" for hsm in members(realm.store, row.cluster)):
        hint = "" if realm.store.count(Cluster) else NO_CLUSTER
        realm.close()
        raise Refused(errors.INVALID_OPERATION, hint)
    return Connection(realm, row.cluster, client.minimum_nodes, installation)
