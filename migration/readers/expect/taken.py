"""What an expect script takes out of a tool's output: as a function of that output, to be tried on samples of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.readers.expect import functions, tcl
from migration.readers.expect.expression import Evaluator
from migration.reading.regexes import UnknownError, compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migration.readers.expect.tcl import Token


class Taken(NamedTuple):
    """Something that is taken out of a step's output: the step's index, and what gives it, or UnknownError.

    ``perhaps`` says that it is empty where a search finds nothing.
    """

    step: int
    of: Callable[[str], str]
    perhaps: bool = False

    def or_nothing(self) -> Taken:
        """Return the same, empty where there is nothing to take."""

        def of(output: str) -> str:
            try:
                return self.of(output)
            except UnknownError:
                return ""

        return Taken(self.step, of, perhaps=True)


def group(step: int, pattern: str, number: int) -> Taken:
    """Return what a group of a pattern matches."""

    def of(output: str) -> str:
        found = compiled(pattern, "tcl").search(output)
        if found is None or number > found.re.groups:
            raise UnknownError(pattern)
        return found[number] or ""

    return Taken(step, of)


# Where a tool waits for an answer before it prints more.
_QUESTION = "(y/n)?"
# What was read of an output, in order: patterns, None for one that is not known, and whether each was read repeatedly.
Eaten = tuple[tuple["re.Pattern[str] | None", bool], ...]


def looked_for(pattern: str, kind: str, *, ignore_case: bool = False) -> re.Pattern[str] | None:
    """Return the regular expression of what an expect waits for, None if Python has none that is the same."""
    try:
        if kind == "regexp":
            return compiled(pattern, "tcl", ignore_case=ignore_case)
        if kind == "exact":
            return re.compile(re.escape(pattern))
        end = pattern.endswith("$") and not pattern.endswith("\\$")
        inner = pattern.removeprefix("^").removesuffix("$") if end else pattern.removeprefix("^")
        found = functions.globbed(inner, ignore_case=ignore_case)
        return re.compile(found.pattern + (r"\Z" if end else ""), found.flags)
    except (UnknownError, re.error):
        return None


def rest(output: str, eaten: Eaten) -> str:
    """Return what is left of an output behind what was read; UnknownError if that cannot be told."""
    for regex, again in eaten:
        if regex is None:
            raise UnknownError(output)
        while found := _searched(output, regex):
            output = output[found.end() :]
            if not again or not found.end():
                break
    return output


def _searched(output: str, regex: re.Pattern[str]) -> re.Match[str] | None:
    """Return where something is found; at a question there is no more yet than what stands before it."""
    before, asked, _ = output.partition(_QUESTION)
    return (regex.search(before + asked) if asked else None) or regex.search(output)


def through(output: str, regex: re.Pattern[str] | None) -> str:
    """Return an output up to the end of what is waited for in it."""
    found = _searched(output, regex) if regex is not None else None
    return output[: found.end()] if found else output


def here(
    used: Mapping[str, Taken], lookup: Callable[[str], str], shown: str, unclear: set[str]
) -> Callable[[str], str]:
    """Return what gives variables in one output, ``unclear`` those of them that are not known in any."""

    def value(name: str) -> str:
        try:
            return used[name].of(shown) if name in used else lookup(name)
        except UnknownError:
            unclear.update({name} - used.keys())
            raise

    return value


def count(pattern: str) -> int | None:
    """Return how many groups a pattern has, None if nobody knows."""
    try:
        return compiled(pattern, "tcl").groups
    except UnknownError:
        return None


def matches(pattern: str, output: str) -> bool:
    """Return whether a pattern with groups matches a text."""
    try:
        regex = compiled(pattern, "tcl")
    except UnknownError:
        return False
    return bool(regex.groups and regex.search(output))


def computed(source: str, known: Mapping[str, Taken]) -> Taken | None:
    """Return what a Tcl script in brackets makes of things that are taken; None if nothing taken is in it."""
    return _using(source, known, lambda lookup: Evaluator(lookup).script(source))


def spelled(token: Token, known: Mapping[str, Taken]) -> Taken | None:
    """Return what a word makes of things that are taken; None if nothing taken is in it."""
    return _using(token.text, known, lambda lookup: Evaluator(lookup).word(token))


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

    return Taken(steps.pop(), of, perhaps=any(taken.perhaps for taken in frozen.values()))


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
    return bool(compiled(match.pattern, "tcl").search(match.taken.of(output)))


def groups(match: Match) -> dict[str, Taken]:
    """Return the variables that a regexp command sets: the whole match, then its groups."""

    def part(number: int) -> Callable[[str], str]:
        return lambda output: group(0, match.pattern, number).of(match.taken.of(output))

    return {name: Taken(match.taken.step, part(number)) for number, name in enumerate(match.names) if name != "->"}


def _literal(token: Token) -> str | None:
    found, scripts = tcl.value(token)
    return None if scripts or any(part.kind != "text" for part in found) else "".join(part.text for part in found)
