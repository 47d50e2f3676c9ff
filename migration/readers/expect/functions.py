"""Tcl's functions on texts: what they give, or UnknownError."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.readers.expect import tcl
from migration.reading.regexes import UnknownError, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LONGEST = 10_000
# Braces that are closed before others are opened, at most in each other.
_BALANCED = re.compile(r"[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*")
_WHOLE = r"(?:0|[1-9]\d{0,17})"
# Numbers that Tcl reads in another way than they look: in base 8, with an exponent, or too long.
_OTHER_NUMBERS = re.compile(
    r"[-+]?(?:0b[01]+|0o[0-7]+|0d\d+|\d+|(?:\d+\.?\d*|\.\d+)e[-+]?\d+|inf(?:inity)?|nan(?:\(\w*\))?)", re.IGNORECASE
)
# The largest number that 32 bits hold.
_LARGEST = 0x7FFFFFFF


def number(text: str) -> int | float | None:
    """Return the number that a text is, None if it is none; UnknownError if Tcl reads it otherwise than it looks."""
    plain = text.strip(" \t\n\r\v\f")
    if re.fullmatch(f"[-+]?{_WHOLE}", plain):
        return int(plain)
    if re.fullmatch(r"[-+]?0[xX][0-9a-fA-F]+", plain):
        return int(plain, 16)
    if _OTHER_NUMBERS.fullmatch(plain):
        raise UnknownError(text)
    return float(plain) if re.fullmatch(r"[-+]?(?:\d+\.\d*|\.\d+)", plain) else None


def _integer(text: str) -> int | None:
    """Return the number of a text that holds a whole one; UnknownError for one that 32 bits cannot hold."""
    found = number(text)
    if isinstance(found, int) and abs(found) > _LARGEST:
        raise UnknownError(text)
    return found if isinstance(found, int) else None


def _needed(text: str) -> int:
    found = _integer(text)
    if found is None:
        raise UnknownError(text)
    return found


def listed(items: Sequence[str]) -> str:
    """Return a list of elements as Tcl writes it; UnknownError for one that braces cannot hold."""
    found: list[str] = []
    for item in items:
        special = not item or re.search(r"[\s{}\[\]\"$;\\]", item) or (item.startswith("#") and not found)
        if special and (item.count("{") != item.count("}") or "\\" in item or not _BALANCED.fullmatch(item)):
            raise UnknownError(item)
        found.append(f"{{{item}}}" if special else item)
    return " ".join(found)


def hashed(keys: Sequence[str]) -> list[str]:
    """Return the keys of an array in the order in which Tcl 8.6 goes through them: that of its table."""
    buckets: list[list[str]] = [[] for _ in range(4)]
    for count, key in enumerate(keys, 1):
        buckets[_hash(key) % len(buckets)].insert(0, key)
        if count >= 3 * len(buckets):
            before, buckets = buckets, [[] for _ in range(4 * len(buckets))]
            for item in [item for bucket in before for item in bucket]:
                buckets[_hash(item) % len(buckets)].insert(0, item)
    return [item for bucket in buckets for item in bucket]


def _hash(key: str) -> int:
    found = 0
    for byte in key.encode():
        found = (found * 9 + byte) & 0xFFFFFFFF
    return found


def globbed(pattern: str, *, ignore_case: bool = False) -> re.Pattern[str]:
    """Return the regular expression of a pattern of ``string match``, without its ends."""
    found, position = "", 0
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\" and position + 1 < len(pattern):
            position += 1
            found += re.escape(pattern[position])
        elif sign == "[" and "]" in pattern[position:]:
            end = pattern.index("]", position)
            found += f"[{re.escape(pattern[position + 1 : end]).replace(chr(92) + '-', '-')}]"
            position = end
        else:
            found += {"*": ".*", "?": "."}.get(sign, re.escape(sign))
        position += 1
    try:
        return re.compile(found, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
    except re.error as error:
        raise UnknownError(pattern) from error


def index(text: str, length: int) -> int:
    """Return the place that an index names, ``end`` among them."""
    found = re.fullmatch(rf"(end)?([-+]?{_WHOLE})?", text)
    if not found or not text:
        raise UnknownError(text)
    return (length - 1 if found[1] else 0) + int(found[2] or 0)


def _options(words: Sequence[str], known: Sequence[str]) -> tuple[set[str], list[str]]:
    rest, found = list(words), set()
    while rest and rest[0].startswith("-") and len(rest[0]) > 1 and not rest[0][1:].isdigit():
        option = rest.pop(0)
        if option == "--":
            break
        if option not in known:
            raise UnknownError(option)
        found.add(option)
    return found, rest


def _split(words: Sequence[str]) -> str:
    text, signs = words[0], words[1] if len(words) > 1 else " \t\n\r"
    if not text:
        return ""
    return listed(re.split(f"[{re.escape(signs)}]", text) if signs else list(text))


def _lindex(words: Sequence[str]) -> str:
    found = words[0]
    for place in words[1:]:
        items = tcl.items(found)
        position = index(place, len(items))
        found = items[position] if 0 <= position < len(items) else ""
    return found


def _lrange(words: Sequence[str]) -> str:
    items = tcl.items(words[0])
    return listed(items[max(0, index(words[1], len(items))) : max(0, index(words[2], len(items)) + 1)])


def _string(words: Sequence[str]) -> str:
    name, *rest = words
    handler = _STRINGS.get(name)
    if handler is None:
        raise UnknownError(name)
    return handler(rest)


def _trimmed(side: str) -> Callable[[Sequence[str]], str]:
    def trim(words: Sequence[str]) -> str:
        signs = words[1] if len(words) > 1 else " \t\n\r\v\f"
        return {"trim": words[0].strip, "trimleft": words[0].lstrip, "trimright": words[0].rstrip}[side](signs)

    return trim


def _range(words: Sequence[str]) -> str:
    text, first, last = words
    return text[max(0, index(first, len(text))) : max(0, index(last, len(text)) + 1)]


def _mapped(words: Sequence[str]) -> str:
    pairs = tcl.items(words[-2])
    if len(words) > 2:  # noqa: PLR2004 - -nocase
        raise UnknownError(words[0])
    table: dict[str, str] = {}
    for key, value in zip(pairs[::2], pairs[1::2], strict=True):
        table.setdefault(key, value)
    if "" in table:
        raise UnknownError(words[-2])
    return re.sub("|".join(map(re.escape, table)), lambda found: table[found[0]], words[-1]) if table else words[-1]


def _compared(words: Sequence[str]) -> tuple[str, str]:
    options, rest = _options(words, ("-nocase",))
    first, second = rest
    return (first.lower(), second.lower()) if options else (first, second)


def _equal(words: Sequence[str]) -> str:
    first, second = _compared(words)
    return str(int(first == second))


def _compare(words: Sequence[str]) -> str:
    first, second = _compared(words)
    return str((first > second) - (first < second))


def _match(words: Sequence[str]) -> str:
    options, (pattern, text) = _options(words, ("-nocase",))
    return str(int(bool(globbed(pattern, ignore_case=bool(options)).fullmatch(text))))


def _at(words: Sequence[str]) -> str:
    text, place = words
    position = index(place, len(text))
    return text[position] if 0 <= position < len(text) else ""


def _repeat(words: Sequence[str]) -> str:
    text, times = words
    if len(text) * int(times) > _LONGEST:
        raise UnknownError("repeat")
    return text * int(times)


def _is(words: Sequence[str]) -> str:
    _, rest = _options(words[1:], ("-strict",))
    kinds: dict[str, Callable[[str], bool]] = {
        "digit": str.isdigit,
        "alpha": str.isalpha,
        "alnum": str.isalnum,
        "space": str.isspace,
        "upper": str.isupper,
        "lower": str.islower,
        "integer": lambda text: _integer(text) is not None,
        "double": lambda text: number(text) is not None,
    }
    return str(int((not rest[0] and "-strict" not in words) or kinds[words[0]](rest[0])))


_STRINGS: dict[str, Callable[[Sequence[str]], str]] = {
    "trim": _trimmed("trim"),
    "trimleft": _trimmed("trimleft"),
    "trimright": _trimmed("trimright"),
    "range": _range,
    "map": _mapped,
    "equal": _equal,
    "compare": _compare,
    "match": _match,
    "index": _at,
    "is": _is,
    "repeat": _repeat,
    "length": lambda words: str(len(words[0])),
    "tolower": lambda words: words[0].lower() if len(words) == 1 else _unknown(words),
    "toupper": lambda words: words[0].upper() if len(words) == 1 else _unknown(words),
    "totitle": lambda words: words[0].capitalize() if len(words) == 1 else _unknown(words),
    "reverse": lambda words: words[0][::-1],
    "first": lambda words: str(words[1].find(words[0])) if len(words) == 2 else _unknown(words),  # noqa: PLR2004 - what, and where
    "last": lambda words: str(words[1].rfind(words[0])) if len(words) == 2 else _unknown(words),  # noqa: PLR2004 - what, and where
}


def _unknown(words: Sequence[str]) -> str:
    raise UnknownError(" ".join(words))


def _regsub(words: Sequence[str]) -> str:
    options, (pattern, text, form) = _options(words, ("-all", "-nocase"))
    if re.search(r"[\\&]", form):
        raise UnknownError(form)
    regex = compiled(pattern, "tcl", ignore_case="-nocase" in options)
    return regex.sub(lambda _: form, text, count=0 if "-all" in options else 1)


def _regexp(words: Sequence[str]) -> str:
    options, rest = _options(words, ("-all", "-inline", "-nocase"))
    hits = list(compiled(rest[0], "tcl", ignore_case="-nocase" in options).finditer(rest[1]))
    if "-inline" not in options:
        return str(len(hits) if "-all" in options else int(bool(hits)))
    return listed([item or "" for hit in (hits if "-all" in options else hits[:1]) for item in (hit[0], *hit.groups())])


def _lsearch(words: Sequence[str]) -> str:
    options, (found, wanted) = _options(words, ("-exact", "-glob", "-nocase", "-regexp"))
    folded = "-nocase" in options

    def is_wanted(item: str) -> bool:
        if "-exact" in options:
            return (item.lower() == wanted.lower()) if folded else item == wanted
        if "-regexp" in options:
            return bool(compiled(wanted, "tcl", ignore_case=folded).search(item))
        return bool(globbed(wanted, ignore_case=folded).fullmatch(item))

    return str(next((place for place, item in enumerate(tcl.items(found)) if is_wanted(item)), -1))


def _lsort(words: Sequence[str]) -> str:
    options, (found,) = _options(words, ("-unique", "-integer", "-decreasing", "-increasing", "-ascii"))
    items = tcl.items(found)
    if "-unique" in options:
        items = list(dict.fromkeys(items))
    key: Callable[[str], int | str] = _needed if "-integer" in options else str
    return listed(sorted(items, key=key, reverse="-decreasing" in options))


def _format(words: Sequence[str]) -> str:
    form, *values = words
    given = iter(values)

    def one(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        value, kind = next(given, None), found[2]
        plain = r"-?\d*(?:\.\d+)?" if kind == "s" else r"[-0]*\d*"
        if value is None or kind not in ("s", "d", "x", "X") or not re.fullmatch(plain, found[1]):
            raise UnknownError(form)
        if kind == "s":
            return found[0] % value
        if kind != "d" and _needed(value) < 0:
            raise UnknownError(value)
        return found[0] % _needed(value)

    return re.sub(r"%([^%a-zA-Z]*)([%a-zA-Z]?)", one, form)


def pairs(text: str) -> dict[str, str]:
    """Return a dictionary as Tcl writes it."""
    items = tcl.items(text)
    return dict(zip(items[::2], items[1::2], strict=True))


def _dict(words: Sequence[str]) -> str:
    name, *rest = words
    if name == "create":
        return listed([item for pair in dict(zip(rest[::2], rest[1::2], strict=True)).items() for item in pair])
    found = pairs(rest[0])
    if name == "get":
        for key in rest[1:-1]:
            found = pairs(found[key])
        return found[rest[-1]] if len(rest) > 1 else rest[0]
    if name == "exists" and len(rest) == 2:  # noqa: PLR2004 - a dictionary and a key
        return str(int(rest[1] in found))
    if name in ("keys", "values", "size") and len(rest) == 1:
        return str(len(found)) if name == "size" else listed(list(found if name == "keys" else found.values()))
    raise UnknownError(name)


def _lappended(words: Sequence[str]) -> str:
    found, place, *more = words
    items = tcl.items(found)
    position = max(0, index(place, len(items) + 1))
    return listed([*items[:position], *more, *items[position:]])


_FUNCTIONS: dict[str, Callable[[Sequence[str]], str]] = {
    "split": _split,
    "lindex": _lindex,
    "lrange": _lrange,
    "string": _string,
    "regsub": _regsub,
    "regexp": _regexp,
    "lsearch": _lsearch,
    "lsort": _lsort,
    "linsert": _lappended,
    "format": _format,
    "dict": _dict,
    "join": lambda words: (words[1] if len(words) > 1 else " ").join(tcl.items(words[0])),
    "llength": lambda words: str(len(tcl.items(words[0]))),
    "list": listed,
    "concat": lambda words: " ".join(filter(None, map(str.strip, words))),
    "set": lambda words: words[0],
    "lreverse": lambda words: listed(tcl.items(words[0])[::-1]),
}
# Those that ask whether a text holds something, with the place of what is looked for.
ASKING = {"regexp": -2, "match": -2, "first": 1, "last": 1, "lsearch": -1, "equal": -2}


def called(name: str, words: Sequence[str]) -> str:
    """Return what a function gives.

    Raises:
        UnknownError: it is not known here, or not with these words.
    """
    handler = _FUNCTIONS.get(name)
    if handler is None:
        raise UnknownError(name)
    try:
        return handler(words)
    except (IndexError, ValueError, KeyError, TypeError, OverflowError, re.error) as error:
        raise UnknownError(name) from error


def asked(name: str, words: Sequence[str]) -> str | None:
    """Return what a function looks for in a text, None if it looks for nothing."""
    kind = words[0] if name == "string" and words else name
    if kind not in ASKING or (kind == "lsearch" and name != kind):
        return None
    rest = [word for word in words if not re.fullmatch(r"-[a-z]+|--", word)]
    place = ASKING[kind] if name != "regexp" else 0
    return rest[place] if -len(rest) <= place < len(rest) else None


def matched(pattern: str, text: str) -> bool:
    """Return whether a text is one that a pattern describes, as a ``switch -glob`` asks it."""
    return bool(globbed(pattern).fullmatch(text))
