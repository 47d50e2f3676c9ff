"""Names of an expect script that mean other variables elsewhere, and what is left out where something failed."""

from __future__ import annotations

import pytest
from migration_support import script

from migration import words
from migration.bash.script import render
from migration.translate import translate

KEYS = 'spawn key_mgmt_util\nsend "loginHSM -u CU -s alice -p password1\\r"\n'
DO = 'proc do {label} { send "findKey -l $label\\r"; expect "Command:" }\n'
MAKE = 'send "genSymKey -t 31 -s 32 -l a\\r"; expect -re {Handle: (\\d+)}; set h $expect_out(1,string)\n'
LOGIN = """proc login {u p} {
    send "loginHSM -u CU -s $u -p $p\\r"
    expect {
        "SUCCESS" { return 1 }
        "Error" { return 0 }
    }
}
"""
AGAIN = "proc again {body} { while 1 { if {![catch { uplevel 1 $body }]} { return 1 } } }\n"
TRY = """send "genSymKey -t 31 -s 32 -l a\\r"
    expect {
        "SUCCESS" { ENDS }
        "Error" { incr tries }
    }
"""


def labels(text: str) -> list[str]:
    """Return what is looked for; nothing may be left to a person."""
    found = translate(script(f"{KEYS}{DO}{text}\n", "x.exp"))
    assert found.remains == []
    held = found.script.parameters
    typed = [step.words[2] for step in found.script.steps if step.name == "findKey"]
    return [words.shown(words.substitute(word, held.get)) for word in typed]


def left(text: str, head: str = KEYS) -> list[str]:
    """Return what is left to a person."""
    return [work for _, work in translate(script(f"{head}{text}\n", "x.exp")).remains]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("namespace eval x { variable v in }\nset v out\ndo $v; do $x::v", "out in"),
        (
            "namespace eval x { variable n 1; proc next {} { variable n; incr n } }\nset n 7\ndo [x::next]; do $n",
            "2 7",
        ),
        ("namespace eval a { proc p {} { do a } }\nnamespace eval b { proc p {} { do b } }\na::p; b::p", "a b"),
        ("proc more {name} { upvar 1 $name v; append v x }\nset s a\nmore s\ndo $s", "ax"),
        ("proc of {name} { upvar $name a; do $a(k) }\narray set t {k one}\nof t", "one"),
        ("proc there {code} { uplevel 1 $code }\nset s a\nthere {set s b}\ndo $s", "b"),
        ("proc mine {} { set s local; do $s }\nset s a\nmine\ndo $s", "local a"),
        ("array set a {k 1 l 2}\narray unset a l\nforeach k [array names a] { do $k }", "k"),
        ("set l {a b c}\nlset l 1 x\ndo [join $l -]", "a-x-c"),
        ("set n 1\ndo [incr n]; do $n", "2 2"),
        ("proc last {x} { set y $x! }\ndo [last a]", "a!"),
        ("try { error x } on error e { do caught }", "caught"),
        ("if {[catch { error boom } e]} { do $e }", "boom"),
        ('do a; send "findKey"; send " -l b\\r"', "a b"),
        ("array set a {k 1 l 2 txt 3}\nforeach k [array names a] { do $k }", "txt l k"),
    ],
)
def test_a_name_means_what_it_means_there(text: str, wanted: str) -> None:
    assert labels(text) == wanted.split()


@pytest.mark.parametrize(("label", "wanted"), [("was_$h", "attr.label=was_$h"), ("$h", "attr.label=$h")])
def test_a_handle_in_another_text_is_the_number_that_it_was(label: str, wanted: str) -> None:
    found = translate(script(f"{KEYS}{DO}{MAKE}do {label}\n", "x.exp"))
    assert found.remains == []
    text = render(found)
    assert "h=$(hsm_handle '.data.key.\"key-reference\"')" in text
    assert wanted in text


