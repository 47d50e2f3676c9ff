"""What an expect script does where a search finds a key, and where it finds none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import KEYS as START
from test_migration_expect_asked import ran
from test_migration_expect_flow import FIND, KEYS, asked, translated

from migration.bash import linear

if TYPE_CHECKING:
    from pathlib import Path

PATTERN = r"{matching keys:\s+(\d+)}"
GROUP = f"-re {PATTERN}"
NONE = r"-re {present:\s*0}"


def text(*pieces: str) -> str:
    """Return the new script."""
    return linear.render(translated(KEYS, FIND, *pieces))


DELETE = '{ send "deleteKey -k $h\\r"; expect "Command:" }'
TAKE = "set h $expect_out(1,string)"
TAKINGS = (
    f'expect {{\n {NONE} {{ set h "" }}\n {GROUP} {{ {TAKE} }}\n}}\nif {{$h ne ""}} {DELETE}\n',
    f'expect {{\n {GROUP} {{ {TAKE}; {DELETE[2:]} \n "Command:" {{ puts none }}\n}}\n',
    f'expect "Command:"\nif {{[regexp {PATTERN} $expect_out(buffer) -> h]}} {DELETE}\n',
)


@pytest.mark.parametrize("taking", TAKINGS)
def test_the_new_script_goes_on_where_nothing_is_found_as_the_old_one_did(taking: str) -> None:
    assert """"key-reference"') || true\n""" in text(taking, 'send "genSymKey -t 31 -s 32 -l b\\r"\n')


@pytest.mark.parametrize("alternatives", [GROUP, f"{{\n {GROUP} {{}}\n timeout {{ exit 1 }}\n}}"])
@pytest.mark.parametrize("before", ["", 'if {$argc > 7} { puts "$expect_out(1,string)" }\n'])
def test_what_is_used_in_any_case_must_be_found(alternatives: str, before: str) -> None:
    found = text(f"expect {alternatives}\n{before}", 'send "deleteKey -k $expect_out(1,string)\\r"\n')
    assert """"key-reference"')\n""" in found


LISTED = """spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
send "listUsers\\r"
"""
REST = 'send "deleteUser CU bob\\r"\nexpect "aws-cloudhsm>"\n'


@pytest.mark.parametrize(
    ("wait", "stops"),
    [
        ('expect {\n -re "9\\\\s+CU\\\\s+bob" {}\n timeout { puts no; exit 3 }\n}\n', True),
        ('expect {\n "9  CU  bob" {}\n default { puts no; die }\n}\n', True),
        ('expect {\n timeout { puts no; die }\n "9  CU  bob"\n}\n', True),
        ('expect_after timeout { puts no; exit 1 }\nexpect "9  CU  bob"\n', True),
        ('expect {\n -re "9\\\\s+CU\\\\s+bob" {}\n timeout { puts "goes on" }\n}\n', False),
        ('expect "9  CU  bob"\n', False),
    ],
)
def test_a_wait_whose_timeout_ends_the_script_stops_for_good(wait: str, stops: bool) -> None:
    """What comes behind it was done only if it was printed: ``--allow-gaps`` does not pass it."""
    found = linear.render(translated("proc die {} { exit 4 }\n", LISTED, wait, REST))
    assert "waits for" in found
    assert ("by_hand_first" in found) == stops


BRANCH = r"""expect -re {present: (\d+)}
set n $expect_out(1,string)
if {$n == 0} { expect "Command:"; return "" }
expect -re {matching keys:\s+(\d+)}
set h $expect_out(1,string)
expect "Command:"
return $h"""
REGEXP = r"""expect "Command:"
if {[regexp {matching keys:\s+(\d+)} $expect_out(buffer) -> h]} { return $h }
return "" """


@pytest.mark.parametrize("search", [BRANCH, REGEXP])
def test_a_procedure_may_give_what_a_search_has_found_or_nothing(search: str, tmp_path: Path) -> None:
    find = f'proc find {{l}} {{\nsend "findKey -l $l\\r"\n{search}\n}}\n'
    start = START.replace("findKey -l a", "listUsers")
    text = f'{find}{start}expect "Command:"\nset k [find old]\nif {{$k ne ""}} {DELETE.replace("$h", "$k")}\n'
    listed = ["user list list", "key list attr.label=old"]
    assert ran(text, tmp_path, found=0) == (listed, 0)
    assert ran(text, tmp_path, found=2) == ([*listed, "key delete key-reference=7"], 0)
    ending = text.replace('if {$k ne ""}', 'if {$k eq ""} { puts none; exit 1 }\nif {$k ne ""}')
    assert ran(ending, tmp_path, found=0) == (listed, 1)


@pytest.mark.parametrize("last", ['return "none"', 'if {$label eq "x"} { return $h }\nreturn ""'])
def test_what_else_a_procedure_gives_is_left_to_a_person(last: str) -> None:
    take = f"expect -re {PATTERN}\nset h $expect_out(1,string)\nif {{[file exists here]}} {{ return $h }}\n{last}"
    find = f'proc find {{label}} {{\nsend "findKey -l $label\\r"\n{take}\n}}\n'
    guard = f'{find}{START}set k [find [lindex $argv 0]]\nsend "deleteKey -k $k\\r"\n'
    assert any("is computed: [find" in told for told in asked(guard))
