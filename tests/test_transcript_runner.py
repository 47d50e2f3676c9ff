"""Replays against a tiny tool that behaves, and misbehaves, as a shell may."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from shared.transcript.golden import parse, render
from shared.transcript.outcome import Mode, Result
from shared.transcript.rewrite import updated
from shared.transcript.runner import modes, run
from shared.transcript.workspace import Host

FAKE_TOOL = r"""
import os, signal, sys, termios, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
key = 262150
shell = sys.argv[1] if len(sys.argv) > 1 else "\nCommand:  "
def say(text):
    sys.stdout.write(text); sys.stdout.flush()
def read(prompt, hidden=False):
    if hidden and os.isatty(0):
        old = termios.tcgetattr(0); new = termios.tcgetattr(0); new[3] &= ~termios.ECHO
        late = "LATE" in os.environ
        if late:
            say(prompt); time.sleep(0.05)
        termios.tcsetattr(0, termios.TCSADRAIN, new)
        line = read("" if late else prompt)
        termios.tcsetattr(0, termios.TCSADRAIN, old)
    else:
        say(prompt); data = b""
        while not data.endswith(b"\n"):
            byte = os.read(0, 1)
            if not byte:
                break
            data += byte
        line = data.decode()[:-1] if data else None
    if hidden:
        say("\n")
    return line
if "=" in shell:
    name, _, value = shell.partition("=")
    if name == "status": sys.exit(int(value))
    if name == "env": say(os.environ.get(value, "(not set)") + "\n")
    if name == "spam":
        while True: say("y\n" * 50); time.sleep(0.01)
    if name == "own": say(sys.argv[0] + " " + value + "\n")
    sys.exit(0)
silent = shell.endswith(">") and not os.isatty(0)
while True:
    line = read("" if silent else shell)
    if line is None or line == "exit":
        sys.exit(0)
    command, _, rest = line.partition(" ")
    if command == "gen":
        say(f"\n\tKey Handle: {key}\n"); key += 1
    elif command == "info":
        say(f"\tinfo of {rest} \n")
    elif command == "login":
        say(f"as {read('Enter password: ', hidden=True)}\n")
    elif command == "ask":
        say(f"answer {read('Do you want to continue(y/n)?')}\n")
    elif command == "hang":
        time.sleep(60)
    elif command == "die":
        say("out of order"); os._exit(3)
    elif line:
        say(f"unknown {command}\n")
"""

HEAD = "# status: choice\n"
TALK = """$ key_mgmt_util

Command:  gen

\tKey Handle: [handle:k]

Command:  info [handle:k]
\tinfo of [handle:k]\x20

Command:  login alice
Enter password: s3cret
as s3cret

Command:  ask
Do you want to continue(y/n)?y
answer y

