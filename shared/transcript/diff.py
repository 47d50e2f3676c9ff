"""A readable account of where a transcript and a terminal differ."""

from collections.abc import Iterator, Mapping, Sequence

from shared.transcript.align import Pair
from shared.transcript.golden import Line
from shared.transcript.patterns import names, unquote

_AROUND = 2  # agreeing lines shown before and after a difference


def visible(line: str) -> str:
    r"""Return `line` with tabs as \t, trailing blanks as \x20 and other control characters as \xNN."""
    body = line.rstrip(" ")
    shown = "".join(_character(character) for character in body)
    return shown + r"\x20" * (len(line) - len(body))


def _character(character: str) -> str:
    if character == "\t":
        return r"\t"
    if character == "\\":
        return r"\\"
    if "\udc80" <= character <= "\udcff":
        return rf"\x{ord(character) - 0xDC00:02x}"
    return character if character.isprintable() else rf"\x{ord(character):02x}"


def _values(raw: str, bindings: Mapping[str, str]) -> str:
    known = [f"[{key}] = {bindings[key]}" for key in dict.fromkeys(names(raw)) if key in bindings]
    return f"    ({', '.join(known)})" if known else ""


def _shown(pairs: Sequence[Pair]) -> set[int]:
    shown: set[int] = set()
    for index, pair in enumerate(pairs):
        if not pair.same:
            shown.update(range(max(0, index - _AROUND), min(len(pairs), index + _AROUND + 1)))
    return shown


def render_diff(
    expected: Sequence[Line], actual: Sequence[str], pairs: Sequence[Pair], bindings: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of the account: `-` expected and missing, `+` printed and not expected, ` ` agreeing.

    A difference is preceded by `@ line N`, the line of the file.
    """
    shown = _shown(pairs)
    number = expected[0].number if expected else 0
    new: list[str] = []
    for index, pair in enumerate(pairs):
        number = expected[pair.expected].number if pair.expected is not None else number
        if index not in shown:
            continue
        if index - 1 not in shown:
            yield f"@ line {number}"
        if pair.same:
            # What was printed stands together behind what was expected in its place.
            yield from new
            new = []
            at = pair.actual
            yield "  " + visible(unquote(actual[at]) if at is not None else expected[pair.expected or 0].raw)
        elif pair.actual is not None:
            new.append("+ " + visible(unquote(actual[pair.actual])))
        elif pair.expected is not None:
            raw = expected[pair.expected].raw
            yield "- " + visible(unquote(raw)) + _values(raw, bindings)
    yield from new
