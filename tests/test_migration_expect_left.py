"""What ends an expect script behind something that may leave the block before: only where that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import MAKE, QUIT, left, ran

if TYPE_CHECKING:
    from pathlib import Path

START = """set label [lindex $argv 0]
spawn key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
"""
CHECK = """proc check {l} {
    if {$l eq "a"} { return 1 }
    if {$l eq "b"} { return 2 }
    puts unknown
    exit 5
}
check $label
"""


@pytest.mark.parametrize(("label", "status"), [("a", 0), ("b", 0), ("c", 5)])
def test_a_procedure_that_returns_before_it_ends_the_script_lets_it_go_on(
    label: str, status: int, tmp_path: Path
) -> None:
    commands, ended = ran(f"{START}{CHECK}{MAKE}\n{QUIT}\n", tmp_path, label)
    assert ended == status
    assert len(commands) == (0 if status else 1)


@pytest.mark.parametrize(("found", "status"), [(0, 0), (2, 5)])
def test_a_turn_that_goes_on_before_it_ends_the_script_lets_the_next_come(
    found: int, status: int, tmp_path: Path
) -> None:
    search = (
        'send "findKey -l $l\\r"; expect -re {keys present: (\\d+)}; set n $expect_out(1,string); expect "Command:"'
    )
    text = START + f"foreach l {{a b}} {{ {search}; if {{$n == 0}} {{ continue }}; exit 5 }}\n{MAKE}\n{QUIT}\n"
    commands, ended = ran(text, tmp_path, "x", found=found)
    assert ended == status
    assert [line.split()[1] for line in commands] == (["list"] if found else ["list", "list", "generate-symmetric"])


def test_catch_takes_what_returns_before_it_ends_the_script(tmp_path: Path) -> None:
    text = START + f'catch {{ if {{$label eq "a"}} {{ return }}; exit 4 }}\n{MAKE}\n{QUIT}\n'
    assert ran(text, tmp_path, "a")[1] == 0
    assert ran(text, tmp_path, "b") == ([], 4)


def test_what_bash_cannot_ask_is_left_to_a_person_before_anything_behind_it_is_done() -> None:
    read = "set f [open hsm.conf]; set data [read $f]; close $f\n"
    search = 'foreach l [split $data "\\n"] { if {[regexp "^label=(.*)$" $l -> v]} { return $v } }\n'
    text = START + f"proc conf {{}} {{ {read}{search}puts bad; exit 2 }}\nset label [conf]\n{MAKE}\n{QUIT}\n"
    assert left(text)[0].startswith("ends the script if nothing ends it before, in foreach l in a list")


def test_all_conditions_of_what_is_left_to_a_person_are_said() -> None:
    search = 'send "findKey -l $l\\r"; expect -re {keys present: (\\d+)}; set n $expect_out(1,string)\n'
    body = f'{search}if {{$n != 0}} {{ continue }}\nif {{$l eq "x"}} {{ {MAKE} }}\n'
    text = START.replace("set label", "set f [open list]; gets $f lines; set label")
    told = left(f"{text}foreach l $lines {{\nset label $l\n{body}}}\n")
    assert 'is run in foreach l in $lines, only if not ($n != 0) and $l eq "x"' in told


def test_a_loop_over_handles_inside_one_over_arguments_is_left_to_a_person() -> None:
    found = 'send "findKey -l a\\r"; expect -re {matching keys:\\s+([0-9, ]+)}; set found $expect_out(1,string)\n'
    inner = 'foreach h [regexp -all -inline {\\d+} $found] { send "exportPubKey -k $h -out $h-$u.pem\\r" }'
    text = f"{START}{found}set handles [regexp -all -inline {{\\d+}} $found]\n"
    for loop in (inner, inner.replace("[regexp -all -inline {\\d+} $found]", "$handles")):
        (told,) = left(f"{text}foreach u $argv {{ {MAKE}; {loop} }}\n")
        assert told.startswith("is run in foreach h in ")
