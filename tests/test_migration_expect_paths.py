"""What an expect script does on the ways that do not go as it hopes: followed, or said, never left out in silence."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script as given
from test_migration_expect_flow import FIND, KEYS, LOGIN, MAKE, asked, done, translated

from migration.bash import linear
from migration.bash.script import render
from migration.translate import Knowledge, translate

if TYPE_CHECKING:
    from pathlib import Path


def in_shell(text: str) -> str:
    """Return what becomes of a shell script."""
    return render(translate(given(text, "x.sh")))


COUNTED = 'expect {\n -re "present: 0" {}\n -re "keys present" { set found 1 }\n}\n'


@pytest.mark.parametrize("condition", ["{!$found}", "!$found", "{$found == 0}"])
def test_a_pattern_at_which_nothing_is_done_is_a_way_to_go_on(condition: str) -> None:
    pieces = (KEYS, "set found 0\n", FIND, COUNTED, f'expect "Command:"\nif {condition} {{ {MAKE} }}')
    assert any("found" in text for text in asked(*pieces))
    assert not any("generate" in line for line in done(*pieces))


@pytest.mark.parametrize("use", ['set file "$label.pem"', "set file $label", KEYS + 'send "findKey -l $label\\r"'])
@pytest.mark.parametrize("default", ['if {$label eq ""} { set label x }', "if {$argc < 1} { set label x }"])
def test_an_argument_that_is_used_before_it_has_its_default_is_left_to_a_person(use: str, default: str) -> None:
    make = 'send "genSymKey -t 31 -s 32 -l $label\\r"\n'
    given_first = "set label [lindex $argv 0]\n"
    assert any("label depends on" in text for text in asked(given_first, use, f"\n{default}\n", KEYS, make))
    assert asked(given_first, f"\n{default}\n", use, "\n", KEYS, make) == []


def test_what_a_program_prints_is_left_to_a_person_where_it_is_used() -> None:
    create = 'send "createUser CU app $password\\r"; expect "(y/n)?"; send "y\\r"\n'
    for source in ("exec pass show co", "exec cat co.pw | tr -d x", "exec date -d tomorrow", "exec aws s3 rm s3://x"):
        pieces = (f"set password [{source}]\n", LOGIN, create)
        assert any(source in text and "computed" in text for text in asked(*pieces))
        assert not any("create" in line for line in done(*pieces))


@pytest.mark.parametrize(
    ("source", "now"),
    [
        ("exec cat /etc/co.pw", "$(cat /etc/co.pw)"),
        ("exec /bin/cat co.pw", "$(/bin/cat co.pw)"),
        ("exec date +%Y-%m-%d", "$(date +%Y-%m-%d)"),
        ('exec date "+%H %M"', "$(date '+%H %M')"),
        ("exec hostname", "$(hostname)"),
        (
            "exec aws secretsmanager get-secret-value --secret-id co --query SecretString --output text",
            "$(aws secretsmanager get-secret-value --secret-id co --query SecretString --output text)",
        ),
        ('clock format [clock seconds] -format "%Y%m%d"', "$(date +%Y%m%d)"),
        ("clock format [clock seconds] -gmt true -format {%H:%M}", "$(date -u +%H:%M)"),
        ("clock seconds", "$(date +%s)"),
    ],
)
def test_the_new_script_asks_the_machine_itself(source: str, now: str) -> None:
    make = 'send "genSymKey -t 31 -s 32 -l x-$told\\r"\n'
    found = linear.render(translated(f"set told [{source}]\n", KEYS, make))
    assert f'told="{now}"\n' in found
    assert '--label "x-$told"' in found
    assert asked(f"set told [{source}]\n", KEYS, make) == []
    # Behind a command only the time is the same as at the start, and in two places it is not even that.
    later = asked(KEYS, FIND, f"set told [{source}]\n", make)
    assert bool(later) == ("date" not in now)
    assert any("told is computed" in text for text in asked(f"set told [{source}]\nset told [{source}]\n", KEYS, make))
    if source.startswith("exec"):
        return
    default = f'set told [lindex $argv 0]\nif {{$told eq ""}} {{ set told "k-[{source}]" }}\n'
    assert f'told=${{1:-"k-{now}"}}\n' in linear.render(translated(default, KEYS, make))


@pytest.mark.parametrize("default", ["[gets stdin]", "[clock format 0]"])
def test_a_default_that_is_not_known_is_said(default: str) -> None:
    pieces = ("set label [lindex $argv 0]\n", f'if {{$label eq ""}} {{ set label {default} }}\n', KEYS)
    make = 'send "genSymKey -t 31 -s 32 -l $label\\r"\n'
    assert any("label must be given" in text for text in asked(*pieces, make))


@pytest.mark.parametrize(("place", "element"), [("0", "0"), ("end", "-1")])
def test_an_element_of_a_list_of_handles_is_read_where_it_is_used(place: str, element: str) -> None:
    pieces = (KEYS, *[MAKE, "expect -re {Handle: (\\d+)}\nlappend h $expect_out(1,string)\n"] * 2)
    text = linear.render(translated(*pieces, "set one [lindex $h ", f'{place}]\nsend "deleteKey -k $one\\r"\n'))
    assert f'hsm key delete --filter "key-reference=${{h[{element}]}}"' in text
    assert "one=" not in text


INSIDE = """spawn key_mgmt_util
expect "Command:"
send "loginHSM -u CU -s alice -p password1\\r"
expect "Command:"
send "genSymKey -t 31 -s 32 -l {}\\r"
expect -re {{Handle: (\\d+)}}
"""


@pytest.mark.parametrize(
    ("call", "script", "label"),
    [
        ('expect -f - "$1" <<"EOF"\n{}EOF\n', "set label [lindex $argv 0]\n" + INSIDE.format("$label"), '"${1}"'),
        ('expect - "$USER_" x <<"EOF"\n{}EOF\n', INSIDE.format("[lindex $argv 0]"), '"${USER_}"'),
        ('expect <<"EOF"\n{}EOF\n', "set label mine\n" + INSIDE.format("$label"), "mine"),
        ("expect <<EOF\n{}EOF\n", "set label mine\n" + INSIDE.format("\\$label"), "mine"),
        ("expect <<EOF\n{}EOF\n", "set label mine\n" + INSIDE.format("$label"), '"$label"'),
        ("expect <<EOF\n{}EOF\n", INSIDE.format("$USERNAME"), '"$USERNAME"'),
        ("expect -c '{}'\n", "set label mine\n" + INSIDE.format("$label"), "mine"),
    ],
)
def test_variables_of_an_expect_script_are_not_those_of_the_shell_script_around_it(
    call: str, script: str, label: str
) -> None:
    text = "#!/bin/bash\nlabel=other\n" + call.format(script)
    assert f"--label {label} " in in_shell(text)


@pytest.mark.parametrize(
    ("call", "script"),
    [
        ('expect -f - "$@" <<"EOF"\n{}EOF\n', "set label [lindex $argv 0]\n" + INSIDE.format("$label")),
        ("expect -c '{}' \"$1\"\n", "set label [lindex $argv 0]\n" + INSIDE.format("$label")),
        ('expect <<"EOF"\n{}EOF\n', "gets stdin label\n" + INSIDE.format("$label")),
        ("expect <<EOF\n{}EOF\n", "set label $(openssl rand -hex 4)\n" + INSIDE.format("\\$label")),
    ],
)
def test_what_an_expect_script_in_a_shell_script_is_given_is_left_to_a_person_where_it_is_not_known(
    call: str, script: str
) -> None:
    text = in_shell("#!/bin/bash\nlabel=other\n" + call.format(script))
    assert "by_hand 'line" in text.split("key generate")[0]


def test_a_handle_that_an_expect_script_takes_leaves_the_variables_of_the_shell_script_alone() -> None:
    taken = 'set h $expect_out(1,string)\nsend "deleteKey -k $h\\r"\n'
    text = in_shell(f'#!/bin/bash\nh=3\nexpect <<"EOF"\n{INSIDE.format("a")}{taken}EOF\necho "$h"\n')
    assert re.findall(r"(\w+)=\$\(hsm_handle", text) != ["h"]


@pytest.mark.parametrize(
    "behind",
    ['send "getHSMInfo\\r"\n', 'send "deleteKey -k 7\\r"\nexpect {\n "SUCCESS" {}\n "Error" { send "A\\r" }\n}\n'],
)
def test_a_login_is_tried_where_nothing_behind_it_shows_that_it_is_bad(behind: str) -> None:
    lines = linear.render(translated(KEYS, behind, 'send "exit\\r"\n')).split("\n")
    assert lines[lines.index("hsm_login crypto-user alice password1") + 1] == "hsm key list --max-items 1 > /dev/null"


def test_another_configuration_of_a_tool_is_said() -> None:
    other = "if {[file exists green.cfg]} { set c green.cfg }\n"
    spawn = 'spawn cloudhsm_mgmt_util $c\nexpect "aws-cloudhsm>"\nsend "loginHSM CO admin adminpw1\\r"\n'
    assert asked("set c x.cfg\n", spawn) == []
    assert any("c depends on" in text for text in asked("set c x.cfg\n", other, spawn))
    assert any("another cluster" in text for text in asked("foreach c {x.cfg y.cfg} {\n", spawn, "}\n"))
    assert asked("foreach c {x.cfg x.cfg} {\n", spawn, 'expect "aws-cloudhsm>"\nsend "quit\\r"\n}\n') == []


RUN = """proc run {c} {
 global h
 send "$c\\r"
 expect {
  -re {Handle: (\\d+)} { set h $expect_out(1,string); exp_continue }
  -re {returned: 0x00} { exp_continue }
  -re {returned: (0x[0-9a-f]+)} { puts bad; exit 1 }
  -re {Command:\\s+$} {}
 }
}
"""


def test_what_is_met_one_after_another_is_what_is_printed_one_after_another() -> None:
    pieces = ("spawn key_mgmt_util\nexpect Command:\n", RUN, 'run "loginHSM -u CU -s alice -p password1"\n')
    found = (*pieces, 'run "genSymKey -t 31 -s 32 -l a"\nrun "deleteKey -k $h"\n')
    assert asked(*found) == []
    assert [line.split()[2] for line in done(*found) if line.startswith("hsm key")] == ["generate-symmetric", "delete"]


@pytest.mark.parametrize("command", ["deleteUser CU bob", "createUser CU bob"])
def test_a_wait_for_what_is_not_printed_ends_in_what_is_done_when_the_time_is_over(command: str) -> None:
    wait = 'expect {\n "(y/n)" { send "y\\r" }\n timeout { exit 1 }\n}\n'
    pieces = (LOGIN, 'expect "aws-cloudhsm>"\n', f'send "{command}\\r"\n', wait, 'send "deleteUser CU eve\\r"\n')
    assert any('waits for "(y/n)"' in text for text in asked(*pieces))
    assert not any("eve" in line for line in done(*pieces))


def test_a_wait_for_what_is_not_printed_is_nothing_where_nothing_is_done_then() -> None:
    wait = 'expect "(y/n)" { send "y\\r" }\n'
    assert asked(LOGIN, 'expect "aws-cloudhsm>"\n', 'send "deleteUser CU bob\\r"\n', wait) == []


@pytest.mark.parametrize(
    ("failed", "behind", "said"),
    [
        ("set name other", 'send "findKey -l $name\\r"\n', True),
        ("set name other", 'if {$name eq "mine"} {\n send "exit\\r"\n}\n', True),
        ("set name other", "if {$name ne {mine}} {\n puts bad\n exit 1\n}\n", False),
        ("set name other", 'puts "made $name"\n', False),
        ("exit 2", 'send "findKey -l $name\\r"\n', False),
    ],
)
def test_a_script_that_goes_on_otherwise_behind_a_failure_is_said(failed: str, behind: str, *, said: bool) -> None:
    wait = f'expect {{\n "SUCCESS" {{ set name mine }}\n "Error" {{ {failed} }}\n}}\n'
    assert any("is left out" in text for text in asked(KEYS, MAKE, wait, behind)) == said


@pytest.mark.parametrize(("pattern", "said"), [("already created", True), ("failed", False)])
def test_going_on_behind_a_certain_failure_is_said(pattern: str, *, said: bool) -> None:
    create = 'send "createUser CU bob password1\\r"\nexpect "(y/n)?"\nsend "y\\r"\n'
    wait = f'expect {{\n "success" {{}}\n "{pattern}" {{ send "A\\r" }}\n}}\n'
    assert any("goes on behind a failure only" in text for text in asked(LOGIN, create, wait)) == said


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        (r"{private key handle: (\d+)}", True),
        (r"{private\D*(\d+).*Command:}", True),
        (r"{private.*: (\d+)}", False),
        (r"{private.*?(\d+)}", False),
    ],
)
def test_a_pattern_means_what_it_means_in_tcl(pattern: str, *, taken: bool) -> None:
    pair = 'send "genRSAKeyPair -m 2048 -e 65537 -l a\\r"\n'
    take = f'expect -re {pattern}\nset h $expect_out(1,string)\nsend "deleteKey -k $h\\r"\n'
    assert (asked(KEYS, pair, take) == []) == taken


@pytest.mark.parametrize(("read", "said"), [("expect SUCCESS\n", True), ("", True), ('expect "Command:"\n', False)])
def test_a_handle_that_an_earlier_command_printed_is_not_taken_for_one_of_the_last(read: str, *, said: bool) -> None:
    take = 'expect -re {Handle: (\\d+)}\nset h $expect_out(1,string)\nsend "deleteKey -k $h\\r"\n'
    found = asked(KEYS, 'expect "Command:"\n', MAKE, read, MAKE, take)
    assert any("what an earlier command printed" in text for text in found) == said
    assert (found == []) == (not said)


def test_what_is_typed_behind_a_failure_is_said_to_be_left_out() -> None:
    create = 'send "createUser CU bob password1\\r"\nexpect "(y/n)?"\nsend "y\\r"\n'
    wait = 'expect {\n "already created" { send "A\\r"; send "listUsers\\r" }\n "createUser success" {}\n}\n'
    assert any('when it reads "already created" is left out' in text for text in asked(LOGIN, create, wait))


@pytest.mark.parametrize(("failed", "end"), [("set rc 4", "exit $rc\n"), ("exit 4", "exit $rc\n")])
def test_a_status_that_tells_a_shell_script_what_failed_is_said(failed: str, end: str) -> None:
    wait = f'expect {{\n "SUCCESS" {{ set rc 0 }}\n "Error" {{ {failed} }}\n}}\n'
    text = f'#!/bin/bash\nexpect <<"EOF"\n{INSIDE.format("a")}{wait}{end}EOF\n[ $? -eq 4 ] && echo failed\n'
    assert any("tells what has failed" in text for _, text in translate(given(text, "x.sh")).remains)


def test_a_tool_behind_a_pipe_that_is_opened_is_left_to_a_person() -> None:
    piped = 'set kmu [open |/opt/cloudhsm/bin/key_mgmt_util r+]\nputs $kmu "genSymKey -t 31 -s 32 -l eve"\n'
    assert done(piped, KEYS, FIND) == []
    assert any("behind open |" in text for text in asked(piped, KEYS, FIND))


@pytest.mark.parametrize("end", ["catch wait result\nexit [lindex $result 3]\n", "exit [lindex [wait] 3]\n"])
def test_the_status_of_a_tool_is_0_where_it_ended(end: str) -> None:
    assert asked(KEYS, MAKE, 'send "exit\\r"\nexpect eof\n', end) == []


@pytest.mark.parametrize("behind", [" && echo well || echo badly", "\n[ $? -eq 0 ] && echo well || echo badly"])
def test_a_failure_in_an_expect_script_is_the_status_of_its_commands(tmp_path: Path, behind: str) -> None:
    wait = 'expect {\n "SUCCESS" { exit 0 }\n "Error" { exit 1 }\n}\n'
    text = f"#!/bin/bash\nmake() {{\nexpect <<'EOF'\n{INSIDE.format('a')}{wait}EOF\n}}\nmake{behind}\n"
    cli = tmp_path / "cli"
    cli.write_text('#!/bin/bash\necho "{}"\n[ "$2" != generate-symmetric ]\n')
    cli.chmod(0o755)
    new = tmp_path / "new.sh"
    new.write_text(in_shell(text))
    ran = subprocess.run(
        ["bash", str(new)], check=False, env={**os.environ, "CLOUDHSM_CLI": str(cli)}, capture_output=True, text=True
    )
    assert "well" not in ran.stdout


def test_what_is_said_has_the_names_of_the_shell_script() -> None:
    asks = 'if { "$tag" == "2020" } {\n send "findKey -l b\\r"\n}\n'
    text = f"#!/bin/bash\nexpect <<EOF\n{INSIDE.format('a')}{asks}EOF\n"
    assert [said for _, said in translate(given(text, "x.sh")).remains] == ['is run only if "$tag" == "2020"']


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (
            "h=$(expect <<'EOF'\nspawn key_mgmt_util\nsend \"findKey\\r\"\nputs $x\nEOF\n)\n",
            "h=$(by_hand_first 'line 1: ",
        ),
        ("expect -f a.exp bob\n", "by_hand 'line 1: runs the expect script a.exp"),
        ("if ! expect a.exp; then exit 1; fi\n", "if ! by_hand_first 'line 1: runs the expect script a.exp"),
    ],
)
def test_an_expect_script_that_is_left_to_a_person_answers_nothing(text: str, call: str) -> None:
    behind = "key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 findKey\n"
    assert f"\n{call}" in render(translate(given(text + behind, "x.sh")), allow_gaps=True)


def test_a_user_id_in_a_variable_is_that_of_a_user() -> None:
    share = 'send "shareKey 262152 $uid 1\\r"; expect "(y/n)?"; send "y\\r"\n'
    known = Knowledge({5: "app"})
    found = translate(given(f"set uid 5\n{LOGIN}{share}", "x.exp"), known)
    assert found.remains == []
    assert "--username app " in linear.render(found)
    for source in ("set uid [lindex $argv 0]", "set uid 5\nif {$argc > 1} { set uid 6 }"):
        assert translate(given(f"{source}\n{LOGIN}{share}", "x.exp"), known).remains != []


ATTRIBUTE = 'spawn cloudhsm_mgmt_util x.cfg\nsend "loginHSM CU alice password1\\r"\nsend "getAttribute 262152 260\\r"\n'
CHANGE = 'send "setAttribute 262152 260 0\\r"; expect "(y/n)?"; send "y\\r"'


@pytest.mark.parametrize("name", ["OBJ_ATTR_LABEL", "*OBJ_ATTR_EXTRACTABLE*", "Attribute Value on server"])
def test_the_name_of_an_attribute_is_printed_wherever_its_value_is(name: str) -> None:
    for wait in (f'expect "{name}"\n', f'expect {{\n "{name}" {{}}\n "HSM Error" {{ exit 1 }}\n}}\n'):
        assert asked(ATTRIBUTE, wait, CHANGE) == []


@pytest.mark.parametrize("other", ['"0x00000000" { puts off }', "timeout { exit 1 }", 'timeout { puts "off" }'])
@pytest.mark.parametrize("value", ['"0x00000001"', "-re {0x0000000[1-9]}", '"OBJ_ATTR_ENCRYPT\\r\\n0x00000000"'])
def test_the_value_of_an_attribute_is_no_code_of_success(value: str, other: str) -> None:
    found = asked(ATTRIBUTE, f"expect {{\n {value} {{ {CHANGE} }}\n {other}\n}}\n")
    assert any("only if it reads" in text for text in found)
    assert any("which is JSON now" in text for text in asked(ATTRIBUTE, f"expect {value}\n", CHANGE))
