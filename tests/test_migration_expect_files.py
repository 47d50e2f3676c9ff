"""Loops of an expect script over the lines of a file: bash goes over the same lines, or they are left to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import left, ran

if TYPE_CHECKING:
    from pathlib import Path

START = """set csv [lindex $argv 0]
spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
"""
MAKES = 'send "createUser CU $name $pw\\r"; expect "(y/n)?"; send "y\\r"; expect "aws-cloudhsm>"'
END = '\nsend "quit\\r"\nexpect eof\n'
OPEN = "set fh [open $csv r]\n"
GETS = "while {[gets $fh line] >= 0}"
CUT = "lassign [split $line ,] name pw"
SEMICOLON = CUT.replace(",", '";"')
PLACES = "set f [split $line ,]; set name [lindex $f 0]; set pw [lindex $f 1]"
TWO = "bob,bobPass12\ncarol,carolPass1\n"
HAS_TWO = ["bobPass12", "carolPass1"]
PUTS = f'{GETS} {{ if {{$line ne ""}} {{ lappend all [split $line ,] }} }}\n'
ADDS = f"set all {{}}\n{GETS} {{ lappend all $line }}\n"
OVER = f"foreach line $all {{ {CUT}; {MAKES} }}"
BLANK = 'if {$line eq ""} { continue }'


def made(body: str, lines: str, path: Path) -> tuple[list[str], int]:
    """Return the passwords of the users that a translation makes of a file, and its status."""
    (path / "users.csv").write_text(lines)
    commands, status = ran(f"{START}{body}{END}", path, str(path / "users.csv"))
    return [line.split()[-1] for line in commands if line.startswith("user create")], status


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (f"{OPEN}{GETS} {{ {CUT}; {MAKES} }}", TWO),
        (f"{OPEN}{GETS} {{ {CUT}; {MAKES} }}", TWO.removesuffix("\n").replace("\n", "\r\n")),
        (f"{OPEN}gets $fh head\n{GETS} {{ {PLACES}; {MAKES} }}", f"name,password\n{TWO}"),
        (f"# read a line first\n{OPEN}catch {{gets $fh head}}\n{GETS} {{ {CUT}; {MAKES} }}", f"name,password\n{TWO}"),
        (f"{OPEN}set head [gets $fh]\nwhile {{[gets $fh line] != -1}} {{ {CUT}; {MAKES} }}", f"name,password\n{TWO}"),
        (f"{OPEN}while {{![eof $fh]}} {{ gets $fh line; {BLANK}; {CUT}; {MAKES} }}", TWO),
        (f"{OPEN}while {{![eof $fh]}} {{ set line [gets $fh]; {BLANK}; {CUT}; {MAKES} }}", TWO),
        (f'{OPEN}set d [read $fh]\nforeach line [split $d "\\n"] {{ {BLANK}; {PLACES}; {MAKES} }}', TWO),
        (
            f'{OPEN}set rows [split [string trim [read $fh]] "\\n"]\nforeach line $rows {{ {CUT}; {MAKES} }}',
            f"\n{TWO}\n\n",
        ),
        (f'{OPEN}foreach line [split [read -nonewline $fh] "\\n"] {{ {CUT}; {MAKES} }}', TWO),
        (f"{OPEN}{GETS} {{ foreach {{name pw}} [split $line ,] break; {MAKES} }}", TWO),
        (f"{OPEN}{GETS} {{ set line [string trim $line]; {CUT}; {MAKES} }}", TWO.replace("bob,", "  bob,")),
        (f'{OPEN}{GETS} {{ if {{[string index $line 0] eq "#"}} continue; {CUT}; {MAKES} }}', f"# a, b\n{TWO}"),
        (f'{OPEN}{GETS} {{ if {{[string match "#*" $line]}} continue; {CUT}; {MAKES} }}', f"# a, b\n{TWO}"),
        (f"{OPEN}{GETS} {{ if {{[regexp {{^#}} $line]}} continue; {CUT}; {MAKES} }}", f"# a, b\n{TWO}"),
        (
            f'{OPEN}{GETS} {{ if {{$line eq "" || [string match -nocase "NAME,*" $line]}} continue; {CUT}; {MAKES} }}',
            f"Name,Password\n\n{TWO}",
        ),
        (
            f'{OPEN}{GETS} {{ if {{[string match -nocase "name;*" $line]}} continue; {SEMICOLON}; {MAKES} }}',
            f"NAME;Password\n{TWO}".replace(",", ";"),
        ),
        (f"{OPEN}{GETS} {{ {PLACES}; if {{[llength $f] < 2}} {{ puts bad; continue }}; {MAKES} }}", f"x\n\n{TWO}"),
        (f'{OPEN}{GETS} {{ {CUT}; if {{$name eq "head"}} continue; {MAKES} }}', f"head,pw\n{TWO}"),
        (
            f"{OPEN}set all {{}}\n{GETS} {{ {BLANK}; lappend all $line }}\nforeach line $all {{ {CUT}; {MAKES} }}",
            f"\n{TWO}",
        ),
        (
            f"{OPEN}set all [list]\n{PUTS}foreach u $all {{ set name [lindex $u 0]; set pw [lindex $u 1]; {MAKES} }}",
            f"\n{TWO}",
        ),
    ],
)
def test_users_of_a_file_are_made_line_by_line(body: str, lines: str, tmp_path: Path) -> None:
    assert made(body, lines, tmp_path) == (HAS_TWO, 0)


def test_a_line_has_the_case_that_the_script_gives_it(tmp_path: Path) -> None:
    body = f"{OPEN}{GETS} {{ {CUT}; set pw [string toupper $pw]; {MAKES} }}"
    assert made(body, TWO, tmp_path) == ([pw.upper() for pw in HAS_TWO], 0)


@pytest.mark.parametrize(
    ("loop", "lines", "turns"),
    [
        ('foreach line [split [read $fh] "\\n"]', "", 0),
        ('foreach line [split [read $fh] "\\n"]', "a\n", 2),
        ('foreach line [split [read $fh] "\\n"]', "a", 1),
        ('foreach line [split [string trim [read $fh]] "\\n"]', "\n\n", 0),
        ("while {![eof $fh]}", "", 1),
        ("while {![eof $fh]}", "a\n", 2),
        ("while {![eof $fh]}", "a", 1),
        (GETS, "", 0),
        (GETS, "a\n\n", 2),
    ],
)
def test_the_end_of_a_file_is_a_line_where_it_was_one(loop: str, lines: str, turns: int, tmp_path: Path) -> None:
    reads = "gets $fh line; " if "eof" in loop else ""
    body = f"{OPEN}{loop} {{ {reads}set name x$line; set pw password1; {MAKES} }}"
    assert made(body, lines, tmp_path) == (["password1"] * turns, 0)


def test_a_file_that_is_not_there_ends_the_script_before_anything_is_made(tmp_path: Path) -> None:
    commands, status = ran(f"{START}{OPEN}{GETS} {{ {CUT}; {MAKES} }}{END}", tmp_path, str(tmp_path / "none"))
    assert ([line for line in commands if "create" in line], status) == ([], 1)


def test_what_ends_the_script_at_a_line_ends_it_there(tmp_path: Path) -> None:
    body = f"{OPEN}{GETS} {{ {PLACES}; if {{[llength $f] != 2}} {{ puts bad; exit 5 }}; {MAKES} }}"
    assert made(body, "bob,bobPass12\ncarol\ndave,davePass1\n", tmp_path) == (HAS_TWO[:1], 5)


def test_a_word_with_a_blank_in_it_stops_where_it_is_typed_only(tmp_path: Path) -> None:
    body = f"{OPEN}{GETS} {{ {CUT}; {MAKES} }}"
    assert made(body, "bob,bobPass12,a team\nca rol,carolPass1\n", tmp_path) == (HAS_TWO[:1], 3)


@pytest.mark.parametrize(
    "body",
    [
        f"{OPEN}if {{$argc > 1}} {{ gets $fh head }}\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}set head [string trim [gets $fh]]\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}puts [gets $fh]\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}gets $fh\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}lassign [split [gets $fh] ,] a b\n{GETS} {{ {CUT}; {MAKES} }}",
        f"proc head {{f}} {{ gets $f line }}\n{OPEN}head $fh\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}set same $fh\ngets $same head\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}read $fh 15\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}exec cat <@ $fh\n{GETS} {{ {CUT}; {MAKES} }}",
        f"proc all {{f}} {{ {GETS.replace('$fh', '$f')} {{ {CUT}; {MAKES} }} }}\n{OPEN}gets $fh head\nall $fh",
        f"{OPEN}{GETS} {{ set name $line; gets $fh pw; {MAKES} }}",
        f'{OPEN}{GETS} {{ {CUT}; if {{$name eq "END"}} break; {MAKES} }}',
        f'{OPEN}set last ""\n{GETS} {{ {CUT}; if {{$name eq $last}} continue; {MAKES}; set last $name }}',
        f'{OPEN}{GETS} {{ set f [split $line ", "]; set name [lindex $f 0]; set pw [lindex $f 2]; {MAKES} }}',
        f"{OPEN}{GETS} {{ set name [lindex $line 0]; set pw [lindex $line 1]; {MAKES} }}",
        f'{OPEN}{GETS} {{ {CUT}; {MAKES} }}\nsend "deleteUser CU $name\\r"',
        f"set fh [open $csv r+]\n{GETS} {{ {CUT}; {MAKES} }}",
        f'set fh [open "|sort $csv"]\n{GETS} {{ {CUT}; {MAKES} }}',
        f"{OPEN}seek $fh 5\n{GETS} {{ {CUT}; {MAKES} }}",
        f"{OPEN}{ADDS}lappend all x,xPass123\n{OVER}",
        f"{OPEN}set all {{y,yPass123}}\n{GETS} {{ lappend all $line }}\nforeach line $all {{ {CUT}; {MAKES} }}",
        (
            f"{OPEN}set no bob\nset all {{}}\n{GETS} {{ if {{$line eq $no}} continue; lappend all $line }}\n"
            f"set no carol\n{OVER}"
        ),
    ],
)
def test_what_a_file_gives_in_another_way_is_left_to_a_person(body: str) -> None:
    assert left(f"{START}{body}{END}")


@pytest.mark.parametrize("asked", ["-nocase $other $line", "-nocase {\\[a-z]*} $line", '-nocase "n*" [exec date]'])
def test_a_pattern_that_bash_does_not_read_alike_is_left_to_a_person(asked: str) -> None:
    assert left(f"{START}{OPEN}{GETS} {{ if {{[string match {asked}]}} continue; {CUT}; {MAKES} }}{END}")


def test_an_empty_text_that_a_password_is_compared_with_is_no_secret() -> None:
    told = left(
        f'{START}{OPEN}{GETS} {{ {CUT}; if {{$pw == "" || [string length $line] % 2}} continue; {MAKES} }}{END}'
    )
    assert [text for text in told if '$pw == ""' in text]
    assert not [text for text in told if "***" in text]
