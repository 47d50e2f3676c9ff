"""client_info: who is connected to the simulated HSMs. The original's output is not known; this one is ours."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from shared.installation import Installation, InstallationError
from shared.realm import Realm
from shared.store.protocol import StoreError
from shared.store.records import Session


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Print number, tool and start (UTC) of each session; return 1 without an installation, 2 for arguments."""
    if sys.argv[1:] if argv is None else argv:
        sys.stderr.write("usage: client_info\n")
        return 2
    try:
        realm = Realm.open(Installation.find(launcher), create=True)
    except (InstallationError, StoreError) as error:
        sys.stderr.write(f"client_info: {error}\n")
        return 1
    realm.reap()
    for session in realm.store.rows(Session, "id"):
        opened = datetime.fromtimestamp(session.opened, UTC)
        sys.stdout.write(f"{session.id}\t{session.tool}\t{opened:%Y-%m-%dT%H:%M:%SZ}\n")
    realm.close()
    return 0
