"""A rehearsal for people and for programs: what was compared, every difference with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migration import output
from migration.rehearsal.difference import NOTHING
from migration.rehearsal.shelter import HOME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migration.rehearsal.difference import Difference, Found
    from migration.rehearsal.rehearse import Rehearsal
    from migration.rehearsal.sides import Run

UNEXPLAINED = "unexplained"
COLUMNS = ("line", "what", "property", "HSMs", "script", "translation", "cause")
_WIDTHS = (0, 34, 12, 10, 24, 24, 50)
_STEP_NAMES = ("before", "after the script", "after the translation")


def text(rehearsal: Rehearsal, style: str) -> str:
    """Return the report as a table or Markdown."""
    title = f"Rehearsal of {rehearsal.wanted.script.name}"
    parts = [f"## {title}" if style == output.MARKDOWN else title, beginning(rehearsal)]
    parts.append(output.table(style, ("side", "ended"), runs(rehearsal)))
    parts.append(output.table(style, ("cluster", *_STEP_NAMES), steps(rehearsal)))
    rows = [row(found) for found in rehearsal.found]
    if rows:
        parts.append(output.table(style, COLUMNS, rows, _WIDTHS))
    parts.append(verdict(rehearsal))
    return "\n\n".join(parts)


def beginning(rehearsal: Rehearsal) -> str:
    """Return what both sides began with, and how the translation was run."""
    told = rehearsal.beginning
    if told.scenario:
        where = f"the scenario {told.scenario}"
    elif told.cluster:
        where = f"a copy of the cluster {told.cluster}"
    elif told.password is None:
        where = "a fresh cluster that is not activated"
    else:
        users = ", ".join(f"{kind} {name}" for kind, name, _ in told.users)
        where = f"a fresh cluster with CO admin{', ' + users if users else ''}"
        for name, line in told.chosen:
            where += f"; of several passwords that the script has for {name}, that of line {line} was taken"
    how = "one session a login" if rehearsal.in_session else "the commands as translate writes them"
    hidden = f" What is at {HOME} on this machine was hidden from both." if rehearsal.wanted.hiding else ""
    return f"Both sides began with {where}. The translation ran as {how}.{hidden}"


def runs(rehearsal: Rehearsal) -> list[tuple[str, str]]:
    """Return (side, how it ended)."""
    return [("script", _ended(rehearsal.legacy)), ("translation", _ended(rehearsal.translated))]


def _ended(run: Run) -> str:
    if run.timed_out:
        return "its time was up, and it was ended"
    return f"status {run.status}" + (f", stopped at line {run.line}" if run.line else "")


def steps(rehearsal: Rehearsal) -> list[tuple[str, ...]]:
    """Return, a cluster each, whether its HSMs were in step at the beginning and at the end of each side."""
    return [
        (name, *("in step" if found else "out of step" for found in told)) for name, told in rehearsal.steps.items()
    ]


def row(found: Found) -> tuple[str, ...]:
    """Return a difference as the cells of a line."""
    told = found.difference
    return (
        str(told.line) if told.line else "",
        f"{told.kind} {told.subject}",
        told.field,
        ", ".join(told.hsms) or "all",
        told.legacy or NOTHING,
        told.translated or NOTHING,
        cause(found),
    )


def cause(found: Found) -> str:
    """Return the cause with its number; a stop that is unexplained tells what was said."""
    if found.cause is None:
        return f"{UNEXPLAINED}{': ' + found.difference.why if found.difference.why else ''}"
    return f"[{found.cause.item or 'map'}] {found.cause.text}"


def verdict(rehearsal: Rehearsal) -> str:
    """Return the last line: what was compared, and how many differences there are."""
    counts = rehearsal.counts
    compared = ", ".join(f"{number} {what}" for what, number in counts.items())
    if not rehearsal.found:
        return f"Compared {compared}: no difference."
    number = len(rehearsal.found)
    unexplained = rehearsal.unexplained or "none"
    return f"Compared {compared}: {number} difference{'s' if number > 1 else ''}, {unexplained} unexplained."


def as_json(rehearsal: Rehearsal) -> dict[str, Any]:
    """Return the report as plain values."""
    told = rehearsal.beginning
    return {
        "file": rehearsal.wanted.script.name,
        "language": rehearsal.wanted.script.language,
        "cluster": told.cluster or None,
        "scenario": told.scenario or None,
        "passwords_of_lines": dict(told.chosen),
        "one_session": rehearsal.in_session,
        "script": _run(rehearsal.legacy),
        "translation": _run(rehearsal.translated),
        "compared": dict(rehearsal.counts),
        "in_step": {
            name: dict(zip(("before", "script", "translation"), told, strict=True))
            for name, told in rehearsal.steps.items()
        },
        "differences": [_difference(found.difference, found) for found in rehearsal.found],
        "unexplained": rehearsal.unexplained,
    }


def _run(run: Run) -> Mapping[str, Any]:
    return {"status": run.status, "timed_out": run.timed_out, "stopped_at": run.line or None}


def _difference(told: Difference, found: Found) -> dict[str, Any]:
    return {
        "line": told.line or None,
        "kind": told.kind,
        "subject": told.subject,
        "property": told.field,
        "hsms": list(told.hsms) or None,
        "script": told.legacy,
        "translation": told.translated,
        "item": (found.cause.item or None) if found.cause else None,
        "cause": found.cause.text if found.cause else None,
        "said": told.why or None,
    }
