"""How procedures and expect scripts end, and what a shell script around takes of what they print."""

from __future__ import annotations

import pytest
from migration_support import script

from migration.bash import linear
from migration.bash.script import render
from migration.translate import translate

KEYS = 'spawn key_mgmt_util\nsend "loginHSM -u CU -s alice -p password1\\r"\n'
PROC = 'proc make {l} {\nsend "genSymKey -t 31 -s 16 -l $l\\r"; expect "Command:"\n%s\n}\n'
PRINTS = KEYS + 'send "genSymKey -t 31 -s 16 -l a\\r"\nexpect -re {Key Handle: (\\d+)} %s\nexpect "Command:"\n'


def done(text: str) -> list[str]:
    """Return the labels of the keys that are made, up to where a person must do something."""
    found: list[str] = []
    for line in linear.render(translate(script(text, "x.exp"))).split("\n"):
        if line.startswith("by_hand"):
            return [*found, "by hand"]
        if "generate-symmetric" in line:
            found.append(line.split("--label ")[1].split()[0])
    return found


@pytest.mark.parametrize("code", ["ok", "0"])
def test_a_procedure_that_returns_well_goes_on(code: str) -> None:
    """Nothing behind ``return -code ok`` is lost, and its value is the one that is used."""
    text = PROC % f"return -code {code} made-$l" + KEYS + "set b [make a]\nmake c\n"
    assert done(text) == ["a", "c"]
    assert done(text + "if {$b eq {made-a}} { make d }\n") == ["a", "c", "d"]


@pytest.mark.parametrize("code", ["break", "return", "3", "error -level 2", "$code"])
def test_a_procedure_that_ends_its_caller_is_left_to_a_person(code: str) -> None:
    text = PROC % f"return -code {code}" + KEYS + "foreach l {a b} { make $l }\nmake c\n"
    assert done(text) == ["a", "by hand"]
    assert done(text.replace(f"-code {code}", "-level 2 x")) == ["a", "by hand"]


def test_a_procedure_that_fails_ends_the_script() -> None:
    assert done(PROC % "return -code error bad" + KEYS + "make a\nmake b\n") == ["a"]


@pytest.mark.parametrize(
    "handler", ["bye", '{ catch {send "exit\\r"} }', "{ puts done }", '{ send -- "logoutHSM\\r" }']
)
def test_what_is_done_at_the_end_ends_nothing(handler: str) -> None:
    """``exit -onexit`` only says what is done at the end: leaving the tool is nothing to follow."""
    bye = 'proc bye {} { send "quit\\r"; close }\n' if handler == "bye" else ""
    text = bye + PROC % "" + f"exit -onexit {handler}\n" + KEYS
    found = translate(script(text + "make a\nexit 0\n", "x.exp"))
    assert done(text + "make a\nexit 0\n") == ["a"]
    assert found.remains == []


def test_a_command_at_the_end_is_left_to_a_person() -> None:
    """The translation stops where the handler would have run, behind everything else."""
    for handler in ('{ send "deleteKey -k 7\\r" }', "bye", "$handler"):
        bye = 'proc bye {} { send "deleteKey -k 7\\r" }\n' if handler == "bye" else ""
        text = bye + PROC % "" + f"exit -onexit {handler}\n" + KEYS
        assert done(text + "make a\nmake b\nexit 0\n") == ["a", "b", "by hand"]
    assert done(PROC % "" + KEYS + "exit -noexit\nmake a\n")[-1] == "by hand"


@pytest.mark.parametrize(
    "said", ["puts $expect_out(1,string)", "puts stdout ok", "send_user -- ok", "puts -nonewline ok"]
)
@pytest.mark.parametrize(
    "call",
    [
        "handle=$(expect <<'E'\n{0}E\n)\n",
        "handle=$( A=1 /usr/bin/expect -c '{0}')\n",
        "handle=`expect - a <<'E'\n{0}E\n`\n",
        "made() {{\nexpect <<'E'\n{0}E\n}}\nhandle=$(made)\n",
        "expect <<'E' > handle.txt\n{0}E\n",
        "expect <<'E' | tail -1\n{0}E\n",
    ],
)
def test_what_a_shell_script_takes_of_what_is_printed_is_left_to_a_person(said: str, call: str) -> None:
    """The JSON of the new command does not stand where the script printed a handle."""
    found = translate(script("#!/bin/bash\n" + call.format(PRINTS % f"{{ {said} }}"), "x.sh"))
    assert any("prints what the shell script around may read" in text for _, text in found.remains)
    assert "by_hand" in render(found)


@pytest.mark.parametrize("said", ["puts stderr ok", "puts $log ok", "expr 1"])
def test_what_is_printed_elsewhere_is_not_taken(said: str) -> None:
    text = "#!/bin/bash\nout=$(expect <<'E'\n" + PRINTS % f"{{ {said} }}" + "E\n)\n"
    assert not any("prints" in text for _, text in translate(script(text, "x.sh")).remains)


def test_what_is_printed_where_nobody_takes_it_stays_behind() -> None:
    for call in ("expect <<'E'\n", "expect <<'E' >/dev/null 2>&1 || exit 1\n", "expect <<'E' >&2\n"):
        text = "#!/bin/bash\n" + call + PRINTS % "{ puts $expect_out(1,string) }" + "E\n"
        assert translate(script(text, "x.sh")).remains == []


