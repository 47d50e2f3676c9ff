"""Text filters of shell scripts, as far as scripts use them on what the legacy tools print.

Only what has no effect but its output: a filter that would write a file or run a program is not known here. Standard:
POSIX.1-2017, and GNU's options that scripts use (grep -o, -P, -m, -A, -B; sed -r).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration.reading import awk, sed
from migration.reading.regexes import UnknownError, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = tuple[str, int]
_GREPS = {"grep": "basic", "egrep": "extended", "fgrep": "fixed", "zgrep": "basic"}
_KINDS = {"G": "basic", "E": "extended", "P": "perl", "F": "fixed"}
_LONG = {
    "--quiet": "q",
    "--silent": "q",
    "--only-matching": "o",
    "--ignore-case": "i",
    "--invert-match": "v",
    "--count": "c",
    "--extended-regexp": "E",
    "--fixed-strings": "F",
    "--perl-regexp": "P",
    "--word-regexp": "w",
    "--line-regexp": "x",
    "--text": "a",
    "--no-messages": "s",
    "--no-filename": "h",
}
_LONG_VALUES = {"--max-count": "m", "--after-context": "A", "--before-context": "B", "--regexp": "e", "--context": "C"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "f": "\f", "v": "\v"}


def run(stages: Sequence[Sequence[str]], text: str, *, pipefail: bool = False) -> Result:
    """Return what a pipeline makes of a text, and the status of its last stage, or of the last that fails.

    Raises:
        UnknownError: a stage is no filter that is known here, or is used in a way that is not.
    """
    status = 0
    for stage in stages:
        name = stage[0].rpartition("/")[2] if stage else ""
        if name not in _FILTERS:
            raise UnknownError(name)
        text, own = _FILTERS[name](list(stage), text)
        status = own or (status if pipefail else 0)
    return text, status


def known(stage: Sequence[str]) -> bool:
    """Return whether a stage's program is a filter that can be tried out."""
    return bool(stage) and stage[0].rpartition("/")[2] in _FILTERS


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    return text.removesuffix("\n").split("\n") if text else []


def joined(lines: Sequence[str]) -> str:
    """Return lines as a text."""
    return "".join(f"{line}\n" for line in lines)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise UnknownError(text)
    return int(text)


def _grep(words: list[str], text: str) -> Result:  # noqa: C901, PLR0912 - one branch an option
    kind = _GREPS[words[0].rpartition("/")[2]]
    flags, values, patterns = set[str](), {"m": 0, "A": 0, "B": 0}, list[str]()
    rest, operands = words[1:], list[str]()
    while rest:
        option = rest.pop(0)
        if option == "--":
            break
        if not option.startswith("-") or option == "-":
            operands.append(option)
            continue
        name, equals, value = option.partition("=")
        if name in ("--color", "--colour"):
            continue
        letters = _LONG.get(option) or _LONG_VALUES.get(name) or (option[1:] if option[1] != "-" else "")
        if not letters:
            raise UnknownError(option)
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "mABCe":
                given = value if equals else letters or (rest.pop(0) if rest else "")
                letters = ""
                if letter == "e":
                    patterns.append(given)
                else:
                    values |= dict.fromkeys("AB" if letter == "C" else letter, _number(given))
            elif letter in _KINDS:
                kind = _KINDS[letter]
            elif letter in "qoivcwxsah":
                flags.add(letter)
            else:
                raise UnknownError(option)
    operands += rest
    if not patterns:
        patterns, operands = operands[:1], operands[1:]
    if not patterns or operands not in ([], ["-"]):
        raise UnknownError(" ".join(words))
    regexes = [_bounded(compiled(one, kind, ignore_case="i" in flags), flags) for one in patterns[0].split("\n")]
    regexes += [_bounded(compiled(one, kind, ignore_case="i" in flags), flags) for one in patterns[1:]]
    return _matched(lines_of(text), regexes, flags, values)


def _bounded(pattern: re.Pattern[str], flags: set[str]) -> re.Pattern[str]:
    if "x" in flags:
        return re.compile(rf"^(?:{pattern.pattern})$", pattern.flags)
    return re.compile(rf"(?<!\w)(?:{pattern.pattern})(?!\w)", pattern.flags) if "w" in flags else pattern


