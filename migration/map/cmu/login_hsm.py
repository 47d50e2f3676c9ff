"""loginHSM: credentials of the commands that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Action, Row, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "loginHSM CO|CU <user> <pw>",
        "login --username U --role admin|crypto-user --password P",
        "5.7.0",
        "in single commands CLOUDHSM_ROLE and CLOUDHSM_PIN",
    ),
    Row("loginHSM AU <user> <pw>", "", "", "an appliance user cannot log in"),
    Row("loginHSM ... -hpswd", "login --username U --role R", "5.7.0", "the password is asked for"),
    Row(
        "loginHSM ... -2fa <file>",
        "login --username U --role R mfa-token-sign --token F",
        "5.7.0",
        "the file's format is another",
    ),
    Row("loginHSM PRECO admin <pw>", "cluster activate", "5.7.0", "with the changePswd behind it; there is no login"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Log in, or, for the first officer of a cluster that is not activated, do nothing."""
    kind, user, password, *factor = command.arguments
    if words.literal(kind) in ("PRECO", "preCO"):
        scene.note("nobody logs in before the cluster is activated", 18)
        return translated(Action(shown="(nothing: cluster activate needs no login)"))
    role = scene.role(kind)
    token = option("mfa-token-sign --token", factor[1]) if len(factor) > 1 else ()
    if token:
        token = (words.text("mfa-token-sign"), words.text("--token"), factor[1])
        scene.note("the token file has another format, is signed outside, and its path is asked for again", 22)
    login = action("login", option("--username", user), option("--role", role))
    hidden = words.literal(password) == "-hpswd"
    typed = (scene.answers[0] if scene.answers else None) if hidden else password
    scene.note("CLOUDHSM_ROLE and CLOUDHSM_PIN carry the login in single commands", 15)
    return translated(login._replace(argv=(*login.argv, *option("--password", typed), *token), helper="login"))
