"""The way from a command to the clusters of the installation, and from what goes wrong there to one line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cloudhsm_sim.errors import RefusedError
from shared.clock import OVERRIDE, now
from shared.cluster.directory import DirectoryError
from shared.installation import Installation
from shared.realm import Realm
from shared.store.protocol import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The last one of year 9999; no calendar goes further.
LAST_SECOND = 253402300799


@contextmanager
def clusters() -> Iterator[tuple[Installation, Realm]]:
    """Give the block the installation and its realm; the store is made if there is none yet.

    Raises:
        InstallationError: there is no installation, or it cannot be used.
        RefusedError: the store cannot be used, or the block asked for what there is not.
    """
    place = Installation.find()
    _check_clock()
    try:
        realm = Realm.open(place, create=True)
        try:
            yield place, realm
        finally:
            realm.close()
    except (DirectoryError, StoreError) as error:
        raise RefusedError(str(error)) from error


def _check_clock() -> None:
    """Refuse a time that could not be kept or shown, before anything is done under it."""
    try:
        valid = 0 <= now() <= LAST_SECOND
    except ValueError:
        valid = False
    if not valid:
        raise RefusedError(f"{OVERRIDE} is no number of seconds since 1970")
