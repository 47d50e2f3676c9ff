"""What bash asks in place of an expect script: held against Tcl, and asked where the script asks."""

from __future__ import annotations

import subprocess
from itertools import product

import pytest
from migration_support import script

from migration.bash import linear
from migration.translate import Translation, translate

ARGUMENTS = "set user [lindex $argv 0]\nset other [lindex $argv 1]\n"
REST = """spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
send "deleteUser CU $user\\r"
expect "aws-cloudhsm>"
"""
VALUES = ("", "alice", "a b", "a*", "yes", "7", "07", "$HOME", '"', "\\", "/etc/passwd", "/etc", "-e", "(")


def translated(guard: str) -> Translation:
    """Return what becomes of a script with a guard."""
    return translate(script(f"{ARGUMENTS}{guard}\n{REST}", "x.exp"))


@pytest.mark.parametrize(
    "condition",
    [
        "$user eq $other",
        '$user ne "alice"',
        '"$user" == "yes"',
        "$user != $other",
        "![string equal $user $other]",
        '$user == "" || $other eq {a b}',
        '!($user eq "alice" && $other ne "yes") && $user ne "7"',
        "[string length $user] < 5",
        "![file exists $user] || [file isdirectory $other]",
        "![file readable $user] && ![file isfile $other]",
        '"x$user" eq "xalice"',
        "$user eq {a*}",
        '$argc < 2 || $user eq "a b"',
        "![info exists env(HOME)] || [info exists env(NOBODY_SETS_IT)]",
        "![regexp {^[a-z]+$} $user]",
        r"[regexp -- {^/|[^\w.-]} $user] && ![regexp {^[0-9]{1,2}$} $other]",
        r'![regexp "^(al|ye)" $user] || ![regexp {^\d*[\w/]+[a-c-]} $other]',
        "![string match al* $user] && ![string match {*t?} $other]",
        "![string is alnum -strict $user] || [string is digit $other]",
        "[string is alpha -strict $user] && ![string is lower $other]",
        '$user ni {alice 7 "a b"} && !($other in {yes a*})',
    ],
)
def test_bash_ends_the_script_where_tcl_does(condition: str) -> None:
    (ending,) = translated(f"if {{{condition}}} {{ puts no; exit 4 }}").script.endings
    assert ending.status == "4"
    pairs = list(product(VALUES, repeat=2))
    asked = f"foreach {{user other}} $argv {{ puts [expr {{({condition.replace('$argc', '2')}) ? 1 : 0}}] }}"
    words = [word for pair in pairs for word in pair]
    old = subprocess.run(["tclsh", "/dev/stdin", *words], input=asked, text=True, capture_output=True, check=True)
    loop = 'while [ $# -gt 0 ]; do user=$1 other=$2; t() { if [[ ASKED ]]; then echo 1; else echo 0; fi; }; t "$1" "$2"'
    new = subprocess.run(
        ["bash", "-c", f"{loop.replace('ASKED', ending.test.text)}; shift 2; done", "x", *words],
        text=True,
        capture_output=True,
        check=True,
    )
    told = list(zip(pairs, old.stdout.split(), new.stdout.split(), strict=True))
    # Numbers that are spelled in two ways are equal to Tcl alone, and end the new script only.
    assert [item for item in told if item[1] != item[2] and item[1:] != ("0", "1")] == []
    assert {pair for pair, one, other in told if one != other} <= {("7", "07"), ("07", "7")}


