"""What a Python program does beside the dialogue is carried over, said, or one of a few harmless kinds."""

from __future__ import annotations

import pytest
from migration_support import script

from migration import words
from migration.bash import linear
from migration.translate import translate

HEAD = """import os, re, shutil, subprocess, sys, time
from pathlib import Path
KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s a -p password1 "
def make(label):
    return subprocess.check_output(KMU + "genSymKey -t 31 -s 32 -l " + label, shell=True, text=True)
"""
HANDLE = """def handle(label):
    return re.search(r"Handle: (\\d+)", make(label)).group(1)
"""


def said(text: str) -> list[str]:
    """Return what the plan says of a program that makes a key, too."""
    return [what for _, what in translate(script(f"{HEAD}{text}\nmake('z')\n", "x.py")).remains]


@pytest.mark.parametrize(
    "text",
    [
        "os.makedirs('keys', exist_ok=True)",
        "shutil.rmtree('old')",
        "Path('x').touch()",
        "import requests\nrequests.post('http://x', json={'a': 1})",
        "import smtplib\nwith smtplib.SMTP('localhost') as s: s.sendmail('a', 'b', 'c')",
        "import sqlite3\ndb = sqlite3.connect('x.db')\ndb.execute('insert into t values (1)')",
        "import notify\nnotify.tell('x')",
        "def clean(): os.remove('x')\nimport atexit\natexit.register(clean)",
        "try: make('a')\nfinally: os.remove('x')",
        "class Job:\n    os.mkdir('x')",
        "if len(sys.argv) > 1: os.remove('x')",
        "[os.remove(x) for x in ('a', 'b')]",
        "done = upload('x')",
        "setattr(sys, 'x', 1)",
    ],
)
def test_a_call_that_does_something_beside_the_tools_is_said(text: str) -> None:
    assert any(what.startswith("is left out: ") for what in said(text))


@pytest.mark.parametrize(
    "text",
    [
        "print('begin')",
        "time.sleep(1)",
        "import logging\nlogging.basicConfig(level=20)\nlog = logging.getLogger()\nlog.info('x')",
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x')\np.parse_args()",
        "names = []\nnames.append('x')\n', '.join(names).upper()",
        "here = Path(__file__).resolve().parent\nos.getpid()",
        "if False: os.remove('x')",
        "def unused(): os.remove('x')",
        "sys.stderr.write('x')",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_DFL)",
        "for x in ('a', 'b'): break\nelse: os.remove('x')",
    ],
)
def test_what_only_shows_asks_or_prepares_is_not_said(text: str) -> None:
    assert said(text) == []


def test_a_call_is_said_once_and_with_all_of_its_chain() -> None:
    text = "import requests\nfor _ in range(2): requests.post('http://x').raise_for_status()"
    assert said(text) == ["is left out: requests.post('http://x').raise_for_status()"]


@pytest.mark.parametrize("text", ["open('lock', 'w')", "f = open('lock', 'a')", "with open('lock', 'x'): pass"])
def test_a_file_that_is_only_made_is_said(text: str) -> None:
    assert len(said(text)) == 1
    assert said(text)[0].startswith("what it writes into a file is left out: open('lock'")


def test_what_makes_a_file_that_a_command_reads_stops_before_it() -> None:
    uses = "subprocess.check_call(KMU + 'importPubKey -l x -f k.pem', shell=True)\n"
    found = script(f"{HEAD}import vault\nvault.fetch('k.pem')\n{uses}", "x.py")
    assert "by_hand 'line" in linear.render(translate(found))


@pytest.mark.parametrize(
    ("text", "prints"),
    [
        ("print('made', handle('a'))", False),
        ("print(f'{handle(\"a\")}')", False),
        ("sys.stdout.write(handle('a')[:2])", True),
        ("print(make('a'))", True),
        ("print('a', 1)", False),
    ],
)
def test_what_is_printed_of_an_answer_is_said(text: str, *, prints: bool) -> None:
    assert any(what.startswith("prints what the tools gave") for what in said(HANDLE + text)) is prints


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("raise SystemExit(4)", "raise SystemExit(4)"),
        ("raise ValueError('x')", "raise ValueError('x')"),
        ("x = sys.exit(5)", "sys.exit(5)"),
        ("raise SystemExit", ""),
        ("raise SystemExit(0)", ""),
    ],
)
def test_the_status_that_a_program_raises_is_said(text: str, status: str) -> None:
    told = [f"ends the program with a status that is not carried over: {status}"] if status else []
    assert said(f"make('a')\n{text}") == told


