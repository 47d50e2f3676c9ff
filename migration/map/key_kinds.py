"""Key classes and types: numbers in SDK 3, names in SDK 5."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Unresolved, unnamed

if TYPE_CHECKING:
    from migration.map.scene import Scene
    from migration.words import Word

CLASSES = {2: "public-key", 3: "private-key", 4: "secret-key"}
TYPES = {0: "rsa", 3: "ec", 16: "generic-secret", 21: "des3", 31: "aes"}
_TYPE_CLASSES = {
    (31, 4): "aes",
    (21, 4): "des3",
    (16, 4): "generic-secret",
    (0, 3): "rsa-private",
    (3, 3): "ec-private",
}


def class_of(number: Word) -> str:
    """Return the name of a class; Unresolved if there is none, or a variable hides it."""
    return _named(CLASSES, number, "class")


def type_of(number: Word) -> str:
    """Return the name of a key type; Unresolved if there is none, or a variable hides it."""
    return _named(TYPES, number, "key type")


def class_word(number: Word, scene: Scene) -> Word:
    """Return the name of a class; of one that a variable of a shell script hides, what tells it in a run."""
    return _when_run("hsm_class", number, scene) or words.text(class_of(number))


def type_word(number: Word, scene: Scene) -> Word:
    """Return the name of a key type, as ``class_word`` does that of a class."""
    return _when_run("hsm_key_type", number, scene) or words.text(type_of(number))


def _when_run(function: str, number: Word, scene: Scene) -> Word | None:
    if not scene.in_place or len(number) != 1 or number[0].kind != words.VARIABLE or scene.held(number[0].text):
        return None
    scene.note(f"{words.shown(number)} holds a number, which becomes a name when the script runs")
    return words.code(f"$({function} {words.bash(number)})")


def _named(table: dict[int, str], number: Word, what: str) -> str:
    plain = words.number(number)
    if plain is None or plain not in table:
        raise unnamed(what, number)
    return table[plain]


def type_class(kind: Word, key_class: Word) -> str:
    """Return the value of ``--key-type-class`` for a type and a class."""
    found = _TYPE_CLASSES.get((words.number(kind) or 0, words.number(key_class) or 0))
    if found is None or words.number(kind) is None:
        raise Unresolved(f"type {words.shown(kind)} with class {words.shown(key_class)} has no name in CloudHSM CLI")
    return found


def hex_digits(value: Word) -> Word:
    """Return hexadecimal digits with 0x in front."""
    plain = words.literal(value)
    if plain is not None and not re.fullmatch(r"(?:0[xX])?[0-9a-fA-F]*", plain):
        raise Unresolved(f"{plain} is not hexadecimal")
    if plain is not None:
        return words.text("0x" + re.sub(r"^0[xX]", "", plain))
    return (
        words.join([words.text("0x"), words.code("${" + words.bash_name(words.names(value)[0]) + "#0x}")])
        if words.names(value)
        else value
    )