def _matched(lines: list[str], regexes: list[re.Pattern[str]], flags: set[str], values: dict[str, int]) -> Result:
    hits = [index for index, line in enumerate(lines) if any(regex.search(line) for regex in regexes) != ("v" in flags)]
    if values["m"]:
        hits = hits[: values["m"]]
    status = 0 if hits else 1
    if "q" in flags:
        return "", status
    if "c" in flags:
        return f"{len(hits)}\n", status
    if "o" in flags:
        if "v" in flags:
            return "", status
        if len(regexes) > 1:
            raise UnknownError("-o with several patterns")
        return joined(
            [_kept(found) for index in hits for found in regexes[0].finditer(lines[index]) if found[0]]
        ), status
    shown: list[str] = []
    last = -1
    for index in hits:
        first = max(last + 1, index - values["B"])
        if shown and first > last + 1 and (values["A"] or values["B"]):
            shown.append("--")
        end = min(len(lines) - 1, index + values["A"])
        shown += lines[first : end + 1]
        last = max(last, end)
    return joined(shown), status


def _kept(found: re.Match[str]) -> str:
    start = found.start("kept") if "kept" in found.re.groupindex else found.start()
    return found.string[start : found.end()]


def _as_it_ended(found: list[str], lines: list[str], text: str) -> str:
    """Return lines as a text whose last one has no end if it is the last line of a text that has none."""
    unended = found and lines and not text.endswith("\n") and found[-1] is lines[-1]
    return joined(found)[: -1 if unended else None]


def _head(words: list[str], text: str) -> Result:
    count, signed = _count(words)
    lines = lines_of(text)
    found = lines[:-count] if signed == "-" and count else lines[:count] if signed != "-" else lines
    return _as_it_ended(found, lines, text), 0


def _tail(words: list[str], text: str) -> Result:
    count, signed = _count(words)
    lines = lines_of(text)
    found = lines[max(0, count - 1) :] if signed == "+" else lines[-count:] if count else []
    return _as_it_ended(found, lines, text), 0


def _count(words: list[str]) -> tuple[int, str]:
    rest = words[1:]
    if not rest:
        return 10, ""
    option = rest.pop(0)
    apart = option in ("-n", "--lines") and rest
    text = rest.pop(0) if apart else re.sub(r"^(?:--lines=|-n|-(?=\d))", "", option)
    signed = text[:1] if text[:1] in ("+", "-") else ""
    if rest not in ([], ["-"]) or (option == text and not signed):
        raise UnknownError(" ".join(words))
    return _number(text.removeprefix(signed)), signed


def _cut(words: list[str], text: str) -> Result:
    delimiter, ranges, characters, only = "\t", "", False, False
    rest = words[1:]
    while rest:
        option = rest.pop(0)
        if option in ("-s", "--only-delimited"):
            only = True
            continue
        name, _, value = option.partition("=") if option.startswith("--") else (option[:2], "", option[2:])
        value = value or (rest.pop(0) if rest else "")
        if name in ("-d", "--delimiter"):
            delimiter = value
        elif name in ("-f", "--fields", "-c", "--characters", "-b"):
            ranges, characters = value, name in ("-c", "--characters", "-b")
        else:
            raise UnknownError(option)
    if not ranges or len(delimiter) != 1:
        raise UnknownError(" ".join(words))
    found = []
    for line in lines_of(text):
        if not characters and delimiter not in line:
            found += [] if only else [line]
            continue
        fields = list(line) if characters else line.split(delimiter)
        chosen = [field for number, field in enumerate(fields, 1) if _within(number, ranges)]
        found.append(("" if characters else delimiter).join(chosen))
    return joined(found), 0


def _within(number: int, ranges: str) -> bool:
    for piece in ranges.split(","):
        first, dash, last = piece.partition("-")
        low = _number(first) if first else 1
        high = (_number(last) if last else number) if dash else low
        if low <= number <= high:
            return True
    return False


def _tr(words: list[str], text: str) -> Result:
    flags = set[str]()
    rest = words[1:]
    while rest and re.fullmatch(r"-[cCdst]+", rest[0]):
        flags |= set(rest.pop(0)[1:].lower())
    if not 1 <= len(rest) <= 2 or "t" in flags:  # noqa: PLR2004 - one set or two
        raise UnknownError(" ".join(words))
    sets = [_signs(item) for item in rest]
    first = set(sets[0])

    def chosen(sign: str) -> bool:
        return (sign in first) != ("c" in flags)

    if "d" in flags:
        text = "".join(sign for sign in text if not chosen(sign))
        squeezed = set(sets[1]) if "s" in flags and len(sets) > 1 else set()
    elif len(sets) > 1 and sets[1]:
        if "c" in flags:
            text = "".join(sets[1][-1] if chosen(sign) else sign for sign in text)
        else:
            padded = sets[1] + sets[1][-1] * len(sets[0])
            table = dict(zip(reversed(sets[0]), reversed(padded[: len(sets[0])]), strict=True))
            text = "".join(table.get(sign, sign) for sign in text)
        squeezed = set(sets[1]) if "s" in flags else set()
    elif flags & {"s"}:
        squeezed = {sign for sign in text if chosen(sign)}
    else:
        raise UnknownError(" ".join(words))
    if squeezed:
        text = "".join(
            sign for index, sign in enumerate(text) if not (index and sign in squeezed and text[index - 1] == sign)
        )
    return text, 0


