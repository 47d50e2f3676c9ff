"""Random expect scripts that ask for arguments, files and keys: their translations do what they type."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from expect_support import TOOL
from migration_support import script

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

START = """set timeout 3
log_user 0
set a [lindex $argv 0]
set b [lindex $argv 1]
set c k
set h 7
proc make {label} {
    global a
    if {$a eq "dry"} { return }
    send "genSymKey -t 31 -s 32 -l m-$label\\r"
    expect "Command:"
}
proc die {status} { puts "no"; exit $status }
"""
SPAWN = """spawn key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
"""
CONDITIONS = """$a eq "x"
$a ne "x"
$a == "y"
$a != $b
![string equal $a $b]
$a eq "" || $b eq ""
$a eq "x" && $b ne "y"
!($a eq "x" || $b eq "x")
[file exists here.txt]
![file exists $b.txt]
[file isdirectory here.txt]
[info exists env(HERE)]
![info exists env(NOT_HERE)]
[string length $a] < 2
[string length $b] >= 1 && $b ne {y}
$c eq "k"
$argc > 1 && $a eq "x"
$argc < 1
[string match x* $a]
[lsearch {x y} $b] >= 0
$env(HERE) eq "1"
$h ne ""
$h eq ""
$e eq "x"
""".splitlines()
LINE = 'send "genSymKey -t 31 -s 32 -l {}\\r"; expect "Command:"'
# ONE and TWO make a key each, DROP deletes one.
SEARCHES = r"""
expect {
    -re {matching keys:\s+(\d+)} { set h $expect_out(1,string); expect "Command:"; DROP }
    "Command:" { ONE }
}

expect {
    -re {present:\s*0} { set h "" }
    -re {matching keys:\s+(\d+)} { set h $expect_out(1,string) }
}
expect "Command:"

set h ""
expect {
    -re {matching keys:\s+(\d+)} { set h $expect_out(1,string); exp_continue }
    "Command:" {}
}

expect "Command:"
if {[regexp {matching keys:\s+(\d+)} $expect_out(buffer) -> h]} { DROP } else { ONE }

expect -re {present: (\d+)}
set n $expect_out(1,string)
expect "Command:"
if {$n > 0} { ONE } else { TWO }

expect {
    -re {present:\s*0} { exit 4 }
    -re {matching keys:\s+(\d+)}
}
set h $expect_out(1,string)
expect "Command:"
DROP