FAILS = """spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect "aws-cloudhsm>"
set bad 0
send "createUser CU bob abc\\r"
expect "(y/n)?"
send "y\\r"
expect {
    "createUser success" { set rc 0 }
    "%s" { set rc 6; set bad 1; expect "(R/I/A):"; send "A\\r" }
}
expect "aws-cloudhsm>"
"""
LEAVE = 'send "quit\\r"\nexpect eof\n'


@pytest.mark.parametrize(
    "end",
    [
        "exit $rc",
        "exit [expr {$bad > 0 ? 3 : 0}]",
        "if {$rc == 0} { puts well } else { puts bad }\nexit $rc",
        "if {$bad} { puts bad; exit 3 }\nexit 0",
        "if {$rc != 0} { exit $rc }",
        "proc bye {code} { exit $code }\nbye $rc",
    ],
)
@pytest.mark.parametrize("failure", ["createUser failed", "already exists"])
def test_a_failure_that_the_status_tells_ends_with_no_zero(end: str, failure: str) -> None:
    """A script that goes on behind a failure, but only to leave the tool and to tell it, ends there now."""
    found = translate(script(FAILS % failure + LEAVE + end + "\n", "x.exp"))
    text = linear.render(found)
    assert "by_hand" not in text
    assert "--password abc\n" in text
    assert "|| true" not in text
    assert "ends with a status that tells what has failed" in text
    more = FAILS % failure + 'send "deleteUser CU eve\\r"\nexpect "aws-cloudhsm>"\n' + LEAVE + end + "\n"
    text = linear.render(translate(script(more, "x.exp")))
    assert "--password abc || true" in text
    assert "by_hand_first" in text[text.index("user delete") :]
    assert "createUser of line 6" in text


def test_a_failure_that_no_status_tells_is_passed_over() -> None:
    found = translate(script(FAILS % "createUser failed" + LEAVE + "puts $rc\nexit 0\n", "x.exp"))
    assert [text for _, text in found.remains] == ["prints what the translation does not know, and does not print"]
    assert "--password abc || true" in linear.render(found)


WRITES = """proc note {msg} { set f [open run.log a]; puts $f $msg; close $f }
proc die {msg} { note $msg; exit 3 }
spawn cloudhsm_mgmt_util x.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin adminpw1\\r"
expect {
    "HSM Error" { FAILED }
    "success"
}
expect "aws-cloudhsm>"
send "listUsers\\r"
"""


def passed_over(text: str) -> list[str]:
    """Return what is said and does not stop the translation."""
    return [told for _, told in translate(script(text, "x.exp")).passed_over]


@pytest.mark.parametrize(
    "failed", ["die bad", "note bad; exit 3", "file delete lock; exit 1", "exec mail -s x ops; exit 1"]
)
def test_what_is_written_where_something_failed_is_said(failed: str) -> None:
    (told,) = passed_over(WRITES.replace("FAILED", failed))
    assert told == 'what is done when it reads "HSM Error" is left out: the translation stops at a failure'
    assert passed_over(WRITES.replace("FAILED", "puts bad; puts stderr $bad; puts $bad; exec date; exit 1")) == []


def test_a_log_of_the_dialogue_is_said() -> None:
    for line in ("log_file x.log", "log_file -noappend x-$user.log", "log_file -a x.log"):
        assert f"is not carried over: {line}" in passed_over(f"set user a\n{line}\n{KEYS}")
    assert passed_over(f"log_file\n{KEYS}log_file -info\n") == []


MANAGEMENT = "spawn cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg\n"
LISTS = 'send "listUsers\\r"\nexpect "aws-cloudhsm>"\nsend "quit\\r"\nexpect eof\n'


def not_up(text: str) -> list[tuple[int, bool]]:
    """Return the lines where the script is said to end as the tool does not come up, and whether it stops there."""
    work = script(text, "x.exp").hand_work
    return [(item.line, item.stops) for item in work if "does not come up" in item.text and "cluster-cov" in item.text]


@pytest.mark.parametrize(
    "ends",
    [
        "eof { exit 1 }",
        '"exiting..." { exit 1 }',
        '-re "Connection to .* failed" { puts bad; exit 2 }',
        "timeout { exit 1 } eof { die }",
        "eof { error {no HSM} }",
    ],
)
def test_a_script_that_ends_where_one_hsm_does_not_answer_says_that_the_new_one_does_not(ends: str) -> None:
    begin = "proc die {} { exit 3 }\n" + MANAGEMENT
    text = begin + f'expect {{\n"aws-cloudhsm>" {{ }}\n{ends}\n}}\n{LISTS}'
    assert not_up(text) == [(5, False)]
    # All else goes on as before.
    assert [work for work in script(text, "x.exp").hand_work if work.stops] == []
    around = begin + f'expect_before {{\n{ends}\n}}\nexpect "aws-cloudhsm>"\n{LISTS}'
    assert not_up(around) == [(4, False)]


@pytest.mark.parametrize(
    "text",
    [
        f'{MANAGEMENT}expect {{\n"aws-cloudhsm>" {{ }}\neof {{ puts bad }}\ntimeout {{ exit 1 }}\n}}\n{LISTS}',
        f'{MANAGEMENT}expect "aws-cloudhsm>"\nsend "listUsers\\r"\nexpect {{\n"aws-cloudhsm>"\neof {{ exit 1 }}\n}}\n',
        'spawn key_mgmt_util\nexpect {\n"Command:" { }\neof { exit 1 }\n}\nsend "listUsers\\r"\n',
    ],
)
def test_a_script_that_goes_on_there_or_ends_elsewhere_does_not(text: str) -> None:
    assert not not_up(text)
