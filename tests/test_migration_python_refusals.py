"""Where a Python program ends by itself: with a status of its own, or as its parser of arguments refuses some."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from migration_support import script
from test_migration_python import HEAD, bash, program, said

from migration import masking
from migration.bash.prelude import functions
from migration.script import Refusal

BASH = shutil.which("bash") or ""
THREE_WAYS = """if problem is None:
    print('made')
elif 'already' in problem:
    print('there')
else:
    sys.exit(3)"""
PARSER = HEAD + "import argparse\np = argparse.ArgumentParser()\n"
MANAGEMENT = """import sys, pexpect
child = pexpect.spawn('/opt/cloudhsm/bin/cloudhsm_mgmt_util /x.cfg')
child.expect('aws-cloudhsm>')
class Failed(Exception): pass
def run(line):
    child.sendline(line)
    met = child.expect(['success', 'failed: (.*?)\\r\\n'])
    if met == 1:
        {failing}
    child.expect('aws-cloudhsm>')
    return {good}
def die(text):
    print(text)
    sys.exit(6)
def leave(text, status):
    print(text)
    sys.exit(status)
"""


def status(text: str, given: list[str]) -> int:
    """Return the status of the translation of a program that reads its arguments; 77 is that of its first search."""
    commands = bash(program(text, head=PARSER))
    fakes = "hsm_login() { :; }; hsm_logout() { :; }; hsm_all_keys() { exit 77; }"
    whole = f"{functions(commands, allow_gaps=False)}\n{fakes}\n{commands}"
    done = subprocess.run([BASH, "-euo", "pipefail", "-c", whole, "x.sh", *given], capture_output=True, check=False)
    return done.returncode


@pytest.mark.parametrize(
    ("behind", "told"),
    [
        (THREE_WAYS,
         "ends the program with status 3 if not (problem is None) and not ('already' in problem)"),
        (THREE_WAYS,
         "the program goes on if not (problem is None)"),
        ("if problem:\n    die(problem)", "ends the program with status 6 if problem"),
        ("if problem:\n    leave(problem, 2)", "ends the program with status 2 if problem"),
        ("if problem:\n    leave(problem, len(problem))", "ends the program with a status of its own if problem"),
        ("if problem:\n    if 'x' in problem:\n        sys.exit(5)\n    sys.exit(1)",
         "ends the program with status 5 if problem and 'x' in problem"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "failing",
    [
        "return child.match.group(1)",
        "reason = child.match.group(1)\n        child.sendline('A')\n        return reason",
    ],
)
def test_how_a_program_ends_behind_a_function_that_tells_of_a_failure_is_said(
    behind: str, told: str, failing: str
) -> None:
    head = MANAGEMENT.format(failing=failing, good=None)
    found = said(script(f"{head}problem = run('loginHSM CO admin password1')\n{behind}\nrun('listUsers')\n", "x.py"))
    assert told in found


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        ("sys.exit(3)", "ends the program with status 3 if Failed is raised"),
        ("child.sendline('quit')\n    sys.exit(3)", "ends the program with status 3 if Failed is raised"),
        ("die('no')", "ends the program with status 6 if Failed is raised"),
        ("sys.exit(1)", ""),
    ],
)
def test_the_status_of_a_handler_for_an_error_of_the_programs_own_is_said(handler: str, told: str) -> None:
    head = MANAGEMENT.format(failing="raise Failed(child.before)", good=True)
    found = said(script(f"{head}try:\n    run('listUsers')\nexcept Failed:\n    {handler}\n", "x.py"))
    assert ("with status" in found) == bool(told)
    assert told in found


@pytest.mark.parametrize(
    ("text", "given", "ended"),
    [
        ("if a.what != 'list' and not a.name:\n    p.error('name')", ["add"], 2),
        ("if a.what != 'list' and not a.name:\n    p.error('name')", ["list"], 77),
        ("if a.what != 'list' and not a.name:\n    p.error('name')", ["add", "bob"], 77),
        ("if a.what in ('add', 'set') and not a.secret:\n    p.error('secret')", ["set", "bob"], 2),
        ("if a.what in ('add', 'set') and not a.secret:\n    p.error('secret')", ["set", "bob", "--secret=x"], 77),
        ("if a.what not in ('add', 'set'):\n    sys.exit(9)", ["go"], 9),
        ("if a.what == 'add':\n    pass\nelse:\n    p.exit(8)", ["go"], 8),
        ("if a.what == 'stop':\n    p.exit()", ["stop"], 0),
        ("assert a.what == 'add'", ["go"], 1),
        ("def check(parser, what):\n    if what == 'no':\n        parser.error('no')\ncheck(p, a.what)", ["no"], 2),
        ("if a.what == 'no':\n    log.error('no')", ["no"], 77),
    ],
)
def test_arguments_that_the_program_itself_refuses_are_refused(text: str, given: list[str], ended: int) -> None:
    declared = "p.add_argument('what')\np.add_argument('name', nargs='?')\np.add_argument('--secret')\n"
    assert status(f"{declared}a = p.parse_args()\n{text}\nchild.sendline('findKey -l x')\n", given) == ended


def test_a_refusal_that_asks_for_more_than_arguments_stops_there() -> None:
    text = "p.add_argument('what')\na = p.parse_args()\nif len(a.what) > 8:\n    p.error('long')\n"
    found = program(f"{text}child.sendline('findKey -l x')\n", head=PARSER)
    assert "ends the program if len(a.what) > 8, which is not checked" in said(found)
    assert "by_hand 'line" in bash(found)


@pytest.mark.parametrize(
    ("declared", "given", "ended"),
    [
        ("'what', choices=['add', 'list']", ["list"], 77),
        ("'what', choices=['add', 'list']", ["lis"], 2),
        ("'what', choices=['add', 'list']", [""], 2),
        ("'what', nargs='?', choices=('add', 'list')", [], 77),
        ("'what', nargs='?', choices=('add', 'list')", ["go"], 2),
        ("'what', choices={'a b': 1, '*': 2}", ["a b"], 77),
        ("'what', choices={'a b': 1, '*': 2}", ["x"], 2),
        ("'-t', '--type', choices=['CO', 'CU']", [], 77),
        ("'-t', '--type', choices=['CO', 'CU']", ["-tCU"], 77),
        ("'-t', '--type', choices=['CO', 'CU']", ["-tAU"], 2),
        ("'-t', '--type', choices=['CO', 'CU']", ["--type=AU"], 2),
        ("'-t', '--type', choices=['CO', 'CU']", ["--type", "AU"], 2),
        ("'-t', '--type', choices=['CO', 'CU']", ["--type", ""], 2),
        ("'-t', '--type', choices=['CO', 'CU'], default='none'", [], 77),
        ("'-s', type=int, choices=[16, 32]", ["-s", "16"], 77),
        ("'-s', type=int, choices=[16, 32]", ["-s", "24"], 2),
    ],
)
def test_an_argument_is_one_of_its_choices(declared: str, given: list[str], ended: int) -> None:
    text = f"p.add_argument({declared})\na = p.parse_args()\nchild.sendline('findKey -l x')\n"
    assert "none of" not in said(program(text, head=PARSER))
    assert status(text, given) == ended


@pytest.mark.parametrize(
    "declared",
    ["'what', choices=known()", "'what', nargs='+', choices=['a', 'b']", "'what', type=str.lower, choices=['a', 'b']"],
)
def test_choices_that_are_not_checked_are_said(declared: str) -> None:
    text = f"p.add_argument({declared})\na = p.parse_args()\nchild.sendline('findKey -l x')\n"
    assert "ends the program if what is none of" in said(program(text, head=PARSER))


def test_what_a_function_gives_where_it_did_not_fail_stays_written_out() -> None:
    head = MANAGEMENT.format(failing="return 'nobody'", good="'bob'")
    found = script(f"{head}who = run('loginHSM CO admin password1')\nrun('deleteUser CU %s' % who)\n", "x.py")
    assert "deleteUser CU bob" in [masking.masked(step) for step in found.steps]
    assert "the program goes on if met == 1" in said(found)


ASKED = """import os, getpass
pin = os.environ.get('PIN') or getpass.getpass('PIN: ')
child.sendline('loginHSM -u CU -s a -p ' + pin)
child.sendline('loginHSM -u CU -s {ONE} -p {TWO}'.format(**os.environ))
"""


@pytest.mark.parametrize(("pin", "used"), [("fromenv", "fromenv"), ("", " ty ped "), (None, " ty ped ")])
def test_a_password_is_asked_for_where_the_environment_has_none(pin: str | None, used: str) -> None:
    found = program(ASKED)
    assert said(found) == ""
    given = {"ONE": "u", "TWO": "w", **({} if pin is None else {"PIN": pin})}
    whole = f"hsm_login() {{ printf '<%s>' \"$@\"; }}; hsm() {{ :; }}; hsm_logout() {{ :; }}\n{bash(found)}"
    done = subprocess.run(
        [BASH, "-euo", "pipefail", "-c", whole],
        input=" ty ped \n",
        capture_output=True,
        text=True,
        env=given,
        check=True,
    )
    assert done.stdout == f"<crypto-user><a><{used}><crypto-user><u><w>"


@pytest.mark.parametrize(
    ("read", "stage", "ended"),
    [
        ("os.environ.get('STAGE')", None, 77),
        ("os.environ.get('STAGE')", "prod", 4),
        ("os.environ.get('STAGE')", "test", 77),
        ("os.environ['STAGE']", None, 1),
        ("os.environ['STAGE']", "prod", 4),
        ("os.environ['STAGE']\nstage = os.environ.get('STAGE')", None, 1),
    ],
)
def test_a_variable_of_the_environment_need_not_be_set_where_the_program_did_without(
    read: str, stage: str | None, ended: int
) -> None:
    commands = bash(program(f"stage = {read}\nif stage == 'prod':\n    sys.exit(4)\nchild.sendline('findKey -l x')\n"))
    whole = f"hsm_login() {{ :; }}; hsm_logout() {{ :; }}; hsm_all_keys() {{ exit 77; }}\n{commands}"
    given = {} if stage is None else {"STAGE": stage}
    done = subprocess.run([BASH, "-euo", "pipefail", "-c", whole], capture_output=True, env=given, check=False)
    assert (done.returncode or 1) == ended


DIES = "def die(text):\n    print(text)\n    sys.exit(5)\n"


@pytest.mark.parametrize(
    ("end", "ended"),
    [
        ("sys.exit('no PIN')", 1),
        ("sys.exit(4)", 4),
        ("parser.error('no PIN')", 2),
        ("die('no PIN')", 5),
    ],
)
@pytest.mark.parametrize("form", ["pin = {} or {}", "holder.pin = {} or {}\npin = holder.pin", "pin = {}\npin or {}"])
@pytest.mark.parametrize("pin", [None, "", "password1"])
def test_a_program_that_ends_where_a_variable_of_the_environment_is_empty_ends_in_its_translation(
    end: str, ended: int, form: str, pin: str | None
) -> None:
    asked = form.format("os.environ.get('PIN')", end)
    text = f"{DIES}class Holder: pass\nholder = Holder()\n{asked}\n"
    found = program(f"{text}child.sendline('loginHSM -u CU -s a -p ' + pin)\nchild.sendline('findKey -l x')\n")
    assert said(found) == ""
    commands = bash(found)
    whole = f"hsm_login() {{ printf '%s' \"$3\"; }}; hsm_logout() {{ :; }}; hsm_all_keys() {{ exit 77; }}\n{commands}"
    given = {} if pin is None else {"PIN": pin}
    told = b"no PIN\n" if end.startswith("die") else b""
    done = subprocess.run([BASH, "-euo", "pipefail", "-c", whole], capture_output=True, env=given, check=False)
    assert (done.returncode, done.stdout) == ((77, b"password1") if pin else (ended, told))
    assert done.stderr.startswith(b"no PIN\n") is (not pin and end.startswith("sys.exit('"))


@pytest.mark.parametrize("last", ["log.error('no PIN')", "note('no PIN')", "'none'"])
def test_what_only_shows_that_a_variable_is_empty_ends_nothing(last: str) -> None:
    text = f"def note(text):\n    print(text)\npin = os.environ.get('PIN') or {last}\n"
    found = program(f"{text}child.sendline('loginHSM -u CU -s a -p ' + str(pin))\nchild.sendline('findKey -l x')\n")
    assert found.endings == ()


SINGLE = """import re, subprocess, sys
def single(*given):
    kmu = ['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s', 'a', '-p', 'password1']
    run = subprocess.run(kmu + list(given), stdout=subprocess.PIPE, universal_newlines=True)
    if run.returncode != 0:
        raise RuntimeError('no login')
    return run.stdout
