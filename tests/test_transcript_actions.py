"""The operator's command and the pytest collector, over the fake tool of the runner's tests."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

import pexpect
import pytest
from test_transcript_runner import HEAD, HOST, TALK, set_up

from cloudhsm_sim.commands import transcript
from shared.transcript.actions import check, record, transcripts, update
from shared.transcript.golden import load

pytest_plugins = ["pytester"]

GOLDEN = Path(__file__).parents[1] / "golden"
FAILING = HEAD + "$ echo 2\n1\n"


def main(argv: list[str]) -> int:
    """Stand for the operator's tool."""
    print("working in", Path.cwd())  # noqa: T201
    return set_up(argv, os.environ, Path.cwd())[0]


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcript, "main", main)


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    transcript.add_arguments(parser)
    return transcript.run(parser.parse_args(words))


def test_a_file_that_cannot_be_used_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing, broken, good = tmp_path / "missing.golden", tmp_path / "broken.golden", tmp_path / "good.golden"
    broken.write_text("$ true\n")
    good.write_text(HEAD + TALK)
    no_status = "no '# status:' line (session, guide, source, inferred, choice)"
    for action in ("check", "update"):
        assert call(action, str(missing), str(broken), str(good)) == 2
        out, err = capsys.readouterr()
        assert err.splitlines() == [
            f"cloudhsm-sim transcript: {missing}: No such file or directory",
            f"cloudhsm-sim transcript: {broken}: line 1: {no_status}",
        ]
        assert out.startswith(f"{good}")


