"""configure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Action, Row, Unresolved, not_needed, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("configure -a IP", "configure-cli -a IP [IP...]", "5.7.0", "or --cluster-id ID"),
    Row("configure --cmu IP", "configure-cli -a IP", "5.7.0"),
    Row("configure -m", "none needed", "5.7.0", "run configure-cli again"),
    Row("cloudhsm_mgmt_util <cfg>, key_mgmt_util", "cloudhsm-cli interactive", "5.7.0"),
    Row("<tool> singlecmd loginHSM ... <cmd>", "CLOUDHSM_ROLE=R CLOUDHSM_PIN=U:P cloudhsm-cli <cmd>", "5.7.0"),
)
PROGRAM = "/opt/cloudhsm/bin/configure-cli"


def rule(command: Parsed, scene: Scene) -> Result:
    """Configure CloudHSM CLI for the same address."""
    texts = [words.literal(word) for word in command.arguments]
    for flag in ("-a", "--cmu"):
        if flag in texts[:-1]:
            address = command.arguments[texts.index(flag) + 1]
            scene.note("every component has its own configuration", 7)
            return translated(Action((words.text("-a"), address), program=PROGRAM, helper="program"))
    if "-m" in texts:
        return not_needed("there is no such step: configure-cli, run again, refreshes the configuration", 7)
    raise Unresolved("configure-cli has other options: configure-cli --help")
