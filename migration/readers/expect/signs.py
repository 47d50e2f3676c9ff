"""Tests of a text by a pattern or a class of signs, as bash asks them: only what means the same in both."""

from __future__ import annotations

import re

from migration.reading.regexes import UnknownError

# What stands for itself in a pattern of either, and in a test of bash without quotes.
_PLAIN = r"[A-Za-z0-9_:@/,=%-]"
_ESCAPED = r"\\[.+*?/@:%_-]"
_CLASS = {"\\d": "[:digit:]", "\\w": "[:alnum:]_", "\\s": "[:space:]"}
_RANGE = r"[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]"
_SET = re.compile(rf"\[(\^?)((?:{_RANGE}|\\[dws]|\\[.+*?/@:%_-]|[A-Za-z0-9_:@/,=%.+*?])*)(-?)\]")
_PIECE = re.compile(
    rf"(?P<set>{_SET.pattern})|(?P<class>\\[dws])|(?P<escaped>{_ESCAPED})|(?P<many>(?:[*+?]|\{{\d{{1,3}}(?:,\d{{0,3}})?\}})(?![*+?{{]))"
    rf"|(?P<plain>[.^$(|)]|{_PLAIN})|(?P<comment>\#)"
)
_KINDS = ("alnum", "alpha", "digit", "lower", "upper", "space", "xdigit")
# A whole number that each reads as one, whatever base it may be in.
_WHOLE = "[-+]?(0|[1-9][0-9]{0,8})"


def extended(pattern: str) -> str:
    """Return a pattern of ``regexp`` as one of bash; UnknownError for one that is written otherwise, or means more."""
    found, position = [], 0
    while position < len(pattern):
        piece = _PIECE.match(pattern, position)
        if piece is None or (piece[0] == "(" and pattern.startswith("(?", position)):
            raise UnknownError(pattern)
        found.append(_piece(piece))
        position = piece.end()
    if not found or re.search(r"(?:^|[(|])(?:[*+?{]|\))|\|$|\^[*+?{]", pattern):
        raise UnknownError(pattern)
    try:
        re.compile(pattern)
    except re.error as error:
        raise UnknownError(pattern) from error
    return "".join(found)


def _piece(piece: re.Match[str]) -> str:
    text = piece[0]
    if piece["class"]:
        return f"[{_CLASS[text]}]"
    if piece["comment"]:
        return r"\#"
    if piece["escaped"]:
        return text if text[1] in ".+*?" else text[1]
    if not piece["set"]:
        return text
    inside = _SET.fullmatch(text)
    if inside is None or not inside[2] + inside[3]:
        raise UnknownError(text)
    signs = re.sub(r"\\[dws]", lambda hit: _CLASS[hit[0]], inside[2])
    # A sign of the set and not of a range stands last.
    last = "-" if inside[3] or "\\-" in signs else ""
    plain = re.sub(r"\\(.)", r"\1", signs.replace("\\-", ""))
    return f"[{inside[1]}{plain}{last}]"


def globbed(pattern: str) -> str:
    """Return a pattern of ``string match`` as one of bash; UnknownError for one that is written otherwise."""
    if not re.fullmatch(rf"(?:{_PLAIN}|[.*?#;])+", pattern):
        raise UnknownError(pattern)
    return re.sub("[#;]", r"\\\g<0>", pattern)


def classed(kind: str, *, strict: bool, ends: bool) -> str:
    """Return the pattern of bash for ``string is``; ``ends`` says that the script ends where it is not found.

    A whole number may be written in ways that are not in the pattern, so that it serves only for what ends the script.
    """
    if kind in _KINDS:
        return f"^[[:{kind}:]]{'+' if strict else '*'}$"
    if kind != "integer" or not ends:
        raise UnknownError(kind)
    return f"^{_WHOLE}$" if strict else f"^({_WHOLE})?$"
