"""A key that an expect script finds, or makes where it finds none: the translation uses the one that it has then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import KEYS, LAST, PATTERN, left, ran

if TYPE_CHECKING:
    from pathlib import Path

# The program that stands for CloudHSM CLI finds the key 7, and makes the key 8.
TAKE = f'expect {{\n -re {{present: 0}} {{ set h "" }}\n -re {PATTERN} {{ set h $expect_out(1,string) }}\n}}\n'
FIND = f'{KEYS}{TAKE}expect "Command:"\n'
COUNT = (
    f"{KEYS}"
    r"expect -re {keys present: (\d+)}; set n $expect_out(1,string); set h 0" + "\n"
    f"if {{$n > 0}} {{ expect -re {PATTERN}; set h $expect_out(1,string) }}\n"
    'expect "Command:"\n'
)
NEW = (
    'send "genSymKey -t 31 -s 32 -l b\\r"; expect -re {Key Handle: (\\d+)}; set h $expect_out(1,string); '
    'expect "Command:"'
)
DROP = 'send "deleteKey -k $h\\r"; expect "Command:"\n'
MORE = 'send "genSymKey -t 31 -s 32 -l c\\r"; expect "Command:"'
ARGUMENTS = "set a [lindex $argv 0]; set b [lindex $argv 1]\n"


def dropped(text: str, path: Path, *arguments: str, found: int = 0) -> list[str]:
    """Return the keys that a translation deletes."""
    commands, status = ran(text, path, *arguments, found=found)
    assert status == 0
    return [line.split("=")[-1] for line in commands if line.startswith("key delete")]


@pytest.mark.parametrize(("found", "key"), [(0, "8"), (1, "7"), (2, "7")])
@pytest.mark.parametrize(
    "text",
    [
        f'{FIND}if {{$h eq ""}} {{ {NEW} }}\n{DROP}',
        f'{FIND}if {{$h eq ""}} {{ {NEW} }} else {{ puts found }}\n{DROP}',
        f'{FIND}if {{$h ne ""}} {{ puts found }} else {{ {NEW}; {MORE} }}\n{DROP}',
        f'{FIND}if {{$h eq ""}} {{ {NEW}; if {{$argc > 0}} {{ {MORE} }}; {MORE} }}\n{DROP}',
        f'{FIND}set k $h\nif {{$k eq ""}} {{ {NEW}; set k $h }}\nset h $k\n{DROP}',
    ],
)
def test_a_key_is_the_one_that_was_found_or_made(text: str, found: int, key: str, tmp_path: Path) -> None:
    assert dropped(text + LAST, tmp_path, found=found) == [key]


@pytest.mark.parametrize(("given", "key"), [("x", "8"), ("y", "7")])
def test_a_key_that_was_found_gives_way_to_one_that_is_made(given: str, key: str, tmp_path: Path) -> None:
    text = f'{ARGUMENTS}{FIND}if {{$a eq "x"}} {{ {NEW} }}\n{DROP}{LAST}'
    assert dropped(text, tmp_path, given, found=1) == [key]


def test_what_was_found_is_still_that_in_another_variable(tmp_path: Path) -> None:
    text = f'{ARGUMENTS}{FIND}set old $h\nif {{$a eq "x"}} {{ {NEW} }}\n{DROP}{DROP.replace("$h", "$old")}{LAST}'
    assert dropped(text, tmp_path, "x", found=1) == ["8", "7"]
    assert dropped(text, tmp_path, "y", found=1) == ["7", "7"]


@pytest.mark.parametrize(
    "text",
    [
        # Both are there, whatever is chosen.
        f'{FIND}set one $h\n{NEW}\nset two $h\nif {{$a eq "x"}} {{ set h $one }} else {{ set h $two }}\n{DROP}',
        f'{FIND}if {{$a eq "x"}} {{ {NEW} }} else {{ set h $b }}\n{DROP}',
        f"{FIND}if {{[clock seconds] > 5}} {{ {NEW} }}\n{DROP}",
        f'{FIND}foreach l $argv {{ if {{$l eq "x"}} {{ {NEW} }} }}\n{DROP}',
    ],
)
def test_which_key_it_is_by_something_else_is_left_to_a_person(text: str) -> None:
    assert left(f"{ARGUMENTS}{text}{LAST}")
