"""What an expect script does where a search finds a key, and where it finds none."""

from __future__ import annotations

import pytest
from test_migration_expect_flow import FIND, KEYS, translated

from migration.bash import linear

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
