"""What the tests of the migration share: scripts from text, what becomes of them, the tool in this process."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from migration import words
from migration.bash import linear
from migration.dialogue import Builder, Dialogue
from migration.map.rule import NO_EFFECT, NOT_NEEDED
from migration.read import read_source
from migration.script import CMU, HOST, KMU, Script, Session, Step
from migration.source import Source, language
from migration.translate import Knowledge, translate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.translate import Outcome

STUBS = """hsm_login() { :; }; hsm_logout() { :; }; hsm_typed() { :; }; hsm() { :; }; hsm_all_keys() { :; }
hsm_handle() { echo 262151; }; set -eu
"""
TOOLS = {"cmu": CMU, "kmu": KMU, "host": HOST}


def script(text: str, name: str = "script") -> Script:
    """Return what is read of a text under a file name, whose suffix may tell the language."""
    return read_source(Source(name, ".", text, language(name, text)))


def printed(text: str, name: str, *arguments: str, found: int = 2) -> tuple[str, str, int]:
    """Return what the translation of a script prints, also on standard error, and its status.

    CloudHSM CLI says nothing there; every key has one handle, and every search finds so many.
    """
    code = f"{STUBS}hsm_take() {{ echo {found}; }}\n{linear.render(translate(script(text, name)))}"
    done = subprocess.run(["bash", "-c", code, "x", *arguments], capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


def dialogue(tool: str, lines: Sequence[str]) -> Script:
    """Return the script of lines that are typed at one tool."""
    text = "\n".join(lines) + "\n"
    builder = Builder(text)
    if tool == "host":
        first, *rest = words.split(words.text(lines[0]))
        step = Step(1, words.shown(first), (first, *rest), Session(HOST, 0))
        return Script("lines", "list", text, builder.lines(), (step,))
    run = Dialogue(builder, TOOLS[tool], lenient=True)
    for number, line in enumerate(lines, 1):
        run.feed(words.text(line), number)
    return Script("lines", "list", text, builder.lines(), tuple(builder.steps))


def form(outcome: Outcome) -> str:
    """Return what a step becomes, as one line: commands, ``none`` or ``nothing``."""
    if outcome.remains:
        return "none"
    if outcome.result.verdict in (NOT_NEEDED, NO_EFFECT):
        return "nothing"
    shown = []
    for action in outcome.result.actions:
        program = [action.program.rpartition("/")[2]] if action.program else []
        shown.append(action.shown or " ".join([*program, *map(words.shown, action.argv)]))
    return " + ".join(shown)


def becomes(tool: str, *lines: str, **users: str) -> str:
    """Return what the last of the lines that are typed at a tool becomes; users are given as ``_3="alice"``."""
    known = {int(key.removeprefix("_")): name for key, name in users.items()}
    return form(translate(dialogue(tool, lines), Knowledge(known)).outcomes[-1])
