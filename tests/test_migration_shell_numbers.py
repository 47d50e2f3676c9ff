"""Shell scripts: numbers in variables that stand for names in CloudHSM CLI."""

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

SIGN = "KMU sign -f a -k 15 -m {} -out a.sig"


@pytest.mark.parametrize("sets", ["M=1", "export M=1", "readonly M='1'", "M=1   # SHA256_RSA_PKCS", "N=2 M=1"])
def test_a_number_that_the_script_sets_once_is_written_out(sets: str) -> None:
    assert "crypto sign rsa-pkcs " in become(f"{sets}\n{SIGN.format('$M')}")
    assert not left(f"{sets}\n" + SIGN.format('"${M}"'))


@pytest.mark.parametrize(
    "before",
    [
        "M=1\nM=2",
        "M=${1:-1}",
        'if [ -n "$1" ]; then M=1; fi',
        '[ -n "$M" ] || M=1',
        "M=1\n. ./env",
        "M=1\nread -r M",
        "f() { M=1; }\nf",
        "M=$1",
        "M=15x",
        "M=99",
    ],
)
def test_a_number_that_may_be_another_one_is_left_to_a_person(before: str) -> None:
    assert left(f"{before}\n{SIGN.format('$M')}") == [before.count("\n") + 3]


def test_a_number_that_is_set_later_is_left_to_a_person() -> None:
    assert left(f"f() {{ {SIGN.format('$M')}; }}\nM=1\nf") == [2]


def test_numbers_of_both_tools_are_told_and_sizes_stay_variables() -> None:
    text = become("T=31 S=32 C=2 A=3 N=4\nKMU genSymKey -t 31 -s $S -l a\nKMU genECCKeyPair -i $C -l b")
    assert '--key-length-bytes "$S" ' in text
    assert "--curve prime256v1 " in text
    text = become("A=3 Q=3\nCMU <<EOF\nloginHSM CU a pass1234\nsetAttribute $1 $A new\ny\ngetMValue $Q\nquit\nEOF")
    assert "--name label --value new" in text
    assert "hsm_pick .data.user " in text


def test_a_class_that_only_a_run_knows_becomes_its_name_then(tmp_path: Path) -> None:
    loop = f"for c in 2 3 4 5; do\n{KMU} findKey -c $c -t $T\ndone\n"
    text = render(translate(script(f"#!/bin/bash\nfor T in 0; do\n{loop}done\n", "x.sh")))
    ran = subprocess.run(
        ["bash", "-c", text],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "CLOUDHSM_CLI": "echo"},
        cwd=tmp_path,
    )
    assert ran.stdout.split("\n")[0] == "key list --filter attr.class=public-key attr.key-type=rsa"
    assert [line.split()[3] for line in ran.stdout.split("\n")[1:3]] == [
        "attr.class=private-key",
        "attr.class=secret-key",
    ]
    assert ran.returncode == 3
    assert "class 5 has no name in CloudHSM CLI" in ran.stderr


def test_of_several_handles_in_one_variable_none_is_taken_by_arithmetic() -> None:
    """``$((h))`` of ``7, 8`` is 8, and the old tool did nothing for such a number."""
    one = "h=$(KMU genSymKey -t 31 -s 32 -l x | grep Handle: | cut -d: -f2)\nKMU deleteKey -k $h\n"
    row = "while read -r h; do\nKMU deleteKey -k $h\ndone < <(KMU findKey -l two | grep -A1 'Handles of' | tail -n 1)\n"
    assert "$((h))" in become(one)
    assert "$((h))" not in become(one + row)
