"""A tool that a waiting process becomes is, to a transcript, the tool that its launcher starts."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
import ready_tool
from ready import ReadyChild

from shared.installation import Installation
from shared.transcript.child import Child
from shared.transcript.terminal import State, Terminal

LOGIN = "loginHSM -u CU -s alice -p password1"
SESSIONS = [
    (["key_mgmt_util"], "Command:  ", [LOGIN, "findKey", "nonsense", "exit"]),
    (["key_mgmt_util"], "Command:  ", ["^C"]),
    (["key_mgmt_util", "nonsense"], "Command:  ", []),
    (["key_mgmt_util", "singlecmd", *LOGIN.split(), "getKeyInfo", "-k", "999"], "Command:  ", []),
    (["cloudhsm_mgmt_util", "/nowhere.cfg"], "aws-cloudhsm>", []),
    (["cloudhsm-cli", "user", "list"], "aws-cloudhsm > ", []),
    (["cloudhsm-cli", "interactive"], "aws-cloudhsm > ", ["user list", "login --username x", "^D"]),
]


def _session(place: Installation, words: Sequence[str], prompt: str, typed: Sequence[str], kind: type[Child]) -> object:
    folder = Path(place.prefix)
    terminal = Terminal([str(folder / "bin" / words[0]), *words[1:]], dict(os.environ), folder, kind)
    try:
        for line in typed:
            assert terminal.wait(prompt, 20) is State.ASKED
            terminal.type(line)
        assert terminal.wait(None, 20) is State.ENDED
    finally:
        status = terminal.close()
    return terminal.screen.text(), status


@pytest.mark.parametrize(("words", "prompt", "typed"), SESSIONS)
def test_it_prints_and_ends_as_the_launcher_s(
    cluster2: Installation, words: Sequence[str], prompt: str, typed: Sequence[str]
) -> None:
    plain, ready = (_session(cluster2, words, prompt, typed, kind) for kind in (Child, ReadyChild))
    assert ready == plain


@pytest.mark.skipif(not ready_tool.POSSIBLE, reason="a child of the process that asks needs Linux's clone")
def test_a_launcher_of_another_installation_is_continued_as_that(cluster2: Installation, tmp_path: Path) -> None:
    launcher = Path(cluster2.prefix, "bin", "key_mgmt_util")
    _session(cluster2, ["key_mgmt_util"], "Command:  ", ["exit"], ReadyChild)
    changed = launcher.read_text().replace("status = main(", "print('changed'); status = main(")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "key_mgmt_util").write_text(changed)
    (tmp_path / "bin" / "key_mgmt_util").chmod(0o755)
    text, _ = _session(Installation(str(tmp_path)), ["key_mgmt_util"], "Command:  ", ["exit"], ReadyChild)
    assert text.startswith("changed")


def test_what_is_no_tool_is_started_as_it_is(tmp_path: Path) -> None:
    terminal = Terminal(["/bin/sh", "-c", 'echo "$X in $PWD"; exit 3'], {"X": "here"}, tmp_path, ReadyChild)
    assert terminal.wait(None, 20) is State.ENDED
    assert terminal.close() == 3
    assert terminal.screen.text() == f"here in {tmp_path}\n"


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing"):
        Terminal([str(tmp_path / "nothing")], {}, tmp_path, ReadyChild)


def test_a_tool_that_cannot_be_started_is_said_as_well(cluster2: Installation, tmp_path: Path) -> None:
    tool = str(Path(cluster2.prefix, "bin", "key_mgmt_util"))
    with pytest.raises(OSError, match="nowhere"):
        Terminal([tool], dict(os.environ), tmp_path / "nowhere", ReadyChild)
