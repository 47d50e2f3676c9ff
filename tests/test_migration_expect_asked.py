"""What an expect script does only if something is so that bash can ask: run, with a program that notes its words."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

CLI = """#!/bin/bash
[[ $* != *--max-items* ]] || exit 0
printf '%s\\n' "$1 $2 ${*: -1}" >> "$NOTES"
keys=''
for ((number = 0; number < FOUND; number++)); do keys+=,'{"key-reference":"0x0000000000000007"}'; done
printf '{"error_code": 0, "data": {"key": {"key-reference": "0x0000000000000008"},'
printf '"total_key_count": %s, "matched_keys": [%s]}}\\n' "$FOUND" "${keys#,}"
"""
MANAGED = """spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
"""
KEYS = """spawn key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
send "findKey -l a\\r"
"""
CREATE = 'send "createUser CU $user $pw\\r"; expect "(y/n)?"; send "y\\r"; expect "aws-cloudhsm>"'
DELETE = 'send "deleteUser CU $user\\r"; expect "aws-cloudhsm>"'
LIST = 'send "listUsers\\r"; expect "aws-cloudhsm>"'
QUIT = 'send "quit\\r"; expect eof; exit 0'
OTHER = 'send "logoutHSM\\r"; send "loginHSM CO bob password2\\r"'
ARGUMENTS = "lassign $argv action user pw\n"
MAKE = 'send "genSymKey -t 31 -s 32 -l $label\\r"; expect "Command:"'
DROP = 'send "deleteKey -k $h\\r"; expect "Command:"'
PATTERN = r"{matching keys:\s+(\d+)}"
LAST = 'send "listUsers\\r"\nsend "exit\\r"\n'


def left(text: str) -> list[str]:
    """Return what is left to a person."""
    return [told for _, told in translate(script(text, "x.exp")).remains]


def ran(text: str, path: Path, *arguments: str, found: int = 0) -> tuple[list[str], int]:
    """Return what the translation of a script asks of CloudHSM CLI, without logins, and its status."""
    assert left(text) == []
    (path / "cli").write_text(CLI)
    (path / "cli").chmod(0o700)
    (path / "x.sh").write_text(render(translate(script(text, "x.exp"))))
    (path / "notes").write_text("")
    environment = {
        "PATH": "/usr/bin:/bin",
        "CLOUDHSM_CLI": f"{path}/cli",
        "NOTES": f"{path}/notes",
        "FOUND": str(found),
    }
    done = subprocess.run(
        ["bash", f"{path}/x.sh", *arguments], env=environment, cwd=path, capture_output=True, text=True, check=False
    )
    return (path / "notes").read_text().splitlines(), done.returncode


DISPATCH = (
    (
        f'if {{$action eq "create"}} {{ {CREATE} }} elseif {{$action eq "delete"}} {{ {DELETE} }} '
        f'elseif {{$action eq "list"}} {{ {LIST}; {QUIT} }} else {{ puts what; exit 2 }}\n{LIST}\n'
    ),
    (
        f"switch $action {{\n create {{ {CREATE} }}\n delete {{ {DELETE} }}\n"
        f" list {{ {LIST}; {QUIT} }}\n default {{ puts what; exit 2 }}\n}}\n{LIST}\n"
    ),
    (
        f'if {{$action ne "list" && $action ne "create" && $action ne "delete"}} {{ puts what; exit 2 }}\n'
        f'if {{$action eq "list"}} {{ {LIST}; exit }}\n'
        f'if {{$action eq "create"}} {{ {CREATE} }} else {{ {DELETE} }}\n{LIST}\n'
    ),
)


@pytest.mark.parametrize("dispatch", DISPATCH)
@pytest.mark.parametrize(
    ("arguments", "done", "status"),
    [
        (("create", "bob", "password1"), ["user create password1", "user list list"], 0),
        (("delete", "bob"), ["user delete crypto-user", "user list list"], 0),
        (("list",), ["user list list"], 0),
        (("other", "bob"), [], 2),
        ((), [], 2),
        (("create", "bob"), [], 1),
    ],
)
def test_an_action_that_is_an_argument_is_the_one_that_is_done(
    dispatch: str, arguments: tuple[str, ...], done: list[str], status: int, tmp_path: Path
) -> None:
    assert ran(ARGUMENTS + MANAGED + dispatch, tmp_path, *arguments) == (done, status)


SEARCHES = (
    f'expect {{\n -re {PATTERN} {{ set h $expect_out(1,string); {DROP} }}\n "Command:" {{ {MAKE} }}\n}}\n',
    (
        f'expect {{\n -re {{present:\\s*0}} {{ set h "" }}\n -re {PATTERN} {{ set h $expect_out(1,string) }}\n}}\n'
        f'expect "Command:"\nif {{$h ne ""}} {{ {DROP} }} else {{ {MAKE} }}\n'
    ),
    (
        f'set h ""\nexpect {{\n -re {PATTERN} {{ set h $expect_out(1,string); exp_continue }}\n "Command:" {{}}\n}}\n'
        f'if {{$h == ""}} {{ {MAKE} }} else {{ {DROP} }}\n'
    ),
    f'expect "Command:"\nif {{[regexp {PATTERN} $expect_out(buffer) -> h]}} {{ {DROP} }} else {{ {MAKE} }}\n',
    (
        f"expect -re {{present: (\\d+)}}\nset n $expect_out(1,string)\n"
        f'if {{$n > 0}} {{ expect -re {PATTERN}; set h $expect_out(1,string); expect "Command:"; {DROP} }} '
        f'else {{ expect "Command:"; {MAKE} }}\n'
    ),
)


@pytest.mark.parametrize("search", SEARCHES)
def test_what_is_done_with_a_key_is_done_where_one_is_found(search: str, tmp_path: Path) -> None:
    text = f"set label b\n{KEYS}{search}{LAST}"
    listed = ["key list attr.label=a", "user list list"]
    assert ran(text, tmp_path, found=2) == ([listed[0], "key delete key-reference=7", listed[1]], 0)
    assert ran(text, tmp_path, found=0) == ([listed[0], "key generate-symmetric verify=false", listed[1]], 0)


def test_what_a_script_ends_for_as_nothing_is_found_is_its_end(tmp_path: Path) -> None:
    text = f"{KEYS}expect {{\n -re {{present:\\s*0}} {{ puts none; exit 0 }}\n -re {PATTERN}\n}}\n"
    text += f"set h $expect_out(1,string)\n{DROP}\n"
    assert ran(text, tmp_path, found=1) == (["key list attr.label=a", "key delete key-reference=7"], 0)
    assert ran(text, tmp_path, found=0) == (["key list attr.label=a"], 0)


USERS = 'foreach pw $argv { send "createUser CU x $pw\\r"; expect "(y/n)?"; send "y\\r"; expect "aws-cloudhsm>" }\n'


@pytest.mark.parametrize(
    ("loop", "arguments", "done", "status"),
    [
        (USERS, ("a", "b"), ["a", "b"], 0),
        # The tool would have taken it for two words.
        (USERS, ("a", "b c"), [], 3),
        (USERS, (), [], 0),
        ("if {$argc < 1} { puts usage; exit 2 }\n" + USERS, (), [], 2),
        ("if {[llength $argv] == 0} { puts usage; exit 2 } else { puts well }\n" + USERS, ("a",), ["a"], 0),
        (USERS.replace("$argv", "[lrange $argv 1 end]"), ("x", "a"), ["a"], 0),
        ("set first [lindex $argv 0]\nset argv [lrange $argv 1 end]\n" + USERS, ("x", "a"), ["a"], 0),
        ('foreach one $argv { if {$one eq "b"} { puts no; exit 5 } }\n' + USERS, ("a", "b"), [], 5),
        (USERS.replace("{ send", '{ if {$pw eq "b"} { exit 5 }\nsend', 1), ("a", "b"), ["a"], 5),
        (USERS + USERS.replace("pw", "other"), ("a", "b"), ["a", "b", "a", "b"], 0),
        (USERS * 2, ("a", "b"), ["a", "b", "a", "b"], 0),
    ],
)
def test_a_loop_over_the_arguments_is_one_of_bash(
    loop: str, arguments: tuple[str, ...], done: list[str], status: int, tmp_path: Path
) -> None:
    assert ran(f"{MANAGED}{loop}", tmp_path, *arguments) == ([f"user create {one}" for one in done], status)


@pytest.mark.parametrize(
    ("arguments", "done", "status"),
    [
        (("new", "stop"), ["user create pw"], 7),
        (("old", "stop"), [], 7),
        (("new", "eve"), ["user create pw", "user create pw", "user list list"], 0),
        (("old", "eve"), ["user list list"], 0),
    ],
)
@pytest.mark.parametrize("over", ["", "foreach one {a b} "])
def test_what_ends_a_script_ends_it_whatever_the_commands_around_it_depend_on(
    over: str, arguments: tuple[str, ...], done: list[str], status: int, tmp_path: Path
) -> None:
    new = f'if {{$action eq "new"}} {{ {CREATE} }}\n'
    turn = f'{new}if {{$user eq "stop"}} {{ exit 7 }}\n{new}{LIST}\n'
    text = ARGUMENTS + MANAGED + (f"{over}{{ {turn} }}\n" if over else turn)
    turns = 2 if over and not status else 1
    assert ran(text, tmp_path, *arguments, "pw") == (done * turns, status)


def test_a_stop_for_a_person_is_one_whatever_the_commands_around_it_depend_on() -> None:
    new = f'if {{$action eq "new"}} {{ {CREATE} }}\n'
    text = render(
        translate(script(f"{ARGUMENTS}{MANAGED}{new}if {{[clock seconds] % 2}} {{ exit 7 }}\n{new}", "x.exp"))
    )
    assert "\nby_hand_first 'line " in text
    assert text.count('\nif [[ "$action" == new ]]; then') == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # Who is logged in behind it depends on the way.
        (
            f'{MANAGED}if {{$action eq "x"}} {{ {OTHER} }}\n{DELETE}\n',
            'is run only if $action eq "x"',
        ),
        # So does whether the tool goes on.
        (f'{MANAGED}if {{$action eq "x"}} {{ {LIST}; send "quit\\r" }}\n{DELETE}\n', 'is run only if $action eq "x"'),
        # A token is used up by one command.
        (
            f'{MANAGED}send "getToken 3 t\\r"\nif {{$action eq "x"}} {{ {CREATE} }} else {{ {DELETE} }}\n',
            'is run only if $action eq "x"',
        ),
        # What is set on one way only.
        (f'set label a\n{KEYS}if {{$action eq "x"}} {{ set label b }}\n{MAKE}\n', "label depends on"),
        # What was asked before has the argument without its default.
        (
            (
                f'{MANAGED}if {{$action eq "x"}} {{ {CREATE} }}\nif {{$action eq ""}} {{ set action x }}\n'
                f'if {{$action eq "x"}} {{ {DELETE} }}\n'
            ),
            'is run only if $action eq "x"',
        ),
        # bash does not know what Tcl computes.
        (f'{MANAGED}if {{$action eq "x" && $user > 7}} {{ {DELETE} }}\n', "is run only if"),
        (
            f'{MANAGED}if {{$action eq "x"}} {{ if {{$user > 7}} {{ {DELETE} }} }}\n',
            'is run only if $action eq "x" and',
        ),
        # Of several keys that are found it is not the number that bash asks for.
        (
            f"set label b\n{KEYS}expect {{\n -re {{present: [01]\\r}} {{ {MAKE} }}\n -re {PATTERN}\n}}\n",
            "only if it reads",
        ),
    ],
)
def test_what_depends_on_more_is_left_to_a_person(text: str, told: str) -> None:
    assert any(told in item for item in left(ARGUMENTS + text))


@pytest.mark.parametrize(
    ("default", "told"),
    [
        ('if {$user eq ""} { set user eve; set pw evepass12 }', "pw depends on"),
        ('if {$action eq ""} { set user eve }', "user depends on"),
        ('if {$user ne ""} { set user eve }', "user depends on"),
        ("if {$argc < 3} { set user eve }", "user depends on"),
        ("if {$argc > 1} { set user eve }", "user depends on"),
        ("if {$argc == 0} { set user eve }", "user has its default wherever it is not given"),
        ("if {[llength $argv] < 2} { set user eve }", ""),
        ('if {[string length $user] == 0} { set user eve } else { puts "for $user" }', ""),
        ("if {$argc > 1} { puts more } else { set user eve }", ""),
    ],
)
def test_a_default_is_that_of_the_argument_that_is_asked_for(default: str, told: str) -> None:
    found = left(f"{ARGUMENTS}{default}\n{MANAGED}{CREATE}\n")
    assert any(told in text for text in found) if told else found == []


def test_a_translation_says_that_a_failure_ends_it() -> None:
    assert "# A command that fails ends this script" in render(translate(script(f"{MANAGED}{LIST}\n", "x.exp")))


def test_what_a_procedure_leaves_out_is_left_out(tmp_path: Path) -> None:
    dry = 'if {$action eq "dry"} { puts "would add"; return }'
    add = f"proc add {{user pw}} {{\n global action\n {dry}\n {CREATE}\n}}\n"
    text = f"{ARGUMENTS}{add}{MANAGED}add eve evepass12\nadd bob bobpass12\n{LIST}\n"
    assert ran(text, tmp_path, "dry") == (["user list list"], 0)
    assert ran(text, tmp_path, "go") == (["user create evepass12", "user create bobpass12", "user list list"], 0)
    turns = f"foreach user {{a b}} {{ if {{[file exists skip.txt]}} {{ continue }}\n{DELETE} }}\n{LIST}\n"
    assert len(ran(f"{MANAGED}{turns}", tmp_path)[0]) == 3
    (tmp_path / "skip.txt").touch()
    assert len(ran(f"{MANAGED}{turns}", tmp_path)[0]) == 1