Command:
"""
TALK = TALK.replace("Command:\n", "Command:  \n")


def set_up(words: Sequence[str], env: Mapping[str, str], directory: Path) -> tuple[int, str]:
    """Lay out an installation whose tools are the fake one; `refuse` fails."""
    home = Path(env["CLOUDHSM_SIM_HOME"])
    if words[0] == "refuse":
        return 1, f"no: {home}/etc\n"
    if words[0] == "touch":
        (directory / words[1]).touch()
    if words[0] == "install":
        (home / "bin").mkdir(parents=True)
        for name in ("key_mgmt_util", "cloudhsm_mgmt_util"):
            tool = home / "bin" / name
            tool.write_text(f"#!{sys.executable}\n{FAKE_TOOL}")
            tool.chmod(0o755)
    return 0, ""


OPERATOR = (sys.executable, "-c", "import sys; print(sys.argv[1:])")
# Its tools hide what is typed only a while after they have asked.
HOST = Host(set_up=set_up, operator=OPERATOR, env={"LATE": "yes"}, timeout=1.0)


def replay(text: str, mode: Mode = Mode.PTY, head: str = HEAD) -> Result:
    return run(parse(head + text, "x.golden"), HOST, mode)


def account(text: str, mode: Mode = Mode.PTY, head: str = HEAD) -> list[str]:
    return list(replay(text, mode, head).account())


def test_a_set_up_line_that_fails_is_the_whole_account() -> None:
    assert account("$ true\n", head=HEAD + "# setup: refuse 'a b'\n# setup: touch f\n") == [
        "x.golden (pty): set-up failed with status 1: cloudhsm-sim refuse 'a b'\nno: /opt/cloudhsm/etc"
    ]


def test_a_command_that_does_not_exist_is_the_whole_account() -> None:
    for mode in Mode:
        assert "no_such_tool" in account("$ no_such_tool\n", mode)[0]


def test_a_hanging_tool_is_stopped_and_what_it_printed_is_shown() -> None:
    lines = account("$ key_mgmt_util\n\nCommand:  hang\n\nCommand:  exit\n? 0\n")
    assert lines == [
        "x.golden (pty): section 1 of 1: $ key_mgmt_util",
        "@ line 3",
        "  ",
        "  Command:  hang",
        "- ",
        "- Command:  exit",
        "- ? 0",
        "+ ? 137",
        "! stopped: no 'Command:  ' within 1 s",
    ]


def test_a_tool_that_hangs_after_its_last_line_is_stopped_in_every_mode() -> None:
    for mode in Mode:
        assert account("$ key_mgmt_util\n\nCommand:  hang\n", mode)[-1] == "! stopped: still running after 1 s"


def test_a_tool_that_prints_without_end_is_stopped() -> None:
    lines = account("$ key_mgmt_util spam=\n\n")
    assert lines[-1].startswith("! stopped: still running")
    assert lines[-2].endswith(" more lines")
    assert len(lines) < 500


def test_a_tool_that_dies_early() -> None:
    assert account("$ key_mgmt_util\n\nCommand:  die\ndone\n\nCommand:  exit\n? 0\n") == [
        "x.golden (pty): section 1 of 1: $ key_mgmt_util",
        "@ line 3",
        "  ",
        "  Command:  die",
        "- done",
        "- ",
        "- Command:  exit",
        "- ? 0",
        "+ out of order",
        "+ % no newline",
        "+ ? 3",
    ]


def test_an_exit_status_that_differs() -> None:
    assert account("$ key_mgmt_util status=255\n? 0\n")[1:] == ["@ line 3", "- ? 0", "+ ? 255"]
    assert replay("$ key_mgmt_util status=255\n").ok
    assert replay("$ key_mgmt_util status=255\n? 255\n").ok
    assert replay("$ sh -c 'kill -9 $$'\n? 137\n").ok


def test_another_prompt_than_expected_is_answered_and_the_rest_still_runs() -> None:
    lines = account("$ key_mgmt_util\n\nCommand:  ask\nunknown ask\n\nCommand:  y\nunknown y\n\nCommand:  exit\n")
    assert "+ Do you want to continue(y/n)?y" in lines
    assert not [line for line in lines if line.startswith("!")]


def test_wrong_output_does_not_spoil_the_commands_behind_it() -> None:
    lines = account(TALK.replace("Key Handle: [", "Private Key Handle: ["))
    assert [line for line in lines if line[0] in "+-!"] == [
        r"- \tPrivate Key Handle: [handle:k]    ([handle:k] = 262150)",
        r"+ \tKey Handle: 262150",
    ]


def test_a_visible_password_is_a_difference() -> None:
    lines = account("$ key_mgmt_util 'Enter password: '\nEnter password: exit\n")
    assert "+ Enter password: exitexit" in lines


def test_a_conversation_on_a_terminal() -> None:
    assert account(TALK) == []
    assert account(TALK.replace("Command:  \n", "Command:  ^D\n")) == []


def test_a_value_may_be_used_in_a_later_section() -> None:
    assert account(TALK + "$ echo [handle:k] /opt/cloudhsm/x 'a  b'\n[handle:k] /opt/cloudhsm/x a  b\n? 0\n") == []
    assert account(TALK + "$ echo 1\n[handle:k]\n")[1:4] == [
        "@ line 21",
        "- [handle:k]    ([handle:k] = 262150)",
        "+ 1",
    ]


def test_a_conversation_through_a_pipe() -> None:
    text = TALK.replace("[handle:k]", "262150")
    assert account(text, Mode.PIPE) == []
    assert account(text.replace("as s3cret", "as other"), Mode.PIPE) == [
        "x.golden (pipe): section 1 of 1: $ key_mgmt_util",
        "@ line 10",
        "  ",
        r"  Command:  Enter password:\x20",
        "- as other",
        "+ as s3cret",
        "  ",
        r"  Command:  Do you want to continue(y/n)?answer y",
    ]


def test_silent_prompts_vanish_in_a_pipe() -> None:
    text = "$ cloudhsm_mgmt_util 'aws-cloudhsm>'\naws-cloudhsm>info 1\n\tinfo of 1 \naws-cloudhsm>ask\n"
    text += "Do you want to continue(y/n)?y\nanswer y\naws-cloudhsm>\n"
    for mode in Mode:
        assert account(text, mode) == []


def test_everything_typed_ahead_on_a_terminal() -> None:
    text = TALK.replace("[handle:k]", "262150").replace(
        "Command:  login alice\nEnter password: s3cret\nas s3cret\n\n", ""
    )
    assert account(text.replace("Command:  \n", "Command:  exit\n? 0\n"), Mode.TYPEAHEAD) == []
    assert account(text, Mode.TYPEAHEAD) == []


def test_a_wildcard_behind_a_prompt_works_in_every_mode() -> None:
    for mode in Mode:
        assert account("$ key_mgmt_util\n\nCommand:  gen\n...\n\nCommand:  exit\n", mode) == []


def test_what_a_pipe_cannot_do_is_said() -> None:
    assert account(TALK, Mode.PIPE)[-1] == "! [handle:k] is typed before its value is known: not for pipe"
    assert account("$ cat\nCommand:  x^C\n", Mode.PIPE)[-1] == "! an interrupt is typed: not for pipe"
    long = "$ key_mgmt_util\n\nCommand:  " + "x" * 4001 + "\n"
    assert account(long, Mode.TYPEAHEAD)[-1] == "! more than 4000 characters are typed: not for typeahead"


def test_an_interrupt_is_shown_as_the_terminal_shows_it() -> None:
    assert account("$ key_mgmt_util\n\nCommand:  gen\n...\n\nCommand:  ab^C\n% no newline\n? 130\n") == []


def test_the_header_decides_about_modes_and_files_and_environment() -> None:
    head = HEAD + "# pipe: yes\n# typeahead: yes\n"
    assert modes(parse(head + "$ true\n")) == [Mode.PTY, Mode.PIPE, Mode.TYPEAHEAD]
    assert modes(parse(HEAD + "$ true\n")) == [Mode.PTY]
    head = HEAD + "# file d/in: a\tb\n# bytes d/in: 63*2\n# bytes /opt/cloudhsm/etc/x.crt: 64\n# setup: touch made\n"
    head += "# env: NAME=/opt/cloudhsm/etc\n"
    text = "$ cat d/in /opt/cloudhsm/etc/x.crt\na\tb\nccd\n% no newline\n$ ls\nd  made\n"
    text += "$ key_mgmt_util env=NAME\n"
    text += "/opt/cloudhsm/etc\n"
    assert account(text, head=head) == []


def test_the_environment_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "9")
    monkeypatch.setenv("TERM", "xterm")
    expected = {"TERM": "dumb", "TZ": "UTC", "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
    expected |= dict.fromkeys(["PYTHONDONTWRITEBYTECODE", "CLOUDHSM_SIM_PROFILE"], "(not set)")
    text = "".join(f"$ key_mgmt_util env={name}\n{value}\n" for name, value in expected.items())
    assert account(text) == []


def test_tools_are_those_of_the_installation() -> None:
    own = "/opt/cloudhsm/bin/key_mgmt_util"
    assert account(f"$ key_mgmt_util own=1\n{own} 1\n$ {own} own=2\n{own} 2\n$ cloudhsm-sim a b\n['a', 'b']\n") == []


def test_the_operators_commands_may_run_without_a_process_unless_something_is_typed() -> None:
    def operate(words: Sequence[str], env: Mapping[str, str], directory: Path) -> tuple[int, str]:
        return 3, f"{words} in {env['CLOUDHSM_SIM_HOME']}, {directory.name}\n"

    host = replace(HOST, operate=operate)
    here = "$ cloudhsm-sim 'a b' /opt/cloudhsm/x\n['a b', '/opt/cloudhsm/x'] in /opt/cloudhsm, work\n? 3\n"
    apart = "$ cloudhsm-sim a\nPassword: typed\n['a']\n"
    for mode in Mode:
        assert list(run(parse(HEAD + here), host, mode).account()) == []
    assert "+ ['a']" in "\n".join(run(parse(HEAD + apart), host).account())


def test_a_real_tools_host_starts_commands_behind_its_words() -> None:
    def none(words: Sequence[str], env: Mapping[str, str], directory: Path) -> tuple[int, str]:
        raise AssertionError((words, env, directory))

    text = "# status: session\n# setup: refuse\n$ key_mgmt_util /opt/cloudhsm 'a b'\n"
    text += "key_mgmt_util /opt/cloudhsm a b\n"
    host = Host(set_up=none, tool_cmd=("echo",))
    assert list(run(parse(text), host).account()) == []
    problem = run(parse("# status: session\n$ cloudhsm-sim show\n"), host).problem
    assert problem == "'cloudhsm-sim show' needs the simulator"


def test_ssh_gets_quoted_words(tmp_path: Path) -> None:
    (tmp_path / "ssh").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "ssh").chmod(0o755)
    host = Host(set_up=set_up, tool_cmd=(str(tmp_path / "ssh"), "host"))
    assert list(run(parse("# status: session\n$ tool 'a b'\nhost tool 'a b'\n"), host).account()) == []


def test_updating_fills_in_what_the_tools_print_and_keeps_placeholders() -> None:
    old = (
        TALK.replace("\tinfo of [handle:k]\x20\n", "").replace("as s3cret", "as [label:who]").replace("answer y", "...")
    )
    old = HEAD + "# note: kept\n" + old.replace("Key Handle: [", "Handle: [") + "? 7\n\n# between\n$ echo 1\n"
    fresh = render(updated(run(parse(old), HOST)))
    expected = (
        TALK.replace("as s3cret", "as [label:who]").replace("answer y", "...").replace("Command:  \n", "Command:  ^D\n")
    )
    assert fresh == HEAD + "# note: kept\n" + expected + "? 0\n\n# between\n$ echo 1\n1\n"
    assert run(parse(fresh), HOST).ok


def test_updating_leaves_a_good_file_alone() -> None:
    golden = parse(HEAD + TALK)
    assert updated(run(golden, HOST)) == golden


def test_half_a_session_updates_nothing() -> None:
    with pytest.raises(ValueError, match="stopped: still running"):
        updated(replay("$ key_mgmt_util\n\nCommand:  hang\n"))
    with pytest.raises(ValueError, match="set-up failed"):
        updated(replay("$ true\n", head=HEAD + "# setup: refuse\n"))
