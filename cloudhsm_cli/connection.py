"""How the CLI reaches a cluster: the configuration file, the HSMs of the address in it, and who is logged in."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.config import HSM_PORT, choose, read_config
from cloudhsm_cli.texts import CommandError
from shared.cluster.fleet import Fleet
from shared.cluster.trust import trusts
from shared.installation import Installation, InstallationError
from shared.installation.files import read_bytes
from shared.installation.trust import fingerprint
from shared.realm import Realm
from shared.store.records import Hsm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cloudhsm_cli.config import ClusterConfig
    from shared.crypto.passwords import Password

TOOL = "cloudhsm-cli"


class Connection:
    """One cluster as this run of the tool uses it; ``user`` and ``role`` say who is logged in, if anybody is."""

    def __init__(self, realm: Realm, config: ClusterConfig, cluster: str) -> None:
        self.realm = realm
        self.config = config
        self.cluster = cluster
        self.fleet = Fleet(realm, cluster, realm.open_session(TOOL), is_trusted=self._is_trusted)
        self.user = ""
        self.role = ""

    def renew(self, name: str, password: Password) -> None:
        """Go on with the new password of a user, if it is the one who is logged in."""
        if name == self.user:
            self.fleet.renew(password)

    def _is_trusted(self, anchors: Sequence[str]) -> bool:
        """Return whether one of the trust anchors vouches for the client certificate of the configuration."""
        if not self.config.client_certificate or not self.config.client_key:
            return False
        from shared.clock import now
        from shared.crypto.trust_anchors import vouches

        try:
            certificate, key = read_bytes(self.config.client_certificate), read_bytes(self.config.client_key)
            return vouches(anchors, certificate, key, now())
        except (InstallationError, ValueError):
            return False


class Network:
    """The clusters of one installation, each connected to when a command first asks for it.

    ``logging`` is what the configuration file said about it, None before it has been read. ``several`` says whether
    there was more than one cluster in it.
    """

    def __init__(self, launcher: str | None) -> None:
        self._launcher = launcher
        self._realm: Realm | None = None
        self._open: dict[str, Connection] = {}
        self.logging: dict[str, Any] | None = None
        self.several = False

    def connect(self, cluster_id: str | None) -> Connection:
        """Return the connection to a cluster of the configuration file; None is the only one that is there.

        Raises:
            CommandError: the file cannot be used, names no such cluster, or none of its HSMs answers.
            InstallationError, StoreError: there is no installation, or its store cannot be used.
        """
        place = Installation.find(self._launcher)
        clusters, self.logging = read_config(place.cli_cfg)
        self.several = len(clusters) > 1
        config = choose(clusters, cluster_id)
        if self._realm is None:
            self._realm = Realm.open(place, create=True)
        cluster = _answering(self._realm, config, place.customer_ca)
        if cluster not in self._open:
            self._open[cluster] = Connection(self._realm, config, cluster)
        connection = self._open[cluster]
        connection.config = config
        return connection

    def connections(self) -> list[Connection]:
        """Return what is connected."""
        return list(self._open.values())

    def close(self) -> None:
        """End all sessions: their logins and session keys go."""
        if self._realm is not None:
            self._realm.close()


def _answering(realm: Realm, config: ClusterConfig, customer_ca: str) -> str:
    """Return the cluster to which the first HSM belongs that answers; its other HSMs are found through it."""
    for hostname, port in config.servers:
        row = realm.store.one(Hsm, ip=hostname, state="up") if hostname and port == HSM_PORT else None
        if row is not None and _is_issued(realm, row, config.ca_file or customer_ca):
            return row.cluster
    raise CommandError(texts.NO_CONTEXT)


def _is_issued(realm: Realm, row: Hsm, ca_file: str) -> bool:
    """Return whether the certificate authority of the configuration is the one that issued the HSM's certificate."""
    try:
        return trusts(realm, row.id, fingerprint(ca_file))
    except (OSError, InstallationError):
        return False
