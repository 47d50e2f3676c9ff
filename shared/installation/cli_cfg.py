"""The file cloudhsm-cli.cfg of Client SDK 5: its stock content, and the changes that programs make to it.

Its fields are from the guide's troubleshooting pages of 2026 and from public scripts. What the file of a fresh
installation holds besides the placeholder of the address is not known.
"""

from __future__ import annotations

import os

from shared.installation.fields import section, sections
from shared.installation.files import Alone, malformed, read_json, replace_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Edit = Callable[[dict[str, Any]], None]

HSM_PORT = 2223
UNSET_HOSTNAME = "%%HSM_IP_ADDRESS%%"
STOCK_TYPE = "hsm1"


def stock(prefix: str) -> dict[str, Any]:
    """Return the content before anybody has configured the tool, naming files under ``prefix``."""
    return {
        "clusters": [cluster([UNSET_HOSTNAME], f"{prefix}/etc/customerCA.crt")],
        "logging": {
            "log_type": "file",
            "log_file": f"{prefix}/run/cloudhsm-cli.log",
            "log_level": "info",
            "log_interval": "daily",
        },
    }


def cluster(hostnames: Sequence[str], ca_file: str, cluster_id: str = "") -> dict[str, Any]:
    """Return the entry of a cluster; with an id it is one of several."""
    inner: dict[str, Any] = {"cluster_id": cluster_id} if cluster_id else {}
    inner |= {"hsm_ca_file": ca_file, "servers": servers(hostnames), "options": {}}
    return {"type": STOCK_TYPE, "cluster": inner}


def servers(hostnames: Sequence[str]) -> list[dict[str, Any]]:
    """Return the entries of servers."""
    return [{"hostname": hostname, "port": HSM_PORT, "enable": True} for hostname in hostnames]


def set_addresses(
    path: str, prefix: str, hostnames: Sequence[str], hsm_type: str | None = None
) -> tuple[str, bytes, int]:
    """Return the file, for ``replace_files``, with these addresses in its only cluster, and this type if one is given.

    A file that is missing is the stock one first; one that has several clusters stays as it is.

    Raises:
        InstallationError: it cannot be read or is malformed.
    """

    def change(content: dict[str, Any]) -> None:
        found = sections(path, content, "clusters")
        if len(found) == 1:
            if hsm_type is not None:
                found[0]["type"] = hsm_type
            section(path, "clusters[0]", found[0], "cluster")["servers"] = servers(hostnames)

    return edited(path, prefix, change)


def clear_addresses(content: dict[str, Any]) -> None:
    """Leave one cluster in the content of a file, without id and with the placeholder for its address."""
    found = content.get("clusters")
    entry = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    inner = entry.get("cluster")
    rest = {name: value for name, value in inner.items() if name != "cluster_id"} if isinstance(inner, dict) else {}
    content["clusters"] = [{**entry, "cluster": {**rest, "servers": servers([UNSET_HOSTNAME])}}]


def edited(path: str, prefix: str, change: Edit) -> tuple[str, bytes, int]:
    """Return the file, for ``replace_files``, after a change of its content; a missing one is the stock one first.

    Raises:
        InstallationError: it cannot be read or is malformed, or what ``change`` raises.
    """
    content = read_json(path) if os.path.lexists(path) else stock(prefix)
    if not isinstance(content, dict):
        raise malformed(path, "no JSON object")
    change(content)
    return path, render(content), 0o644


def edit(path: str, prefix: str, change: Edit) -> None:
    """Change the file in place; see ``edited``."""
    with Alone(os.path.dirname(path)):
        replace_files([edited(path, prefix, change)])


def render(content: dict[str, Any]) -> bytes:
    """Return the bytes of the file: two blanks, the order of the names as it is."""
    import json

    return json.dumps(content, indent=2, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"
