"""What becomes of a Python program that fails where a search finds nothing, or an output is another."""

from __future__ import annotations

import pytest
from test_migration_python import HEAD, bash, program, said

KMU = """import re, subprocess, sys
def kmu(*w):
    return subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s',
        'alice', '-p', 'password1', *w], text=True)
def found(label):
    block = kmu('findKey', '-l', label).partition('Handles of matching keys:')[2].partition('Cluster')[0]
    return re.findall(r'\\d{3,}', block)
"""
CHECK = "hsm_take '.data.total_key_count > 0' > /dev/null"
LATER = "kmu('genSymKey', '-t', '31', '-s', '32', '-l', 'x')\n"


@pytest.mark.parametrize(
    "text",
    [
        "keys = found('x')\nkeys[0][:2]\n",
        "print(re.search(r'keys:\\s+(\\d+)', kmu('findKey', '-l', 'x')).group(1))\n",
        "kmu('findKey', '-l', 'x').split('Handles of matching keys:')[1]\n",
        "a, b = found('y'), found('x')\nb[0]\n",
    ],
)
def test_a_search_that_finds_nothing_ends_the_translation_where_it_ends_the_program(text: str) -> None:
    shown = bash(program(text + LATER, KMU))
    assert shown.count(CHECK) == 1
    assert shown.index("attr.label=x") < shown.index(CHECK) < shown.index("generate-symmetric")
    assert "by_hand" not in shown


@pytest.mark.parametrize("behind", ["", "kmu('deleteKey', '-k', h)\n"])
def test_a_search_whose_handle_is_taken_is_not_checked_twice(behind: str) -> None:
    shown = bash(program("h = found('x')[0]\n" + behind + LATER, KMU))
    assert "hsm_handle '.data.matched_keys[0]" in shown
    assert CHECK not in shown


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    found('x')[0]\nexcept IndexError:\n    pass\n",
        "keys = found('x')\nif keys:\n    keys[0]\n",
        "keys = found('x')\nkeys[0] if keys else None\n",
        "keys = found('x')\nkeys[:1]\n",
    ],
)
def test_a_search_that_may_find_nothing_is_not_checked(text: str) -> None:
    assert CHECK not in bash(program(text + LATER, KMU))


def test_what_fails_for_more_than_nothing_found_is_left_to_a_person() -> None:
    found = program("keys = found('x')\nkeys[1]\n" + LATER, KMU)
    assert "fails where the output is another: keys[1]" in said(found)
    assert bash(found).index("by_hand 'line") < bash(found).index("generate-symmetric")


def test_a_wait_for_handles_ends_the_translation_where_there_are_none() -> None:
    text = "child.sendline('findKey -l x')\nchild.expect('Handles of matching keys:')\nchild.sendline('findKey')\n"
    found = program(text, HEAD)
    assert CHECK in bash(found)
    assert said(found) == ""
