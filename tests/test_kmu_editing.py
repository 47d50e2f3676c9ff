"""The face with editing: what is typed goes raw to the same commands, and cmd2 does nothing of its own."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pexpect
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from key_mgmt_util import editing
from key_mgmt_util.shell import Shell
from shared.editing import NameCompleter
from shared.installation import Installation

READY = r"Command:\x1b.*?\x1b\[\?25h"


@pytest.fixture
def editor(cluster3: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the tool with editing on a terminal, at its first prompt, in a folder of its own."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("PROMPT_TOOLKIT_NO_CPR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    child = cast(
        "Any",
        pexpect.spawn(
            f"{cluster3.bin_dir}/key_mgmt_util",
            ["--editing"],
            timeout=10,
            cwd=str(tmp_path / "home"),
            dimensions=(24, 200),
        ),
    )
    child.delaybeforesend = None
    child.expect(READY)
    yield child
    if child.isalive():
        child.kill(signal.SIGKILL)
        child.wait()
    child.close()


def ended(child: Any) -> int:
    child.expect(pexpect.EOF)
    child.wait()
    return int(child.exitstatus)


def test_commands_print_the_same_bytes(editor: Any) -> None:
    editor.send("loginHSM -u CU -s alice -hpswd\r")
    editor.expect_exact("Enter password: ")
    assert editor.waitnoecho(5)
    editor.send("password1\r")
    editor.expect_exact(
        "\r\n\r\n\tCfm3LoginHSM returned: 0x00 : HSM Return: SUCCESS\r\n\r\n\tCluster Status:\r\n"
        "\tNode id 0 status: 0x00000000 : HSM Return: SUCCESS\r\n"
    )
    editor.expect(READY)
    editor.send("setAttribute -o 99 -a 1\r")
    editor.expect_exact("\t\tEnter the boolean attribute value (0 or 1):")
    editor.send("1\r")
    editor.expect_exact("\tCfm3SetAttribute returned: 0x30000080 \r\n")


def test_nothing_means_anything_to_cmd2(editor: Any, tmp_path: Path) -> None:
    for line in (
        "_eof",
        "!touch a",
        "shell touch a",
        "run_script a",
        "alias create x help",
        "? x",
        "@a",
        "history",
        '"',
    ):
        editor.send(f"{line}\r")
        editor.expect_exact("Help Commands Available:")
        editor.expect(READY)
    editor.send("Error2String -r 0xdb > a\r")
    editor.expect_exact("Syntax: Error2String -h")
    editor.expect(READY)
    editor.send("loginHSM -u CU -s alice -p a|b>c;d\"e'f!g#h@\r")
    editor.expect_exact("\tCfm3LoginHSM returned: 0x40000049 ")
    editor.expect(READY)
    editor.send("exit ; touch a\r")
    assert ended(editor) == 0
    assert list((tmp_path / "home").iterdir()) == []


def test_history_and_completion(editor: Any) -> None:
    editor.send("loginSt\t")
    editor.expect_exact("atus")
    editor.send("\r")
    editor.expect_exact("\tNo user has logged-in\r\n")
    editor.expect(READY)
    editor.send("\x1b[A\r")
    editor.expect_exact("\tNo user has logged-in\r\n")
    editor.expect(READY)
    editor.send("genSymKey -time\t")
    editor.expect_exact("out")
    editor.send(" 5\r")
    editor.expect_exact("Error: Key type (-t) is missing.")


@pytest.mark.parametrize(("key", "status"), [("\x04", 0), ("\x03", 130)])
def test_end_of_input_and_interrupt(editor: Any, key: str, status: int) -> None:
    editor.send(key)
    assert ended(editor) == status


def test_without_a_terminal_it_is_the_plain_reader(cluster3: Installation) -> None:
    tool = f"{cluster3.bin_dir}/key_mgmt_util"
    outputs = [
        subprocess.run([tool, *flags], input=b"loginStatus\nexit\n", capture_output=True, timeout=20, check=True)
        for flags in ([], ["--editing"])
    ]
    assert outputs[0].stdout == outputs[1].stdout
    assert outputs[1].stderr == b""


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("loginH", ["loginHSM"]),
        ("  loginSta", ["loginStatus"]),
        ("loginHSM -h", ["-h", "-hpswd"]),
        ("loginHSM ", []),
        ("loginHSM -u C", []),
        ("nosuch -", []),
        ("rsaGen", []),
        ("qui", ["quit"]),
        ("getHSMInfo -", []),
    ],
)
def test_what_is_offered(typed: str, offered: list[str]) -> None:
    shell = Shell(cast("Any", None), cast("Any", None), "3.x")
    completer = NameCompleter(lambda: editing.names(shell))
    found = completer.get_completions(Document(typed), CompleteEvent())
    assert [completion.text for completion in found] == offered


def test_1x_offers_no_hidden_password() -> None:
    shell = Shell(cast("Any", None), cast("Any", None), "1.x")
    assert "loginHSM -hpswd" not in editing.names(shell)
    assert "loginHSM -p" in editing.names(shell)
