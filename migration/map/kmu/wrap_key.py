"""wrapKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map import making, wrapping
from migration.map.rule import Row, none, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    *(
        Row(f"wrapKey/unWrapKey -m {number}", f"key wrap/unwrap {name}", "5.11.0")
        for number, name in wrapping.MECHANISMS.items()
    ),
    Row(
        "wrapKey/unWrapKey -t 2|3|4|5|6", "--hash-function sha1|sha256|sha384|sha512|sha224 --mgf mgf1-<same>", "5.11.0"
    ),
    Row("wrapKey -k h -w h -out F", "--payload-filter, --wrapping-filter, --path", "5.11.0"),
    Row(
        "wrapKey (CloudHSM header)",
        "",
        "",
        "a file with a header cannot be unwrapped by the CLI: wrap again with -noheader first",
    ),
    Row("wrapKey/unWrapKey -noheader", "always", "5.11.0"),
    Row("wrapKey/unWrapKey -aad <file>", "--aad 0x<hex>", "5.11.0"),
    Row("wrapKey/unWrapKey -tag_size <bytes>", "--tag-length-bits <bits>", "5.11.0", "eight times as many"),
    Row("wrapKey -iv_file F", "JSON field iv", "5.11.0"),
    Row("wrapKey/unWrapKey -i <IV>", "", "", "no IV can be given"),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Wrap the key into the file."""
    number = command.values["-m"] or ()
    if command.has("-i"):
        return none("no IV can be given for AES key wrap; the default one is used without -i", making.note(43))
    name = wrapping.name_of(number)
    if not command.has("-noheader"):
        scene.note("the file has no CloudHSM header: label and type are not in it, give them when you unwrap", 41)
    wrapping.remark(name, scene)
    wrap = action(
        f"key wrap {name}",
        scene.key(command.values["-k"] or (), "--payload-filter"),
        scene.key(command.values["-w"] or (), "--wrapping-filter"),
        wrapping.parameters(name, command),
        option("--path", command.get("-out")),
        making.approvals(scene),
    )
    if command.has("-iv_file"):
        wrap = wrap._replace(helper="hsm_iv_to", leading=(command.values["-iv_file"] or (),))
    return translated(wrap)
