"""The two copies that are rehearsed on: installations with the same content, each with folders of its own to work in.

The content is made once, or taken from the installation of the user, which is only read. Then it is copied, so that
both sides begin with the same users, keys, salts and masking keys.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_sim.errors import RefusedError
from migration.rehearsal import shelter
from migration.rehearsal.beginning import Beginning, set_up, take
from shared.installation import Installation
from shared.installation.files import read_bytes, replace_files
from shared.installation.layout import lay_out
from shared.store.removed import watch
from shared.store.sqlite import copy_store

if TYPE_CHECKING:
    from collections.abc import Iterator

LEGACY, TRANSLATED = "legacy", "translated"
_PRIVATE = 0o700
# What a copy has from the installation that it is one of; the rest is laid out anew.
_CERTIFICATES = ("customer_ca", "customer_key", "client_crt", "client_key")
_CONFIGURATION = ("client_cfg", "mgmt_cfg", "cli_cfg", "simulator_cfg")


class Copy(NamedTuple):
    """One copy: its installation, the folder that a script runs in, the one that it has for /tmp, and its programs.

    The script itself lies in ``scripts``, so that it does not find itself where it works. ``hiding`` are the words of
    unshare that hide what is at /opt/cloudhsm on this machine, if something is.
    """

    name: str
    place: Installation
    work: str
    temporary: str
    programs: str
    scripts: str
    hiding: tuple[str, ...] = ()


@contextmanager
def copies(beginning: Beginning, keep: str | None, hiding: tuple[str, ...] = ()) -> Iterator[tuple[Copy, Copy]]:
    """Give the block the copy for the legacy tools and that for CloudHSM CLI, and remove both at its end.

    ``keep`` is a folder for them, new or empty, which stays; ``hiding`` is that of both copies.

    Raises:
        RefusedError: the folder cannot be used, or there is no such cluster or scenario.
        InstallationError, StoreError: the installation cannot be copied.
    """
    with ExitStack() as stack:
        place = os.path.realpath(keep or tempfile.gettempdir())
        if hiding and f"{place}/".startswith(f"{os.path.realpath(shelter.HOME)}/"):
            raise RefusedError(f"{place}: is in {shelter.HOME}, which is hidden from both sides")
        root = _kept(keep) if keep else tempfile.mkdtemp(prefix="cloudhsm-rehearsal-")
        if not keep:
            stack.callback(shutil.rmtree, root, ignore_errors=True)
        first = _copy(root, LEGACY, beginning, None)
        second = _copy(root, TRANSLATED, beginning, first.place)
        yield first._replace(hiding=hiding), second._replace(hiding=hiding)


def _kept(folder: str) -> str:
    try:
        os.makedirs(folder, _PRIVATE, exist_ok=True)
        if os.listdir(folder):
            raise RefusedError(f"{folder}: is not empty")
        os.chmod(folder, _PRIVATE)
    except OSError as error:
        raise RefusedError(f"{folder}: {error.strerror}") from error
    return os.path.realpath(folder)


def _copy(root: str, name: str, beginning: Beginning, like: Installation | None) -> Copy:
    folder = os.path.join(root, name)
    place = Installation(f"{folder}/cloudhsm")
    source = like or beginning.source
    if source is not None:
        _settings(source, place)
    lay_out(place.prefix)
    if source is not None:
        copy_store(source.database, place.database)
        _vault(source, place)
    if like is not None and beginning.scenario:
        kept = f"{like.data_dir}/{beginning.scenario}"
        if os.path.isdir(kept):
            shutil.copytree(kept, f"{place.data_dir}/{beginning.scenario}")
    place = Installation(place.prefix)
    if like is None:
        (take if beginning.cluster else set_up)(place, beginning)
    watch(place.database)
    work, temporary, programs, scripts = (f"{folder}/{part}" for part in ("work", "tmp", "programs", "scripts"))
    made = Copy(name, place, work, temporary, programs, scripts)
    for path in (made.work, made.temporary, made.programs, made.scripts):
        os.mkdir(path, _PRIVATE)
    return made


def _settings(source: Installation, place: Installation) -> None:
    """Copy configuration and certificates; paths under the source's prefix become those of the copy."""
    os.makedirs(place.etc_dir, _PRIVATE)
    found = []
    for name in _CERTIFICATES + _CONFIGURATION:
        path = getattr(source, name)
        if os.path.isfile(path):
            content = read_bytes(path)
            if name in _CONFIGURATION:
                content = content.replace(os.fsencode(source.prefix), os.fsencode(place.prefix))
            found.append((getattr(place, name), content, 0o600))
    replace_files(found)


def _vault(source: Installation, place: Installation) -> None:
    os.makedirs(place.vault_dir, _PRIVATE, exist_ok=True)
    for name in os.listdir(source.vault_dir) if os.path.isdir(source.vault_dir) else ():
        content = read_bytes(f"{source.vault_dir}/{name}")
        replace_files([(f"{place.vault_dir}/{name}", content, 0o600)])
