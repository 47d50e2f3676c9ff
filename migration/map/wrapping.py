"""Wrap mechanisms: numbers in SDK 3, names and parameters in SDK 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from key_mgmt_util.wrap_options import misused
from migration import words
from migration.map.rule import Unresolved, unnamed
from migration.map.scene import option

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.scene import Scene
    from migration.words import Word

MECHANISMS = {
    4: "aes-pkcs5-pad",
    5: "aes-no-pad",
    6: "aes-zero-pad",
    7: "rsa-aes",
    8: "rsa-oaep",
    10: "aes-gcm",
    11: "cloudhsm-aes-gcm",
    12: "rsa-pkcs",
}
HASHES = {2: "sha1", 3: "sha256", 4: "sha384", 5: "sha512", 6: "sha224"}
_DEFAULT_HASH = 2
# Options with a number, each with one that key_mgmt_util takes.
_NUMBERS = {"-m": 4, "-t": _DEFAULT_HASH, "-tag_size": 16}
_TAG_BITS = 128
_BITS = 8


def name_of(number: Word) -> str:
    """Return the name of a mechanism; Unresolved if there is none, or a variable hides it."""
    found = MECHANISMS.get(words.number(number) or 0)
    if found is None:
        raise unnamed("mechanism", number)
    return found


def remark(name: str, scene: Scene) -> None:
    """Say what is special about a mechanism."""
    if name in ("aes-pkcs5-pad", "aes-zero-pad"):
        scene.note("the names of the AES key wraps changed; a file opens only with the one that made it", 42)
    if name == "rsa-pkcs":
        scene.note("refused in FIPS mode since 2024", 6)
    if name.endswith("gcm"):
        scene.note("aad is hexadecimal on the command line, the tag is in bits", 43)


def parameters(name: str, command: Parsed, *, unwrap: bool = False) -> tuple[Word, ...]:
    """Return the options of a mechanism: hash, or tag, aad and IV.

    Raises:
        Unresolved: key_mgmt_util does not take these options together, or a hash has no name.
    """
    _check(command)
    found: tuple[Word, ...] = ()
    if name in ("rsa-aes", "rsa-oaep"):
        given = command.get("-t")
        digest = HASHES.get(words.number(given) or 0) if given is not None else HASHES[_DEFAULT_HASH]
        if digest is None:
            raise unnamed("hash", given or ())
        found = (*option("--hash-function", words.text(digest)), *option("--mgf", words.text(f"mgf1-{digest}")))
    if name in ("aes-gcm", "cloudhsm-aes-gcm"):
        found = option("--tag-length-bits", _tag(command.get("-tag_size")))
        if (file := command.get("-aad")) is not None:
            found += option("--aad", words.code(f"$(hsm_hex {words.bash(file)})"))
        if unwrap and name == "aes-gcm" and (file := command.get("-iv_file")) is not None:
            found += option("--iv", words.code(f"$(hsm_hex {words.bash(file)})"))
    return found


def _check(command: Parsed) -> None:
    """Have key_mgmt_util judge whether the options go together; a number that only a run tells counts as good."""
    values: dict[str, object] = {flag: "" for flag in command.values if flag not in _NUMBERS}
    for flag, good in _NUMBERS.items():
        given = command.get(flag)
        if given is not None:
            number = words.number(given)
            values[flag] = good if number is None else number
    if values.get("-t", _DEFAULT_HASH) in HASHES and misused(values, "3.x"):
        raise Unresolved("these options do not go together: key_mgmt_util shows help and does nothing")


def _tag(size: Word | None) -> Word:
    if size is None:
        return words.text(str(_TAG_BITS))
    number = words.number(size)
    if number is not None:
        return words.text(str(number * _BITS))
    return words.code(f"$(({words.bash(size).strip(chr(34))} * {_BITS}))")
