"""What a Python program puts into a command line that is one text is read again there, and may be no word then."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from migration_support import script

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

KMU = "key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l"
HEAD = "import os, shlex, subprocess, sys\nlabel = sys.argv[1]\n"
# Each notes the label of the key that it makes.
NOTES = """#!/bin/bash
for word; do
    [ "$before" = OPTION ] && printf '%s\\n' "$word" >> FILE
    before=$word
done
printf '{"error_code": 0, "data": {}}\\n'
"""


def made(folder: Path, text: str, value: str) -> tuple[int, list[str], list[str]]:
    """Return the status of a program's translation, and the labels that the program and its translation give."""
    for name, option, file in (("key_mgmt_util", "-l", "old"), ("cloudhsm-cli", "--label", "new")):
        (folder / name).write_text(NOTES.replace("OPTION", option).replace("FILE", file), encoding="utf-8")
        (folder / name).chmod(0o755)
        (folder / file).write_text("", encoding="utf-8")
    surroundings = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "CLOUDHSM_CLI": f"{folder}/cloudhsm-cli"}
    told = translate(script(HEAD + text, "x.py"))
    assert not told.remains, told.remains
    for call in ([sys.executable, "-c", HEAD + text, value], ["bash", "-c", render(told), "x", value]):
        done = subprocess.run(call, cwd=folder, env=surroundings, check=False, capture_output=True)
    return done.returncode, *((folder / name).read_text("utf-8").splitlines() for name in ("old", "new"))


@pytest.mark.parametrize("value", ["app", "app-1_2.3:4", "schl\u00fcssel", "a@b,c=d+e%f"])
@pytest.mark.parametrize(
    "call",
    [
        f'os.system("{KMU} " + label)',
        f'subprocess.check_call("{KMU} %s" % label, shell=True)',
        f'subprocess.check_call("{KMU} x-%s" % label, shell=True)',
        f"subprocess.run(f\"{KMU} '{{label}}'\", shell=True)",
        f"subprocess.run(f'{KMU} \"my {{label}}\"', shell=True)",
        f'subprocess.run(shlex.split("{KMU} " + label))',
        f'subprocess.run("{KMU} {{}}".format(label).split())',
    ],
)
def test_a_plain_value_is_taken_as_it_is(call: str, value: str, tmp_path: Path) -> None:
    status, old, new = made(tmp_path, call, value)
    assert (status, new) == (0, old)


@pytest.mark.parametrize(
    ("call", "value", "same"),
    [
        (f'os.system("{KMU} " + label)', "a b", False),
        (f'os.system("{KMU} " + label)', "$HOME", False),
        (f'os.system("{KMU} " + label)', "a;b", False),
        (f'os.system("{KMU} x" + label)', "\\a", False),
        (f'os.system("{KMU} " + label)', "[ab]", False),
        (f'os.system("{KMU} " + label)', "it's", False),
        (f"os.system(f\"{KMU} '{{label}}'\")", "a b$", True),
        (f"os.system(f\"{KMU} '{{label}}'\")", "it's", False),
        (f"os.system(f'{KMU} \"{{label}}\"')", "it's a;b", True),
        (f"os.system(f'{KMU} \"{{label}}\"')", "`id`", False),
        (f"os.system(f'{KMU} \"{{label}}\"')", "a\\$b", False),
        (f'subprocess.run("{KMU} {{}}".format(label).split())', "a b", False),
        (f'subprocess.run("{KMU} {{}}".format(label).split())', "it's$", True),
        (f'subprocess.run([*"{KMU}".split(), label])', "a b; $HOME", True),
    ],
)
def test_another_value_is_what_it_was_or_ends_the_script(call: str, value: str, same: bool, tmp_path: Path) -> None:
    status, old, new = made(tmp_path, call, value)
    assert (status, new) == ((0, old) if same else (3, []))


def test_a_constant_is_read_again_too(tmp_path: Path) -> None:
    call = f"os.system(\"{KMU} '%s'\" % key)"
    assert made(tmp_path, f'key = "it\'s"\n{call}', "") == (3, [], [])
    assert made(tmp_path, f'key = "nightly"\n{call}', "") == (0, ["nightly"], ["nightly"])


@pytest.mark.parametrize("word", ["$LABEL", "$(hostname)", "app*", "~/x", '\\"$LABEL\\"', "`id`", "{a,b}"])
def test_what_a_shell_puts_in_its_place_is_left_to_a_person(word: str) -> None:
    found = translate(script(f'{HEAD}subprocess.run("{KMU} {word}", shell=True)\n', "x.py"))
    assert [line for line, _ in found.remains] == [3]


def test_what_stands_in_quotes_there_is_a_word(tmp_path: Path) -> None:
    call = f'subprocess.run("{KMU} \'my $key* \'\\"a b\\"\\\\ c", shell=True)'
    assert made(tmp_path, call, "") == (0, ["my $key* a b c"], ["my $key* a b c"])
