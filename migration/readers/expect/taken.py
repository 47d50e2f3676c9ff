"""What an expect script takes out of a tool's output: as a function of that output, to be tried on samples of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.readers.expect import tcl
from migration.reading.regexes import UnknownError, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migration.readers.expect.tcl import Token

_DEPTH = 12


class Taken(NamedTuple):
    """Something that is taken out of a step's output: the step's index, and what gives it, or UnknownError."""

    step: int
    of: Callable[[str], str]


def group(step: int, pattern: str, number: int) -> Taken:
    """Return what a group of a pattern matches."""

    def of(output: str) -> str:
        found = compiled(pattern, "perl").search(output)
        if found is None or number > found.re.groups:
            raise UnknownError(pattern)
        return found[number] or ""

    return Taken(step, of)


def matches(pattern: str, output: str) -> bool:
    """Return whether a pattern with groups matches a text."""
    try:
        regex = compiled(pattern, "perl")
    except UnknownError:
        return False
    return bool(regex.groups and regex.search(output))


def computed(source: str, known: Mapping[str, Taken]) -> Taken | None:
    """Return what a Tcl script in brackets makes of things that are taken; None if nothing taken is in it."""
    return _using(source, known, lambda lookup: _evaluated(source, lookup, 0))


def spelled(token: Token, known: Mapping[str, Taken]) -> Taken | None:
    """Return what a word makes of things that are taken; None if nothing taken is in it."""
    return _using(token.text, known, lambda lookup: _substituted(token, lookup, 0))


def _using(source: str, known: Mapping[str, Taken], evaluate: Callable[[Callable[[str], str]], str]) -> Taken | None:
    used = [name for name in known if re.search(rf"\$(?:{re.escape(name)}(?!\w)|\{{{re.escape(name)}\}})", source)]
    frozen = {name: known[name] for name in used}
    steps = {taken.step for taken in frozen.values()}
    if len(steps) != 1:
        return None

    def of(output: str) -> str:
        def lookup(name: str) -> str:
            if name not in frozen:
                raise UnknownError(name)
            return frozen[name].of(output)

        return evaluate(lookup)

    return Taken(steps.pop(), of)


class Match(NamedTuple):
    """A regexp command: its pattern, what it reads, and the names of the variables that it sets."""

    taken: Taken
    pattern: str
    names: tuple[str, ...]


def matched(tokens: Sequence[Token], known: Mapping[str, Taken]) -> Match | None:
    """Return what a regexp command does with something that is taken; None if it reads nothing of the kind."""
    rest = list(tokens)
    while rest and not rest[0].braced and re.fullmatch(r"-\w+|--", rest[0].text):
        if rest.pop(0).text in ("-inline", "-all", "-indices", "-start", "-about"):
            return None
    if len(rest) < 2:  # noqa: PLR2004 - a pattern and a text
        return None
    pattern = _literal(rest[0])
    source = known.get(rest[1].text.lstrip("$").strip("{}"))
    if pattern is None or source is None:
        return None
    return Match(source, pattern, tuple(token.text for token in rest[2:]))


def finds(match: Match, output: str) -> bool:
    """Return whether a regexp command finds its pattern; UnknownError if that cannot be told."""
    return bool(compiled(match.pattern, "perl").search(match.taken.of(output)))


def groups(match: Match) -> dict[str, Taken]:
    """Return the variables that a regexp command sets: the whole match, then its groups."""

    def part(number: int) -> Callable[[str], str]:
        return lambda output: group(0, match.pattern, number).of(match.taken.of(output))

    return {name: Taken(match.taken.step, part(number)) for number, name in enumerate(match.names) if name != "->"}


def _literal(token: Token) -> str | None:
    found, scripts = tcl.value(token)
    return None if scripts or any(part.kind != "text" for part in found) else "".join(part.text for part in found)


def _evaluated(source: str, lookup: Callable[[str], str], depth: int) -> str:
    found = list(tcl.commands(source))
    if len(found) != 1 or not found[0].tokens or depth > _DEPTH:
        raise UnknownError(source)
    name, *rest = (_substituted(token, lookup, depth) for token in found[0].tokens)
    handler = _FUNCTIONS.get(name)
    if handler is None:
        raise UnknownError(name)
    try:
        return handler(rest)
    except (IndexError, ValueError) as error:
        raise UnknownError(source) from error


def _substituted(token: Token, lookup: Callable[[str], str], depth: int) -> str:
    pieces = []
    for part in tcl.value(token)[0]:
        if part.kind == "text":
            pieces.append(part.text)
        elif part.text.startswith("["):
            pieces.append(_evaluated(part.text[1:-1], lookup, depth + 1))
        else:
            pieces.append(lookup(part.text))
    return "".join(pieces)


def _list(items: Sequence[str]) -> str:
    return " ".join(f"{{{item}}}" if not item or re.search(r"[\s{}\[\]\"$;\\]", item) else item for item in items)


def _split(words: Sequence[str]) -> str:
    text, signs = words[0], words[1] if len(words) > 1 else " \t\n\r"
    return _list(re.split(f"[{re.escape(signs)}]", text) if signs else list(text))


def _index(text: str, length: int) -> int:
    found = re.fullmatch(r"(end)?([-+]?\d+)?", text)
    if not found or not text:
        raise UnknownError(text)
    return (length - 1 if found[1] else 0) + int(found[2] or 0)


def _lindex(words: Sequence[str]) -> str:
    items = tcl.items(words[0])
    position = _index(words[1], len(items))
    return items[position] if 0 <= position < len(items) else ""


def _lrange(words: Sequence[str]) -> str:
    items = tcl.items(words[0])
    return _list(items[max(0, _index(words[1], len(items))) : _index(words[2], len(items)) + 1])


def _string(words: Sequence[str]) -> str:
    name, text, *rest = words
    signs = rest[0] if rest else " \t\n\r\v\f"
    if name in ("trim", "trimleft", "trimright"):
        return {"trim": text.strip, "trimleft": text.lstrip, "trimright": text.rstrip}[name](signs)
    if name == "range":
        return text[max(0, _index(rest[0], len(text))) : _index(rest[1], len(text)) + 1]
    if name == "map":
        pairs = tcl.items(text)
        table = list(zip(pairs[::2], pairs[1::2], strict=True))
        return re.sub("|".join(re.escape(key) for key, _ in table), lambda found: dict(table)[found[0]], rest[0])
    raise UnknownError(name)


def _regsub(words: Sequence[str]) -> str:
    rest, every = list(words), False
    while rest[0].startswith("-"):
        option = rest.pop(0)
        if option not in ("-all", "--"):
            raise UnknownError(option)
        every = every or option == "-all"
    pattern, text, form = rest
    if re.search(r"\\\d|&", form):
        raise UnknownError(form)
    return compiled(pattern, "perl").sub(lambda _: form, text, count=0 if every else 1)


def _regexp(words: Sequence[str]) -> str:
    rest, every = list(words), False
    if "-inline" not in rest:
        raise UnknownError("regexp")
    while rest[0].startswith("-"):
        option = rest.pop(0)
        if option not in ("-all", "-inline", "--"):
            raise UnknownError(option)
        every = every or option == "-all"
    found = list(compiled(rest[0], "perl").finditer(rest[1]))
    return _list([item or "" for hit in (found if every else found[:1]) for item in (hit[0], *hit.groups())])


_FUNCTIONS: dict[str, Callable[[Sequence[str]], str]] = {
    "split": _split,
    "lindex": _lindex,
    "lrange": _lrange,
    "string": _string,
    "regsub": _regsub,
    "regexp": _regexp,
    "join": lambda words: (words[1] if len(words) > 1 else " ").join(tcl.items(words[0])),
    "llength": lambda words: str(len(tcl.items(words[0]))),
    "list": _list,
    "concat": lambda words: " ".join(word.strip() for word in words),
    "set": lambda words: words[0],
    "lreverse": lambda words: _list(tcl.items(words[0])[::-1]),
}
