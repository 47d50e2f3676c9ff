"""cloudhsm-migrate as a user calls it: files that cannot be used, what is written where, statuses."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from migration import source
from migration.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Sim

    from shared.installation import Installation

LINES = "loginHSM CO admin adminpw1\ncreateUser CU eve password1\nquit\n"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run the tool on words; return its status and what it printed."""
    capsys.readouterr()
    status = main(list(words))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("command", ["plan", "translate"])
def test_a_file_that_cannot_be_used_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").write_text(" \n\n")
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\1\2")
    (tmp_path / "half").write_bytes(b"\xff\xfea")
    (tmp_path / "huge").write_bytes(b"x" * 200)
    monkeypatch.setattr(source, "MAX_BYTES", 100)
    rest = ("-o", str(tmp_path / "out")) if command == "translate" else ()
    for name, reason in {
        "missing": "No such file",
        "": "is a folder",
        "empty": "is empty",
        "binary": "is binary",
        "half": "begins as utf-16",
        "huge": "larger than",
    }.items():
        status, out, err = said(capsys, command, str(tmp_path / name), *rest)
        assert (status, out) == (1, ""), name
        assert reason in err
        assert err.count("\n") == 1
    assert said(capsys, command, "a\0b", *rest)[0] == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["translate", "rehearse"])
def test_calls_of_which_none_could_be_followed_are_named(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.sh"
    path.write_text('echo "createUser CU $1 password1" > in\nshift\ncloudhsm_mgmt_util x.cfg < in\n')
    rest = ("-o", str(tmp_path / "out")) if command == "translate" else ()
    status, _, err = said(capsys, command, str(path), *rest)
    assert (status, "no legacy command in it could be followed: line 3: " in err) == (
        {"translate": 1, "rehearse": 2}[command],
        True,
    )


def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        [],
        ["plan"],
        ["translate", "x"],
        ["plan", "x", "--format", "xml"],
        ["plan", "x", "--user", "alice"],
        ["nothing"],
    ):
        assert said(capsys, *words)[0] == 2


@pytest.mark.parametrize(
    ("words", "argument"),
    [
        (["plan", ""], "FILE"),
        (["plan", "lines", "--cluster", ""], "--cluster"),
        (["translate", "", "-o", "new.sh"], "FILE"),
        (["translate", "lines", "-o", ""], "-o/--output"),
        (["translate", "lines", "-o", "", "--force"], "-o/--output"),
        (["rehearse", ""], "FILE"),
        (["rehearse", "lines", "--html", ""], "--html"),
        (["rehearse", "lines", "--keep", ""], "--keep"),
        (["rehearse", "lines", "--cluster", ""], "--cluster"),
    ],
    ids=repr,
)
def test_what_is_named_by_an_empty_text_is_wrong_usage(
    words: list[str], argument: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is not set in the caller's script, most often."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lines").write_text(LINES)
    status, out, err = said(capsys, *words)
    assert (status, out) == (2, "")
    assert f"cloudhsm-migrate {words[0]}: error: argument {argument}: " in err
    assert os.listdir() == ["lines"]


def test_other_encodings_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = LINES.replace("createUser CU eve password1", "deleteUser CU zoë")
    for number, encoding in enumerate(("utf-8", "utf-8-sig", "utf-16", "latin-1")):
        path = tmp_path / str(number)
        path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
        status, out, _ = said(capsys, "plan", str(path))
        assert status == 0
        assert "--username zoë" in out
    assert "read as Latin-1" in out


def test_standard_input_is_a_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES.encode())))
    status, out, _ = said(capsys, "plan", "-")
    assert status == 0
    assert out.startswith("standard input (list)")


def test_passwords_do_not_show_in_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines"
    path.write_text(f"{LINES}loginHSM -u CU -s eve -p password1\nloginHSM -u CU -s eve -hpswd\npassword1\n")
    for style in ("table", "markdown", "json"):
        _, out, _ = said(capsys, "plan", str(path), "--format", style)
        assert "eve" in out
        assert "password1" not in out
        assert "adminpw1" not in out


def test_the_plan_in_json_has_every_line_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines"
    path.write_text(LINES + "genDSAKeyPair -m 2048 -l x\n")
    status, out, _ = said(capsys, "plan", str(path), "--format", "json")
    (plan,) = json.loads(out)
    assert status == 3
    assert [line["number"] for line in plan["lines"]] == [1, 2, 3, 4]
    assert [command["verdict"] for command in plan["commands"]] == [
        "translated",
        "translated",
        "translated",
        "no equivalent",
    ]
    assert plan["commands"][1]["cli"] == ["user create --username eve --role crypto-user --password ***"]
    assert plan["by_hand"] == [{"line": 4, "what": "DSA is not supported: use EC or RSA"}]


def test_out_is_never_overwritten_unasked_and_holds_its_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "lines", tmp_path / "out.sh"
    path.write_text(LINES)
    assert said(capsys, "translate", str(path), "-o", str(out)) == (0, "", "")
    assert out.stat().st_mode & 0o777 == 0o700
    out.write_text("mine")
    status, _, err = said(capsys, "translate", str(path), "-o", str(out))
    assert (status, out.read_text()) == (1, "mine")
    assert "--force" in err
    assert said(capsys, "translate", str(path), "-o", str(out), "--force")[0] == 0
    assert "hsm user create" in out.read_text()
    assert sorted(os.listdir(tmp_path)) == ["lines", "out.sh"]


def test_out_that_cannot_be_written_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "lines"
    path.write_text(LINES)
    for out in (tmp_path / "missing" / "out.sh", tmp_path):
        status, _, err = said(capsys, "translate", str(path), "-o", str(out), "--force")
        assert status == 1
        assert err.count("\n") == 1


def test_a_file_without_a_command_is_not_translated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "x.sh", tmp_path / "out.sh"
    path.write_text("echo nothing\n")
    status, _, err = said(capsys, "translate", str(path), "-o", str(out))
    assert status == 1
    assert "no legacy command" in err
    assert not out.exists()
    assert said(capsys, "plan", str(path))[0] == 0


def test_users_are_taken_from_options_and_from_a_cluster(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cluster3: Installation, sim: Sim
) -> None:
    assert cluster3
    path = tmp_path / "lines"
    path.write_text("loginHSM CO admin adminpw1\nshareKey 6 3 1\n")
    status, _, err = said(capsys, "translate", str(path), "-o", "-")
    assert status == 3
    assert "--user 3=NAME" in err
    assert "--username carol" in said(capsys, "translate", str(path), "-o", "-", "--user", "3=carol")[1]
    status, out, _ = said(capsys, "plan", str(path), "--cluster", "demo")
    assert status == 0
    assert "--username alice" in " ".join(out.split())
    status, _, err = said(capsys, "plan", str(path), "--cluster", "other")
    assert (status, err) == (1, "cloudhsm-migrate: no cluster named other\n")
    assert sim("status")[0] == 0


def test_an_approval_file_beside_the_script_names_the_approvers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "x.sh"
    script.write_text(
        "openssl dgst -sha256 -sign one.key -out one.sig t\n"
        "cloudhsm_mgmt_util c << E\nloginHSM CO one password1\ngetToken 3 one t\n"
        "approveToken a.txt\ndeleteUser CU x\nE\n"
    )
    assert said(capsys, "plan", str(script))[0] == 3
    (tmp_path / "a.txt").write_text("Approver Name = one;\nApproval File = one.sig;\n")
    status, out, _ = said(capsys, "translate", str(script), "-o", "-")
    assert status == 0
    assert "hsm_approve t one one.key" in out
