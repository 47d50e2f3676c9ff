"""``cloudhsm-migrate plan``: what becomes of every legacy command, and how much of each file is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudhsm_sim.arguments import file_path
from migration import knowledge, output, script, words
from migration.main import OK, REMAINS
from migration.map.rule import NO_EFFECT, NOT_NEEDED
from migration.masking import masked, masked_argv
from migration.read import read_source
from migration.source import load
from migration.translate import translate

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from migration.script import Script
    from migration.translate import Outcome, Translation

_WIDTHS = (5, 40, 56, 56)
_LINE_WIDTHS = (9, 15, 100)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments of the command."""
    parser.add_argument(
        "files",
        nargs="+",
        type=file_path,
        metavar="FILE",
        help="a script, a list of commands or a transcript; - is standard input",
    )
    output.add_format(parser)
    knowledge.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the plan of every file; return 3 if anything in them is left to a person, else 0.

    Raises:
        RefusedError: a file cannot be used; nothing is printed then.
    """
    plans = []
    for path in args.files:
        source = load(path)
        found = read_source(source)
        plans.append((translate(found, knowledge.knowledge(args, found, path)), source.notice))
    if args.format == output.JSON:
        output.write_json([_json(plan, notice) for plan, notice in plans])
    else:
        output.write("\n\n".join(_text(plan, notice, args.format) for plan, notice in plans))
    return REMAINS if any(plan.remains for plan, _ in plans) else OK


def forms(outcome: Outcome) -> list[str]:
    """Return what a step becomes, for people: commands, or what to do instead."""
    if outcome.remains:
        return [f"{outcome.result.verdict}: {outcome.result.instead}"]
    if outcome.result.verdict in (NOT_NEEDED, NO_EFFECT):
        return [outcome.result.verdict]
    return [
        action.shown or " ".join(filter(None, [action.program, masked_argv(action.argv)]))
        for action in outcome.result.actions
    ]


def remarks(outcome: Outcome) -> list[str]:
    """Return what differs, each with the number of the difference in brackets, and what depends on variables."""
    step = outcome.step
    found = [
        " ".join(filter(None, [note.text, f"[{note.item}]" if note.item else ""])) for note in outcome.result.notes
    ]
    unknown = sorted({name for word in step.words for name in words.names(word)})
    if unknown:
        found.append(f"stays variable: {', '.join(f'${name}' for name in unknown)}")
    if step.condition:
        found.append(step.condition)
    if step.loop:
        given = {script.ALL_ARGUMENTS: "the arguments", script.FILE: "the lines of a file"}
        over = given.get(step.loop[1][0], step.loop[1])
        found.append(f"for every {step.loop[0]} of {over}")
    return found


def ranges(plan: Script) -> Iterator[tuple[str, str, str]]:
    """Yield (lines, kind, remark), neighbours that are alike together."""
    start = plan.lines[0]
    for line, following in zip(plan.lines, (*plan.lines[1:], None), strict=True):
        if following is None or following[1:] != start[1:]:
            number = str(start.number) if start.number == line.number else f"{start.number}-{line.number}"
            yield number, start.kind, start.remark
        if following is not None and following[1:] != start[1:]:
            start = following


def _text(plan: Translation, notice: str, style: str) -> str:
    found = plan.script
    title = f"{found.name} ({found.language}{', ' + notice if notice else ''})"
    parts = [f"## {title}" if style == output.MARKDOWN else title]
    rows = [
        (str(outcome.step.line), masked(outcome.step), "; ".join(forms(outcome)), "; ".join(remarks(outcome)))
        for outcome in plan.outcomes
    ]
    if rows:
        parts.append(output.table(style, ("line", "SDK 3", "CloudHSM CLI", "what differs"), rows, _WIDTHS))
    else:
        parts.append("No legacy command was found.")
    if plan.remains:
        remains = [(str(line), text) for line, text in plan.remains]
        parts.append(output.table(style, ("line", "to be done or looked at by hand"), remains, (5, 110)))
    parts.append(output.table(style, ("lines", "kind", "what"), list(ranges(found)), _LINE_WIDTHS))
    counts = found.counts()
    understood = len(found.lines) - counts[script.UNKNOWN]
    shown = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
    parts.append(f"{understood} of {len(found.lines)} lines are understood: {shown}.")
    return "\n\n".join(parts)


def _json(plan: Translation, notice: str) -> dict[str, Any]:
    found = plan.script
    return {
        "file": found.name,
        "language": found.language,
        "notice": notice or None,
        "commands": [_command(outcome) for outcome in plan.outcomes],
        "by_hand": [{"line": line, "what": text} for line, text in plan.remains],
        "lines": [line._asdict() for line in found.lines],
        "counts": found.counts(),
    }


def _command(outcome: Outcome) -> dict[str, Any]:
    step, result = outcome.step, outcome.result
    return {
        "line": step.line,
        "tool": step.tool,
        "legacy": masked(step),
        "command": step.name or None,
        "verdict": result.verdict,
        "cli": [] if outcome.remains else forms(outcome) if result.actions else [],
        "flags": list(result.flags),
        "instead": result.instead or None,
        "differences": [{"item": note.item or None, "text": note.text or None} for note in result.notes],
        "variables": sorted({name for word in step.words for name in words.names(word)}),
        "condition": step.condition or None,
    }