@pytest.mark.parametrize(
    "text",
    [
        "proc p {} { do $s }\nset s a\np",
        "proc more {name} { upvar 1 $name v; append v x }\nmore $unknown",
        "set a(1) x\ntrace add variable a write changed\ndo $a(1)",
        "set n 1\ndo $n[incr n]",
        "foreach env {a b} { do $env }",
        "catch { array set a {k l m}; do a }",
        "if {$x && [do a] eq {}} { puts x }",
        'send "findKey -l a"',
    ],
)
def test_what_is_not_known_is_left_to_a_person(text: str) -> None:
    assert left(f"{DO}{text}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{LOGIN}if {{![login alice one12345]}} {{ login alice two12345 }}",
            "what is done if ![login alice ***] is left out",
        ),
        (f"{LOGIN}if {{[catch {{ login alice one12345 }}]}} {{ login alice two12345 }}", "is left out"),
        (f"while {{1}} {{ {TRY.replace('ENDS', 'break')} }}", "the turns that follow where this fails are left out"),
        (f"set ok 0\nwhile {{!$ok}} {{ {TRY.replace('ENDS', 'set ok 1')} }}", "the turns that follow where this fails"),
        (f"{AGAIN}again {{ {MAKE} }}", "the turns that follow where this fails"),
        ("exit 4", "ends the script with status 4"),
        ('expect_before eof { exit 1 }\nsend "quit\\r"\nexpect eof', "ends the script with status 1"),
        ('expect { "Command:" { puts ready } }', "braces on one line"),
        ('expect -i $spawn_id {\n"Command:" { puts ready }\n}', "behind an option"),
    ],
)
def test_what_is_left_out_is_said(text: str, said: str) -> None:
    (work,) = left(text)
    assert said in work


def test_what_is_typed_by_hand_twice_is_two_things() -> None:
    found = script(f"{KEYS}{DO}gets stdin a\ndo $a\ngets stdin a\ndo $a\n", "x.exp")
    assert [words.shown(step.words[2]) for step in found.steps if step.name == "findKey"] == ["$a", "$a_2"]


def test_what_was_read_is_gone_from_the_buffer() -> None:
    make, take = MAKE.partition("; expect")[0], "\nset h 7\nregexp {Handle: (\\d+)} $expect_out(buffer) -> h\n"
    delete = 'send "deleteKey -k $h\\r"'
    for read in ('expect "Command:"', 'expect "SUCCESS"\nexpect "Command:"'):
        found = script(f"{KEYS}{make}\n{read}{take}{delete}\n", "x.exp")
        assert [item.what for step in found.steps for item in step.captures] == ["handle"]
    found = script(f'{KEYS}{make}\nexpect "Handle"\nexpect "Command:"{take}{delete}\n', "x.exp")
    assert translate(found).remains


def test_of_several_handles_the_one_is_meant_that_is_asked_for() -> None:
    text = f'set l {{}}\n{MAKE}lappend l $h\n{MAKE}lappend l $h\nsend "deleteKey -k [lindex $l 0]\\r"'
    kept = [step for step in script(f"{KEYS}{text}\n", "x.exp").steps if step.name == "deleteKey"]
    assert words.shown(kept[0].words[2]) in ("${l[0]}", "$h")


def test_a_group_keeps_its_value_while_other_patterns_have_none() -> None:
    text = MAKE.partition("; set h")[0] + '\nexpect "Command:"\nsend "deleteKey -k $expect_out(1,string)\\r"'
    assert left(text) == []
    (step,) = [step for step in script(KEYS + text + "\n", "x.exp").steps if step.captures]
    assert [item.what for item in step.captures] == ["handle"]


def test_what_is_asked_before_a_loop_over_handles_is_asked_without_handles() -> None:
    text = 'send "findKey -l a\\r"\nexpect {\n-re {present: 0} { exit 0 }\n'
    text += "-re {keys:\\s+([0-9, ]+)} { set l $expect_out(1,string) }\n}\n"
    loop = 'foreach h [split $l ,] { send "deleteKey -k [string trim $h]\\r" }\n'
    body = render(translate(script(KEYS + text + loop, "x.exp")))
    assert body.index("    exit 0\n") < body.index("\nfor h in ")


def test_a_loop_over_handles_takes_no_variable_that_holds_one() -> None:
    text = MAKE + 'set keep $h\nsend "findKey -l a\\r"\nexpect -re {keys:\\s+([0-9, ]+)}\nset l $expect_out(1,string)\n'
    loop = 'foreach h [split $l ,] { send "getKeyInfo -k $h\\r" }\nsend "deleteKey -k $keep\\r"\n'
    body = render(translate(script(KEYS + text + loop, "x.exp")))
    assert "\nfor h_2 in " in body
