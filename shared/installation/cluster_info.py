"""cluster.info: what the client daemon found out about its cluster, kept for ``configure -m``.

Only its place and purpose are known; the form, a JSON list of ``{"hostname", "port", "name"}``, is a choice
of this project. Deleting the file is the documented cure once all HSMs have been replaced, and always safe.
"""

from __future__ import annotations

import os

from shared.installation.fields import number, sections, text
from shared.installation.files import InstallationError, read_json, replace_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.installation.place import Installation


def read(path: str) -> list[tuple[str, int, str]]:
    """Return ``(hostname, port, name)`` of every HSM in the file at ``path``; empty if there is no such file.

    Raises:
        InstallationError: the file cannot be read or is malformed.
    """
    if not os.path.exists(path):
        return []
    members = []
    for position, entry in enumerate(sections(path, {"content": read_json(path)}, "content")):
        where = f"content[{position}]"
        hostname = text(path, where, entry, "hostname")
        members.append((hostname, number(path, where, entry, "port", 2225), text(path, where, entry, "name", hostname)))
    return members


def write(path: str, members: Sequence[tuple[str, int, str]]) -> None:
    """Write the ``(hostname, port, name)`` of every HSM to ``path``, making its folder if needed.

    Raises:
        InstallationError: the file cannot be written.
    """
    import json

    entries = [{"hostname": hostname, "port": port, "name": name} for hostname, port, name in members]
    folder = os.path.dirname(path)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise InstallationError(f"cannot make {folder}: {error.strerror}") from error
    replace_files([(path, json.dumps(entries, indent=4).encode(), 0o644)])


def ask(place: Installation, ip: str) -> list[tuple[str, int, str]]:
    """Return ``(hostname, port, name)`` of every HSM of the cluster at ``ip``; empty if nobody answers.

    Raises:
        InstallationError: the store of the installation cannot be used.
    """
    from shared.cluster.directory import members_at
    from shared.store.protocol import StoreError

    # No cluster has been made yet, so nobody answers anywhere.
    if not os.path.exists(place.database):
        return []
    try:
        return members_at(place, ip)
    except StoreError as error:
        raise InstallationError(str(error)) from error
