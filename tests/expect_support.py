"""Random expect scripts, a tool that only notes what is typed at it, and the two held against each other."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from migration_support import script

from migration import words
from migration.translate import translate

if TYPE_CHECKING:
    from migration.script import Script

HERE = Path(__file__).parent / "expect_constructs"
WORDS, LISTS, CONDITIONS, STATEMENTS, ENDINGS = (
    (HERE / f"{name}.txt").read_text().splitlines()
    for name in ("words", "lists", "conditions", "statements", "endings")
)
PROCEDURES = (HERE / "procedures.tcl").read_text()
TOOL = (HERE / "tool.sh").read_text()
START = """set timeout 4
log_user 0
spawn key_mgmt_util
expect "Command:"
set kmu $spawn_id
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
set s txt
set n 0
set xs {a b c}
array set arr {k v l w}
set d {k v l w}
set h 262151
"""
OTHER = """spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
set cmu $spawn_id
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
set spawn_id $kmu
"""


def with_procedures(body: str) -> str:
    """Return a script with the procedures that it calls."""
    pieces = re.split(r"\n(?=proc|namespace)", PROCEDURES.strip())
    used, waiting = set(), [START + body]
    while waiting:
        text = waiting.pop()
        for piece in pieces:
            name = piece.split()[2 if piece.startswith("namespace") else 1]
            if piece not in used and re.search(rf"(?<![\w$]){name}\b", text):
                used.add(piece)
                waiting.append(piece)
    both = START.replace("set s txt", f"{OTHER}set s txt") if "cmu" in "".join(used) + body else START
    return "\n".join([*(piece for piece in pieces if piece in used), both + body])


class Maker:
    """Makes scripts, one from every seed."""

    def __init__(self, seed: int) -> None:
        """Begin."""
        self.random = random.Random(seed)  # noqa: S311 - it is for no secret

    def script(self) -> str:
        """Return some statements, sometimes those of a procedure."""
        body = self.block(2, 0, loop=False)
        if self.random.random() < 0.25:
            shared = self.random.choice(
                (
                    "global s n xs arr d h kmu",
                    "variable s; variable n 3; global xs arr d h kmu",
                    "set s S; set n 1; set xs {y z}; array set arr {k m}; set d {k o}; set h 7; global kmu",
                )
            )
            inside = [f"    {line}" for line in body]
            return with_procedures("\n".join([f"proc main {{}} {{\n    {shared}", *inside, "}", "main", "do $s$n", ""]))
        return with_procedures("\n".join([*body, "do $s$n", ""]))

    def filled(self, text: str) -> str:
        """Return a text with an expression in each gap."""
        return re.sub(r"\b[TUVW]\b|(?<=[ {])T(?=[$\\])", lambda _: self.random.choice(WORDS), text)

    def block(self, depth: int, indent: int, *, loop: bool) -> list[str]:
        """Return the lines of a block."""
        lines = [line for _ in range(self.random.randint(1, 3)) for line in self.statement(depth, loop=loop)]
        return ["    " * indent + line for line in lines]

    def statement(self, depth: int, *, loop: bool) -> list[str]:  # noqa: PLR0911 - one return a kind
        """Return the lines of a statement."""
        choice = self.random.random()
        if depth <= 0 or choice < 0.6:
            if loop and self.random.random() < 0.12:
                return [self.random.choice(["break", "continue"])]
            return [self.filled(self.random.choice(STATEMENTS if self.random.random() < 0.97 else ENDINGS))]
        inside = self.block(depth - 1, 1, loop=loop or choice < 0.8)
        if choice < 0.72:
            return [f"foreach e {self.random.choice(LISTS)} {{", "    do $e", *inside, "}"]
        if choice < 0.76:
            return [f"set i{depth} 0", f"while {{$i{depth} < 2}} {{", f"    incr i{depth}", *inside, "}"]
        if choice < 0.8:
            return [f"for {{set i{depth} 0}} {{$i{depth} < 2}} {{incr i{depth}}} {{", *inside, "}"]
        if choice < 0.94:
            more = ["} else {", *self.block(depth - 1, 1, loop=loop)] if self.random.random() < 0.4 else []
            return [f"if {{{self.random.choice(CONDITIONS)}}} {{", *inside, *more, "}"]
        if choice < 0.97:
            return ["catch {", *inside, "}"]
        return ["switch $n {", "    0 {", *inside, "    }", "    default { do other }", "}"]


# What Tcl says of a script that is wrong in itself.
_ILLEGAL = re.compile(
    r"can't (?:read|unset|use)|isn't array|is array|no such|invalid|wrong #|syntax error|expected|missing|list "
    r"|already exists|out of range"
)


_FOR_FAILURE = re.compile(r" (?:bad|not|lost|slow|again[23])$")
_COMMANDS = ("createUser", "deleteUser", "listUsers", "loginHSM", "findKey", "genSymKey", "deleteKey")


class Ran(NamedTuple):
    """What a script has typed, its status, and whether Tcl complained of it."""

    typed: list[str]
    status: int
    error: str


def run(text: str, folder: Path, *, keys: int = 1, fails: int = 0) -> Ran:
    """Run a script with the tool that only notes; of what is typed, command ``fails`` fails."""
    log, path = folder / "log", folder / "x.exp"
    for stub in (folder / "key_mgmt_util", folder / "cloudhsm_mgmt_util"):
        if not stub.exists():
            stub.write_text(TOOL)
            stub.chmod(0o755)
    path.write_text(text)
    log.write_text("")
    found = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "STUB_LOG": str(log), "STUB_KEYS": str(keys)}
    try:
        done = subprocess.run(
            ["expect", str(path)], check=False, env={**found, "STUB_FAILS": str(fails)}, timeout=9, capture_output=True,
            cwd=folder, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Ran([], -1, "hangs")
    lines = [" ".join(line.split()) for line in log.read_text().splitlines()]
    typed = [line for line in lines if line.startswith(_COMMANDS)]
    return Ran(typed, done.returncode, done.stderr.decode(errors="replace"))


class Said(NamedTuple):
    """What the reader says that is typed, in order, up to what is left to a person; ``whole`` if nothing is."""

    typed: list[str]
    whole: bool
    notes: list[str]
    everything: list[str]
    checked: bool


def said(found: Script, keys: int = 1) -> Said:
    """Return what a script types by the reader; a handle is what the tool gives there."""
    translation = translate(found)
    stops = [work.before if work.before >= 0 else _behind(found, work.line) for work in found.hand_work if work.stops]
    stops += [index for index, step in enumerate(found.steps) if step.condition or not step.name or step.unclear]
    stops += [index for index, outcome in enumerate(translation.outcomes) if outcome.remains]
    held: dict[str, str] = {name: words.shown(word) for name, word in found.parameters.items() if word is not None}
    typed: list[str] = []
    places, handle = [0], 262150
    held_lists: dict[str, list[str]] = {}
    for index, step in enumerate(found.steps):
        line = " ".join(words.shown(_filled(word, held)) for word in step.words)
        line = re.sub(r"\$\{(\w+)\[(\d+)\]\}", lambda hit: held_lists[hit[1]][int(hit[2])], line)
        turns = held_lists.get(step.loop[1], [held.get(step.loop[1], "$")]) if step.loop else [""]
        for turn in turns:
            one = line.replace(f"${step.loop[0]}", turn) if step.loop else line
            typed.append(" ".join(one.split()))
        if "$" in typed[-1]:
            stops.append(index)
        places.append(len(typed))
        handle += step.name == "genSymKey"
        given = {"handle": str(handle), "count": str(keys), "first": "262145", "list": "$"}
        for item in step.captures:
            if not keys and item.what in ("first", "last", "list"):
                # The translation ends where there is no key to take.
                stops.append(index + 1)
            if item.variable.endswith("[]"):
                held_lists.setdefault(item.variable[:-2], []).append(given.get(item.what, "$"))
            else:
                held[item.variable] = given.get(item.what, "$")
    end = places[min(min(stops, default=len(found.steps)), len(found.steps))]
    checked = any(step.checks for step in found.steps)
    return Said(typed[:end], not stops, [text for _, text in translation.remains], typed, checked)


def _behind(found: Script, line: int) -> int:
    return next((index for index, step in enumerate(found.steps) if step.line > line), len(found.steps))


def _filled(word: words.Word, held: dict[str, str]) -> words.Word:
    return words.substitute(word, lambda name: words.text(held[name]) if name in held else None)


def differs(text: str, folder: Path, *, fails: int = 0) -> str | None:
    """Return how a script differs from what the reader says of it; empty if it does not, None if it is of no use."""
    went = run(text, folder)
    if went.status < 0 or len(went.typed) > 200 or _ILLEGAL.search(went.error):
        return None
    found = script(text, "x.exp")
    read = said(found)
    for ran, what in ((went, "well"), (run(text, folder, keys=0), "without keys")):
        read = said(found, int(ran is went))
        if read.checked and what != "well":
            continue
        if ran.typed[: len(read.typed)] != read.typed or (read.whole and ran.typed != read.typed):
            return _shown(what, ran, read)
        if read.whole and ran.status and not read.notes:
            return _shown(f"{what}, status {ran.status}", ran, read)
    if fails:
        read = said(found)
        failed = run(text, folder, fails=fails)
        # Only what the script does for the failure itself: where it goes on as if nothing were, the translation ends.
        new = [line for line in failed.typed[fails:] if _FOR_FAILURE.search(line) and line not in read.everything]
        if failed.status >= 0 and new and read.whole and not read.notes:
            return _shown(f"where command {fails} failed, {new}", failed, read)
    return ""


def _shown(what: str, ran: Ran, read: Said) -> str:
    lines = (f"typed {ran.typed}", f"said  {read.typed} whole {read.whole}", f"notes {read.notes}", ran.error[:300])
    return "\n  ".join((f"{what}:", *lines))
