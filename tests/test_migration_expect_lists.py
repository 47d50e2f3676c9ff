"""Lists of an expect script that bash has, too: its arguments from one on, and what a search has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_migration_expect_asked import CREATE, DELETE, DROP, KEYS, MANAGED, ran
from test_migration_expect_flow import asked, translated

from migration.bash import linear

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


TURN = f"""if {{[string match "svc_*" $user]}} {{
    {CREATE.replace("$pw", "password1")}
}} elseif {{$user eq "bad"}} {{ exit 4 }} else {{
    {DELETE}
}}
"""


@pytest.mark.parametrize(
    ("arguments", "done", "status"),
    [
        (["svc_a", "bob"], ["user create password1", "user delete crypto-user"], 0),
        (["bob", "bad", "svc_a"], ["user delete crypto-user"], 4),
        ([], [], 0),
    ],
)
def test_a_condition_in_a_loop_over_arguments_stays_in_the_loop(
    arguments: list[str], done: list[str], status: int, tmp_path: Path
) -> None:
    assert ran(f"{MANAGED}foreach user $argv {{\n{TURN}}}\n", tmp_path, *arguments) == (done, status)
    skipping = f'foreach user $argv {{ if {{$user eq "admin"}} {{ continue }}\n{TURN}}}\n'
    assert ran(f"{MANAGED}{skipping}", tmp_path, "admin", *arguments) == (done, status)


def test_a_loop_over_arguments_that_may_be_left_is_not_begun() -> None:
    loop = f'foreach user $argv {{ if {{$user eq "x"}} {{ break }}\n{DELETE} }}\n'
    text = linear.render(translated(MANAGED, loop))
    assert text.index("by_hand_first 'line") < text.index('for user in "${@}"')


@pytest.mark.parametrize(("user", "done", "status"), [("svc_a", 1, 0), ("s", 0, 3), ("", 0, 2), ("old1", 1, 0)])
def test_a_switch_by_patterns_is_one_of_bash(user: str, done: int, status: int, tmp_path: Path) -> None:
    create = CREATE.replace("$pw", "password1")
    choices = f'svc_* {{ {create} }}\nold? {{ {DELETE} }}\n"" {{ exit 2 }}\ndefault {{ exit 3 }}'
    text = f"set user [lindex $argv 0]\n{MANAGED}switch -glob -- $user {{\n{choices}\n}}\n"
    text += 'send "listUsers\\r"; expect "aws-cloudhsm>"\n'
    commands, ended = ran(text, tmp_path, user)
    assert (len(commands), ended) == (0 if status else done + 1, status)
