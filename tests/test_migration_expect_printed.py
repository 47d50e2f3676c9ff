"""What an expect script prints stays in its translation, where bash has all that is in it."""

from __future__ import annotations

import subprocess

import pytest
from migration_support import STUBS, script
from migration_support import printed as printed_by

from migration.bash import linear
from migration.bash.script import render
from migration.translate import Translation, translate

LOGIN = """spawn key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
"""
MADE = f"""{LOGIN}send "genSymKey -t 31 -s 32 -l k\\r"
expect -re {{Key Handle: (\\d+)}}
set key $expect_out(1,string)
"""


def translated(text: str) -> Translation:
    """Return what becomes of a script."""
    return translate(script(text, "x.exp"))


def shown(text: str, *arguments: str) -> tuple[str, str, int]:
    """Return what the translation of a script puts out with arguments, at standard error, and its status."""
    return printed_by(text, "x.exp", *arguments)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ('puts "key $key"', "key 262151\n"),
        ("puts $key", "262151\n"),
        ("puts -nonewline $key", "262151"),
        ("puts stdout {a $key}", "a $key\n"),
        ('send_user "key: $key\\n\\n"', "key: 262151\n\n"),
        ('send_user -- "-$key-"', "-262151-"),
        ("puts {}\nputs two", "\ntwo\n"),
        ('puts "it\'s `$key` 100% \\\\ \\$1"', "it's `262151` 100% \\ $1\n"),
        ('puts "for [lindex $argv 0]"', "for al ice\n"),
        ("foreach n {a b} { puts $n }", "a\nb\n"),
        ('if {[lindex $argv 0] eq "al ice"} { puts yes } else { puts no }', "yes\n"),
        ('puts "[format %s $key]"', "262151\n"),
    ],
)
def test_it_prints_what_the_script_prints(printed: str, expected: str) -> None:
    assert shown(f"{MADE}{printed}\nexpect eof\n", "al ice") == (expected, "", 0)


def test_standard_error_stays_standard_error() -> None:
    assert shown(f'{MADE}puts stderr "key $key"\nsend_error more\n')[:2] == ("", "key 262151\nmore")


def test_messages_stand_where_they_stood_among_the_commands() -> None:
    text = linear.render(translated(f'{LOGIN}puts one\nsend "deleteKey -k 7\\r"\nputs two\n'))
    assert text.index("one") < text.index("key delete") < text.index("two")


def test_the_usage_is_told_where_the_script_ends_for_want_of_arguments() -> None:
    usage = 'if {$argc < 1} { puts "usage: x.exp NAME"; exit 2 }\nset name [lindex $argv 0]\n'
    out, err, status = shown(f'{usage}{LOGIN}send "deleteKey -k $name\\r"\n')
    assert (out, status) == ("usage: x.exp NAME\n", 2)
    assert "line 1" in err
    assert shown(f'{usage}{LOGIN}send "deleteKey -k $name\\r"\n', "7")[0] == ""


def test_the_usage_is_told_with_the_status_of_an_error_too() -> None:
    usage = 'if {[llength $argv] < 1} { puts stderr "usage: x.exp NAME"; exit 1 }\nset name [lindex $argv 0]\n'
    out, err, status = shown(f'{usage}{LOGIN}send "deleteKey -k $name\\r"\n')
    assert (out, err.splitlines()[0], status) == ("", "usage: x.exp NAME", 1)
    assert shown(f'{usage}{LOGIN}send "deleteKey -k $name\\r"\n', "7")[2] == 0


ASKED = """foreach v {X_PIN X_LABEL} {
    if {![info exists env($v)] || $env($v) eq ""} { puts "$v is not set"; exit 1 }
}
set label $env(X_LABEL)
if {$label eq "none"} { puts "no $label"; exit 4 }
"""


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("X_PIN is not set\n", 1)),
        ({"X_PIN": "password1"}, ("X_LABEL is not set\n", 1)),
        ({"X_PIN": "password1", "X_LABEL": ""}, ("X_LABEL is not set\n", 1)),
        ({"X_PIN": "password1", "X_LABEL": "none"}, ("no none\n", 4)),
        ({"X_PIN": "password1", "X_LABEL": "a b"}, ("", 3)),
        ({"X_PIN": "password1", "X_LABEL": "a"}, ("found a\n", 0)),
    ],
)
def test_what_it_says_of_its_environment_comes_before_the_translation_insists(
    given: dict[str, str], expected: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    login = LOGIN.replace("password1", "$env(X_PIN)")
    text = f'{ASKED}{login}send "genSymKey -t 31 -s 32 -l $label\\r"\nputs "found $label"\n'
    stubs = STUBS.replace("hsm_typed() { :; }", 'hsm_typed() { [[ $* != *" "* ]] || exit 3; }')
    code = stubs + linear.render(translated(text))
    done = subprocess.run(["bash", "-c", code, "x"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == expected


@pytest.mark.parametrize(
    "printed",
    [
        'puts "at [pwd]"',
        'puts "$expect_out(buffer)"',
        'set n [exec wc -l /etc/passwd]\nputs "has $n"',
        "if {[pid] > 5} { puts high }",
    ],
)
def test_what_only_the_script_can_know_is_told_and_not_printed(printed: str) -> None:
    made = translated(f"{MADE}{printed}\nexpect eof\n")
    assert made.script.printed == ()
    assert [text for _, text in made.remains if text.startswith("prints")]


def test_what_is_printed_only_where_something_failed_is_left_out() -> None:
    waits = 'expect {\n "SUCCESS" { puts good }\n timeout { puts "no answer"; exit 1 }\n}\n'
    text = f'{LOGIN}send "deleteKey -k 7\\r"\n{waits}'
    made = translated(text)
    assert [item.texts[0][0].text for item in made.script.printed] == ["good"]
    assert shown(text) == ("good\n", "", 0)


def test_a_message_about_a_key_that_is_left_to_a_person_prints_nothing_in_its_place() -> None:
    made = MADE.replace("genSymKey -t 31 -s 32 -l k", "genPBEKey -l k -p x -c 1000")
    code = STUBS + "by_hand() { :; }\n" + linear.render(translated(f'{made}puts "key $key"\n'))
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("key \n", 0)


def test_the_head_says_that_words_for_a_failure_are_not_printed() -> None:
    text = f'{LOGIN}send "deleteKey -k 7\\r"\nexpect {{\n"rror" {{ puts "no key 7"; exit 1 }}\n"0x00" {{}}\n}}\n'
    assert "no key 7" not in shown(text)[0]
    assert "# What the old one printed where something failed is not printed" in render(translated(text))
