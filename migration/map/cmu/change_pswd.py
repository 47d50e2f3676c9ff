"""changePswd, and with it the activation of a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("loginHSM PRECO admin password + changePswd PRECO admin <new>", "cluster activate --password <new>", "5.7.0"),
    Row(
        "changePswd <type> <u> <pw>",
        "user change-password --username u --role r --password pw",
        "5.7.0",
        "not for a user who is logged in",
    ),
    Row("changePswd ... -hpswd", "user change-password --username u --role r", "5.7.0", "the password is asked for"),
    Row(
        "changePswd CO <u> <pw> -2fa F",
        "user change-mfa token-sign --username u --role admin --change-password pw --token F",
        "5.7.0",
    ),
    Row(
        "changePswd CO <u> <pw> (ends 2FA)",
        "user change-password ... --deregister-mfa",
        "5.7.0",
        "or user change-mfa token-sign --deregister",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Change the password; that of the first officer activates the cluster."""
    kind, user, password, *factor = command.arguments
    hidden = words.literal(password) == "-hpswd"
    typed = (scene.answers[0] if scene.answers else None) if hidden else password
    scene.note("nothing asks for a y", 10)
    if words.literal(kind) in ("PRECO", "preCO"):
        scene.activated()
        scene.note("a second activation fails", 18)
        return translated(action("cluster activate", scene.password("--password", typed)))
    who = (*option("--username", user), *option("--role", scene.role(kind)))
    if len(factor) > 1:
        scene.note("the token file has another format", 22)
        scene.note("its key served quorum, too: --change-quorum makes it do so", 22)
        change = scene.password("--change-password", typed)
        return translated(
            action("user change-mfa token-sign", who, change, option("--token", factor[1]), scene.approval("user"))
        )
    if words.literal(kind) != "CU":
        scene.note("it took a second factor and the quorum key away: --deregister-mfa, --deregister-quorum do", 22)
    approval = () if scene.login is not None and scene.login.user == user else scene.approval("user")
    return translated(action("user change-password", who, scene.password("--password", typed), approval))
