"""loginStatus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Note, Row, cli, none, translated

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (Row("loginStatus", "key list --max-items 1", "5.10.0", "behind a login only: whether it is good"),)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Try the login with a command that needs one."""
    if scene.login is None or words.literal(scene.login.type) != "CU":
        return none("the prompt shows the user, with several clusters in the configuration only", Note("", 9))
    scene.note("nothing says who is logged in; a key is listed, which fails behind a bad login", 9)
    return translated(cli("key list --max-items 1"))
