"""The translation of a shell script: every call of a legacy tool is replaced, everything else stays."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.bash import lines
from migration.map.rule import NO_EFFECT, NOT_NEEDED
from migration.places import Places

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.script import Call
    from migration.translate import Outcome, Translation

_INDENT = "    "


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


def render(translation: Translation) -> str:
    """Return the script without its first line, each call in the form of CloudHSM CLI."""
    script = translation.script
    content = script.text.encode("utf-8", "surrogateescape")
    places, seen = Places(content), set[str]()
    edits = [_edit(call, translation, content, places, seen) for call in script.calls]
    for rewrite in script.rewrites:
        line = places.line(rewrite.start)
        edits.append(_Edit(rewrite.start, rewrite.end, lines.hand(line, rewrite.gap) if rewrite.gap else rewrite.text))
    pieces, position = [], 0
    for edit in sorted(edits):
        if edit.start < position:
            continue
        pieces += [content[position : edit.start], edit.text.encode("utf-8", "surrogateescape")]
        position = edit.end
    pieces.append(content[position:])
    body = b"".join(pieces).decode("utf-8", "surrogateescape")
    return re.sub(r"\A#![^\n]*\n", "", body)


def _edit(call: Call, translation: Translation, content: bytes, places: Places, seen: set[str]) -> _Edit:
    outcomes = [translation.outcomes[index] for index in call.steps]
    before = content[places.start(call.start) : call.start].decode("utf-8", "surrogateescape")
    line = places.line(call.start)
    text = lines.hand(line, lines.one_line(call.gap)) if call.gap else _text(outcomes, before)
    if call.pipeline and not call.gap:
        text = f"{text} | {call.pipeline}"
    if call.redirects and not call.gap:
        text = f"{text} {call.redirects}"
    previous = content[max(0, call.start - 200) : call.start].rstrip(b" \t").removesuffix(b"\n")
    if before.strip() or previous.endswith((b"\\", b"|", b"&")):
        return _Edit(call.start, call.end, text)
    comments = [remark for outcome in outcomes for remark in _remarks(outcome, seen)]
    return _Edit(call.start, call.end, "".join(f"{comment}\n{before}" for comment in comments) + text)


def _remarks(outcome: Outcome, seen: set[str]) -> list[str]:
    """Return the comments of a step; a login says nothing that its command does not."""
    return [] if lines.is_login(outcome) and outcome.step.session.words else lines.remarks(outcome, seen)


def _text(outcomes: Sequence[Outcome], before: str) -> str:
    """Return what is done instead of one call: a command, or several in braces."""
    indent = re.match(r"[ \t]*", before)
    margin = indent[0] if indent else ""
    if outcomes and outcomes[0].step.session.words:
        return _single(outcomes, margin)
    commands: list[str] = []
    logged_in = False
    for outcome in outcomes:
        body = lines.body(outcome)
        if lines.is_logout(outcome) and not logged_in:
            body = []
        logged_in = lines.is_login(outcome) or (logged_in and not lines.is_logout(outcome))
        commands += body
    if logged_in:
        commands.append("hsm_logout")
    if len(commands) <= 1:
        return commands[0] if commands else "true"
    inside = "".join(f"{margin}{_INDENT}{command}\n" for command in commands)
    return f"{{\n{inside}{margin}}}"


def _single(outcomes: Sequence[Outcome], margin: str) -> str:
    login = outcomes[0] if lines.is_login(outcomes[0]) else None
    rest = outcomes[1:] if login else outcomes
    prefix = f"hsm_as {lines.credentials(login.step)} " if login else ""
    if not rest:
        return f"{prefix}hsm key list --max-items 1"
    last = rest[-1]
    if last.result.verdict in (NOT_NEEDED, NO_EFFECT):
        return "true"
    if last.remains:
        return lines.hand(last.step.line, last.result.instead)
    calls = [
        f"{prefix}{lines.command(action)}"
        for action in last.result.actions
        if action.argv or action.helper not in ("login", "logout")
    ]
    calls = calls or ["true"]
    if len(calls) == 1:
        return calls[0]
    return "{\n" + "".join(f"{margin}{_INDENT}{call}\n" for call in calls) + f"{margin}}}"
