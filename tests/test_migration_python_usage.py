"""What becomes of a program's own tests of how it is called and how it ends."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_python import bash, program, said

from migration.script import Refusal

if TYPE_CHECKING:
    from pathlib import Path

BASH = shutil.which("bash") or ""


@pytest.mark.parametrize(
    ("guard", "given", "status"),
    [
        ("if len(sys.argv) > 1: sys.exit(1)", ["x"], 1),
        ("if len(sys.argv) > 1: sys.exit(1)", [], None),
        ("if len(sys.argv) != 3: sys.exit(64)", ["a"], 64),
        ("if len(sys.argv) != 3: sys.exit(64)", ["a", "b", "c"], 64),
        ("if len(sys.argv) != 3: sys.exit(64)", ["a", "b"], None),
        ("if not 2 == len(sys.argv[1:]): pass\nif len(sys.argv[1:]) < 1: sys.exit('usage')", [], 1),
        ("if len(sys.argv) < 2:\n    print(__doc__)\n    sys.exit()", [], 0),
        ("if not sys.argv[1:]: sys.exit(2)", [], 2),
        ("assert len(sys.argv) == 2", ["a", "b"], 1),
        ("def main(argv):\n    if len(argv) != 2:\n        sys.exit(4)\nmain(sys.argv)", [], 4),
        (
            (
                "def usage():\n    return 64\ndef main():\n    if len(sys.argv) != 2:\n        return usage()\n"
                "    child.sendline('findKey -l x')\n    return 0\nsys.exit(main())"
            ),
            [],
            64,
        ),
        (
            (
                "def main():\n    if len(sys.argv) != 2:\n        return 64\n"
                "    child.sendline('findKey -l x')\nif __name__ == '__main__':\n    main()"
            ),
            [],
            0,
        ),
        ("a, b = sys.argv[1:]", ["a", "b", "c"], 1),
        ("a, b = sys.argv[1:]", ["a"], 1),
        ("a, b = sys.argv[1:]", ["a", "b"], None),
        ("_, a, b = sys.argv", ["a", "b", "c"], 1),
        ("_, a, b = sys.argv", ["a", "b"], None),
        ("a, b = sys.argv[1:3]", ["a", "b", "c"], None),
        ("a, b = sys.argv[1:3]", ["a"], 1),
        ("a, *b = sys.argv[1:]", [], 1),
        ("a, *b = sys.argv[1:]", ["a", "b"], None),
        ("*a, = sys.argv[1:]", [], None),
        ("args = sys.argv[1:]\na, b = args", ["a"], 1),
        ("try:\n    a, b = sys.argv[1:]\nexcept ValueError:\n    sys.exit(64)", ["a"], 64),
        ("try:\n    a, b = sys.argv[1:]\nexcept ValueError:\n    sys.exit(64)", ["a", "b"], None),
        ("try:\n    a, b = sys.argv[1:]\nexcept KeyError:\n    sys.exit(64)", ["a"], 1),
        ("try:\n    a, b = sys.argv[1:]\nexcept Exception:\n    sys.exit(64)", ["a"], 64),
        ("if len(sys.argv) != 3: sys.exit(64)\na, b = sys.argv[1:]", ["a"], 64),
        ("def main(a, b):\n    pass\nmain(*sys.argv[1:])", ["a", "b", "c"], 1),
        ("def main(a, b):\n    pass\nmain(*sys.argv[1:])", ["a", "b"], None),
        ("def main(args):\n    if len(args) < 1:\n        sys.exit(4)\nmain(sys.argv[1:])", ["x"], None),
        ("if len(sys.argv) == 2:\n    pass\nelse:\n    sys.exit(3)", [], 3),
        ("if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help'):\n    sys.exit(0)", ["--help"], 0),
        ("if len(sys.argv) < 2 or sys.argv[1] in ('-h', '--help'):\n    sys.exit(0)", ["x"], None),
        ("if len(sys.argv) < 2 or sys.argv[1] != 'go':\n    sys.exit(5)", ["stop"], 5),
        ("if len(sys.argv) < 2 or sys.argv[1] != 'go':\n    sys.exit(5)", ["go"], None),
        ("if 'GO' not in os.environ: sys.exit(6)", [], 6),
        ("assert 'GO' in os.environ", [], 1),
        ("if 'PATH' in os.environ: sys.exit(7)", [], 7),
        ("if 'GO' in os.environ or len(sys.argv) > 2: sys.exit(8)", [], None),
    ],
)
def test_arguments_that_the_program_refuses_are_refused(guard: str, given: list[str], status: int | None) -> None:
    found = program(f"{guard}\n" if "main()" in guard else f"{guard}\nchild.sendline('findKey -l x')\n")
    assert "by_hand 'line" not in bash(found)
    head = f"hsm_login() {{ :; }}; hsm_all_keys() {{ exit 77; }}\n{bash(found)}"
    done = subprocess.run([BASH, "-euo", "pipefail", "-c", head, "x.sh", *given], capture_output=True, check=False)
    assert done.returncode == (77 if status is None else status)


def test_arguments_that_are_unpacked_behind_a_command_are_counted_there() -> None:
    found = bash(program("child.sendline('findKey -l one')\na, b = sys.argv[1:]\nchild.sendline('findKey -l ' + a)\n"))
    assert found.index("$# -ne 2") > found.index("findKey -l one")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("if name:\n    a, b = sys.argv[1:]", "ends the program if the arguments are not as many as its variables"),
        ("try:\n    a, b = sys.argv[1:]\nexcept ValueError:\n    a = b = 'x'", "if the arguments are not as many"),
    ],
)
def test_arguments_that_are_unpacked_on_a_condition_are_said_not_to_be_counted(text: str, told: str) -> None:
    found = program(f"name = os.environ.get('NAME')\n{text}\nchild.sendline('findKey -l x')\n")
    assert told in said(found)
    assert "$#" not in bash(found)


def test_a_number_of_arguments_that_is_asked_for_behind_a_command_stops_there() -> None:
    found = program("child.sendline('findKey -l x')\nif len(sys.argv) > 1: sys.exit(1)\nchild.sendline('findKey')\n")
    assert "ends the program if len(sys.argv) > 1, which is not checked" in said(found)
    assert "by_hand 'line" in bash(found)


@pytest.mark.parametrize(
    ("guard", "there", "status"),
    [
        ("if not os.path.exists('window.open'): sys.exit('closed')", [], 1),
        ("if not os.path.exists('window.open'): sys.exit('closed')", ["window.open"], None),
        ("if not pathlib.Path('window.open').exists(): sys.exit(4)", [], 4),
        ("if not os.path.exists('x.pem') or not os.path.isfile('y.pem'): sys.exit(1)", ["x.pem"], 1),
        ("if not os.path.exists('x.pem') or not os.path.isfile('y.pem'): sys.exit(1)", ["x.pem", "y.pem"], None),
        ("if os.path.exists('done'):\n    print('was run before')\n    sys.exit(0)", ["done"], 0),
        ("if os.path.exists('done'):\n    print('was run before')\n    sys.exit(0)", [], None),
        ("for path in ('a.pem', 'b.pem'):\n    if not os.path.isfile(path): sys.exit('no ' + path)", ["a.pem"], 1),
        ("PEM = 'a b.pem'\nif not os.access(PEM, os.R_OK): raise SystemExit(PEM)", [], 1),
        ("PEM = os.getenv('PEM', 'c.pem')\nassert os.path.isfile(PEM)", ["c.pem"], None),
        ("PEM = os.getenv('PEM', 'c.pem')\nassert os.path.isfile(PEM)", [], 1),
        ("assert os.access('/opt/cloudhsm/bin/key_mgmt_util', os.X_OK)", [], None),
    ],
)
def test_files_that_the_program_asks_for_first_are_asked_for(
    tmp_path: Path, guard: str, there: list[str], status: int | None
) -> None:
    found = program(f"import pathlib\n{guard}\nchild.sendline('findKey -l x')\n")
    assert (said(found), "by_hand 'line" in bash(found)) == ("", False)
    for name in there:
        (tmp_path / name).touch()
    head = f"hsm_login() {{ :; }}; hsm_all_keys() {{ exit 77; }}\n{bash(found)}"
    command = [BASH, "-euo", "pipefail", "-c", head, "x.sh"]
    done = subprocess.run(command, capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode == (77 if status is None else status)


@pytest.mark.parametrize(
    ("between", "stops"),
    [("", False), ("findKey -l x", False), ("genSymKey -t 31 -s 32 -l x", True)],
)
def test_a_file_that_is_asked_for_behind_a_command_is_left_unless_the_next_one_reads_it(
    between: str, *, stops: bool
) -> None:
    asked = "if not os.path.exists('x.pem'): sys.exit(1)\n"
    typed = "".join(f"child.sendline('{line}')\n" for line in (between, "importPubKey -l x -f x.pem") if line)
    found = program(f"child.sendline('findKey -l y')\n{asked}{typed}")
    assert ("by_hand 'line 6: ends the program if" in bash(found)) is stops


@pytest.mark.parametrize(
    ("end", "noted"),
    [
        ("sys.exit(3)", True),
        ("failed = ['x']\nsys.exit(bool(failed))", True),
        ("def main():\n    if child.before:\n        return 1\n    return 0\nsys.exit(main())", True),
        ("sys.exit(0)", False),
        ("child.close()\nsys.exit(child.exitstatus)", False),
        ("def main():\n    return None\nsys.exit(main())", False),
        ("try:\n    child.expect('x')\nexcept Exception:\n    sys.exit(3)", False),
    ],
)
def test_a_status_of_its_own_is_said(end: str, *, noted: bool) -> None:
    found = program(f"child.sendline('setAttribute')\n{end}\n")
    assert ("ends the program with a status that is not carried over" in said(found)) is noted
    assert "by_hand" not in bash(found)


@pytest.mark.parametrize(
    "taken",
    [
        "label = sys.argv[1] if len(sys.argv) > 1 else 'team key'",
        "label = sys.argv[1] if len(sys.argv) >= 2 else 'team key'",
        "label = sys.argv[1] if sys.argv[1:] else 'team key'",
        (
            "import argparse\nparser = argparse.ArgumentParser()\n"
            "parser.add_argument('label', nargs='?', default='team key')\nlabel = parser.parse_args().label"
        ),
    ],
)
@pytest.mark.parametrize(("given", "label"), [([], "team key"), (["mine"], "mine")])
def test_an_argument_has_the_default_that_the_program_gives_it(taken: str, given: list[str], label: str) -> None:
    found = program(f"{taken}\nchild.sendline('genSymKey -t 31 -s 32 -l ' + label)\n")
    assert (said(found), "by_hand 'line" in bash(found)) == ("", False)
    head = f'hsm_typed() {{ :; }}\nhsm() {{ printf "%s" "$5"; }}\n{bash(found)}'
    command = [BASH, "-euo", "pipefail", "-c", head, "x.sh", *given]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == label


@pytest.mark.parametrize(
    ("read", "label"),
    [
        ("open(sys.argv[1]).read().strip()", "a b\nc"),
        ("open(sys.argv[1], 'rb').readline().decode().rstrip()", "a b"),
        ("open(os.path.expanduser('~/label')).readline().strip()", "home"),
        ("open(os.path.join(os.environ.get('DIR', os.path.expanduser('~')), 'label')).read().strip()", "home"),
    ],
)
def test_a_file_that_is_read_before_the_first_command_is_read_by_the_translation(
    tmp_path: Path, read: str, label: str
) -> None:
    given, home = tmp_path / "$(x) y", tmp_path / "label"
    given.write_text("a b\nc\n")
    home.write_text("home\n")
    found = program(f"label = {read}\nchild.sendline('genSymKey -t 31 -s 32 -l ' + label)\n")
    assert not said(found)
    head = f'hsm_typed() {{ :; }}\nhsm() {{ printf "%s" "$5"; }}\n{bash(found)}'
    command = [BASH, "-euo", "pipefail", "-c", head, "x.sh", str(given)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    run = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    assert run.stdout == label


@pytest.mark.parametrize(
    "before",
    [
        "child.sendline('findKey -l x')\nlabel = open(sys.argv[1]).read()",
        "os.system('fetch label > label')\nlabel = open(sys.argv[1]).read()",
        "open('label', 'w').write('x')\nlabel = open(sys.argv[1]).read()",
        "label = ''\nif len(sys.argv) > 2:\n    label = open(sys.argv[1]).read()",
    ],
)
def test_a_file_that_something_may_have_made_must_be_read_by_a_person(before: str) -> None:
    found = program(f"{before}\nchild.sendline('genSymKey -t 31 -s 32 -l ' + label)\n")
    assert "$(cat" not in bash(found)
    assert "must be set before" in said(found) or "by_hand 'line" in bash(found)


def test_commands_of_main_stand_where_they_are_written() -> None:
    found = program(
        "def main(args):\n    do('findKey -l ' + args[0])\n    do('exit')\ndef do(line):\n    child.sendline(line)\n"
        "if __name__ == '__main__':\n    sys.exit(main(sys.argv[1:]))\n"
    )
    assert [step.line for step in found.steps] == [6, 7]


@pytest.mark.parametrize(
    ("waits", "noted"),
    [
        ("['aws-cloudhsm>', 'exiting', pexpect.EOF]", True),
        ("['aws-cloudhsm>', pexpect.EOF]", True),
        ("['aws-cloudhsm>', pexpect.TIMEOUT]", False),
    ],
)
def test_a_program_that_looks_whether_the_tool_comes_up_is_said_to(waits: str, noted: bool) -> None:
    head = "import pexpect, sys\nc = pexpect.spawn('cloudhsm_mgmt_util x')\n"
    found = program(f"if c.expect({waits}) != 0:\n    sys.exit('not up')\nc.sendline('listUsers')\n", head)
    assert ("comes up" in said(found)) is noted
    assert "by_hand" not in bash(found)


@pytest.mark.parametrize(
    "taken",
    [
        "label = sys.argv[2] if len(sys.argv) > 1 else 'x'",
        "label = sys.argv[1] if len(sys.argv) == 3 else 'x'",
        "label = sys.argv[1] if len(sys.argv) > 1 else input('which? ')",
    ],
)
def test_an_argument_that_is_taken_in_another_case_is_one_that_must_be_known(taken: str) -> None:
    found = program(f"{taken}\nchild.sendline('genSymKey -t 31 -s 32 -l ' + label)\n")
    assert "label:?must be set" in bash(found) or "sys_argv" in bash(found)


def test_an_error_that_may_end_a_block_without_an_else() -> None:
    text = "import sys\nif len(sys.argv) > 1:\n    try:\n        raise KeyError\n    except ValueError:\n        pass\n"
    assert script(text, "x.py").refusals == (Refusal("$# -gt 0", 1),)


@pytest.mark.parametrize(
    ("taken", "given", "label"),
    [
        ("sys.argv[1].lower()", "OrCl", "orcl"),
        ("sys.argv[1].upper() + '-' + sys.argv[1]", "db", "DB-db"),
        ("os.environ['TEAM'].lower()", "x", "pay"),
        ("os.environ.get('SITE', 'Bonn').upper()", "x", "BONN"),
    ],
)
def test_what_is_made_small_or_capital_letters_of_is_so_in_bash(taken: str, given: str, label: str) -> None:
    found = program(f"label = {taken}\nchild.sendline('genSymKey -t 31 -s 32 -l ' + label)\n")
    assert not said(found)
    head = f'hsm_typed() {{ :; }}\nhsm() {{ printf "%s" "$5"; }}\n{bash(found)}'
    command = [BASH, "-euo", "pipefail", "-c", head, "x.sh", given]
    run = subprocess.run(command, capture_output=True, check=True, text=True, env={"TEAM": "Pay"})
    assert run.stdout == label


@pytest.mark.parametrize(
    ("loop", "given", "labels"),
    [
        ("for x in sys.argv[1:]:\n    DO", ["a", "b c"], "a,b c,"),
        ("for x in sys.argv[3:]:\n    print(x, end=':')\n    DO", ["a", "b", "c", "d"], "c:c,d:d,"),
        ("for x in sys.argv[2:]:\n    DO", ["a"], ""),
    ],
)
def test_a_loop_over_all_arguments_is_one_in_bash(loop: str, given: list[str], labels: str) -> None:
    found = program(loop.replace("DO", "child.sendline('genSymKey -t 31 -s 32 -l ' + x)\n"))
    assert not said(found)
    head = f'hsm_typed() {{ :; }}\nhsm() {{ printf "%s," "$5"; }}\n{bash(found)}'
    command = [BASH, "-euo", "pipefail", "-c", head, "x.sh", *given]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout == labels


@pytest.mark.parametrize(
    "text",
    [
        "for x in sys.argv[1:]:\n    if x == 'b':\n        break\n    DO",
        "for x in sys.argv[1:3]:\n    DO",
        "for x in sys.argv[1:]:\n    if x == 'b':\n        sys.exit(3)\n    DO",
        "for x in sys.argv[1:]:\n    for y in sys.argv[2:]:\n        DO",
    ],
)
def test_a_loop_over_arguments_that_does_more_is_left_to_a_person(text: str) -> None:
    found = program(text.replace("DO", "child.sendline('genSymKey -t 31 -s 32 -l ' + x)\n"))
    assert "by_hand 'line" in bash(found)


@pytest.mark.parametrize(
    ("handler", "stops"),
    [("except subprocess.CalledProcessError:", False), ("except SystemExit:", True), ("except:", True)],
)
def test_an_exit_is_caught_by_no_handler_for_common_errors(handler: str, *, stops: bool) -> None:
    text = "def main():\n    child.sendline('findKey -l x')\n    return len(sys.argv) - 1\n"
    found = program(f"{text}try:\n    sys.exit(main())\n{handler}\n    print('no')\nchild.sendline('findKey -l y')\n")
    assert ("an error is raised and handled here" in said(found)) == stops
    assert ("attr.label=y" in bash(found)) == stops


@pytest.mark.parametrize(
    ("text", "given", "status"),
    [
        ("if len(sys.argv) > 1:\n    if not sys.argv[1]:\n        sys.exit(0)\nelse:\n    sys.exit(4)\n", [], 4),
        (
            "pin = os.environ.get('PIN')\nif not pin:\n    die('no PIN', 4)\nchild.sendline('findKey -l ' + pin)\n",
            [],
            4,
        ),
        ("pin = os.environ.get('PIN')\nif not pin:\n    die('no PIN')\nchild.sendline('findKey -l ' + pin)\n", [], 1),
        ("if sys.argv[1] == 'x':\n    die(code=6, text='no')\n", ["x"], 6),
    ],
)
def test_a_program_ends_with_the_status_that_its_function_is_told(text: str, given: list[str], status: int) -> None:
    head = "def die(text, code=1):\n    print(text)\n    sys.exit(code)\n"
    commands = bash(program(f"{head}{text}child.sendline('findKey -l x')\n"))
    whole = f"hsm_typed() {{ :; }}; by_hand() {{ exit 3; }}; hsm_all_keys() {{ exit 77; }}\n{commands}"
    done = subprocess.run([BASH, "-euo", "pipefail", "-c", whole, "x.sh", *given], capture_output=True, check=False)
    assert done.returncode in (status, 3)


def test_what_ends_a_program_between_two_conditions_is_asked_in_any_case() -> None:
    asked = "if a.x == '1':\n    child.sendline('genSymKey -t 31 -s 32 -l DO')\n"
    declared = "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x')\np.add_argument('--y')\n"
    text = f"{declared}a = p.parse_args()\n{asked}if a.y == '3':\n    sys.exit(3)\n{asked}"
    whole = f"hsm() {{ :; }}\n{bash(program(text))}"
    for given, status in ((["--y=3"], 3), (["--x=1", "--y=3"], 3), (["--x=1"], 0), ([], 0)):
        done = subprocess.run([BASH, "-euo", "pipefail", "-c", whole, "x.sh", *given], capture_output=True, check=False)
        assert done.returncode == status


@pytest.mark.parametrize(
    ("taken", "given", "status", "labels"),
    [
        ("name, label = sys.argv[1:]", ["a", "b"], 0, "b,"),
        ("me, label = sys.argv", ["a"], 0, "a,"),
        ("name, label = sys.argv[1:3]", ["a", "b", "c"], 0, "b,"),
        ("name, *labels = sys.argv[1:]", ["a", "b", "c"], 0, "b,c,"),
        ("name, *labels = sys.argv[1:]", ["a"], 0, ""),
        ("*labels, name = sys.argv[1:]", ["a", "b"], 3, ""),
    ],
)
def test_arguments_that_are_taken_together(taken: str, given: list[str], status: int, labels: str) -> None:
    loop = "for label in labels:\n    " if "labels" in taken else ""
    found = program(f"{taken}\n{loop}child.sendline('genSymKey -t 31 -s 32 -l ' + label)\n")
    head = "by_hand() { exit 3; }; hsm_typed() { :; }; hsm_login() { :; }\n"
    head += 'hsm() { [ "$1 $2" = "key list" ] || printf "%s," "$5"; }\n'
    command = [BASH, "-euo", "pipefail", "-c", f"{head}{bash(found)}", "x.sh", *given]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (done.returncode, done.stdout) == (status, labels)
