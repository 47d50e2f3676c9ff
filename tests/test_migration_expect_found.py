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
