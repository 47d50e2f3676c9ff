"""The two configuration files: what the tools read from them and what ``configure`` writes into them.

Source: both files of a running client 3.4, the jq edits that scripts make, and the file of a sister
product, which has ``owner_cert_path`` directly in the server's entry. Entries and names that are not known
are kept as they are.
"""

from __future__ import annotations

import os

from shared.installation.fields import number, section, sections, text
from shared.installation.files import Alone, malformed, read_json, replace_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Edit = Callable[[dict[str, Any]], None]


class ServerEntry:
    """One server of cloudhsm_mgmt_util.cfg: an HSM that the management tool connects to."""

    __slots__ = ("e2e", "hostname", "name", "owner_cert_path", "port")

    def __init__(self, name: str, hostname: str, port: int, e2e: bool, owner_cert_path: str) -> None:
        self.name = name
        self.hostname = hostname
        self.port = port
        self.e2e = e2e
        self.owner_cert_path = owner_cert_path

    def __repr__(self) -> str:
        return f"<server {self.name} at {self.hostname}:{self.port}>"


class ClientEntry:
    """What cloudhsm_client.cfg says: where the cluster is, and on how many HSMs a new key must arrive."""

    __slots__ = ("daemon_id", "hostname", "minimum_nodes", "owner_cert_path", "port")

    def __init__(self, hostname: str, port: int, minimum_nodes: int, daemon_id: int, owner_cert_path: str) -> None:
        self.hostname = hostname
        self.port = port
        self.minimum_nodes = minimum_nodes
        self.daemon_id = daemon_id
        self.owner_cert_path = owner_cert_path

    def __repr__(self) -> str:
        return f"<client of {self.hostname}:{self.port}>"


def read_servers(path: str) -> list[ServerEntry]:
    """Return the enabled servers of the management file at ``path``, in the file's order.

    A server without ``name`` goes by its host name; one whose ``enable`` is anything but ``yes`` is left out.

    Raises:
        InstallationError: the file cannot be read or is malformed.
    """
    servers = []
    for number_of, entry in enumerate(sections(path, read_json(path), "servers")):
        where = f"servers[{number_of}]"
        if entry.get("enable", "yes") != "yes":
            continue
        hostname = text(path, where, entry, "hostname")
        encryption = section(path, where, entry, "e2e_encryption", {})
        owner = text(path, where, entry, "owner_cert_path", "")
        servers.append(
            ServerEntry(
                text(path, where, entry, "name", hostname),
                hostname,
                number(path, where, entry, "port", 2225),
                encryption.get("enable") == "yes",
                text(path, f"{where}.e2e_encryption", encryption, "owner_cert_path", owner),
            )
        )
    return servers


def read_client(path: str) -> ClientEntry:
    """Return what the client's file at ``path`` says.

    Raises:
        InstallationError: the file cannot be read or is malformed.
    """
    content = read_json(path)
    server = section(path, "", content, "server")
    client = section(path, "", content, "client", {})
    return ClientEntry(
        text(path, "server", server, "hostname"),
        number(path, "server", server, "port", 2223),
        number(path, "client", client, "create_object_minimum_nodes", 1),
        number(path, "client", client, "daemon_id", 1),
        text(path, "client", client, "e2e_owner_crt_path", ""),
    )


def set_address(client_cfg: str, mgmt_cfg: str, ip: str) -> None:
    """Write one HSM's address into both files: ``configure -a``. The address is not looked at.

    Raises:
        InstallationError: a file cannot be read or written or is malformed; neither is changed.
    """
    _edit((client_cfg, _client_address(client_cfg, ip)), (mgmt_cfg, _mgmt_address(mgmt_cfg, ip)))


def set_servers(mgmt_cfg: str, members: Sequence[tuple[str, int, str]]) -> None:
    """Write the ``(hostname, port, name)`` of a cluster's HSMs as the servers: ``configure -m``.

    The first server there is the template of all: a setting made in it is not lost.

    Raises:
        InstallationError: the file cannot be read or written, is malformed or has no server; it is unchanged.
    """
    _edit((mgmt_cfg, _mgmt_servers(mgmt_cfg, members)))


def set_cluster(client_cfg: str, mgmt_cfg: str, ip: str, members: Sequence[tuple[str, int, str]]) -> None:
    """Do what ``set_address`` and ``set_servers`` do, in one step: ``configure --cmu``.

    Raises:
        InstallationError: a file cannot be read or written or is malformed; neither is changed.
    """
    _edit((client_cfg, _client_address(client_cfg, ip)), (mgmt_cfg, _mgmt_servers(mgmt_cfg, members)))


def set_ssl(client_cfg: str, mgmt_cfg: str, certificate: tuple[str, bytes], key: tuple[str, bytes]) -> None:
    """Put a client's ``(path, PEM bytes)`` certificate and key in place and name them in both files.

    Raises:
        InstallationError: a file cannot be read or written or is malformed; none of the four is changed.
    """
    names = {"certificate": certificate[0], "pkey": key[0]}

    def edit_client(content: dict[str, Any]) -> None:
        content.setdefault("ssl", {})
        section(client_cfg, "", content, "ssl").update(names)

    def edit_mgmt(content: dict[str, Any]) -> None:
        for entry in sections(mgmt_cfg, content, "servers"):
            entry.update(names)

    _edit((client_cfg, edit_client), (mgmt_cfg, edit_mgmt), extra=[(*certificate, 0o644), (*key, 0o600)])


def set_setting(simulator_cfg: str, name: str, value: int | str) -> None:
    """Write one setting of the simulator into its file; what the value may be is for the caller to say.

    Raises:
        InstallationError: the file cannot be read or written or is malformed; it is unchanged.
    """
    _edit((simulator_cfg, lambda content: content.update({name: value})))


def render(content: dict[str, Any]) -> bytes:
    """Return the bytes of a configuration file: names sorted, four blanks, no newline at the end."""
    import json

    return json.dumps(content, indent=4, sort_keys=True).encode()


def _client_address(path: str, ip: str) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        content.setdefault("server", {})
        section(path, "", content, "server")["hostname"] = ip

    return edit


def _mgmt_address(path: str, ip: str) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        first = _template(path, content)
        first["hostname"] = first["name"] = ip

    return edit


def _mgmt_servers(path: str, members: Sequence[tuple[str, int, str]]) -> Edit:
    def edit(content: dict[str, Any]) -> None:
        first = _template(path, content)
        content["servers"] = [
            {**first, "hostname": hostname, "port": port, "name": name} for hostname, port, name in members
        ]

    return edit


def _template(path: str, content: dict[str, Any]) -> dict[str, Any]:
    servers = sections(path, content, "servers")
    if not servers:
        raise malformed(path, "servers is empty")
    return servers[0]


def _edit(*edits: tuple[str, Edit], extra: Sequence[tuple[str, bytes, int]] = ()) -> None:
    """Read and change every file in memory, then write all of them together."""
    with Alone(os.path.dirname(edits[0][0])):
        contents = list(extra)
        for path, edit in edits:
            content = read_json(path)
            if not isinstance(content, dict):
                raise malformed(path, "no JSON object")
            edit(content)
            contents.append((path, render(content), 0o644))
        replace_files(contents)
