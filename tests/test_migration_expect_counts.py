"""How many keys a search has found, in a condition of an expect script: bash asks the same, whatever the number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import DROP, KEYS, LAST, MAKE, left, ran

if TYPE_CHECKING:
    from pathlib import Path

COUNT = r'expect -re {keys present: (\d+)}; set n $expect_out(1,string); expect "Command:"'
START = f"set label b\nset most 3\n{KEYS}{COUNT}\n"
ENDS = "puts no; exit 4"


@pytest.mark.parametrize("found", [0, 1, 2, 3, 4, 9])
@pytest.mark.parametrize(
    ("asks", "ending"),
    [
        (f"if {{$n > $most}} {{ {ENDS} }}", {4, 9}),
        (f"if {{$n >= 3}} {{ {ENDS} }}", {3, 4, 9}),
        (f"if {{$n != 1}} {{ {ENDS} }}", {0, 2, 3, 4, 9}),
        (f"if {{$n == 1}} {{ {ENDS} }}", {1}),
        (f"if {{$n < 1 || $n > 3}} {{ {ENDS} }}", {0, 4, 9}),
        (f"if {{!($n == 2)}} {{ {ENDS} }}", {0, 1, 3, 4, 9}),
        (f"switch $n {{ 0 {{ puts none }} 1 {{ puts one }} default {{ {ENDS} }} }}", {2, 3, 4, 9}),
        (f"switch -exact -- $n {{ 2 {{ {ENDS} }} }}", {2}),
    ],
)
def test_a_script_ends_by_the_number_of_keys_as_before(asks: str, ending: set[int], found: int, tmp_path: Path) -> None:
    commands, status = ran(f"{START}{asks}\n{MAKE}\n{LAST}", tmp_path, found=found)
    assert status == (4 if found in ending else 0)
    assert any("generate-symmetric" in line for line in commands) == (found not in ending)


@pytest.mark.parametrize("most", ["400", "2500", "3299"])
def test_a_number_that_few_scripts_ever_reach_is_asked_for(most: str, tmp_path: Path) -> None:
    text = f"{START}if {{$n > {most}}} {{ {ENDS} }}\n{MAKE}\n{LAST}"
    assert ran(text, tmp_path, found=2)[1] == 0
    assert ran(text, tmp_path, found=int(most) + 1)[1] == 4


@pytest.mark.parametrize(("found", "done"), [(0, "generate-symmetric"), (2, "generate-symmetric"), (5, "delete")])
def test_a_command_is_done_by_the_number_of_keys(found: int, done: str, tmp_path: Path) -> None:
    text = f"{START}set h 8\nif {{$n > 4}} {{ {DROP} }} else {{ {MAKE} }}\n{LAST}"
    commands, status = ran(text, tmp_path, found=found)
    assert ([line.split()[1] for line in commands if not line.startswith("user")][1:], status) == ([done], 0)


@pytest.mark.parametrize("asks", ["$n % 2", "$n > [lindex $argv 0]", '$n > "3"', "$n > 1.5", "$n + 1 > 3", "$n > $m"])
def test_what_bash_would_ask_in_another_way_is_left_to_a_person(asks: str) -> None:
    text = f"set m [lindex $argv 0]\n{START}if {{{asks}}} {{ {ENDS} }}\n{MAKE}\n{LAST}"
    assert any("ends the script if" in told for told in left(text))


HANDLES = r"""proc handles {} {
    send "findKey -l a\r"
    expect -re {(.*)Command:}
    if {![regexp {matching keys:\s+([0-9, \r\n\t]+)} $expect_out(1,string) -> list]} { return {} }
    return [regexp -all -inline {[0-9]+} $list]
}
"""
LISTED = f"{HANDLES}set label b\n{KEYS.rpartition('send')[0]}set found [handles]\n"


@pytest.mark.parametrize("found", [0, 1, 2, 3, 17])
@pytest.mark.parametrize(
    ("asks", "ending"),
    [
        ("[llength $found] > 1", {2, 3, 17}),
        ("[llength $found] != 1", {0, 2, 3, 17}),
        ("[llength $found] == 2", {2}),
        ("[llength $found] <= 2", {0, 1, 2}),
    ],
)
def test_a_script_ends_by_how_many_handles_a_list_has(asks: str, ending: set[int], found: int, tmp_path: Path) -> None:
    text = f"{LISTED}if {{{asks}}} {{ {ENDS} }}\n{MAKE}\n{LAST}"
    commands, status = ran(text, tmp_path, found=found)
    assert status == (4 if found in ending else 0)
    assert any("generate-symmetric" in line for line in commands) == (found not in ending)


@pytest.mark.parametrize(
    "asks",
    [
        "[llength $found] % 2",
        "[llength $found] > $most",
        "[string length $found] > 3000",
        "[llength $found] > 1 || $most > 1",
    ],
)
def test_what_tells_of_more_than_how_many_is_left_to_a_person(asks: str) -> None:
    text = f"set most [lindex $argv 0]\n{LISTED}if {{{asks}}} {{ {ENDS} }}\n{MAKE}\n{LAST}"
    assert any("ends the script if" in told for told in left(text))


@pytest.mark.parametrize("asks", ["[llength $found] > 1 || $most > 1", "[llength $found] > 1 && $most > 1"])
def test_what_half_the_outputs_leave_open_is_done_nowhere(asks: str) -> None:
    text = f"set most [lindex $argv 0]\n{LISTED}if {{{asks}}} {{ {MAKE} }}\n{LAST}"
    assert any(told.startswith("is run only if [llength $found]") for told in left(text))