_TR_CLASSES = {
    "digit": "0123456789",
    "space": " \t\n\r\f\v",
    "blank": " \t",
    "alpha": "".join(map(chr, (*range(65, 91), *range(97, 123)))),
    "alnum": "0123456789" + "".join(map(chr, (*range(65, 91), *range(97, 123)))),
    "upper": "".join(map(chr, range(65, 91))),
    "lower": "".join(map(chr, range(97, 123))),
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "print": "".join(map(chr, range(32, 127))),
    "xdigit": "0123456789abcdefABCDEF",
    "punct": "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum()),
}


def _signs(item: str) -> str:
    found: list[str] = []
    for piece in re.finditer(r"\[:(\w+):\]|\\(.)|(.)-(.)|(.)", item, re.DOTALL):
        if piece[1]:
            if piece[1] not in _TR_CLASSES:
                raise UnknownError(item)
            found += _TR_CLASSES[piece[1]]
        elif piece[2]:
            if piece[2].isdigit():
                raise UnknownError(item)
            found.append(_ESCAPES.get(piece[2], piece[2]))
        elif piece[3]:
            found += map(chr, range(ord(piece[3]), ord(piece[4]) + 1))
        else:
            found.append(piece[5])
    return "".join(found)


def _wc(words: list[str], text: str) -> Result:
    if words[1:] == ["-l"]:
        return f"{text.count(chr(10))}\n", 0
    if words[1:] == ["-w"]:
        return f"{len(text.split())}\n", 0
    raise UnknownError(" ".join(words))


def _sort(words: list[str], text: str) -> Result:
    flags = set("".join(words[1:]).replace("-", ""))
    if not flags <= set("nur") or not all(word.startswith("-") for word in words[1:]):
        raise UnknownError(" ".join(words))
    lines = lines_of(text)

    def key(line: str) -> tuple[int, str]:
        number = re.match(r"\s*(-?\d+)", line)
        return (int(number[1]) if number else 0) if "n" in flags else 0, line

    lines.sort(key=key, reverse="r" in flags)
    return joined(list(dict.fromkeys(lines)) if "u" in flags else lines), 0


def _uniq(words: list[str], text: str) -> Result:
    if len(words) > 1:
        raise UnknownError(" ".join(words))
    lines = lines_of(text)
    return joined([line for index, line in enumerate(lines) if not index or line != lines[index - 1]]), 0


def _xargs(words: list[str], text: str) -> Result:
    rest = words[1:]
    each = rest[:1] in (["-n1"], ["-L1"]) or rest[:2] in (["-n", "1"], ["-L", "1"])
    rest = [word for word in rest if word not in ("-n1", "-L1", "-n", "-L", "1", "-r", "--no-run-if-empty")]
    if rest not in ([], ["echo"]) or re.search(r"['\"\\]", text):
        raise UnknownError(" ".join(words))
    items = text.split()
    return joined(items) if each else f"{' '.join(items)}\n", 0


def _paste(words: list[str], text: str) -> Result:
    found = re.fullmatch(r"-s ?(?:-?d ?(.))?(?: -)?", " ".join(words[1:]).replace("-sd", "-s -d"))
    if not found:
        raise UnknownError(" ".join(words))
    return f"{(found[1] or chr(9)).join(lines_of(text))}\n", 0


def _cat(words: list[str], text: str) -> Result:
    if words[1:] not in ([], ["-"]):
        raise UnknownError(" ".join(words))
    return text, 0


def _tac(words: list[str], text: str) -> Result:
    if len(words) > 1:
        raise UnknownError(" ".join(words))
    return joined(lines_of(text)[::-1]), 0


def _sed(words: list[str], text: str) -> Result:
    found = joined(sed.run(words[1:], lines_of(text)))
    # Without an end of its last line it puts out none, if it puts that line out last.
    return (found.removesuffix("\n") if text and not text.endswith("\n") else found), 0


def _awk(words: list[str], text: str) -> Result:
    return awk.run(words[1:], lines_of(text))


_FILTERS: dict[str, Callable[[list[str], str], Result]] = {
    **dict.fromkeys(_GREPS, _grep),
    "head": _head,
    "tail": _tail,
    "cut": _cut,
    "tr": _tr,
    "wc": _wc,
    "sort": _sort,
    "uniq": _uniq,
    "xargs": _xargs,
    "paste": _paste,
    "cat": _cat,
    "tac": _tac,
    "sed": _sed,
    **dict.fromkeys(("awk", "gawk", "mawk", "nawk"), _awk),
}
