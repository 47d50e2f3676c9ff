"""createUser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, Unresolved, translated
from migration.map.scene import action, option

_NAME = re.compile(r"\w{1,31}", re.ASCII)

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene
    from migration.words import Word

ROWS = (
    Row("createUser CO|CU|PCO <u> <pw>", "user create --username u --role admin|crypto-user --password pw", "5.7.0"),
    Row("createUser ... -hpswd", "user create --username u --role r", "5.7.0", "the password is asked for"),
    Row("createUser CO ... -2fa F", "user create, then user change-mfa token-sign --token F", "5.7.0", "two steps"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Create the user; a second factor is a second step."""
    kind, user, password, *factor = command.arguments
    role = scene.role(kind)
    hidden = words.literal(password) == "-hpswd"
    typed = (scene.answers[0] if scene.answers else None) if hidden else password
    scene.note("nothing asks for a y", 10)
    _check(user, scene)
    create = action(
        "user create",
        option("--username", user),
        option("--role", role),
        scene.password("--password", typed),
        scene.approval("user"),
    )
    scene.created(user)
    if len(factor) < 2:  # noqa: PLR2004 - the flag and its file
        return translated(create)
    scene.note("the second factor is a step of its own, with a token file of another format", 22)
    scene.note("its key served quorum, too: --change-quorum makes it do so", 22)
    change = action(
        "user change-mfa token-sign", option("--username", user), option("--role", role), option("--token", factor[1])
    )
    return translated(create, change)


def _check(user: Word, scene: Scene) -> None:
    """Look whether CloudHSM CLI takes a name.

    Raises:
        Unresolved: it does not.
    """
    name = words.literal(user)
    if name is None:
        return
    if not _NAME.fullmatch(name):
        raise Unresolved(f"a username has 1 to 31 letters, digits and underlines in CloudHSM CLI, unlike {name}")
    if name != name.lower():
        scene.note(f"CloudHSM CLI makes it {name.lower()}: usernames are in lower case", 17)
