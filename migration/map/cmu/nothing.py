"""What has no equivalent, and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Row, none, not_needed

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

INSTEAD = {
    "server": "the CLI always asks all HSMs; for one of them make a configuration with that server alone",
    "exit": "there is no server mode to leave",
    "listAttributes": "the page on key attributes lists names; numbers are not used",
    "syncKey": "inside a cluster keys are in step by themselves; between clones: key replicate --filter "
    "key-reference=... --source-cluster-id A --destination-cluster-id B (5.12.0)",
    "syncUser": "inside a cluster run user create again, which repairs; between clones: user replicate --username U "
    "--role R --source-cluster-id A --destination-cluster-id B (5.15.0)",
    "getCert": "aws cloudhsmv2 describe-clusters --query 'Clusters[].Certificates' has the certificates",
}
_FORMS = {
    "server": "server <n> ... exit",
    "listAttributes": "listAttributes [-h]",
    "syncKey": "syncKey <h> <server>",
    "syncUser": "syncUser <uid> <server>",
    "getCert": "getCert <file> <type>",
}
ROWS = tuple(Row(_FORMS[name], "", "", INSTEAD[name]) for name in _FORMS)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Say what to do instead; leaving server mode needs nothing."""
    if command.name == "exit":
        return not_needed(INSTEAD["exit"], 11)
    return none(INSTEAD[command.name])