@pytest.mark.parametrize(
    "words",
    [(), ("check",), ("record", "f"), ("check", "--timeout", "0", "f"), ("check", "--tool-cmd", "'", "f"), ("other",)],
)
def test_wrong_usage_is_status_2(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as end:
        call(*words)
    assert end.value.code == 2


def test_a_folder_without_transcripts_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("check", str(tmp_path)) == 2
    assert capsys.readouterr().err == f"cloudhsm-sim transcript: no transcripts in {tmp_path}\n"


def test_check_prints_the_difference_of_each_mode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.golden"
    file.write_text("# pipe: yes\n" + FAILING)
    assert call("check", str(tmp_path)) == 1
    one = ["section 1 of 1: $ echo 2", "@ line 4", "- 1", "+ 2"]
    assert capsys.readouterr().out.splitlines() == [
        f"{file} (pty): {one[0]}",
        *one[1:],
        f"{file} (pipe): {one[0]}",
        *one[1:],
    ]


def test_check_of_a_real_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "x.golden"
    file.write_text(HEAD + "# setup: refuse\n$ key_mgmt_util -v\nkey_mgmt_util -v\n")
    assert call("check", str(file)) == 1
    assert call("check", "--tool-cmd", "echo", str(file)) == 0
    monkeypatch.setenv(transcript.TOOL_CMD, "echo -n")
    assert call("check", str(file)) == 1


def test_update_writes_only_what_ran_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, stuck = tmp_path / "x.golden", tmp_path / "y.golden"
    file.write_text(FAILING)
    assert call("update", str(file)) == 0
    assert file.read_text() == HEAD + "$ echo 2\n2\n"
    assert call("update", str(file)) == 0
    stuck.write_text(HEAD + "$ sleep 60\n")
    assert call("update", "--timeout", "0.2", str(stuck)) == 1
    assert stuck.read_text() == HEAD + "$ sleep 60\n"
    assert capsys.readouterr().out.splitlines() == [
        f"{file}: updated",
        f"{file}: unchanged",
        f"{stuck} (pty): section 1 of 1: $ sleep 60",
        "! stopped: still running after 0.2 s",
    ]


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "x.golden"
    file.write_text(FAILING)
    monkeypatch.setattr("shared.transcript.actions.save", refuse)
    assert update(file, HOST) == (2, [f"{file}: Permission denied"])
    assert record(file, ["true"], HOST, [], []) == (2, [f"{file}: Permission denied"])


def test_folders_stand_for_the_transcripts_in_them(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.golden", "b/1.golden", "a.golden", "b/notes.txt"):
        (tmp_path / name).touch()
    found = [str(path.relative_to(tmp_path)) for path in transcripts([tmp_path / "b", tmp_path / "a.golden"])]
    assert found == ["b/1.golden", "b/2.golden", "a.golden"]


ANSWERS = ["gen", "login alice", "s3cret", "ask", "y", "info /opt/cloudhsm/etc"]


def test_what_is_recorded_is_a_choice_and_agrees_with_itself(tmp_path: Path) -> None:
    file = tmp_path / "x.golden"
    assert record(file, ["key_mgmt_util"], HOST, ["# setup: touch f"], ANSWERS) == (0, [])
    text = file.read_text()
    head = "# source: recorded from this project's own tools\n# status: choice\n# setup: touch f\n"
    assert text.startswith(head + "$ key_mgmt_util\n\nCommand:  gen\n\n\tKey Handle: 262150\n")
    assert "\nEnter password: s3cret\nas s3cret\n" in text
    assert text.endswith("\tinfo of /opt/cloudhsm/etc \n\nCommand:  ^D\n? 0\n")
    assert check(file, HOST) == (0, [f"{file} (pty): ok"])


def test_a_session_that_ends_early_or_hangs(tmp_path: Path) -> None:
    file = tmp_path / "x.golden"
    assert record(file, ["key_mgmt_util"], HOST, [], ["exit", "more"]) == (0, [])
    assert file.read_text().endswith("Command:  exit\n? 0\n")
    file.unlink()
    assert record(file, ["key_mgmt_util"], HOST, [], ["hang", "exit"]) == (
        2,
        [f"{file}: no prompt within 1 s"],
    )
    assert record(file, ["none_such"], HOST, [], [])[0] == 2
    assert record(file, ["true"], HOST, ["# setup: refuse"], [])[0] == 2
    assert record(file, ["true"], HOST, ["# profile: 9"], [])[0] == 2
    assert not file.exists()


def test_record_reads_a_script_from_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, script = tmp_path / "x.golden", tmp_path / "script"
    script.write_text("gen\nexit\n")
    options = ("--setup", "touch f", "--profile", "1.x")
    words = ("record", *options, str(file), "--", "key_mgmt_util", "aws-cloudhsm>")
    for status in (0, 2):
        with script.open() as source:
            monkeypatch.setattr("sys.stdin", source)
            assert call(*words) == status
    assert capsys.readouterr().err == f"cloudhsm-sim transcript: {file}: exists already; --force replaces it\n"
    golden = load(file)
    assert (golden.header.profile, golden.header.setup) == ("1.x", (("touch", "f"),))
    assert call("check", str(file)) == 0


def test_a_person_records_by_typing(tmp_path: Path) -> None:
    file = tmp_path / "x.golden"
    tests = Path(__file__).parent
    script = (
        f"import sys; sys.path[:0] = [{str(tests)!r}, {str(tests.parent)!r}]\n"
        "from dataclasses import replace\n"
        "from pathlib import Path\n"
        "from test_transcript_runner import HOST\n"
        # A person types when the prompt is there.
        "HOST = replace(HOST, env={})\n"
        "from shared.transcript.actions import record\n"
        f"sys.exit(record(Path({str(file)!r}), ['key_mgmt_util'], HOST, [], None)[0])\n"
    )
    person = pexpect.spawn(sys.executable, ["-c", script], timeout=60, dimensions=(24, 200))
    for prompt, line in [
        ("Command:  ", "login a"),
        ("password: ", "s3c"),
        ("Command:  ", "gen"),
        ("Command:  ", None),
    ]:
        person.expect_exact(prompt)
        if line is None:
            person.send("\x04")
        else:
            person.send(line + "\r")
    person.expect(pexpect.EOF)
    person.close()
    assert person.exitstatus == 0
    text = file.read_text()
    assert "\nCommand:  login a\nEnter password: s3c\nas s3c\n\nCommand:  gen\n" in text
    assert text.endswith("\nCommand:  ^D\n? 0\n")
    assert check(file, HOST)[0] == 0


def test_set_up_runs_the_operators_tool_in_this_process(tmp_path: Path) -> None:
    before = dict(os.environ)
    env = {"CLOUDHSM_SIM_HOME": str(tmp_path / "home")}
    assert transcript.operate(["touch", "made"], env, tmp_path) == (0, f"working in {tmp_path}\n")
    assert (tmp_path / "made").exists()
    assert transcript.operate(["refuse"], env, tmp_path)[0] == 1
    assert dict(os.environ) == before


@pytest.fixture
def folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    # As the project's own settings have it.
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    root = pytester.path / "golden"
    shutil.copytree(GOLDEN, root, ignore=shutil.ignore_patterns("*.golden", "__pycache__"))
    (root / "kmu" / "echo").mkdir(parents=True)
    return root / "kmu" / "echo"


def test_the_collector_reports_by_command_and_status(pytester: pytest.Pytester, folder: Path) -> None:
    (folder / "good.golden").write_text("# status: session\n# pipe: yes\n$ echo 1\n1\n")
    (folder / "bad.golden").write_text("# status: session\n# pipe: yes\n$ echo 2\n1\n")
    (folder / "plain.golden").write_text("# status: guide\n$ echo 1\n1\n")
    (folder / "none.golden").write_text("$ echo 1\n1\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", str(folder.parents[1]))
    result.assert_outcomes(passed=3, failed=3)
    text = result.stdout.str()
    assert "none.golden: line 1: no '# status:' line" in text
    assert re.search(r"\(pipe\): section 1 of 1: \$ echo 2\n@ line 4\n- 1\n\+ 2\n", text)
    assert re.search(r"kmu/echo +1/2 +1/1 +- +- +-\n", text)
    assert re.search(r"\nall +1/2 +1/1 +- +- +-\n", text)


def test_the_collector_updates(pytester: pytest.Pytester, folder: Path) -> None:
    (folder / "bad.golden").write_text("# status: session\n$ echo 2\n1\n")
    pytester.runpytest_subprocess("--golden-update", str(folder.parents[1])).assert_outcomes(passed=1)
    assert (folder / "bad.golden").read_text() == "# status: session\n$ echo 2\n2\n"
    (folder / "bad.golden").write_text("# status: session\n# timeout: 0.1\n$ sleep 60\n")
    pytester.runpytest_subprocess("--golden-update", str(folder.parents[1])).assert_outcomes(failed=1)


def test_the_collector_runs_real_tools(pytester: pytest.Pytester, folder: Path) -> None:
    (folder / "good.golden").write_text("# status: session\n# setup: refuse\n$ key_mgmt_util\nkey_mgmt_util\n")
    (folder / "ours.golden").write_text("# status: session\n$ cloudhsm-sim show\n")
    options = ("--tool-cmd", "echo", str(folder.parents[1]))
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=1, skipped=1)
