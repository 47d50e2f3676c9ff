"""Whatever an expect script does beside its dialogue is carried over or said, wherever it stands."""

from __future__ import annotations

import pytest
from migration_support import script
from test_migration_expect_flow import KEYS, MAKE, translated

from migration.bash import linear
from migration.translate import translate

FIND = 'send "findKey -l a\\r"\nexpect "Command:"\n'
IMPORT = 'send "imSymKey -f %s -t 31 -l a -w 4\\r"\nexpect "Command:"\n'
MADE = f'{KEYS}{MAKE}expect -re {{Key Handle: (\\d+)}} {{ set h $expect_out(1,string) }}\nexpect "Command:"\n'


def left(*pieces: str) -> list[tuple[int, str]]:
    """Return what is said of a script, each with its line."""
    return translated(*pieces).remains


def stops(*pieces: str) -> list[str]:
    """Return what the translation stops at."""
    return [work.text for work in translated(*pieces).script.hand_work if work.stops]


EFFECTS = [
    "exec mail -s x ops",
    "system {rm -f lock}",
    "file delete lock",
    "file rename a b",
    "exec echo bad > flag",
    "close [open flag w]",
    "set f [open flag {WRONLY CREAT}]",
    "set f [open |mail w]",
    "set done [file delete lock]",
    "catch {open flag w} f",
    "chan puts file3 bad",
    "fcopy file3 file4",
    "cd /data",
]


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_beside_the_tools_is_said_wherever_it_stands(effect: str) -> None:
    """As all goes well, where nothing comes in time, behind the end of the script, at its very end, in a procedure."""
    wait = f'{KEYS}{MAKE}expect {{\n"SUCCESS" {{ exit 0 }}\n%s\n}}\n'
    for text, line in (
        (f"{effect}\n{KEYS}{FIND}", 1),
        (wait % f"timeout {{ {effect}; exit 1 }}", 6),
        (wait % "timeout" + f"{effect}\nexit 1\n", 8),
        (f"exit -onexit {{ {effect} }}\n{KEYS}{FIND}", 1),
        (f"proc last {{}} {{ {effect} }}\nexit -onexit last\n{KEYS}{FIND}", 1),
        (f"expect_after {{\ntimeout {{ {effect}; exit 1 }}\n}}\n{KEYS}{FIND}", 2),
        (f"set all [list [catch {{ {effect} }}]]\n{KEYS}{FIND}", 1),
    ):
        found = left(text)
        assert [number for number, _ in found] == [line], (text, found)
        assert stops(text) == []


@pytest.mark.parametrize("effect", EFFECTS)
def test_what_is_never_done_is_not_said(effect: str) -> None:
    for text in (
        f"if {{0}} {{ {effect} }}",
        f"proc never {{}} {{ {effect} }}",
        f"foreach x {{}} {{ {effect} }}",
        f"while {{0}} {{ {effect} }}",
        f"proc early {{}} {{ return; {effect} }}\nearly",
        f"# {effect}",
    ):
        assert left(f"{text}\n{KEYS}{FIND}") == []
    assert left(f"{KEYS}{FIND}exit 0\n{effect}\n") == []


@pytest.mark.parametrize(
    "harmless",
    [
        "exec sleep 1",
        "exec date 2>/dev/null",
        "exec hostname >@stdout",
        "set f [open in.txt]",
        "set tty [open |tty]",
        "puts stderr bad",
        "puts done",
        "cd /opt/cloudhsm/bin",
        "set here [pwd]",
        "log_user 0",
        "close $f",
        "after 10",
    ],
)
def test_what_changes_nothing_is_not_said(harmless: str) -> None:
    for text in (
        f"{harmless}\n{KEYS}{FIND}",
        f'{KEYS}{MAKE}expect {{\n"SUCCESS" {{}}\ntimeout {{ {harmless}; exit 1 }}\n}}\n',
    ):
        assert left(text) == []


def test_what_is_done_in_two_places_of_one_script_is_said_once() -> None:
    note = "proc note {m} { set f [open run.log a]; puts $f $m; close $f }\n"
    text = f'{note}{KEYS}note begun\n{MAKE}expect {{\n"SUCCESS" {{}}\ntimeout {{ note slow; exit 1 }}\n}}\n'
    assert left(text) == [(4, "is not carried over: puts into $f")]


