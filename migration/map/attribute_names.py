"""Attributes: numbers in SDK 3, names in SDK 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Unresolved, unnamed

if TYPE_CHECKING:
    from migration.words import Word

NAMES = {
    0: "class",
    1: "token",
    2: "private",
    3: "label",
    134: "trusted",
    256: "key-type",
    258: "id",
    259: "sensitive",
    260: "encrypt",
    261: "decrypt",
    262: "wrap",
    263: "unwrap",
    264: "sign",
    266: "verify",
    268: "derive",
    288: "modulus",
    289: "modulus-size-bits",
    290: "public-exponent",
    353: "key-length-bytes",
    354: "extractable",
    355: "local",
    356: "never-extractable",
    357: "always-sensitive",
    370: "destroyable",
    371: "check-value",
    528: "wrap-with-trusted",
    1073742353: "wrap-template",
    1073742354: "unwrap-template",
}
ALL, LABEL = 512, 3
_TEMPLATES = ("wrap-template", "unwrap-template")
_TRUTHS = {"0": "false", "1": "true", "0x00": "false", "0x01": "true"}


def name_of(number: Word) -> str:
    """Return the name of an attribute number.

    Raises:
        Unresolved: it is in a variable, or none that CloudHSM CLI has.
    """
    value = words.number(number)
    known = None if value is None else NAMES.get(value)
    if known is None:
        raise unnamed("attribute", number)
    return known


def filter_of(number: Word) -> str:
    """Return the jq filter that takes an attribute, or all of them, out of ``key list --verbose``."""
    if words.number(number) == ALL:
        return ".data.matched_keys[].attributes"
    return f'.data.matched_keys[].attributes."{name_of(number)}"'


def named(number: Word, value: Word) -> tuple[Word, Word]:
    """Return name and value for set-attribute: 0 and 1 become false and true.

    Raises:
        Unresolved: the attribute has no name, or nothing tells how its value is written in CloudHSM CLI.
    """
    name = name_of(number)
    if name in _TEMPLATES:
        raise Unresolved(f"the form of {name} in CloudHSM CLI is not documented: set it by hand")
    if name == "label":
        return words.text(name), value
    plain = words.literal(value)
    if plain is None:
        return words.text(name), words.code(f"$(hsm_truth {words.bash(value)})")
    if plain.strip() not in _TRUTHS:
        raise Unresolved(f"{plain} is no value of {name}: true or false")
    return words.text(name), words.text(_TRUTHS[plain.strip()])
