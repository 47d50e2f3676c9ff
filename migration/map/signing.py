"""Signature mechanisms: numbers in SDK 3, names and parameters in SDK 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Row, unnamed
from migration.map.scene import option

if TYPE_CHECKING:
    from migration.map.scene import Scene
    from migration.words import Word

_HASHES = ("sha1", "sha256", "sha384", "sha512", "sha224")
_LENGTHS = {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}
MECHANISMS = {
    **{number: ("rsa-pkcs", name) for number, name in enumerate(_HASHES)},
    **{number: ("rsa-pkcs-pss", name) for number, name in enumerate(_HASHES, len(_HASHES))},
    **{number: ("ecdsa", name) for number, name in enumerate(("sha1", "sha224", "sha256", "sha384", "sha512"), 15)},
}
ROWS = (
    *(
        Row(f"sign/verify -m {number}", f"{name} --hash-function {digest}", "5.11.0")
        for number, (name, digest) in MECHANISMS.items()
    ),
    Row("sign/verify -m 10-14", "", "", "not documented in key_mgmt_util either"),
)


def mechanism(number: Word, scene: Scene) -> tuple[str, tuple[Word, ...]]:
    """Return the name of a mechanism and its options.

    Raises:
        Unresolved: there is none, or a variable hides it.
    """
    known = MECHANISMS.get(words.number(number) if words.number(number) is not None else -1)  # type: ignore[arg-type]
    if known is None:
        raise unnamed("mechanism", number)
    name, digest = known
    options = option("--hash-function", words.text(digest))
    scene.note("mechanisms have names and parameters", 46)
    scene.note("data above 64 KB fails: hash it and use --data-type digest", 49)
    if name == "rsa-pkcs-pss":
        options += option("--mgf", words.text(f"mgf1-{digest}"))
        options += option("--salt-length", words.text(str(_LENGTHS[digest])))
    if name == "ecdsa":
        scene.note("signatures are r||s, not DER; the file keeps the form that it had", 47)
        if digest == "sha1":
            scene.note("refused with P-256 since 5.16 unless --enable-ecdsa-with-weak-hash-function", 48)
    return name, options
