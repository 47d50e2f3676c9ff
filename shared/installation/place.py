"""Where an installation is, where its files are, and how it is set."""

from __future__ import annotations

import os

from shared.installation.files import InstallationError, malformed, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Setting = TypeVar("Setting", int, str)

HOME_VARIABLE = "CLOUDHSM_SIM_HOME"
PROFILE_VARIABLE = "CLOUDHSM_SIM_PROFILE"
PROFILES = ("3.x", "1.x")
# The settings that are one of a few words; the first is what holds where etc/cloudhsm_sim.cfg names none.
CHOICES = {
    "profile": PROFILES,
    "load_balancing": ("first", "round-robin"),
    "sync_on_start": ("no", "yes"),
}


class Installation:
    """The absolute paths of one installation, and its settings; constructing one reads nothing."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix = os.path.abspath(prefix)
        self.bin_dir = f"{prefix}/bin"
        self.etc_dir = etc = f"{prefix}/etc"
        self.data_dir = data = f"{prefix}/data"
        self.bundle = f"{prefix}/lib/modules.bundle"
        self.log_dir = f"{prefix}/log"
        self.run_dir = run = f"{prefix}/run"
        self.client_cfg = f"{etc}/cloudhsm_client.cfg"
        self.mgmt_cfg = f"{etc}/cloudhsm_mgmt_util.cfg"
        self.cli_cfg = f"{etc}/cloudhsm-cli.cfg"
        self.simulator_cfg = f"{etc}/cloudhsm_sim.cfg"
        self.customer_ca = f"{etc}/customerCA.crt"
        self.customer_key = f"{etc}/customerCA.key"
        self.client_crt = f"{etc}/client.crt"
        self.client_key = f"{etc}/client.key"
        self.database = f"{data}/cloudhsm.db"
        self.vault_dir = f"{data}/lineage"
        self.session_lock = f"{run}/sessions.lock"
        self.client_stopped = f"{run}/cloudhsm_client.stopped"
        self.client_pid = f"{run}/cloudhsm_client.pid"
        self.client_log = f"{run}/cloudhsm_client.log"
        self._settings: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Installation({self.prefix!r})"

    @classmethod
    def find(cls, launcher: str | None = None) -> Installation:
        """Return the installation that a tool is to work on.

        It is ``CLOUDHSM_SIM_HOME``, else the folder above the one that ``launcher`` (a path) is in, if that
        is an installation, else ``~/.local/share/cloudhsm-sim``.

        Raises:
            InstallationError: there is none, or the caller may not use it.
        """
        home = os.environ.get(HOME_VARIABLE)
        places = [home] if home else [*_above(launcher), default_prefix()]
        for place in places:
            found = cls(place)
            if found.exists():
                found.check_access()
                return found
        prefix = os.path.abspath(places[-1])
        raise InstallationError(f"no installation at {prefix}: run cloudhsm-sim install --prefix {prefix}")

    def exists(self) -> bool:
        """Tell whether the folder is laid out as an installation."""
        return all(os.path.isdir(f"{self.prefix}/{name}") for name in ("etc", "data", "daemon"))

    def check_access(self) -> None:
        """Make sure that the caller may read and change the simulated cluster.

        Raises:
            InstallationError: the permissions of the folder do not allow it.
        """
        if not os.access(self.data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise InstallationError(f"no permission to use {self.data_dir}")

    def cluster_info(self, daemon_id: int = 1) -> str:
        """Return the path of the file in which that daemon leaves what it knows of the cluster."""
        return f"{self.prefix}/daemon/{daemon_id}/cluster.info"

    @property
    def profile(self) -> str:
        """The output profile, ``3.x`` or ``1.x``.

        It is ``CLOUDHSM_SIM_PROFILE``, else the installation's own setting, else 3.x.

        Raises:
            InstallationError: the profile is neither, or the settings cannot be read.
        """
        profile = os.environ.get(PROFILE_VARIABLE) or self.setting("profile", PROFILES[0])
        if profile not in PROFILES:
            raise InstallationError(f"unknown profile {profile!r}: choose {' or '.join(PROFILES)}")
        return profile

    def setting(self, name: str, default: Setting) -> Setting:
        """Return a value of etc/cloudhsm_sim.cfg, or ``default`` if that file is missing or does not name it.

        Raises:
            InstallationError: the file is malformed, or the value is of another type than the default.
        """
        value = self.settings.get(name, default)
        if type(value) is not type(default):
            kind = "whole number" if isinstance(default, int) else "text"
            raise malformed(self.simulator_cfg, f'"{name}" is no {kind}')
        return value

    def chosen(self, name: str) -> str:
        """Return the value of a setting that is one of ``CHOICES``.

        Raises:
            InstallationError: the value is none of them, or the settings cannot be read.
        """
        choices = CHOICES[name]
        value = self.setting(name, choices[0])
        if value not in choices:
            raise InstallationError(f"unknown {name} {value!r}: choose {' or '.join(choices)}")
        return value

    @property
    def settings(self) -> dict[str, Any]:
        """What etc/cloudhsm_sim.cfg holds, read once; empty if there is no such file.

        Raises:
            InstallationError: the file cannot be read or is malformed.
        """
        if self._settings is None:
            found = read_json(self.simulator_cfg) if os.path.exists(self.simulator_cfg) else {}
            if not isinstance(found, dict):
                raise malformed(self.simulator_cfg, "no JSON object")
            self._settings = found
        return self._settings


def default_prefix() -> str:
    """Return the prefix that is used where nothing names another: ``~/.local/share/cloudhsm-sim``."""
    return os.path.expanduser("~/.local/share/cloudhsm-sim")


def _above(launcher: str | None) -> list[str]:
    """Return the prefixes a launcher may belong to.

    The path as called comes first: where /opt/cloudhsm is itself a link, that name is the one the tools
    must show.
    """
    if not launcher:
        return []
    named = os.path.abspath(launcher)
    return [os.path.dirname(os.path.dirname(path)) for path in (named, os.path.realpath(named))]