expect {
    -re {present:\s*0} { expect "Command:"; ONE; exit 0 }
    "SUCCESS" { expect "Command:"; TWO }
}
""".strip().split("\n\n")
DROP = 'send "deleteKey -k $h\\r"; expect "Command:"'
CLI = """#!/bin/bash
[[ $* != *--max-items* ]] || exit 0
printf '%s\\n' "$*" >> "$NOTES"
keys=''
[ "$STUB_KEYS" = 0 ] || keys='{"key-reference":"0x0000000000040001"}'
printf '{"error_code": 0, "data": {"key": {"key-reference": "0x0000000000000008"},'
printf '"total_key_count": %s, "matched_keys": [%s]}}\\n' "$STUB_KEYS" "$keys"
"""
_BECAME = (
    (r"key generate-symmetric aes --label (\S+) .*", r"genSymKey \1"),
    (r"key list .*attr.label=(\S+)", r"findKey \1"),
    (r"key delete .*key-reference=(\S*)", r"deleteKey \1"),
)
_TYPED = (
    (r"genSymKey .*-l (\S+)", r"genSymKey \1"),
    (r"findKey -l (\S+)", r"findKey \1"),
    (r"deleteKey -k (\S*)", r"deleteKey \1"),
)
_STOPPED = 3


# What a script says: with an argument, what a search has found, what a loop is at, nothing of these.
SAYINGS = ("$a", "to $b, $c", "$h", "$e", "[string length $c]", "", "once\\nsay more", "{$a}")


class Way(NamedTuple):
    """What is done, in order, and the status; what is said, in order."""

    done: list[str]
    status: int
    said: list[str]
    refused: bool = False


class Maker:
    """Makes scripts, one from every seed."""

    def __init__(self, seed: int) -> None:
        """Begin."""
        self.random = random.Random(seed)  # noqa: S311 - it is for no secret
        self.number = 0

    def script(self) -> str:
        """Return a script: what it asks before it starts a tool, and behind."""
        before = [line for _ in range(self.random.randint(0, 2)) for line in self.guard()]
        return "\n".join([START + "\n".join(before), SPAWN, *self.block(2, loop=False), self.make("end"), ""])

    def make(self, label: str = "") -> str:
        """Return what makes a key with a label of its own."""
        self.number += 1
        return LINE.format(label or f"{self.random.choice(('', '', '$a-', '$b-', '$c-'))}l{self.number}")

    def say(self) -> str:
        """Return what prints a line, or two."""
        self.number += 1
        saying = f'"say {self.number} {self.random.choice(SAYINGS)}'
        return self.random.choice((f'puts {saying}"', f'send_user {saying}\\n"', f'puts stderr {saying}"'))

    def guard(self) -> list[str]:
        """Return what may end the script, or gives a default."""
        choice = self.random.random()
        # One that is known ends the script for certain, with a status that is only said.
        condition = self.random.choice([item for item in CONDITIONS[:21] if item != '$c eq "k"'])
        if choice < 0.25:
            return [f'if {{${self.random.choice("ab")} eq ""}} {{ set {self.random.choice("ab")} dflt }}']
        if choice < 0.4:
            return [f"foreach e $argv {{ if {{{condition}}} {{ exit {self.random.randint(0, 5)} }} }}"]
        end = self.random.choice((f"exit {self.random.randint(0, 5)}", "die 2", "puts no; exit 1"))
        if choice < 0.6:
            return [f"if {{{condition}}} {{ puts go }} else {{ {end} }}"]
        return [f"if {{{condition}}} {{ {end} }}"]

    def block(self, depth: int, *, loop: bool) -> list[str]:
        """Return the lines of a block."""
        return [line for _ in range(self.random.randint(1, 3)) for line in self.statement(depth, loop=loop)]

    def statement(self, depth: int, *, loop: bool) -> list[str]:  # noqa: PLR0911 - one return a kind
        """Return the lines of a statement."""
        choice = self.random.random()
        if choice < 0.3 or depth <= 0:
            if loop and choice < 0.03:
                return [self.random.choice(("break", "continue"))]
            return [self.random.choice((self.make(), self.make(), f"make l{self.number}{depth}", self.say()))]
        if choice < 0.36:
            return self.guard()
        if choice < 0.42:
            return [f"set {self.random.choice('abc')} {self.random.choice(('x', 'z', '$b', 'n-$a'))}"]
        if choice < 0.56:
            search = self.random.choice(SEARCHES)
            self.number += 1
            text = search.replace("DROP", DROP).replace("ONE", self.make()).replace("TWO", self.make())
            return [f'send "findKey -l f{self.number}\\r"', *text.split("\n")]
        if choice < 0.64:
            over = self.random.choice(("$argv", "[lrange $argv 1 end]", "{p q}", "$argv"))
            return [f"foreach e {over} {{", LINE.format("$e-l"), *self.block(depth - 1, loop=True), "}"]
        if choice < 0.74:
            first, second = (self.block(depth - 1, loop=loop) for _ in range(2))
            default = ["default {", *self.block(depth - 1, loop=loop), "}"] if self.random.random() < 0.6 else []
            return [f"switch ${self.random.choice('ab')} {{", "x {", *first, "}", "y {", *second, "}", *default, "}"]
        more = []
        for _ in range(self.random.choice((0, 0, 1))):
            more += [f"}} elseif {{{self.random.choice(CONDITIONS[:-1])}}} {{", *self.block(depth - 1, loop=loop)]
        if self.random.random() < 0.5:
            more += ["} else {", *self.block(depth - 1, loop=loop)]
        return [f"if {{{self.random.choice(CONDITIONS[:-1])}}} {{", *self.block(depth - 1, loop=loop), *more, "}"]


def became(lines: list[str], forms: tuple[tuple[str, str], ...]) -> list[str]:
    """Return lines in one form for both tools."""
    found = []
    for line in lines:
        for pattern, form in forms:
            if hit := re.match(pattern, " ".join(line.split())):
                found.append(hit.expand(form))
                break
    return found


def old(text: str, folder: Path, keys: int, arguments: list[str], environment: dict[str, str]) -> Way | None:
    """Return what a script does with a tool that notes what is typed; None if Tcl refuses it."""
    (folder / "x.exp").write_text(text)
    (folder / "log").write_text("")
    found = {**environment, "STUB_LOG": f"{folder}/log", "STUB_KEYS": str(keys), "STUB_FAILS": "0"}
    command = ["expect", f"{folder}/x.exp", *arguments]
    done = subprocess.run(command, env=found, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    if re.search(r"can't read|invalid|while executing", done.stderr):
        return None
    return Way(became((folder / "log").read_text().splitlines(), _TYPED), done.returncode, sayings(done))


def new(text: str, folder: Path, keys: int, arguments: list[str], environment: dict[str, str]) -> Way:
    """Return what the translation does with a program that notes its words."""
    (folder / "x.sh").write_text(render(translate(script(text, "x.exp"))))
    (folder / "notes").write_text("")
    found = {**environment, "CLOUDHSM_CLI": f"{folder}/cli", "NOTES": f"{folder}/notes", "STUB_KEYS": str(keys)}
    command = ["bash", f"{folder}/x.sh", *arguments]
    done = subprocess.run(command, env=found, cwd=folder, capture_output=True, text=True, check=False)
    assert "unbound variable" not in done.stderr, done.stderr
    refused = "is argument" in done.stderr
    return Way(became((folder / "notes").read_text().splitlines(), _BECAME), done.returncode, sayings(done), refused)


def sayings(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return what is said on standard output, and then what is on standard error."""
    return [line for text in (done.stdout, done.stderr) for line in text.splitlines() if line.startswith("say ")]


