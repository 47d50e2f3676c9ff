"""What expect scripts take out of a tool's output, and what becomes of it."""

import pytest
from migration_support import script

from migration.bash.script import render
from migration.translate import translate

HEAD = 'spawn key_mgmt_util\nexpect "Command:"\nsend "loginHSM -u CU -s alice -p password1\\r"\nexpect "Command:"\n'
MAKE = 'send "genSymKey -t 31 -s 32 -l a\\r"'
PAIR = 'send "genRSAKeyPair -m 2048 -e 65537 -l a\\r"'
FIND = 'send "findKey -l a\\r"'
DELETE = 'send "deleteKey -k $h\\r"'


def lines(*text: str) -> list[str]:
    """Return the commands that lines of an expect script become, the login left out."""
    whole = render(translate(script(HEAD + "\n".join(text) + "\n", "x.exp")))
    body = whole.rsplit("hsm_login crypto-user alice password1\n", 1)[1]
    kept = [line for line in body.split("\n") if line and not line.lstrip().startswith("#")]
    return [line for line in kept if not line.startswith(("hsm key generate", "hsm_all_keys", "hsm_logout"))]


def left(*text: str) -> list[str]:
    """Return what is left to a person."""
    return [work for _, work in translate(script(HEAD + "\n".join(text) + "\n", "x.exp")).remains]


HANDLE, PUBLIC, PRIVATE = (f'.data.{key}."key-reference"' for key in ("key", "public_key", "private_key"))
FIRST, LAST = (f'.data.matched_keys[{place}]."key-reference"' for place in (0, -1))


@pytest.mark.parametrize(
    ("command", "taking", "path"),
    [
        (MAKE, r"expect -re {Key Handle: (\d+)}; set h $expect_out(1,string)", HANDLE),
        (MAKE, r'expect -re "Key Handle: (\[0-9]+)"; set h $expect_out(1,string)', HANDLE),
        (MAKE, r'expect "Command:"; regexp {Handle: (\d+)} $expect_out(buffer) -> h', HANDLE),
        (MAKE, r"expect Command:; set h [lindex [regexp -inline {Handle: (\d+)} $expect_out(buffer)] 1]", HANDLE),
        (PAIR, r"expect -re {public\D*: (\d+) .*private\D*: (\d+)}; set h $expect_out(2,string)", PRIVATE),
        (PAIR, r"expect -re {public key handle: (\d+)}; set h $expect_out(1,string)", PUBLIC),
        (FIND, r"expect -re {Handles of matching keys:\s+(\d+)}; set h $expect_out(1,string)", FIRST),
        (FIND, r'expect -re {keys:\s+(\d[\d, ]+)}; set h [lindex [split $expect_out(1,string) ", "] end]', LAST),
    ],
)
def test_a_handle_goes_into_its_variable(command: str, taking: str, path: str) -> None:
    found = lines(command, taking, DELETE)
    assert f"h=$(hsm_handle '{path}')" in found
    assert found[-1] == 'hsm key delete --filter "key-reference=$h"'


def test_a_list_of_handles_is_gone_through_as_a_list() -> None:
    taking = r"expect -re {Handles of matching keys:\s+([0-9, ]+)}"
    loop = 'foreach h [split $expect_out(1,string) ","] { send "deleteKey -k [string trim $h]\\r" }'
    name = "split_expect_out_1_string"
    assert lines(FIND, taking, loop) == [
        f"mapfile -t {name} < <(hsm_handle '.data.matched_keys[].\"key-reference\"')",
        f'for h in "${{{name}[@]}}"; do',
        '    hsm key delete --filter "key-reference=$h"',
        "done",
    ]


def test_a_list_of_handles_is_no_handle() -> None:
    text = (FIND, r"expect -re {Handles of matching keys:\s+([0-9, ]+)}", "set h $expect_out(1,string)", DELETE)
    assert any("$h holds all handles that were found" in work for work in left(*text))


def test_handles_are_taken_by_procedures_and_in_conditions() -> None:
    proc = r"proc make {} { " + MAKE + r"; expect -re {Handle: (\d+)}; return $expect_out(1,string) }"
    assert lines(proc, "set h [make]", DELETE) == [
        "h=$(hsm_handle '.data.key.\"key-reference\"')",
        'hsm key delete --filter "key-reference=$h"',
    ]
    test = r"if {![regexp {Handle: (\d+)} $expect_out(buffer) -> h]} { send exit\r; exit 1 }"
    assert lines(MAKE, "expect Command:", test, DELETE)[-1] == 'hsm key delete --filter "key-reference=$h"'
    asked = r"if {[regexp {Handle: (\d+)} $expect_out(buffer) -> h]} { " + DELETE + " } else { exit 1 }"
    assert left(MAKE, "expect Command:", asked) == []


def test_what_is_taken_in_another_way_is_left_to_a_person_where_it_is_used() -> None:
    taking = r'set h [lindex [split $expect_out(buffer) "\n"] 3]'
    assert left(MAKE, "expect Command:", taking) == []
    (work,) = left(MAKE, "expect Command:", taking, DELETE)
    assert work == f"takes something out of the output, which is JSON now: {taking}"
    body = render(translate(script(f"{HEAD}{MAKE}\nexpect Command:\n{taking}\n{DELETE}\n", "x.exp")))
    assert body.index("by_hand 'line 7: takes something") < body.index("hsm key delete")


def test_a_variable_that_is_set_anew_holds_what_it_was_set_to_last() -> None:
    text = (MAKE, r"expect -re {Handle: (\d+)}; set h $expect_out(1,string)", "set h 9", DELETE)
    assert lines(*text)[-1] == "hsm key delete --filter key-reference=0x0000000000000009"


def test_a_variable_has_the_value_that_it_has_there() -> None:
    delete = 'send "deleteUser CU $u\\r"'
    text = f"spawn cloudhsm_mgmt_util x.cfg\nset u a\n{delete}\nset u b\n{delete}\nappend u c\n{delete}\n"
    text += f"set n 1\nincr n 2\nset u u$n\n{delete}\n"
    text += 'for {set i 0} {$i < 2} {incr i} { send "deleteUser CU i$i\\r" }\n'
    found = render(translate(script(text, "x.exp")))
    assert [line.split()[4] for line in found.split("\n") if "--username" in line] == ["a", "b", "bc", "u3", "i0", "i1"]


def test_a_variable_that_a_condition_sets_is_left_to_a_person_where_it_is_used() -> None:
    setting = "set h 9\nif {$x} { set h 10 }"
    assert left(setting) == []
    assert left(setting, DELETE) == ["h depends on: $x"]
    assert not any("h depends" in work for work in left("set h 9\nif {$x} { set h 8; puts bad; exit 1 }", DELETE))


def test_an_argument_has_its_default() -> None:
    text = 'if {$argc > 0} { set l [lindex $argv 0] } else { set l app }\nsend "findKey -l $l\\r"'
    assert "\nl=${1:-app}\n" in render(translate(script(f"{HEAD}{text}\n", "x.exp")))
    assert left(text) == []
