"""What a section says in which order: what is printed, which prompt comes, what is typed."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.transcript.golden import Line
from shared.transcript.patterns import ANY_LINES, ANY_TEXT, NO_NEWLINE, unquote
from shared.transcript.prompts import CONTINUATION, Asked, asked


@dataclass(frozen=True)
class Step:
    """One answer to a prompt: the lines `before` it, the prompt, and what is typed."""

    before: tuple[str, ...]
    question: Asked


def steps(lines: Sequence[Line]) -> list[Step]:
    """Return the answers in `lines`, in order; what is printed after the last one belongs to none."""
    found: list[Step] = []
    before: list[str] = []
    for (raw, _), question in zip(lines, _questions(lines), strict=True):
        if question:
            found.append(Step(tuple(before), question))
            before.clear()
        else:
            before.append(raw)
    return found


def _questions(lines: Sequence[Line]) -> list[Asked | None]:
    r"""Return for each line what is typed in it; behind a ``\`` the next line is typed too, without a prompt."""
    found: list[Asked | None] = []
    for raw, _ in lines:
        last = found[-1] if found else None
        continues = last is not None and last.prompt.continues and last.typed.endswith("\\")
        found.append(Asked(CONTINUATION, "", raw) if continues else asked(raw))
    return found


def typed_lines(lines: Sequence[Line]) -> list[str]:
    """Return everything that is typed, line by line and as it stands in the file, up to the end of input."""
    answers = [step.question for step in steps(lines)]
    return [answer.typed for answer in answers if not answer.ends_input]


def without_echo(lines: Sequence[Line], *, terminal: bool) -> list[Line]:
    """Return what `lines` look like when all input is there from the start.

    Nothing typed is shown, so a prompt and what follows share a line; a hidden prompt keeps the newline that
    the tool itself prints. Without a `terminal` the silent prompts vanish as well.
    """
    flat: list[Line] = []
    held = ""
    for (raw, number), question in zip(lines, _questions(lines), strict=True):
        if question is None:
            if held and raw == NO_NEWLINE:
                continue
            if held and raw == ANY_LINES:
                flat.append(Line(held + ANY_TEXT, number))
                held = ""
            flat.append(Line(held + unquote(raw) if held else raw, number))
            held = ""
            continue
        held += "" if question.prompt.silent and not terminal else question.text
        if question.prompt.hidden and not question.ends_input:
            flat.append(Line(held, number))
            held = ""
    if held:
        flat += [Line(held, lines[-1].number), Line(NO_NEWLINE, lines[-1].number)]
    return flat
