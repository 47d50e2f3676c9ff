"""Reading a file: which reader is for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.places import Places
from migration.source import Source, load

if TYPE_CHECKING:
    from migration.script import Script

_SHOWN = 3


def read(path: str) -> Script:
    """Return what a script says; RefusedError if the file cannot be used."""
    return read_source(load(path))


def nothing_in(source: Source, found: Script) -> str:
    """Return what to say of a script in which no command was found: what was seen and not followed, if anything."""
    places = Places(found.text.encode("utf-8", "surrogateescape"))
    told = {(work.line, work.text) for work in found.hand_work}
    told |= {(places.line(call.start), call.gap) for call in found.calls if call.gap}
    seen = [f"line {line}: {text}" for line, text in sorted(told)]
    more = f"; and {len(seen) - _SHOWN} more" if len(seen) > _SHOWN else ""
    if seen:
        return f"{source.name}: no legacy command in it could be followed: {'; '.join(seen[:_SHOWN])}{more}"
    return f"{source.name}: no legacy command is in it (cloudhsm-migrate plan shows how it is read)"


def read_source(source: Source) -> Script:
    """Return what a script says whose text is here already."""
    if source.language == "expect":
        from migration.readers.expect.script import read_expect

        return read_expect(source)
    if source.language == "shell":
        from migration.readers.shell.script import read_shell

        return read_shell(source)
    if source.language == "python":
        from migration.readers.python.script import read_python

        return read_python(source)
    from migration.readers.plain import read_list, read_transcript

    return read_transcript(source) if source.language == "transcript" else read_list(source)
