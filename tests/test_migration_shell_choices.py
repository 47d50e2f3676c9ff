"""A command of a shell script that a variable holds, which is set to one of several."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_shell import KMU, become, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

CASE = """case $1 in
aes) GEN="genSymKey -t 31 -s 32";;
rsa) GEN="genRSAKeyPair -m 2048 -e 65537";;
ec) GEN="genECCKeyPair -i 2";;
esac
"""
CLI = """#!/bin/sh
echo "$*" >> made
printf '{"error_code": 0, "data": {"key": {"key-reference": "0x7"}}}\\n'
"""


def made(folder: Path, text: str, argument: str) -> tuple[int, str]:
    """Return the status of a script's translation, and the commands that it has run."""
    cli = folder / "cloudhsm-cli"
    cli.write_text(CLI, encoding="utf-8")
    cli.chmod(0o755)
    new = render(translate(script(f"#!/bin/bash\n{text.replace('KMU', KMU)}\n", "x.sh")))
    surroundings = {**os.environ, "CLOUDHSM_CLI": str(cli)}
    done = subprocess.run(["bash", "-c", new, "x.sh", argument], cwd=folder, env=surroundings, check=False)
    return done.returncode, (folder / "made").read_text(encoding="utf-8") if (folder / "made").exists() else ""


@pytest.mark.parametrize(
    "runs",
    [
        'KMU $GEN -l "$1-key"',
        'kmu() { KMU "$@"; }\nkmu $GEN -l "$1-key"',
        'if KMU $GEN -l "$1-key" | grep -q SUCCESS; then echo made; else exit 4; fi',
        'out=$(KMU $GEN -l "$1-key")\necho "$out" | grep -q SUCCESS || exit 4',
        'n=$(KMU $GEN -l "$1-key" | grep -c SUCCESS)\n[ $n -gt 0 ] || exit 4',
    ],
)
def test_the_command_that_is_chosen_is_done(runs: str, tmp_path: Path) -> None:
    assert left(CASE + runs) == []
    for given, told in (("aes", "symmetric aes"), ("rsa", "asymmetric-pair rsa"), ("ec", "asymmetric-pair ec")):
        status, commands = made(tmp_path, CASE + runs, given)
        assert status == 0
        assert f"key generate-{told}" in commands.splitlines()[-1]
        assert f"{given}-key" in commands.splitlines()[-1]


def test_no_command_is_done_where_none_is_chosen(tmp_path: Path) -> None:
    assert made(tmp_path, f"{CASE}KMU $GEN -l x", "other") == (3, "")


def test_a_command_without_an_equivalent_stops_where_it_is_chosen(tmp_path: Path) -> None:
    text = CASE.replace("genECCKeyPair -i 2", "genDSAKeyPair -m 2048") + "KMU $GEN -l x"
    assert left(text) == [7]
    assert made(tmp_path, text, "ec") == (3, "")
    assert made(tmp_path, text, "aes")[0] == 0


def test_a_handle_of_which_the_commands_say_otherwise_is_left_to_a_person() -> None:
    takes = 'out=$(KMU $GEN -l x)\nh=$(echo "$out" | sed -n "s/.*Key Handle: *//p")\necho $h'
    assert left(CASE + takes) == [8]
    assert (
        left('A="genSymKey -t 31 -s 32"\n[ -n "$1" ] && A="genSymKey -t 31 -s 16"\n' + takes.replace("GEN", "A")) == []
    )


@pytest.mark.parametrize(
    ("sets", "runs"),
    [
        ("GEN=$2\n", "KMU $GEN -l x"),
        ("read GEN\n", "KMU $GEN -l x"),
        ('GEN+=" -nex"\n', "KMU $GEN -l x"),
        ('GEN="genSymKey -t 31 -s $2"\n', "KMU $GEN -l x"),
        ("for GEN in a b; do :; done\n", "KMU $GEN -l x"),
        ("", 'KMU "$GEN" -l x'),
        ("", 'KMU "${GEN}" -l x'),
        ("", 'KMU "$GEN"x -l x'),
    ],
)
def test_a_command_that_may_be_another_one_is_left_to_a_person(sets: str, runs: str) -> None:
    assert left(f"{CASE}{sets}{runs}") != []
    assert "case" not in become(f"{CASE}{sets}{runs}").rpartition("esac")[2]


def test_a_name_in_quotes_is_one_word_all_the_same(tmp_path: Path) -> None:
    text = 'G=genSymKey\n[ "$1" = rsa ] && G=genRSAKeyPair\nKMU "$G" -l x -t 31 -s 32'
    assert "generate-symmetric" in made(tmp_path, text, "aes")[1]
