"""Laying out an installation: folders, configuration, certificates, launchers.

What a user may have changed is never written over; only the launchers and the bundle of modules are written anew.
"""

from __future__ import annotations

import os
import sys

from shared import clock
from shared.installation import bundle, certificates, cfg, cli_cfg, init_script, launcher, templates
from shared.installation.files import InstallationError, read_bytes, replace_files
from shared.installation.place import CHOICES, PROFILES, Installation
from shared.realm import Quotas

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Content = tuple[str, bytes, int]

FOLDERS = ("bin", "etc", "etc/certs", "lib", "log", "daemon/1")
PRIVATE_FOLDERS = ("data", "run")


def lay_out(
    prefix: str, profile: str | None = None, service: bool = False, python: str = sys.executable
) -> Installation:
    """Make the folder ``prefix`` an installation, or complete one, and return it.

    ``profile`` is ``3.x`` or ``1.x``; None leaves the profile of an existing installation and gives a new
    one 3.x. ``service`` adds the init script, the one thing outside the folder. ``python`` is the
    interpreter of the launchers, of the same version as this one.

    Raises:
        InstallationError: the profile is unknown, the service is refused, the folder's path is not in UTF-8, it
            holds programs or settings of another kind, or something cannot be written.
    """
    place = Installation(prefix)
    if not prefix:
        raise InstallationError("no folder was named to lay out")
    if not _is_utf8(place.prefix):
        # The configuration files name the folder, and they are JSON.
        raise InstallationError(f"the path of the folder is not in UTF-8: {place.prefix!a}")
    if not python:
        raise InstallationError("no launcher can be made: the path of this interpreter is not known")
    if service:
        init_script.check(place.prefix)
    chosen = profile or place.setting("profile", PROFILES[0])
    if chosen not in PROFILES:
        raise InstallationError(f"unknown profile {chosen!r}: choose {' or '.join(PROFILES)}")
    defaults = {name: choices[0] for name, choices in CHOICES.items()}
    settings = {**Quotas()._asdict(), **defaults, **place.settings, "profile": chosen}
    try:
        launchers = _launchers(place, os.path.abspath(python))
        _make_folders(place)
        contents = [*_certificates(place), *_cfgs(place, settings), *launchers]
        bundle.write(place.bundle)
    except OSError as error:
        raise InstallationError(f"cannot lay out {place.prefix}: {error}") from error
    replace_files(contents)
    if service:
        init_script.write(place.prefix)
    return Installation(prefix)


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _launchers(place: Installation, python: str) -> list[Content]:
    folders = launcher.import_folders()
    contents = []
    for tool in launcher.TOOLS:
        path = f"{place.bin_dir}/{tool}"
        # The original client has programs of the same names in the same place.
        if os.path.lexists(path) and not launcher.is_launcher(path):
            raise InstallationError(f"{path} is no launcher of this simulator: move it away first")
        contents.append((path, launcher.render(tool, python, folders, place.bundle), 0o755))
    return contents


def _make_folders(place: Installation) -> None:
    for name in FOLDERS:
        os.makedirs(f"{place.prefix}/{name}", exist_ok=True)
    for name in PRIVATE_FOLDERS:
        folder = f"{place.prefix}/{name}"
        os.makedirs(folder, 0o700, exist_ok=True)
        os.chmod(folder, 0o700)


def _certificates(place: Installation) -> list[Content]:
    """Return the owner's certificate and the client's pair where they are missing."""
    contents: list[Content] = []
    moment = clock.now()
    if not os.path.lexists(place.customer_ca):
        # A certificate that was taken away to see the tools complain comes back under the same key.
        known = os.path.exists(place.customer_key)
        key = read_bytes(place.customer_key) if known else certificates.make_key()
        owner = certificates.make_certificate(key, certificates.OWNER_NAME, True, moment)
        contents += [(place.customer_ca, owner, 0o644), (place.customer_key, key, 0o600)]
    if not os.path.lexists(place.client_crt) and not os.path.lexists(place.client_key):
        key = certificates.make_key()
        client = certificates.make_certificate(key, certificates.CLIENT_NAME, False, moment)
        contents += [(place.client_crt, client, 0o644), (place.client_key, key, 0o600)]
    return contents


def _cfgs(place: Installation, settings: dict[str, Any]) -> list[Content]:
    """Return the configuration files that are missing, and the settings if they change."""
    contents = [
        (place.client_cfg, cfg.render(templates.client_cfg(place.prefix, settings["profile"]))),
        (place.mgmt_cfg, cfg.render(templates.mgmt_cfg(place.prefix))),
        (place.cli_cfg, cli_cfg.render(cli_cfg.stock(place.prefix))),
    ]
    missing = [(path, content, 0o644) for path, content in contents if not os.path.lexists(path)]
    if settings != place.settings:
        missing.append((place.simulator_cfg, cfg.render(settings), 0o644))
    return missing
