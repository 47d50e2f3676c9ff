"""Options of a program: its translation takes the same command line, and refuses what argparse refuses."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest
from test_migration_python import bash, program, said

from migration import words
from migration.bash.options import FUNCTIONS
from migration.called import given as given_to

BASH = shutil.which("bash") or ""
PARSER = """import argparse
parser = argparse.ArgumentParser()
parser.add_argument('name')
parser.add_argument('size', nargs='?', default='32')
parser.add_argument('-o', '--officer', default='admin')
parser.add_argument('-p', '--password', required=True)
parser.add_argument('-v', '--verbose', action='store_true')
parser.add_argument('--label', default=os.environ.get('LABEL', 'team key'))
args = parser.parse_args()
"""
SHOWN = "[args.name, args.size, args.officer, args.password, args.label]"
TYPED = "child.sendline('genSymKey -t 31 -s 32 -l %s/%s/%s/%s/%s' % tuple(" + SHOWN + "))\n"


def run_new(text: str, given: list[str]) -> tuple[int, str]:
    """Return the status of the translation, and the label of the key that it makes."""
    found = program(text)
    assert "by_hand 'line" not in bash(found), said(found)
    head = f"{FUNCTIONS}hsm_typed() {{ :; }}\nby_hand_first() {{ exit 3; }}\n"
    head += f'hsm() {{ printf "%s" "$5"; }}\n{bash(found)}'
    run = subprocess.run(
        [BASH, "-euo", "pipefail", "-c", head, "x.sh", *given],
        capture_output=True,
        check=False,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LABEL": "a b"},
    )
    return run.returncode, run.stdout


def run_old(text: str, given: list[str]) -> tuple[int, str]:
    """Return the same of the program, with what it types printed."""
    head = "import os, sys\nclass child:\n    sendline = lambda line: print(line.split(' -l ')[1], end='')\n"
    run = subprocess.run(
        [sys.executable, "-c", head + text, *given],
        capture_output=True,
        check=False,
        text=True,
        env={"LABEL": "a b"},
    )
    return run.returncode, run.stdout


@pytest.mark.parametrize(
    "given",
    [
        ["bob", "-p", "secret"],
        ["-p", "secret", "bob"],
        ["-o", "root", "bob", "16", "-psecret"],
        ["--officer=root", "-v", "--password", "a=b c", "bob"],
        ["--password=", "-p", "x", "--label", "", "bob"],
        ["-p", "x", "--label=$(id) *", "--", "-bob"],
    ],
)
def test_options_may_stand_anywhere(given: list[str]) -> None:
    text = PARSER + TYPED
    assert run_new(text, given) == run_old(text, given)
    assert not said(program(text))


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["bob"],
        ["-p", "x"],
        ["-p", "x", "bob", "16", "more"],
        ["-p", "x", "bob", "--unknown"],
        ["-p", "x", "bob", "-q"],
    ],
)
def test_what_argparse_refuses_is_refused(given: list[str]) -> None:
    text = PARSER + TYPED
    assert run_new(text, given) == run_old(text, given) == (2, "")


def test_an_option_without_its_value_ends_the_translation() -> None:
    status, shown = run_new(PARSER + TYPED, ["bob", "-p"])
    assert (status != 0, shown) == (True, "")


def test_an_option_in_a_form_that_is_not_read_stops_for_a_person() -> None:
    text = PARSER.replace("args = ", "parser.add_argument('--tags', nargs='+')\nargs = ") + TYPED
    assert run_new(text, ["bob", "-p", "x"])[0] == 0
    assert run_new(text, ["bob", "-p", "x", "--tags", "a"]) == (3, "")


@pytest.mark.parametrize(
    "declared",
    [
        # Which parser reads an argument, what stands behind many, and what is made of one.
        "s = parser.add_subparsers()\nadd = s.add_parser('add')\nadd.add_argument('label')",
        "parser.add_argument('others', nargs='+')\nparser.add_argument('label')",
        "parser.add_argument('label', type=str.lower)",
    ],
)
def test_an_argument_whose_place_or_value_is_not_known_must_be_set(declared: str) -> None:
    head = "import argparse\nparser = argparse.ArgumentParser()\n"
    text = f"{head}{declared}\nargs = parser.parse_args()\nchild.sendline('genSymKey -t 31 -s 32 -l ' + args.label)\n"
    found = program(text)
    assert "$label must be set before" in said(found)
    assert ': "${label:?must be set}"' in bash(found)


@pytest.mark.parametrize(
    ("test", "refused"),
    [
        ("not args.yes", [[], ["-t", "x"]]),
        ("args.ticket is None", [[], ["-y"]]),
        ("not args.yes or not args.ticket", [[], ["-y"], ["-t", "x"]]),
        ("not (args.yes and args.ticket)", [[], ["-y"], ["-t", "x"]]),
        ("not args.yes and not args.ticket", [[]]),
        ("not (args.yes or (args.yes and args.ticket))", [[], ["-t", "x"]]),
    ],
)
def test_a_program_that_ends_without_an_option_ends_so_in_its_translation(test: str, refused: list[list[str]]) -> None:
    text = (
        "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('-y', '--yes', action='store_true')\n"
        f"parser.add_argument('-t', '--ticket')\nargs = parser.parse_args()\nif {test}:\n    sys.exit(4)\n"
        "child.sendline('genSymKey -t 31 -s 32 -l x')\n"
    )
    for given in ([], ["-y"], ["-t", "x"], ["-y", "-t", "x"]):
        wanted = (4, "") if given in refused else (0, "x")
        assert run_new(text, given) == run_old(text, given) == wanted


def test_a_test_of_an_argument_under_a_condition_is_left_to_a_person() -> None:
    found = program(
        "user, ticket = sys.argv[1], sys.argv[2]\nif user == 'root':\n    if not ticket:\n        sys.exit(4)\n"
        "child.sendline('genSymKey -t 31 -s 32 -l ' + user)\n"
    )
    assert "ends the program if not ticket, which is not checked (only if user == 'root')" in said(found)


def test_who_rehearses_a_program_knows_what_its_options_hold() -> None:
    found = program(PARSER + TYPED)
    arguments = ["-o", "root", "--password=a=b", "bob", "-v", "--label", "x", "--", "-16"]
    held = {name: words.literal(value) for name, value in given_to(found, arguments).items()}
    assert (held["officer"], held["password"]) == ("root", "a=b")
    assert (held["label"], held["verbose"], held["name"], held["size"]) == ("x", "True", "bob", "-16")


DO = "child.sendline('genSymKey -t 31 -s 32 -l {}')\n"


@pytest.mark.parametrize(
    "text",
    [
        "if a == 'x':\n    A\nelif a == 'y':\n    B\nelse:\n    C\n",
        "if a in ('x', 'y') and b != '*':\n    A\n    if not b or a == 'y':\n        B\n    C\n",
        "if not (a == 'x' or b):\n    A\nif b not in ['y', '*']:\n    B\nelse:\n    C\n",
        "def do():\n    if b == 'y':\n        A\n    B\nif a:\n    do()\nC\n",
        "for key in ('1', '2'):\n    if a == 'x':\n        A\n    else:\n        B\n",
    ],
)
def test_a_condition_on_arguments_is_asked_by_the_translation(text: str) -> None:
    for name in "ABC":
        text = text.replace(f"    {name}\n", f"    {DO.format(name)}").replace(f"\n{name}\n", f"\n{DO.format(name)}")
    text = f"a, b = sys.argv[1], sys.argv[2]\n{text}"
    for given in (["x", "y"], ["y", ""], ["", "*"], ["y", "x"], ["", "y"], ["x", "*"]):
        assert run_new(text, given) == run_old(text, given)
    assert (run_new(text, [])[0], run_old(text, [])[0]) == (1, 1)
    assert not said(program(text))


@pytest.mark.parametrize(
    "text",
    [
        # Who logs in, in one side, and what more than arguments tells.
        "if a == 'x':\n    child.sendline('loginHSM -u CU -s a -p password1')\nelse:\n    DO",
        "if a == 'x':\n    DO    child.sendline('exit')\n",
        "if a == 'x' and b in child.before:\n    DO",
        "if a == 'x' and len(b) > 2:\n    DO",
        "if int(a) == 3:\n    DO",
        "for line in open(a):\n    if b == 'x':\n        DO",
        "def do():\n    for x in open(a):\n        if x:\n            return\n    if b == 'x':\n        DO\ndo()\n",
        "try:\n    int(a)\nexcept ValueError:\n    if b == 'x':\n        DO",
        "while True:\n    line = input()\n    if not line:\n        break\n    if b == 'x':\n        DO",
        "c = a\nif b:\n    c = input()\nif len(c) > 1:\n    if b == 'x':\n        DO",
    ],
)
def test_a_command_under_another_condition_is_left_to_a_person(text: str) -> None:
    found = program("a, b = sys.argv[1], sys.argv[2]\n" + text.replace("DO", DO.format("x")))
    assert all(step.when is None for step in found.steps)
    assert "by_hand 'line" in bash(found)
    made = [step for step in found.steps if step.name == "genSymKey"]
    assert all(step.condition for step in made)


def test_keys_of_a_search_are_gone_through_under_no_condition_that_bash_asks() -> None:
    found = program(
        "import re\na = sys.argv[1]\nchild.sendline('findKey -l x')\nchild.expect('Command:  ')\n"
        "found = re.search(r'matching keys:\\s+([\\d, \\n]+)', child.before)\n"
        "for key in re.findall(r'\\d+', found.group(1)):\n    if a == 'x':\n"
        "        child.sendline('deleteKey -k ' + key)\n        child.expect('Command:  ')\n"
    )
    assert [step.when for step in found.steps if step.name == "deleteKey"] == [None]
    assert "by_hand 'line" in bash(found)


def test_what_a_command_under_a_condition_asks_is_answered_there() -> None:
    head = (
        "import pexpect, sys\nc = pexpect.spawn('cloudhsm_mgmt_util x')\nc.expect('aws-cloudhsm>')\na = sys.argv[1]\n"
    )
    text = (
        "if a == 'hidden':\n    c.sendline('createUser CU bob -hpswd')\n    c.expect('password:')\n"
        "    c.sendline('password1')\n    c.expect('password:')\n    c.sendline('password1')\n    c.expect('y/n')\n"
        "    c.sendline('y')\n    c.expect('aws-cloudhsm>')\n"
        "if a == 'no':\n    c.sendline('createUser CU eve password1')\n    c.expect('y/n')\n    c.sendline('n')\n"
        "    c.expect('aws-cloudhsm>')\n"
        "if a == 'yes':\n    c.sendline('createUser CU eve password1')\n    c.expect('y/n')\nc.sendline('listUsers')\n"
    )
    found = program(text, head)
    assert [(step.name, step.declined, len(step.answers)) for step in found.steps] == [
        ("createUser", False, 2),
        ("createUser", True, 0),
        ("createUser", False, 0),
        ("listUsers", False, 0),
    ]
    assert "hsm user create --username eve" in bash(found).partition("== yes")[2]
    assert "hsm user create --username eve" not in bash(found).partition("== yes")[0]
