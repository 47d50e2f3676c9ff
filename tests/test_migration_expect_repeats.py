"""What an expect script counts while it reads: only a run tells how often something is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import MAKE, QUIT, left, ran

if TYPE_CHECKING:
    from pathlib import Path

START = 'set label a\nspawn key_mgmt_util\nexpect "Command:"\nsend "loginHSM -u CU -s alice -p password1\\r"\n'
NODES = r"-re {Node id \d+ status: 0x00000000}"


@pytest.mark.parametrize(
    ("count", "ends", "told"),
    [
        ("incr n", "$n < 2", "$n < 2"),
        ("incr n 2", "$n < 4", "$n < 4"),
        ("lappend n ok", "[llength $n] < 2", "[llength $n] < 2"),
        ('append n "x"', "[string length $n] < 2", "[string length $n] < 2"),
        ("set n [expr {$n + 1}]", "$n != 2", "$n != 2"),
        ("more", "$n < 2", "$n < 2"),
    ],
)
def test_a_script_that_counts_what_it_reads_and_ends_by_that_is_left_to_a_person(
    count: str, ends: str, told: str
) -> None:
    begin = "set n 0\nproc more {} { global n; incr n }\n" if "expr" in count or "more" in count else ""
    wait = f'expect {{\n {NODES} {{ {count}; exp_continue }}\n "Command:" {{}}\n}}\n'
    text = f"{begin}{START}{wait}if {{{ends}}} {{ exit 1 }}\n{MAKE}\n{QUIT}\n"
    assert left(text) == [f"ends the script if {told}: go on from here only if that is not so"]


@pytest.mark.parametrize("noted", ["set good 1", 'set good "yes"'])
def test_what_is_noted_alike_each_time_is_known(noted: str, tmp_path: Path) -> None:
    wait = f'expect {{\n {NODES} {{ {noted}; exp_continue }}\n "Command:" {{}}\n}}\n'
    text = f"set good 0\n{START}{wait}if {{$good == 0}} {{ exit 1 }}\n{MAKE}\n{QUIT}\n"
    commands, status = ran(text, tmp_path)
    assert (len(commands), status) == (1, 0)


def test_what_is_read_once_is_counted_once(tmp_path: Path) -> None:
    wait = 'expect {\n "Cfm3LoginHSM returned" { incr n; exp_continue }\n "Command:" {}\n}\n'
    text = f"set n 0\n{START}{wait}if {{$n != 1}} {{ exit 1 }}\n{MAKE}\n{QUIT}\n"
    commands, status = ran(text, tmp_path)
    assert (len(commands), status) == (1, 0)


def test_a_script_that_seems_to_fail_before_all_is_typed_is_left_to_a_person() -> None:
    text = f'{START}expect {{\n "SUCCESS" {{ exit 4 }}\n "HSM Error" {{}}\n}}\n{MAKE}\n{QUIT}\n'
    assert any("with status 4 before all is typed" in told for told in left(text))
