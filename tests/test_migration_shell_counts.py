"""Counts of lines of which a shell script asks only whether there are any: a number for each HSM is none now."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_shell import KMU, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

GEN = "KMU genSymKey -t 31 -s 32 -l x"
FIND = "KMU findKey -l x | grep -c 'present: 0'"
TYPED = "cloudhsm_mgmt_util x.cfg <<EOF\nloginHSM CO admin adminpw1\ncreateUser CU bob password2\ny\nquit\nEOF\n"
CLI = """#!/bin/sh
case "$*" in *'{refused}'*) printf '{{"error_code": 1, "data": "no"}}\\n'; exit 1 ;; esac
printf '{{"error_code": 0, "data": {{"total_key_count": 0, "matched_keys": []}}}}\\n'
"""


def ends(folder: Path, text: str, refused: str) -> int:
    """Return the status of a script's translation where commands with some word are refused."""
    cli = folder / "cloudhsm-cli"
    cli.write_text(CLI.format(refused=refused), encoding="utf-8")
    cli.chmod(0o755)
    new = render(translate(script(f"#!/bin/bash\n{text.replace('KMU', KMU)}\n", "x.sh")))
    assert "by_hand" not in new
    surroundings = {**os.environ, "CLOUDHSM_CLI": str(cli)}
    return subprocess.run(["bash", "-c", new], cwd=folder, env=surroundings, check=False).returncode


MADE = f'out=$({TYPED})\nn=$(echo "$out" | grep -c "createUser success")\n'
PASSED = MADE.replace('s")', 's" || true)')
KEPT = TYPED.replace("<<EOF", "<<EOF > o")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (f'{MADE}if [ "$n" -ge 1 ]; then exit 7; else exit 8; fi', "user create"),
        (f'out=$({TYPED})\n[ $(echo "$out" | grep -c "createUser success") -eq 0 ] && exit 8; exit 7', "user create"),
        (f"set -e\n{PASSED}(( n > 0 )) || exit 8; exit 7", "user create"),
        (f"{KEPT}test `grep createUser.success o | wc -l` != 0 && exit 7; exit 8", "user create"),
        (f"n=$({GEN} | grep -c SUCCESS)\nif [[ ${{n:-0}} -lt 1 ]]; then exit 8; fi; exit 7", "key generate"),
        (f'kmu() {{ KMU "$@"; }}\nn=$(kmu{GEN[3:]} | grep -c Created)\n(( n )) && exit 7; exit 8', "key generate"),
        ('f() { KMU findKey -l "$1"; }\nn=$(f x | grep -c "present: 0")\n(( n )) && exit 7; exit 8', "key list"),
    ],
)
def test_a_count_tells_whether_a_command_went_well(text: str, command: str, tmp_path: Path) -> None:
    assert ends(tmp_path, text, "nothing") == 7
    assert ends(tmp_path, text, command) == 8


@pytest.mark.parametrize(
    "text",
    [
        f"n=$({FIND})\n[ $n -ge 2 ] && exit 4",
        f"n=$({FIND})\n[ $n -eq 1 ] && exit 4",
        f"n=$({FIND})\n[ $n -eq $HSMS ] && exit 4",
        f'n=$({FIND})\n[ $n -gt 0 ] && exit 4\necho "$n HSMs"',
        f"n=$({FIND})\n[ $n -gt 0 ] && exit $n",
        f"n=$({FIND})\n[ $n -gt 0 ] && exit 4\ntotal=$((total + n))",
        f"n=$({FIND})\n[ $n -gt 0 ] && exit 4\ncat <<EOT\n$n HSMs\nEOT",
        f"trap 'echo $n' EXIT\nn=$({FIND})\n[ $n -gt 0 ] && exit 4",
        f"n=$({FIND})\nexport n\n[ $n -gt 0 ] && exit 4",
        f"declare -x n=$({FIND})\n[ $n -gt 0 ] && exit 4",
        f"n=x$({FIND})\n[ $n = 0 ] && exit 4",
        f"n+=$({FIND})\n[ $n = 0 ] && exit 4",
        f"n=$({FIND})\n[ $? -eq 0 ] || exit 4\n[ $n -eq 0 ]",
        f"f() {{ local n=$({FIND}); [[ $n -gt 0 ]]; }}\nf || exit 4",
    ],
)
def test_a_count_of_which_more_is_asked_is_left_to_a_person(text: str) -> None:
    assert left(text) != []


def test_a_count_that_ends_the_script_is_left_to_a_person() -> None:
    """Behind ``set -e`` a grep that counts nothing ends it."""
    assert left(f"set -e\nn=$({FIND})\n[ $n -gt 0 ] && exit 4") == [3]
