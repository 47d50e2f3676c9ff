"""What becomes of a program's own tests of how it is called and how it ends."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from test_migration_python import bash, program, said

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


def test_a_number_of_arguments_that_is_asked_for_behind_a_command_stops_there() -> None:
    found = program("child.sendline('findKey -l x')\nif len(sys.argv) > 1: sys.exit(1)\nchild.sendline('findKey')\n")
    assert "ends the program if len(sys.argv) > 1, which is not checked" in said(found)
    assert "by_hand 'line" in bash(found)


@pytest.mark.parametrize(
    ("guard", "stops"),
    [
        ("if not os.path.exists('/etc/hsm/window.open'): sys.exit('closed')", True),
        ("if not pathlib.Path('window.open').exists(): sys.exit('closed')", True),
        ("if not os.path.exists('x.pem') or not os.path.isfile('y.pem'): sys.exit(1)", True),
        ("if not os.path.exists('x.pem'): sys.exit(1)", False),
        ("assert os.access('/opt/cloudhsm/bin/key_mgmt_util', os.X_OK)", False),
    ],
)
def test_a_file_that_no_command_reads_is_left_to_a_person(guard: str, *, stops: bool) -> None:
    found = program(f"import pathlib\n{guard}\nchild.sendline('importPubKey -l x -f x.pem')\n")
    assert ("by_hand 'line 6: ends the program if" in bash(found)) is stops
    assert (said(found) != "") is stops


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