@pytest.mark.parametrize(
    ("made", "name"),
    [
        ("set f aes.bin\nexec openssl rand -out $f 32", "$f"),
        ("set f [lindex $argv 0].bin\nexec openssl rand -out $f 32", "$f"),
        ("exec openssl rand -out key 32", "key"),
        ("set c [open aes.bin w]\nputs $c hello\nclose $c", "aes.bin"),
        ("set f aes.bin\nset c [open $f w]\nputs $c hello\nclose $c", "$f"),
        ("close [open aes.bin w]", "aes.bin"),
        ("cd /data", "aes.bin"),
    ],
)
def test_a_command_that_reads_what_is_not_made_any_more_stops_the_translation(made: str, name: str) -> None:
    """The same name in a variable is the same file; what does not touch the file of a command is said only."""
    (told,) = stops(f"{made}\n{KEYS}", IMPORT % name)
    assert "is used later" in told
    assert stops(f"{made}\n{KEYS}", IMPORT % "/srv/other.bin") == []


@pytest.mark.parametrize("given", ["$expect_out(buffer)", "[string length $expect_out(buffer)]"])
def test_what_the_tools_gave_and_is_printed_is_said(given: str) -> None:
    """A caller takes it from standard output, where JSON stands now."""
    assert "prints what the tools gave" in left(MADE, f"puts {given}\n")[0][1]
    assert "in line 7" in left(MADE, f"puts {given}\nputs {given}\n")[0][1]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("exit 5", "ends with status 5, which tells what has failed"),
        ("exit", "ends with status 0, though something has failed"),
        ("exit 0", "ends with status 0, though something has failed"),
        ("set rc 4; exit $rc", "ends with status $rc, which tells what has failed"),
        ("die 6", "ends with status 6, which tells what has failed"),
        ("exit 1", ""),
        ("die 1", ""),
        ("error bad", ""),
        ("return -code error bad", ""),
    ],
)
@pytest.mark.parametrize("why", ['"Error"', "timeout", "eof", "-re {returned: 0x[1-9a-f]}"])
def test_a_status_behind_a_failure_is_said_unless_it_is_that_of_the_translation(end: str, told: str, why: str) -> None:
    begin = f"proc die {{code}} {{ exit $code }}\n{KEYS}{MAKE}"
    found = left(begin, f'expect {{\n"SUCCESS" {{}}\n{why} {{ puts stderr bad; {end} }}\n}}\n{FIND}')
    assert [text for _, text in found] == ([f"{told}, and the translation ends with 1 then"] if told else [])
    assert stops(begin, f'expect {{\n"SUCCESS" {{}}\n{why} {{ {end} }}\n}}\n{FIND}') == []


def test_a_status_is_said_once_with_all_its_lines() -> None:
    wait = 'expect {\n"SUCCESS" {}\ntimeout { exit 2 }\n}\n'
    assert left(KEYS, MAKE, wait, MAKE, wait) == [
        (6, "ends with status 2, as in line 11, which tells what has failed, and the translation ends with 1 then")
    ]


def test_a_procedure_that_ends_the_script_says_each_of_its_statuses() -> None:
    die = "proc die {code} { exit $code }\nif {$argc < 1} { die 2 }\n"
    wait = 'expect {\n"SUCCESS" {}\ntimeout { die 4 }\n}\n'
    (told,) = [text for _, text in left(die, KEYS, MAKE, wait)]
    assert told.startswith("ends with status 4,")


def test_the_status_behind_an_end_as_all_went_well_is_said() -> None:
    wait = 'expect {\n"SUCCESS" { exit 0 }\n"Error" {}\n}\n'
    assert "ends with status 3" in left(KEYS, MAKE, wait, "exit 3\n")[0][1]
    assert left(KEYS, MAKE, wait, "exit 1\n") == []


