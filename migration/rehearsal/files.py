"""What both sides have written: every file by what it is, and whether it describes the same thing on its own side."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from migration import legacy, words
from migration.rehearsal.contents import Reader, described
from migration.rehearsal.difference import FILE, NOTHING, OUTPUT, Difference
from migration.rehearsal.moments import matched
from migration.rehearsal.outputs import Printed, printed
from migration.rehearsal.surroundings import unplaced
from migration.rehearsal.texts import EMPTY, TEXT, summed, value
from migration.rehearsal.texts import NOTHING as NOTHING_PRINTED
from migration.script import CMU, HOST, KMU
from migration.source import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from migration.rehearsal.copies import Copy
    from migration.rehearsal.facts import Facts
    from migration.rehearsal.texts import Telling
    from migration.script import Step
    from migration.words import Word

_PRINTING = ("shell", "python")
_FILE_OPTIONS = ("-out", "-iv_file")
# Commands that write the file among their arguments, or behind another option.
_CMU_WRITERS = ("getToken", "getAttribute", "getKeyInfo", "findAllKeys", "getCert", "registerMofnPubKey")


class Compared(NamedTuple):
    """How many files were written by either side, and what differs."""

    number: int
    differences: list[Difference]


def kept_files(copy: Copy) -> dict[str, bytes]:
    """Return the files of a copy's working folder and of its folder for /tmp, by their paths there."""
    found = {}
    for base, head in ((copy.work, ""), (copy.temporary, "/tmp/")):  # noqa: S108 - how the script names it
        for folder, _, names in os.walk(base):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and os.path.getsize(path) <= MAX_BYTES:
                    with open(path, "rb") as file:
                        found[head + os.path.relpath(path, base)] = file.read()
    return found


def compare_files(own: Copy, other: Copy, before: Sequence[Mapping[str, bytes]], facts: Facts) -> Compared:
    """Compare what was written since ``before``, the files that each side began with."""
    ours, theirs = (_written(*side) for side in zip((own, other), before, strict=True))
    writers = _writers(facts)
    keys, tools = facts.telling.names, Printed(facts.printed or b"")
    readers = Reader(own, keys.own), Reader(other, keys.other)
    found = []
    single = [{name: name for name in one if name not in two} for one, two in ((ours, theirs), (theirs, ours))]
    for name, moved in matched(*single):
        theirs[name] = theirs.pop(moved)
    names = sorted(ours.keys() | theirs.keys())
    for name in names:
        step = _writer(name, writers)
        line = step.line if step else 0
        if name not in ours or name not in theirs:
            there = ("yes" if name in ours else NOTHING, "yes" if name in theirs else NOTHING)
            found.append(Difference(FILE, name, "written", *there, line=line))
        elif (plain := (unplaced(ours[name], own), unplaced(theirs[name], other)))[0] != plain[1]:
            said = [
                described(name, step, files, reader, facts)
                for files, reader in zip((ours, theirs), readers, strict=True)
            ]
            kinds = _told(said, plain, facts.telling, tools)
            if kinds[0] != kinds[1]:
                found.append(Difference(FILE, name, "content", kinds[0], kinds[1], line=line))
    return Compared(len(names), found)


def compare_outputs(own: Copy, other: Copy, facts: Facts) -> Iterator[Difference]:
    """Yield what differs in what a script and its translation print, if that is not a dialogue on a terminal."""
    if facts.translation.script.language not in _PRINTING:
        return
    runs = ((facts.legacy, own), (facts.translated, other))
    ours, theirs = (unplaced(run.out.encode("utf-8", "surrogateescape"), copy) for run, copy in runs)
    if ours != theirs:
        told = printed(ours, theirs, facts.telling, Printed(facts.printed or b""))
        if told[0] != told[1]:
            shown = [NOTHING_PRINTED if text == EMPTY else text for text in told]
            yield Difference(OUTPUT, "standard output", "content", shown[0], shown[1])


def _told(
    said: Sequence[str | None], contents: tuple[bytes, bytes], telling: Telling, tools: Printed
) -> tuple[str, str]:
    """Return what both files say; what is no more than text, or nothing, is compared with the other side's."""
    if said == [None, None]:
        return printed(*contents, telling, tools)
    if set(said) == {TEXT}:
        return value(*contents, telling)
    ours, theirs = (kind or summed(content) for kind, content in zip(said, contents, strict=True))
    return ours, theirs


def _written(copy: Copy, before: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in kept_files(copy).items() if before.get(name) != content}


def _writer(name: str, writers: Sequence[tuple[re.Pattern[str], Step]]) -> Step | None:
    """Return the step that writes a file: that which names it, else the only one whose variables may name it."""
    fitting = [step for form, step in writers if form.fullmatch(name)]
    exact = [step for form, step in writers if form.pattern == re.escape(name)]
    return exact[-1] if exact else fitting[0] if len(fitting) == 1 else None


def _writers(facts: Facts) -> list[tuple[re.Pattern[str], Step]]:
    """Return each step that writes a file, with a pattern of its name, in which variables stand for anything."""
    found = []
    for step in facts.translation.script.steps:
        if not step.name or step.tool == HOST:
            continue
        parsed = legacy.parse(step.tool, step.name, step.words[1:])
        options = (*_FILE_OPTIONS, "-f") if step.name == "getToken" else _FILE_OPTIONS
        arguments = parsed.arguments if step.name in _CMU_WRITERS else ()
        named = [parsed.get(flag) for flag in options] if step.tool == KMU else arguments
        for word in (*named, *_second_factor(step)):
            named_by = words.settled(word, facts.lookup) if word is not None else ()
            if any(part.kind == words.TEXT for part in named_by):
                found.append((_form(named_by), step))
    return found


def _form(word: Word) -> re.Pattern[str]:
    """Return a pattern of the path that a word names."""
    marked = "".join(part.text if part.kind == words.TEXT else "\0" for part in word)
    return re.compile(".+".join(map(re.escape, os.path.normpath(marked).split("\0"))))


def _second_factor(step: Step) -> tuple[Word, ...]:
    """Return the file that CMU writes what is to be signed to."""
    texts = [words.literal(word) for word in step.words]
    return step.words[texts.index("-2fa") + 1 :][:1] if step.tool == CMU and "-2fa" in texts else ()
