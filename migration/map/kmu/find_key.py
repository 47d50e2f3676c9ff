"""findKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import key_kinds
from migration.map.rule import Row, Unresolved, none, translated
from migration.map.scene import action, hexadecimal

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row("findKey", "key list", "5.10.0", "ten at a time; next_token leads on"),
    Row("findKey -c 2|3|4", "--filter attr.class=public-key|private-key|secret-key", "5.10.0"),
    Row("findKey -t 0|3|16|21|31", "--filter attr.key-type=rsa|ec|generic-secret|des3|aes", "5.10.0"),
    Row("findKey -l L", "--filter attr.label=L", "5.10.0"),
    Row("findKey -id I", "--filter attr.id=0x..", "5.10.0"),
    Row("findKey -sess 0|1", "--filter attr.token=true|false", "5.10.0"),
    Row("findKey -u <ids>", "", "", "filter key list --verbose on key-info.key-owners and shared-users with jq"),
    Row("findKey -m <file>", "--filter attr.modulus=0x..", "5.10.0"),
    Row("findKey -kcv <hex>", "--filter attr.check-value=0x..", "5.10.0"),
)


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: C901 - one step an option
    """List references, all pages of them."""
    if command.has("-u"):
        return none(
            "key list --verbose, and jq on key-info: take those whose key-owners and shared-users hold all names"
        )
    conditions = []
    if (number := command.get("-c")) is not None:
        conditions.append(words.join([words.text("attr.class="), key_kinds.class_word(number, scene)]))
    if (number := command.get("-t")) is not None:
        conditions.append(words.join([words.text("attr.key-type="), key_kinds.type_word(number, scene)]))
    if (label := command.get("-l")) is not None:
        conditions.append(words.join([words.text("attr.label="), label]))
    if (identity := command.get("-id")) is not None:
        conditions.append(words.join([words.text("attr.id="), hexadecimal(identity)]))
    if (identity := command.get("-idx")) is not None:
        conditions.append(words.join([words.text("attr.id="), key_kinds.hex_digits(identity)]))
    if (session := command.get("-sess")) is not None:
        token = {"0": "true", "1": "false"}.get(words.literal(session) or "")
        if token is None:
            raise Unresolved(f"-sess {words.shown(session)} decides between attr.token=true and false")
        conditions.append(words.text(f"attr.token={token}"))
    if (file := command.get("-m")) is not None:
        conditions.append(words.join([words.text("attr.modulus="), words.code(f"$(hsm_digits {words.bash(file)})")]))
    if (value := command.get("-kcv")) is not None:
        conditions.append(words.join([words.text("attr.check-value="), key_kinds.hex_digits(value)]))
    scene.note("key list gives ten keys at a time; hsm_all_keys follows next_token", 35)
    scene.note("other users' public keys are listed, too", 35)
    listing = action("key list", (words.text("--filter"), *conditions) if conditions else ())
    binds = tuple(bound for part in ("count", "first", "last", "list") for bound in scene.bind(part))
    return translated(listing._replace(helper="hsm_all_keys", binds=binds))
