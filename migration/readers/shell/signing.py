"""What of a shell script signs with OpenSSL: by which key a signature is made, and what is signed elsewhere now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.readers.shell.tree import Node
    from migration.script import Step
    from migration.words import Word

_TOKENS = ("getToken", "registerQuorumPubKey")


class _Made(NamedTuple):
    """A signature that a command makes: its file, the key, what is signed."""

    node: Node
    signature: Word
    key: Word
    data: Word


class Signing:
    """The calls of ``openssl dgst -sign`` in a script."""

    def __init__(
        self,
        nodes: Sequence[Node],
        words_of: Callable[[Node], list[Word]],
        lookup: Callable[[str], Word | None],
    ) -> None:
        """Take a script's nodes, and what gives a command's words and a variable's value."""
        self._lookup = lookup
        found = (_made(node, words_of(node)) for node in nodes if node.type == "command" and b"-sign" in node.text)
        self._made = [made for made in found if made is not None]

    def keys(self) -> dict[str, Word]:
        """Return the key of each signature file, by the file's name.

        A variable in the name of the key must tell the same where the file is used: it holds one value in all of the
        script, or is in the name of the file, too.
        """
        found: dict[str, Word | None] = {}
        for made in self._made:
            forms = (made.key, words.substitute(made.key, self._lookup))
            told = {"PWD", *words.names(made.signature)}
            key = next((form for form in forms if self._is_told(form, told)), None)
            name = words.beside(made.signature)
            found[name] = key if found.get(name, key) == key else None
        return {name: key for name, key in found.items() if key is not None}

    def _is_told(self, key: Word, told: set[str]) -> bool:
        if any(part.kind == words.CODE for part in key):
            return False
        values = {name: self._lookup(name) for name in words.names(key) if name not in told}
        return all(words.literal(value) is not None for value in values.values())

    def of_tokens(self, steps: Sequence[Step]) -> list[Node]:
        """Return the calls that sign a token of old: tokens are signed where they are used."""
        used = (step.words[3] for step in steps if step.name in _TOKENS and len(step.words) > 3)  # noqa: PLR2004 - the token
        tokens = set(map(words.beside, used))
        return [made.node for made in self._made if words.beside(made.data) in tokens]


def _made(node: Node, found: Sequence[Word]) -> _Made | None:
    plain = [words.literal(word) or "" for word in found]
    begin = next((place for place, text in enumerate(plain) if re.fullmatch(r"(?:.*/)?openssl", text)), len(plain))
    if plain[begin + 1 : begin + 2] != ["dgst"] or not {"-sign", "-out"} <= set(plain[:-1]):
        return None
    return _Made(node, found[plain.index("-out") + 1], found[plain.index("-sign") + 1], found[-1])