@pytest.mark.parametrize(("year", "status"), [("2022", 0), ("-7", 0), ("", 5), ("20x", 5), ("2022 ", 5), ("07", 5)])
def test_what_is_no_whole_number_ends_the_script(year: str, status: int) -> None:
    # Tcl takes 07 and blanks, too; there the new script ends, and says why.
    text = "hsm_login() { exit 0; }\n" + linear.render(
        translated("if {![string is integer -strict $other]} { puts usage; exit 5 }")
    )
    done = subprocess.run(["bash", "-c", text, "x", "a", year], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert ("![string is integer -strict $other]" in done.stderr) == (status == 5)


@pytest.mark.parametrize(
    "guard",
    [
        "if {![file exists approved.txt]} { puts no; exit 1 }",
        "if {[file exists approved.txt]} { puts ok } else { puts no; exit 1 }",
        'gets stdin answer\nif {$answer ne "yes"} { exit 0 }',
        'expect_user -re "(.*)\\n"\nset answer $expect_out(1,string)\nif {$answer ne "yes"} { exit 0 }',
        "if {![info exists env(APPROVED)]} { send_error no; exit 2 }",
        'proc die {why} { puts $why; exit 1 }\nif {$other ne "really"} { die "not so" }',
        "foreach name {HERE THERE} {\nif {![info exists env($name)]} { puts $name; exit 1 }\n}",
        'if {$other eq "dry"} { exit 0 } elseif {![file exists $other]} { exit 1 }',
    ],
)
def test_what_stands_behind_a_test_is_done_behind_the_test(guard: str) -> None:
    found = translated(guard)
    assert found.remains == []
    text = linear.render(found)
    assert text.index("if [[ ") < text.index("    exit ") < text.index("hsm_login ") < text.index("hsm user delete")


def test_an_argument_that_is_only_asked_for_may_be_left_out() -> None:
    text = linear.render(translated('if {$other eq "dry"} { exit 0 }'))
    assert text.index("    exit 0") < text.index('"${user:?user is argument 1}"')
    assert "other=${2-}" in text
    assert "other:?" not in text


@pytest.mark.parametrize(
    ("guard", "arguments", "status"),
    [
        # What is not used further on is asked for where the script asks, and so is whether there are too many.
        ('if {$other == ""} { puts usage; exit 4 }', ["a"], 4),
        ('if {$other == ""} { puts usage; exit 4 }', ["a", "b"], 0),
        ("if {[string length $other] < 1} { puts usage; exit 4 } else { puts well }", ["a"], 4),
        ("if {$argc != 2} { puts usage; exit 4 }", ["a"], 4),
        ("if {[llength $argv] != 1} { puts usage; exit 4 }", ["a", "b"], 4),
        ("if {$argc < 2} { puts usage; exit 4 }", ["a"], 4),
        ("if {$argc > 1} { puts usage; exit 4 }", ["a", "b"], 4),
        ("if {$argc == 1} { puts well } else { puts usage; exit 4 }", ["a", "b"], 4),
        ("set n [llength $argv]\nif {$n == 1} { puts well } else { puts usage; exit 4 }", ["a", "b"], 4),
        ("set n $argc\nif {$n != 1} { puts usage; exit 4 }", ["a", "b"], 4),
        ('proc usage {} { puts usage; exit 4 }\nif {!$argc || $argv eq "" || $argc > 1} usage', ["a", "b"], 4),
        ("if {$argc && $argv ne {}} { puts well } else { exit 4 }", ["a", "b"], 0),
        # What is used ends the script with the status that the script has for it.
        ("if {$argc < 1} { puts usage; exit 4 }", [], 4),
        ("if {[llength $argv] != 2} { puts usage; exit 4 }", [], 4),
        ('if {$user eq ""} { exit 4 }', [""], 4),
    ],
)
def test_arguments_are_asked_for_where_the_commands_do_not_need_them(
    guard: str, arguments: list[str], status: int
) -> None:
    found = translated(guard)
    assert found.remains == []
    text = "hsm_login() { exit 0; }\n" + linear.render(found)
    assert subprocess.run(["bash", "-c", text, "x", *arguments], capture_output=True, check=False).returncode == status


def test_an_argument_that_the_commands_need_is_asked_for_once() -> None:
    for guard in ("if {$argc < 1} { exit 1 }", 'if {$user eq ""} { exit 1 }', "if {$argc == 0} { exit 1 }"):
        assert "if [[" not in linear.render(translated(guard))


@pytest.mark.parametrize(
    "guard",
    [
        'set n [expr {$user + 1}]\nif {$n ne "8"} { exit 1 }',
        "if {$user == $other} { exit 1 }",
        "if {!($user != $other)} { exit 1 }",
        'foreach f {a b} { if {$user eq "x"} { foreach g $argv { if {![file exists $g]} { exit 1 } } } }',
        "if {[string length $user$other] < 3} { exit 1 }",
        'set argc 3\nif {$argc > 2 && $user eq "a"} { exit 1 }',
    ],
)
def test_what_bash_would_ask_otherwise_is_left_to_a_person(guard: str) -> None:
    assert any("ends the script if" in text for _, text in translated(guard).remains)


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("exec test -f approved.txt", "! -f approved.txt"),
        ("exec /usr/bin/test -d $other", '! -d "$other"'),
        ("exec cat ticket.txt", "! -r ticket.txt"),
        ("set f [open ticket.txt]; close $f", "! -r ticket.txt"),
        ("set text [string trim [read [open $other r]]]", '! -r "$other"'),
        ("proc main {} { global other; set f [open $other] }\nmain", '! -r "$other"'),
        ('if {$other ne ""} { close [open "$other.txt"] }', '"$other" != \'\' && ! -r "$other.txt"'),
    ],
)
def test_what_ends_the_script_where_it_fails_is_asked_before(line: str, asked: str) -> None:
    found = translated(line)
    assert found.remains == []
    text = linear.render(found)
    assert text.index(f"if [[ {asked} ]]; then") < text.index("    exit 1") < text.index("hsm_login ")


@pytest.mark.parametrize(
    "line", ["exec grep -q $user approved.txt", "exec test $user = bob", "set f [open [file join $x y]]"]
)
def test_what_ends_the_script_in_a_way_that_bash_does_not_ask_stops_for_good(line: str) -> None:
    text = linear.render(translated(line))
    assert text.index("by_hand_first") < text.index("hsm_login ")


@pytest.mark.parametrize(
    "line",
    [
        "catch {exec test -f approved.txt}",
        "catch {set f [open ticket.txt]}",
        "try { close [open ticket.txt] } on error {} { puts none }",
        "exec date",
        "set log [open x.log w]",
        "set log [open x.log a]",
        "set tty [open |tty]",
    ],
)
def test_what_does_not_end_the_script_is_not_asked(line: str) -> None:
    assert "if [[" not in linear.render(translated(line))
    assert "by_hand" not in linear.render(translated(line))


def test_a_file_that_the_script_writes_itself_is_not_asked_for() -> None:
    assert "if [[" not in linear.render(translated("set f [open a w]; puts $f x; close $f; set g [open a]"))


@pytest.mark.parametrize("count", ["$argc", "[llength $argv]"])
def test_a_shell_script_around_knows_how_many_arguments_it_gives(count: str) -> None:
    head = f"set user [lindex $argv 0]\nif {{{count} != 1}} {{ puts usage; exit 1 }}\n"
    one = translate(script(f"#!/bin/bash\nexpect -f - \"$1\" <<'E'\n{head}{REST}E\n", "x.sh"))
    assert one.remains == []
    two = translate(script(f"#!/bin/bash\nexpect -f - \"$1\" b <<'E'\n{head}{REST}E\n", "x.sh"))
    assert not any(step.name == "deleteUser" for step in two.script.steps)
