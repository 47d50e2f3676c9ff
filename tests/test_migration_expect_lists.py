"""Lists of an expect script that bash has, too: its arguments from one on, and what a search has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import DELETE, DROP, KEYS, MANAGED, ran
from test_migration_expect_flow import asked

if TYPE_CHECKING:
    from pathlib import Path

GROUP = r"{Handles of matching keys:\s+([0-9, \r\n\t]+)}"
ALL = r"[regexp -all -inline {[0-9]+} $list]"
SEARCH = f"""set handles {{}}
{KEYS}expect -re "Cfm3FindKey returned: 0x00"
if {{[regexp {GROUP} $expect_out(buffer) -> list]}} {{ set handles {ALL} }}
expect "Command:"
"""
EACH = f"foreach h $handles {{ {DROP} }}\n"


@pytest.mark.parametrize(("found", "deleted"), [(0, 0), (3, 3)])
def test_all_that_a_search_has_found_is_gone_through_or_nothing(found: int, deleted: int, tmp_path: Path) -> None:
    commands, status = ran(SEARCH + EACH, tmp_path, found=found)
    assert status == 0
    assert [line for line in commands if line.startswith("key delete")] == ["key delete key-reference=7"] * deleted


@pytest.mark.parametrize(("found", "status"), [(0, 2), (3, 0)])
@pytest.mark.parametrize("test", ["[llength $handles] == 0", "![llength $handles]", "[llength $handles] < 1"])
def test_a_script_ends_where_the_list_of_a_search_is_empty(test: str, found: int, status: int, tmp_path: Path) -> None:
    guard = f"if {{{test}}} {{ puts none; exit 2 }}\n"
    assert ran(SEARCH + guard + EACH, tmp_path, found=found) == (
        ["key list attr.label=a", *["key delete key-reference=7"] * found],
        status,
    )


def test_what_another_search_has_found_is_not_empty_where_the_first_finds_nothing() -> None:
    other = 'send "findKey -l b\\r"; expect -re "Cfm3FindKey returned: 0x00"\nset out $expect_out(buffer)\n'
    both = f"{KEYS}expect -re {{present: (\\d+)}}; set n $expect_out(1,string)\n{other}regexp {GROUP} $out -> list\n"
    text = f"set handles {{}}\n{both}if {{$n > 0}} {{ set handles {ALL} }}\n{EACH}"
    assert any(told.startswith("is run in foreach h in $handles") for told in asked(text))


@pytest.mark.parametrize(
    ("test", "arguments", "status"),
    [
        ("[llength $users] == 0", [], 3),
        ("[llength $users] == 0", ["a"], 3),
        ("[llength $users] == 0", ["a", "b", "c"], 0),
        ("![llength $users]", ["a"], 3),
        ("[llength [lrange $argv 1 end]] < 2", ["a", "b"], 3),
        ("[llength $users] > 1", ["a", "b", "c"], 3),
    ],
)
def test_the_rest_of_the_arguments_is_counted_and_gone_through(
    test: str, arguments: list[str], status: int, tmp_path: Path
) -> None:
    head = f"set what [lindex $argv 0]\nset users [lrange $argv 1 end]\nif {{{test}}} {{ puts usage; exit 3 }}\n"
    commands, ended = ran(f"{head}{MANAGED}foreach user $users {{ {DELETE} }}\n", tmp_path, *arguments)
    assert ended == status
    assert len(commands) == (0 if status else len(arguments) - 1)