def unlike(after: Way, before: Way, script_text: str, *, stopped: bool) -> bool:
    """Return whether a translation does or says something else, up to where it stops; it tells what it leaves out."""
    if after.done != (before.done[: len(after.done)] if stopped else before.done):
        return True
    if stopped or "does not print" in script_text or "JSON in its place" in script_text:
        rest = iter(before.said)
        return not all(line in rest for line in after.said)
    return (after.said, after.status) != (before.said, before.status)


def differs(seed: int, folder: Path) -> tuple[str, int]:
    """Return how the translation of a script differs, empty if it does not, and how often it came to its end."""
    maker = Maker(seed)
    text, ended = maker.script(), 0
    for name, content in (("key_mgmt_util", TOOL), ("cli", CLI)):
        (folder / name).write_text(content)
        (folder / name).chmod(0o700)
    (folder / "here.txt").touch()
    for keys, arguments in ((1, ["x", "y"]), (0, ["x"]), (0, ["y", "here"]), (1, []), (1, ["dry", "x", "z"])):
        environment = {"PATH": f"{folder}:{os.environ['PATH']}", "HERE": str(keys)}
        before = old(text, folder, keys, arguments, environment)
        after = new(text, folder, keys, arguments, environment)
        if before is None:
            continue
        told = f"seed {seed}, {keys} keys, {arguments}: {before} became {after}\n{text}"
        became_text = (folder / "x.sh").read_text()
        if after.status == _STOPPED and "by_hand" in became_text:
            if unlike(after, before, became_text, stopped=True):
                return told, ended
        elif after.refused:
            # It asks for the arguments that it needs.
            continue
        elif after.status != before.status or unlike(after, before, became_text, stopped=False):
            return told, ended
        else:
            ended += 1
    return "", ended


@pytest.mark.skipif(shutil.which("expect") is None, reason="expect runs the scripts here, and is not installed")
@pytest.mark.parametrize("start", range(0, 12, 4))
def test_a_translation_does_what_the_script_types(start: int, tmp_path: Path) -> None:
    found = [differs(seed, tmp_path) for seed in range(start, start + 4)]
    assert [told for told, _ in found if told] == []
    assert sum(ended for _, ended in found) > 0
