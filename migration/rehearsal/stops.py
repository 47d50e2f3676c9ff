"""Where a translated script has stopped, and for what: in the lines of the legacy script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.bash.sources import Origin
from migration.rehearsal.programs import LINE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.rehearsal.sides import Run
    from migration.script import Script

TRANSLATION = "translated.sh"
# What a translation ends with at a check that is left to a person, and what it says there.
_LEFT = 3
_CHECK = re.compile(r"to be done by hand: line (\d+): .*")
# What bash says of ${name:?must be set}, of ${1:?name is argument 1} and of ${name:?name is the option --name}.
_MUST_BE_SET = re.compile(r"\w+: (?:must be set|\w+ is argument \d+|\w+ is the option -\S+)$")
_UNBOUND = re.compile(r"\w+(?:\[.*\])?: unbound variable$")
_BY_BASH = re.compile(rf"\S*{re.escape(TRANSLATION)}: line (\d+): (.*)$")
_END_OF_BLOCK = re.compile(r"\s*(?:#.*|fi|done|esac|\}|;;)?\s*")
# Tells of every command whose failure ends the script: status, length of the pipe with how it begins, status of its
# last, depth, options, lines with the files that they are in. A failure that the script expects tells nothing. On one
# line: lines of a trap count as lines of the script. The second trap tells a legacy tool its line, and keeps $_.
_TELL = (
    'printf "%s %s %s %s %s %s" "$?" "${#PIPESTATUS[@]}${BASH_COMMAND:0:1}" "${PIPESTATUS[@]: -1}" '
    '"$BASH_SUBSHELL" "$-" "$LINENO"; printf " %s" "${BASH_LINENO[@]}"; '
    'printf "\\t%s" "${BASH_SOURCE[@]}"; printf "\\n";'
)
WATCH = f"""unset BASH_ENV
set -ET
trap '{{ {_TELL} }} >> "$REHEARSAL_FAILURES"' ERR
trap 'REHEARSED=$_; [[ ${{BASH_SOURCE[0]-}} != "$0" ]] || export {LINE_VARIABLE}=$LINENO; : "$REHEARSED"' DEBUG
"""
_ERREXIT, _NOUNSET, _PIPEFAIL = "set -e", "set -u", "set -o pipefail"
_OPTIONS = {
    _ERREXIT: r"-\w*e|-\w*o +errexit",
    _NOUNSET: r"-\w*u|-\w*o +nounset",
    _PIPEFAIL: r"-\w*o +pipefail",
}


class Failure(NamedTuple):
    """A command that failed: whether the last of its pipe did not, depth of subshells, options, lines of the script.

    ``lines`` are where it stands and where what it stands in was called, the inmost first.
    """

    in_pipe: bool
    depth: int
    options: str
    lines: tuple[int, ...]


def failures(text: str) -> list[Failure]:
    """Return what the watch of a run has told."""
    found = []
    for told in text.splitlines():
        numbers, *files = told.split("\t")
        _, length, last, depth, options, *lines = numbers.split(" ")
        own = (int(line) for line, file in zip(lines, files, strict=False) if file.endswith(f"/{TRANSLATION}"))
        # (( and [[ leave what was known of an earlier pipe.
        in_pipe = length[:1].isdigit() and length[0] != "1" and length[-1] not in "([" and last == "0"
        found.append(Failure(in_pipe, int(depth), options, tuple(own)))
    return found


def waiting(run: Run, origins: Sequence[Origin], first: int) -> Run | None:
    """Return how a run ended for want of a person: at a check that is left to one, or for a variable nobody set.

    ``first`` is the line of the first command, before which variables are asked for. None for any other end.
    """
    last = _last(run.err)
    if run.status == _LEFT and "to be done by hand: " not in run.err:
        # It went where the script sends what is said.
        last = _last(run.hand_work)
    if run.status == _LEFT and (found := _CHECK.search(last)) is not None:
        line = int(found[1])
        what = f"what follows line {line} was not rehearsed: it depends on what is left to a person there"
        return run._replace(line=line, message=found[0], unrehearsed=what)
    said = _BY_BASH.match(last)
    if said is None or _MUST_BE_SET.match(said[2]) is None:
        return None
    line = origin(origins, int(said[1])).line
    behind = f"what follows line {line} was not rehearsed" if line else "nothing was rehearsed"
    return run._replace(line=line or first, message=said[2], unrehearsed=f"{behind}: {said[2]}")


def stopped(run: Run, origins: Sequence[Origin], found: Sequence[Failure], script: Script, said: str) -> Run:
    """Return how a run ended that has failed: on which line and why; ``said`` is what was said last."""
    by_bash = _BY_BASH.match(_last(run.err))
    if by_bash is not None and _UNBOUND.match(by_bash[2]):
        place = origin(origins, int(by_bash[1]))
        return _at(run, place, script, _NOUNSET, by_bash[2])
    # The first: what follows is a trap of the script's own.
    number = next((number for number, item in enumerate(found) if not item.depth and "e" in item.options), None)
    if number is None:
        # It ended itself, or bash did over a mistake.
        place = origin(origins, int(by_bash[1])) if by_bash is not None else Origin()
        return run._replace(line=place.line, message=said)
    option = _PIPEFAIL if found[number].in_pipe else _ERREXIT
    return _at(run, _inmost(found[: number + 1], origins), script, option, by_bash[2] if by_bash is not None else said)


def _inmost(found: Sequence[Failure], origins: Sequence[Origin]) -> Origin:
    """Return where the command stands that ended the script: in a subshell of what failed last, or that itself."""
    outer = found[-1]
    known = [place for line in outer.lines if (place := origin(origins, line)).line]
    place = known[0] if known else Origin()
    extent = _extent(outer.lines, origins)
    for item in reversed(found[:-1]):
        if not item.depth or not extent & set(item.lines):
            break
        inner = next((place for line in item.lines if (place := origin(origins, line)).line), None)
        place = inner or place
    return place


def _extent(lines: Sequence[int], origins: Sequence[Origin]) -> set[int]:
    """Return lines of the translation with those around them that replace something of the script, too."""
    found = set(lines)
    for line in lines:
        for step in (-1, 1):
            place = line + step
            while (there := origin(origins, place)).line and not there.own:
                found.add(place)
                place += step
    return found


def _at(run: Run, place: Origin, script: Script, option: str, said: str) -> Run:
    if not place.own:
        return run._replace(line=place.line, message=said)
    behind = f": {said}" if said else ""
    text = f"line {place.line} of the script itself has failed{behind}"
    if option in options(script.text):
        return run._replace(line=place.line, message=text, shared=True)
    last = _is_last(script.text, place.line)
    hint = f"the translation ends there, as it has {option} and the script has not: put || true behind what may fail"
    return run._replace(line=place.line, message=f"{text}; {hint}", shared=last)


def options(text: str) -> set[str]:
    """Return which options that end a script at a failure it sets itself."""
    lines = [line for line in text.splitlines() if re.match(r"\s*set\s|#!.*sh\s+-", line)]
    return {name for name, spelled in _OPTIONS.items() if any(re.search(rf"\s(?:{spelled})", line) for line in lines)}


def _is_last(text: str, line: int) -> bool:
    """Return whether nothing is carried out behind a line of a script."""
    return all(map(_END_OF_BLOCK.fullmatch, text.splitlines()[line:]))


def origin(origins: Sequence[Origin], number: int) -> Origin:
    """Return where a line of the translation is from."""
    return origins[number - 1] if 0 < number <= len(origins) else Origin()


def last_said(errors: str) -> str:
    """Return the last thing that was said: the text of an error object, else the last line."""
    found = re.findall(r'^  "data": "(.*)"$', errors, re.MULTILINE)
    said = found[-1] if found else _last(errors)
    by_bash = _BY_BASH.match(said)
    return by_bash[2] if by_bash is not None else said


def _last(errors: str) -> str:
    return next(_reversed(errors), "")


def _reversed(text: str) -> Iterator[str]:
    return (line.strip() for line in reversed(text.splitlines()) if line.strip())