"""


@pytest.mark.parametrize(
    ("kind", "end", "told"),
    [
        ("RuntimeError", "sys.exit(4)", "ends the program with status 4 if RuntimeError is raised"),
        (
            "(RuntimeError, KeyError)",
            "sys.exit(4)",
            "ends the program with status 4 if (RuntimeError, KeyError) is raised",
        ),
        ("AttributeError", "sys.exit(3)", "ends the program with status 3 if AttributeError is raised"),
        ("RuntimeError", "print('went on')", "the program goes on if RuntimeError is raised"),
        ("RuntimeError", "sys.exit(1)", ""),
    ],
)
def test_what_a_handler_for_an_error_of_pythons_own_ends_with_is_said(kind: str, end: str, told: str) -> None:
    text = "try:\n    re.search('Handle: .*', single('genSymKey', '-t', '31', '-s', '32', '-l', 'x')).group()\n"
    found = said(script(f"{SINGLE}{text}except {kind}:\n    {end}\n", "x.py"))
    assert (told in found) if told else found == ""


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        ("return 1", ""),
        ("return 3", "ends the program with status 3 if RuntimeError is raised"),
        ("return len(sys.path)", "ends the program with a status that is not carried over: sys.exit(main())"),
    ],
)
@pytest.mark.parametrize("end", ["sys.exit(main())", "try:\n    sys.exit(main())\nexcept KeyError:\n    sys.exit(1)"])
def test_a_status_of_main_is_said_once_and_only_if_it_is_not_that_of_the_translation(
    gives: str, told: str, end: str
) -> None:
    main = (
        f"def main():\n    try:\n        single('findKey')\n    except RuntimeError:\n        {gives}\n    return 0\n"
    )
    found = said(script(f"{SINGLE}{main}{end}\n", "x.py")).splitlines()
    assert [line.partition(",")[0] for line in found] == ([told] if told else [])


@pytest.mark.parametrize("handled", ["KeyError", "KeyboardInterrupt", "(OSError, ValueError) as e"])
@pytest.mark.parametrize("caught", ["SystemExit", "BaseException"])
def test_main_refuses_arguments_within_a_try_too(handled: str, caught: str) -> None:
    main = (
        "def main():\n    if len(sys.argv) != 2:\n        return 2\n    child.sendline('findKey -l x')\n    return 0\n"
    )
    end = "try:\n    sys.exit(main())\nexcept HANDLED:\n    sys.exit(1)\n"
    found = program(main + end.replace("HANDLED", handled))
    assert (found.refusals, said(found)) == ((Refusal("$# -ne 1", 2),), "")
    ended = program(main + end.replace("HANDLED", caught))
    assert ended.refusals == ()
    assert "by_hand" in bash(ended)