@pytest.mark.parametrize("source", ["exec cat ticket.txt", "exec /bin/cat ticket.txt"])
def test_a_program_whose_failure_ends_the_script_is_asked_for_though_nobody_uses_what_it_gives(source: str) -> None:
    assert "[[ ! -r ticket.txt ]]" in linear.render(translated(f"set t [{source}]\n{KEYS}", FIND))
    used = linear.render(translated(f"set t [{source}]\n{KEYS}", 'send "findKey -l $t\\r"\n'))
    assert "[[ ! -r" not in used
    assert "cat ticket.txt)" in used


@pytest.mark.parametrize(
    "source",
    [
        "exec grep -c a b.txt",
        "exec test -f x",
        "exec diff a b",
        "exec aws secretsmanager get-secret-value --secret-id co",
    ],
)
def test_a_program_that_nobody_uses_and_that_may_end_the_script_is_said(source: str) -> None:
    assert left(f"set t [{source}]\n{KEYS}", FIND) == [(1, f"is not carried over: {source}")]
    assert left(f"catch {{ {source} }}\n{KEYS}", FIND) in ([], [(1, f"is not carried over: {source}")])
    if "aws" in source:
        assert left(f"set t [{source}]\n{KEYS}", 'send "findKey -l $t\\r"\n') == []


def test_a_file_that_is_left_out_before_may_be_what_the_script_opens() -> None:
    """Whether it is there is not asked for then, which is said, unless the script has made it itself."""
    for before in ("exec make_ticket", "file copy a b"):
        found = left(f"{before}\nset f [open ticket.txt]\n{KEYS}", FIND)
        assert any("ticket.txt" in text and "is not asked for" in text for _, text in found)
    assert "[[ ! -r ticket.txt ]]" in linear.render(
        translated(f"set l [open x.log w]\nputs $l x\nset f [open ticket.txt]\n{KEYS}", FIND)
    )
    own = f"set l [open ticket.txt w]\nputs $l x\nclose $l\nset f [open ticket.txt]\n{KEYS}"
    assert "[[" not in linear.render(translated(own, FIND))
    assert not any("asked for" in text for _, text in left(own, FIND))


def test_no_password_is_in_what_the_net_says() -> None:
    text = f'{KEYS}{MAKE}expect {{\n"SUCCESS" {{}}\ntimeout {{ exec tell -p password1 ops; exit 1 }}\n}}\n'
    (told,) = [said for _, said in translate(script(text, "x.exp")).remains]
    assert "exec tell" in told
    assert "password1" not in told


BEGIN = 'spawn cloudhsm_mgmt_util x.cfg\nexpect "aws-cloudhsm>"\nsend "loginHSM CO admin adminpw1\\r"\n'
LIST = 'send "listUsers\\r"\nexpect "aws-cloudhsm>"\n'


@pytest.mark.parametrize(
    "begin",
    [
        f"if {{[catch {{ {BEGIN} }} why]}} {{ puts $why; exit 1 }}\n",
        f"set rc [catch {{ {BEGIN} }}]\nif {{$rc}} {{ exit 1 }}\n",
        f"proc start {{}} {{ {BEGIN} }}\nif {{[catch start]}} {{ error none }}\n",
        f"proc bad {{}} {{ exit 1 }}\nif {{[catch {{ {BEGIN} }}] != 0}} bad\n",
    ],
)
def test_a_script_that_ends_by_catch_where_the_tool_does_not_come_up_says_so(begin: str) -> None:
    assert [text.partition(",")[0] for _, text in left(begin, LIST)] == [
        "ends where cloudhsm_mgmt_util does not come up"
    ]
    assert stops(begin, LIST) == []
    assert left(f"catch {{ {BEGIN} }}\n", LIST) == []
    assert left(begin.replace("exit 1", "puts bad").replace("error none", "puts bad"), LIST) == []


def test_a_script_that_is_run_as_text_is_said_once() -> None:
    for run in ("uplevel #0 {exec foo}", "eval exec foo", "apply {{} {exec foo}}", "set c {exec foo}\neval $c"):
        assert [text for _, text in left(f"{run}\n{KEYS}", FIND)] == ["is not carried over: exec foo"]


