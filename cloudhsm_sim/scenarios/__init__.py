"""Ready-made situations: clusters that have drifted apart, and how they came to.

Each is a module of its name here, and a page in ``docs/scenarios/`` that repairs it. Names only: one scenario imports
one file.
"""

from __future__ import annotations

from contextlib import ExitStack
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from cloudhsm_sim.errors import RefusedError

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage
    from shared.installation import Installation
    from shared.realm import Realm

_NAMES = (
    "user-missing",
    "password-changed",
    "locked-officer",
    "stale-cfg",
    "hsm-down",
    "key-on-one-hsm",
    "owner-missing",
    "owner-id-taken",
    "clone-behind",
    "two-clusters-one-cfg",
    "quorum-absent-officer",
)


class Scenario(Protocol):
    """What a scenario's module offers: a line about it, and itself."""

    SUMMARY: str

    def lay_out(self, stage: Stage) -> None:
        """Make the clusters and what happened to them."""
        ...


def names() -> tuple[str, ...]:
    """Return the names of all scenarios, the simple ones first."""
    return _NAMES


def summary(name: str) -> str:
    """Return the line about a scenario; RefusedError if there is none of that name."""
    return _load(name).SUMMARY


def page(name: str) -> str:
    """Return where the page of a scenario is in the repository."""
    return f"docs/scenarios/{name}.md"


def run(name: str, place: Installation, realm: Realm) -> dict[str, Any]:
    """Lay a scenario out in an installation, whose configuration files then name its cluster; say what was made.

    The result is plain values, ready for JSON: ``scenario``, ``summary``, ``page``, ``next`` (a command line to begin
    with) and what ``Stage.made`` returns.

    Raises:
        RefusedError: there is no such scenario, or an HSM refused a step, as a quota of the installation may make it.
        DirectoryError: a cluster of its name is there already, or an HSM at one of its addresses.
        InstallationError: a file cannot be read or written.
        Whatever is raised, no cluster and no change of a file is left.
    """
    from cloudhsm_sim.joined import at_once
    from cloudhsm_sim.scenarios.stage import Stage
    from shared.errors import HsmError

    scenario = _load(name)
    # The store undoes its own part; what stands in files is undone here, also when the store fails at the very end.
    with ExitStack() as undo:
        try:
            with at_once(realm):
                stage = Stage(name, place, realm, undo)
                scenario.lay_out(stage)
                made = stage.made()
        except HsmError as refusal:
            raise RefusedError(f"{name} cannot be laid out: {refusal}") from refusal
        undo.pop_all()
    return {"scenario": name, "summary": scenario.SUMMARY, "page": page(name), "next": stage.next_command, **made}


def _load(name: str) -> Scenario:
    if name not in _NAMES:
        raise RefusedError(f"no scenario {name}: choose {', '.join(_NAMES)}")
    return cast("Scenario", import_module(f"cloudhsm_sim.scenarios.{name.replace('-', '_')}"))
