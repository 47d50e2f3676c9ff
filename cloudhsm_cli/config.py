"""The file cloudhsm-cli.cfg as the tool reads it: clusters, the servers of each, its options."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.texts import CommandError
from shared.installation.fields import number, section, sections, text
from shared.installation.files import InstallationError, malformed, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HSM_PORT = 2223
UNSET_HOSTNAME = "%%HSM_IP_ADDRESS%%"
TYPES = ("hsm1", "hsm2m")


class ClusterConfig:
    """One cluster of the file: its id (empty in a file with one cluster), its type, and where its HSMs answer."""

    def __init__(self, path: str, where: str, entry: dict[str, Any]) -> None:
        inner = section(path, where, entry, "cluster")
        where_inner = f"{where}.cluster"
        self.hsm_type = text(path, where, entry, "type", TYPES[0])
        if self.hsm_type not in TYPES:
            raise malformed(path, f"{where}.type is neither {' nor '.join(TYPES)}")
        self.id = text(path, where_inner, inner, "cluster_id", "")
        self.ca_file = text(path, where_inner, inner, "hsm_ca_file", "")
        self.options: dict[str, Any] = section(path, where_inner, inner, "options", {})
        self.client_certificate = text(path, where_inner, inner, "client_cert_hsm_tls_file", "")
        self.client_key = text(path, where_inner, inner, "client_key_hsm_tls_file", "")
        self.servers = []
        for position, server in enumerate(sections(path, inner, "servers")):
            spot = f"{where_inner}.servers[{position}]"
            address = text(path, spot, server, "hostname"), number(path, spot, server, "port", HSM_PORT)
            if server.get("enable", True) is True:
                self.servers.append(address)

    def option(self, name: str) -> bool:
        """Return whether an option is switched on."""
        return self.options.get(name) is True


def read_config(path: str) -> tuple[list[ClusterConfig], dict[str, Any]]:
    """Return the clusters of the file at ``path``, and what it says about logging.

    Raises:
        CommandError: it cannot be read, is malformed, names no cluster, or nobody has configured it yet.
    """
    try:
        content = read_json(path)
        clusters = [
            ClusterConfig(path, f"clusters[{position}]", entry)
            for position, entry in enumerate(sections(path, content, "clusters"))
        ]
        logging = section(path, "", content, "logging", {})
        if not clusters:
            raise malformed(path, "clusters is empty")
    except InstallationError as error:
        raise CommandError(str(error)) from error
    if any(hostname == UNSET_HOSTNAME for cluster in clusters for hostname, _ in cluster.servers):
        raise CommandError(texts.UNCONFIGURED)
    return clusters, logging


def choose(clusters: list[ClusterConfig], wanted: str | None) -> ClusterConfig:
    """Return the cluster of an id, or the only one; CommandError if there is no such one, or it is not clear which."""
    if wanted is None:
        if len(clusters) > 1:
            raise CommandError(texts.SEVERAL_CLUSTERS)
        return clusters[0]
    for cluster in clusters:
        if cluster.id == wanted:
            return cluster
    raise CommandError(texts.UNKNOWN_CLUSTER.format(cluster=wanted))