NONE = "expect {{\n-re {{present:\\s*0}} {{ {} }}\n-re {{matching keys:\\s+(\\d+)}} {{}}\n}}\n"


def test_a_search_without_keys_ends_with_the_status_of_the_script() -> None:
    """Bash asks for it where it can, and ends with any status; what is only checked ends with 1, which is said."""
    search = 'send "findKey -l a\\r"\n'
    text = linear.render(translated(KEYS, search, NONE.format("exit 4"), MAKE))
    assert "exit 4" in text
    assert left(KEYS, search, NONE.format("exit 4"), MAKE) == []
    assert left(KEYS, search, NONE.format("exit 1"), MAKE) == []
    shell = f"#!/bin/bash\nexpect <<'E'\n{KEYS}{search}{NONE.format('exit 4')}{MAKE}E\n"
    (told,) = [said for _, said in translate(script(shell, "x.sh")).remains]
    assert told.startswith("ends with status 4")
    assert translate(script(shell.replace("exit 4", "exit 1"), "x.sh")).remains == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ('send "deleteKey -k 7\\r"', True),
        ("drop 7", True),
        ('send "quit\\r"', False),
        ('send "exit\\r"; expect eof', False),
        ('send "\\003"', False),
        ('send "y\\r"', False),
        ('send "\\r"', False),
    ],
)
@pytest.mark.parametrize("why", ["timeout", "eof"])
def test_a_command_that_is_typed_where_nothing_comes_is_said(typed: str, why: str, *, said: bool) -> None:
    drop = 'proc drop {key} { send "deleteKey -k $key\\r" }\n' if typed.startswith("drop") else ""
    found = left(drop, KEYS, MAKE, f'expect {{\n"SUCCESS" {{}}\n{why} {{ {typed}; exit 1 }}\n}}\n', FIND)
    assert [text.partition(",")[0] for _, text in found] == (["what is typed here is left out"] if said else [])


def test_a_command_behind_an_end_as_all_went_well_is_said() -> None:
    wait = 'expect {\n"SUCCESS" { exit 0 }\n"Error" {}\n}\n'
    assert "what is typed here is left out" in left(KEYS, MAKE, wait, 'send "deleteKey -k 7\\r"\n')[0][1]


def test_what_is_written_where_a_failure_is_passed_over_is_said() -> None:
    create = 'send "createUser CU bob password1\\r"\nexpect "(y/n)?"\nsend "y\\r"\n'
    wait = 'expect {\n"success" {}\n"failed" { puts $log "bob is there"; send "A\\r" }\n}\n'
    found = left('spawn cloudhsm_mgmt_util x.cfg\nexpect "aws-cloudhsm>"\n', create, wait)
    assert [text for _, text in found] == [
        'is left out, as it is done only where something failed: puts $log "bob is there"'
    ]


@pytest.mark.parametrize("leave", ["break", "return"])
def test_a_loop_over_all_arguments_that_is_left_stops_before_its_first_turn(leave: str) -> None:
    make = 'send "genSymKey -t 31 -s 32 -l $e\\r"; expect "Command:"'
    text = linear.render(
        translated(f"{KEYS}proc all {{}} {{\nglobal argv\nforeach e $argv {{ {make}; {leave} }}\n}}\nall\n")
    )
    assert "by_hand_first" in text.partition("generate-symmetric")[0].rpartition("for ")[0]


def test_what_a_signal_lets_the_script_do_is_said() -> None:
    text = f"proc cleanup {{}} {{ file delete lock }}\ntrap cleanup {{INT TERM}}\n{KEYS}"
    assert left(text, FIND) == [(1, "is not followed: file delete lock")]


def test_a_channel_in_a_variable_that_shows_what_is_put_into_it_is_no_file() -> None:
    note = "proc note {text {to stderr}} { puts $to $text }\n"
    wait = f'{KEYS}{MAKE}expect {{\n"SUCCESS" {{ note made }}\ntimeout {{ note slow %s; exit 1 }}\n}}\n'
    assert left(note, wait % "") == []
    assert left(note, wait % "stdout") == []
    assert "puts $to $text" in left(note, wait % "$log")[0][1]
