"""loginHSM: credentials of the commands that follow."""

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
    Row(
        "loginHSM -u CU|CO -s <user> -p <pw>",
        "login --username user --role crypto-user|admin --password pw",
        "5.7.0",
        "single commands: CLOUDHSM_ROLE, CLOUDHSM_PIN",
    ),
    Row("loginHSM ... -hpswd", "login --username user --role crypto-user", "5.7.0", "the password is asked for"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Log in."""
    role = scene.role(command.get("-u") or words.text("CU"))
    typed = command.get("-p") or (scene.answers[0] if scene.answers else None)
    if command.has("-2fa"):
        scene.note("a second factor needs login ... mfa-token-sign --token FILE", 22)
    scene.note("CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands", 15)
    login = action(
        "login", option("--username", command.get("-s")), option("--role", role), option("--password", typed)
    )
    return translated(login._replace(helper="login"))
