"""Regular expressions of grep, sed and awk as Python's."""

from __future__ import annotations

import re
import warnings

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "digit": "0-9",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_SPECIAL = "(){}|+?"
_BRACKET = re.compile(r"\[\^?\]?(?:\[:\w+:\]|[^\]])*\]")
# GNU's own escapes, which Python writes the same way, or otherwise.
_GNU = {"<": r"\b", ">": r"\b", "n": "\n", "t": "\t"}


class UnknownError(Exception):
    """What a filter does is not known here."""


# A sign that is escaped, a bracket, an end.
_ENDS = re.compile(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*\]|\$", re.DOTALL)

_LAZY = re.compile(r"[*+?}]\?")
_QUANTIFIER = re.compile(r"(?<!\()[*+?]|\}")


def compiled(pattern: str, kind: str = "basic", *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return a pattern as Python matches it; ``kind`` is basic, extended, perl, tcl, fixed or awk.

    In Tcl a dot is a line end, too, ``$`` the end of the text alone, and one quantifier that takes as little as it can
    makes others do so.

    Raises:
        UnknownError: Python has nothing that is the same, or the pattern is none.
    """
    if kind == "fixed":
        text = re.escape(pattern)
    elif kind in ("perl", "tcl"):
        text = _bracketed(pattern)
        if kind == "tcl":
            signs = _ENDS.sub(lambda found: "$" if found[0] == "$" else "x", pattern)
            if _LAZY.search(signs) and _QUANTIFIER.search(_LAZY.sub("", signs)):
                raise UnknownError(pattern)
            text = _ENDS.sub(lambda found: r"\Z" if found[0] == "$" else found[0], text)
    else:
        text = _posix(spelled(pattern) if kind == "awk" else pattern, extended=kind in ("extended", "awk"))
    try:
        with warnings.catch_warnings():
            # What may mean something else in a later Python means here what it does today.
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(text, (re.IGNORECASE if ignore_case else 0) | (re.DOTALL if kind == "tcl" else 0))
    except (re.error, OverflowError, RecursionError) as error:
        raise UnknownError(pattern) from error


def spelled(pattern: str) -> str:
    """Return a pattern with tabs and line ends instead of their names, which sed and awk know in brackets, too."""
    return re.sub(r"\\(.)", lambda found: {"t": "\t", "n": "\n"}.get(found[1], found[0]), pattern)


def _bracket(text: str) -> str:
    inside = text[1:-1]
    negated = inside.startswith("^")
    inside = inside.removeprefix("^")
    pieces = re.split(r"\[:(\w+):\]", inside)
    if any(name not in _CLASSES for name in pieces[1::2]):
        raise UnknownError(text)
    found = "".join(
        _CLASSES[piece] if index % 2 else re.sub(r"([\\\[\]&~|])", r"\\\1", piece) for index, piece in enumerate(pieces)
    )
    return f"[{'^' if negated else ''}{found}]"


def _bracketed(pattern: str) -> str:
    """Return a Perl pattern with POSIX's classes spelled out, and a mark for what is kept out of the match."""
    found = re.sub(r"\[:(\w+):\]", lambda name: _CLASSES.get(name[1], name[0]), pattern)
    if r"\K" in found:
        if found.count(r"\K") > 1 or re.search(r"(?<!\\)\|", found):
            raise UnknownError(pattern)
        found = found.replace(r"\K", "(?P<kept>)")
    return found


def _posix(pattern: str, *, extended: bool) -> str:
    pieces: list[str] = []
    position = 0
    while position < len(pattern):
        sign = pattern[position]
        bracket = _BRACKET.match(pattern, position) if sign == "[" else None
        if bracket:
            pieces.append(_bracket(bracket[0]))
            position = bracket.end()
            continue
        if sign == "\\" and position + 1 < len(pattern):
            following = pattern[position + 1]
            pieces.append(_escaped(following, extended=extended))
            position += 2
            continue
        if not extended and (
            sign in _SPECIAL
            or (sign in "*^" and _begins(pieces) != (sign == "^"))
            or (sign == "$" and not _ends(pattern, position))
        ):
            pieces.append("\\" + sign)
        else:
            pieces.append(sign)
        position += 1
    return "".join(pieces)


def _escaped(following: str, *, extended: bool) -> str:
    if not extended and following in _SPECIAL:
        return following
    if following in _GNU:
        return _GNU[following]
    return "\\" + following if following in "wWsSbB123456789" or not following.isalnum() else following


def _begins(pieces: list[str]) -> bool:
    return not pieces or pieces[-1] in ("(", "|", "^")


def _ends(pattern: str, position: int) -> bool:
    return position == len(pattern) - 1 or pattern[position + 1 : position + 3] in (r"\)", r"\|")
