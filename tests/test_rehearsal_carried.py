"""A rehearsal sees what was misread in a script, whatever it is: other commands ran than were read."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from migration_support import script as read

from migration import words
from migration.rehearsal.difference import CARRIED, Difference
from migration.rehearsal.rehearse import Wanted, rehearse
from migration.script import Script, Step

TOOL = "'/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s', 'alice', '-p', 'password1'"
PROGRAM = f"""import subprocess
for label in ('one', 'two'):
    subprocess.run([{TOOL}, 'genSymKey', '-t', '31', '-s', '32', '-l', label], check=True)
subprocess.run([{TOOL}, 'findKey', '-l', 'one'], check=True)
"""
EXPECT = """spawn /opt/cloudhsm/bin/key_mgmt_util
expect "Command:"
foreach line {{loginHSM -u CU -s alice -p password1} {genSymKey -t 31 -s 32 -l one} {findKey -l one} exit} {
    send "$line\\r"
    expect "Command:" {} eof {}
}
"""
SHELL = """#!/bin/bash
K="/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
for name in one two; do $K genSymKey -t 31 -s 32 -l $name; done
$K findKey -l one > /dev/null
"""
Steps = tuple[Step, ...]


def told(script: Script) -> list[Difference]:
    """Rehearse a script as it was read, and return what was found to be misread in it, none of it explained."""
    done = rehearse(Wanted(script, ".", {}, {}, None), lambda *_: None)
    found = [item for item in done.found if item.difference.field == CARRIED]
    assert all(item.cause is None for item in found)
    return [item.difference for item in found]


@pytest.mark.parametrize(("text", "name"), [(PROGRAM, "a.py"), (EXPECT, "a.exp"), (SHELL, "a.sh")])
def test_what_was_read_rightly_is_no_difference(text: str, name: str) -> None:
    assert told(read(text, name)) == []


def _labelled(steps: Steps, label: str, other: str) -> Steps:
    return tuple(
        replace(step, words=tuple(words.text(other) if words.literal(word) == label else word for word in step.words))
        for step in steps
    )


@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        (lambda steps: steps[:-1], ["ran findKey -l one / not read"]),
        (
            lambda steps: steps[2:],
            ["ran loginHSM -u CU -s alice -p *** / not read", "ran genSymKey -t 31 -s 32 -l one / not read"],
        ),
        (lambda steps: steps[:2] + steps[4:], ["ran loginHSM -u CU -s alice -p *** / not read"]),
        (lambda steps: (*steps, steps[-1]), ["not run / read findKey -l one"]),
        (lambda steps: (*steps[:2], *steps[4:], *steps[2:4]), ["earlier / later"]),
        (lambda steps: _labelled(steps, "two", "too"), ["not run / read genSymKey -t 31 -s 32 -l too"]),
        (lambda steps: (*steps, replace(steps[-1], condition="only if x")), []),
    ],
)
def test_a_program_that_is_misread(mistake: Callable[[Steps], Steps], expected: list[str]) -> None:
    found = read(PROGRAM, "a.py")
    shown = [f"{item.legacy} / {item.translated}" for item in told(replace(found, steps=mistake(found.steps)))]
    assert [text for text in expected if text not in shown] == []
    assert bool(shown) is bool(expected)


def test_what_is_done_once_is_no_turn_of_a_loop() -> None:
    """The login of a loop that nobody followed is the same command as the one behind it."""
    loop = f"import os\nfor label in os.listdir('.'):\n    subprocess.run([{TOOL}, 'findKey', '-l', label])\n"
    assert told(read(PROGRAM + loop + PROGRAM, "a.py")) == []


def test_a_command_that_ran_more_often_than_it_was_read() -> None:
    found = read(PROGRAM.replace("('one', 'two')", "('one', 'one', 'one')"), "a.py")
    steps = found.steps[:2] + found.steps[6:]
    assert "ran loginHSM -u CU -s alice -p ***, 2 times" in {item.legacy for item in told(replace(found, steps=steps))}


def test_an_expect_script_that_is_misread() -> None:
    found = read(EXPECT, "a.exp")
    steps = _labelled(found.steps, "one", "another")
    assert [(item.legacy, item.line) for item in told(replace(found, steps=steps))] == [
        ("ran genSymKey -t 31 -s 32 -l one", 0),
        ("ran findKey -l one", 0),
        ("not run", 4),
        ("not run", 4),
    ]


def test_a_shell_script_that_is_misread() -> None:
    found = read(SHELL, "a.sh")
    steps = _labelled(found.steps, "one", "another")
    assert [item.why for item in told(replace(found, steps=steps))] == [
        "the script ran findKey -l one, which was not read"
    ]


def test_no_password_is_told() -> None:
    text = (
        "import subprocess, sys\ntyped = ['loginHSM CO admin adminpw1', 'createUser CU bob bobsecret9', 'y', 'quit']\n"
    )
    text += "subprocess.run(['/opt/cloudhsm/bin/cloudhsm_mgmt_util', '/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg'],\n"
    text += "    input='\\n'.join(typed), text=True)\n"
    found = read(text, "a.py")
    shown = [item.legacy for item in told(replace(found, steps=found.steps[:1]))]
    assert shown == ["ran createUser CU bob ***"]