@pytest.mark.parametrize("text", ["if 'x' in sys.argv: raise SystemExit(0)", "'x' in sys.argv and sys.exit()"])
def test_what_is_behind_a_test_that_ends_the_program_well_depends_on_it(text: str) -> None:
    assert any(what.startswith("is run only if") for what in said(text))


@pytest.mark.parametrize(
    "text",
    [
        "len(sys.argv) > 1 or sys.exit('usage')",
        "len(sys.argv) > 1 or sys.exit(2)",
        "None if len(sys.argv) > 1 else exit(3)",
    ],
)
def test_a_program_that_ends_within_an_expression_is_followed_as_a_branch(text: str) -> None:
    assert len(script(f"{HEAD}{text}\nmake('z')\n", "x.py").refusals) == 1


def test_an_end_within_an_expression_that_is_none_by_itself_stops() -> None:
    assert any(
        "which is not checked: sys.exit(2)" in what for what in said("x = [len(os.listdir('.')) > 1 or sys.exit(2)]")
    )


def test_what_is_asked_for_before_an_end_and_only_a_run_knows_must_be_set() -> None:
    (told,) = said("x = len(os.listdir('.')) > 1 or sys.exit(2)")
    assert told == "$x must be set before: it is len(os.listdir('.')) > 1"


FAILED = "subprocess.CalledProcessError is raised"
FAILS = "try: make('a')\nexcept subprocess.CalledProcessError:\n    {}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "os.remove('x'); sys.exit(1)",
            [f"what is done if {FAILED} is left out: the translation stops at a failure"],
        ),
        (
            "sys.exit(2)",
            [f"ends the program with status 2 if {FAILED}, which is not carried over"],
        ),
        (
            "sys.exit(0)",
            [f"ends the program with status 0 if {FAILED}, which is not carried over"],
        ),
        ("print('failed'); sys.exit(1)", []),
        ("sys.exit('failed')", []),
    ],
)
def test_what_a_program_does_where_something_failed_is_said(text: str, told: list[str]) -> None:
    assert said(FAILS.format(text)) == told


def labels(text: str) -> list[str]:
    """Return the labels of the keys that are made."""
    return [words.shown(step.words[-1]) for step in script(HEAD + text, "x.py").steps if step.name == "genSymKey"]


@pytest.mark.parametrize(
    "text",
    [
        "os.environ['LABEL'] = 'new'\nmake(os.environ['LABEL'])",
        "os.environ['LABEL'] = 'new'\nmake(os.environ.get('LABEL', 'old'))",
        "os.environ['LABEL'] = 'new'\nmake(os.getenv('LABEL'))",
    ],
)
def test_what_a_program_puts_into_its_environment_is_there(text: str) -> None:
    assert labels(text) == ["new"]


def test_what_is_perhaps_in_the_environment_is_left() -> None:
    text = "if os.path.exists('x'): os.environ['LABEL'] = 'new'\nmake(os.environ['LABEL'])"
    assert any("as the program sets its environment" in what for what in said(text))


def test_what_another_program_sees_in_the_environment_is_said() -> None:
    text = "os.environ['A'] = 'b'\n"
    assert said(text) == []
    assert "what os.environ['A'] is from here on is left out" in said(text + "subprocess.run(['aws', 's3', 'ls'])")


@pytest.mark.parametrize(
    "text", ["sys.argv.pop(0)", "sys.argv = ['x', 'y']", "sys.argv[1] = 'y'", "exec(open('y.py').read())"]
)
def test_what_changes_the_program_itself_stops(text: str) -> None:
    assert any("is not followed" in what for what in said(text))


def test_nothing_is_done_behind_another_program_that_takes_over() -> None:
    assert labels("make('a')\nos.execv('/bin/ls', ['ls'])\nmake('b')") == ["a"]
