"""``cloudhsm-migrate rehearse``: what it refuses, what it leaves behind, and what it tells."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_support import ROOT, make_installation

from migration.main import main
from migration.rehearsal import causes, sides
from migration.rehearsal.causes import cause
from migration.rehearsal.difference import Difference
from migration.rehearsal.facts import Facts
from migration.rehearsal.sides import Run
from migration.rehearsal.state import HsmState, UserState
from migration.script import Script
from migration.translate import Translation
from shared.installation import Installation

LIST = "loginHSM -u CU -s alice -p password1\ngenSymKey -t 31 -s 32 -l kept -nex\nlogoutHSM\n"
MODE_BITS = 0o777


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a folder for temporary files, in which nothing may be left."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.delenv("CLOUDHSM_SIM_HOME", raising=False)
    yield folder
    assert list(folder.iterdir()) == []


def script(tmp_path: Path, text: str, name: str = "list.txt") -> str:
    """Write a script and return its path."""
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Rehearse in this process and return status, output and complaints."""
    try:
        status = main(["rehearse", *words])
    except SystemExit as end:
        status = int(end.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def rehearsed(capsys: pytest.CaptureFixture[str], *words: str) -> dict:  # type: ignore[type-arg] # JSON
    """Rehearse and return the report as plain values."""
    status, out, err = told(capsys, "--format", "json", *words)
    assert out, err
    report = json.loads(out)
    assert status == (1 if report["unexplained"] else 0)
    return dict(report)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.exp"], "missing.exp: No such file or directory"),
        (["{list}", "--scenario", "no-such"], "no scenario no-such: choose user-missing,"),
        (["{list}", "--cluster", "no-such"], "no cluster named no-such"),
        (["{list}", "--cluster", "a", "--scenario", "user-missing"], "not allowed with"),
        (["{list}", "--html", "/no/such/folder/page.html"], "/no/such/folder is no folder to write in"),
        (["{list}", "--keep", "{folder}"], "is not empty"),
        (["{list}", "--timeout", "0"], "expected seconds"),
        (["{list}", "--user", "x"], "expected ID=NAME"),
        ([], "required: FILE"),
        (["{text}"], "no legacy command is in it"),
    ],
)
def test_what_cannot_be_rehearsed(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", make_installation(tmp_path / "home").prefix)
    text = script(tmp_path, "nothing of interest\n", "text.txt")
    places = {"list": script(tmp_path, LIST), "folder": str(tmp_path), "text": text}
    status, out, err = told(capsys, *(word.format(**places) for word in words))
    assert (status, out) == (2, "")
    assert message in err


def test_a_cluster_without_an_installation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path / "none"))
    status, _, err = told(capsys, script(tmp_path, LIST), "--cluster", "demo")
    assert (status, "no installation at" in err) == (2, True)


def test_a_program_that_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sides.shutil, "which", lambda name: None if name in ("jq", "expect") else f"/bin/{name}")
    path = script(tmp_path, 'spawn key_mgmt_util\nsend "findKey\\r"\n', "a.exp")
    assert told(capsys, path) == (
        2,
        "",
        f"cloudhsm-migrate: not installed, and needed to rehearse {path}: expect, jq\n",
    )


def test_a_page_is_not_written_over_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = told(capsys, script(tmp_path, LIST), "--html", str(tmp_path))
    assert (status, "is no file" in err) == (2, True)


def test_a_script_that_hangs_is_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mark = f"31415.{os.getpid()}"
    text = f"#!/bin/bash\nkey_mgmt_util singlecmd listUsers\nsleep {mark} &\n(setsid sleep {mark} &)\nsleep {mark}\n"
    report = rehearsed(capsys, script(tmp_path, text, "hangs.sh"), "--timeout", "2")
    assert report["script"]["timed_out"]
    assert _processes(mark) == []


def test_a_script_that_fails_half_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = LIST.replace("logoutHSM", "deleteKey -k 99\ngenSymKey -t 31 -s 16 -l behind\nlogoutHSM")
    report = rehearsed(capsys, script(tmp_path, text))
    found = {(item["kind"], item["subject"], item["property"], item["item"]) for item in report["differences"]}
    stop = {("run", "translation", "stopped", 13), ("run", "translation", "rehearsed", None)}
    assert found == {*stop, ("key", "behind (aes secret-key)", "exists", 13)}
    assert report["translation"]["stopped_at"] == 3


def test_what_nothing_explains_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = script(tmp_path, LIST.replace("logoutHSM", "deleteKey -k 99\nlogoutHSM"))
    assert told(capsys, path)[0] == 0
    monkeypatch.setattr(causes, "cause", lambda *_: None)
    status, out, _ = told(capsys, path)
    assert (status, "unexplained" in out) == (1, True)


def test_what_key_mgmt_util_refuses_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It sets the attribute token alone (kmu.md, setAttribute)."""
    path = script(tmp_path, LIST.replace("logoutHSM", "setAttribute -o 6 -a 260\nlogoutHSM"))
    status, out, err = told(capsys, path)
    assert (status, err) == (0, "")
    assert out.endswith("1 keys, 0 files: no difference.\n")


def test_a_script_that_ends_equal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = told(capsys, script(tmp_path, LIST))
    assert (status, err) == (0, "")
    assert out.endswith("Compared 3 HSMs, 3 users, 1 keys, 0 files: no difference.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_rehearsal_leaves_nothing(tmp_path: Path, temporary: Path, number: int) -> None:
    mark = f"27182.{os.getpid()}{number}"
    path = script(tmp_path, f"key_mgmt_util singlecmd listUsers\nsleep {mark}\n", "hangs.sh")
    env = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [sys.executable, "-m", "migration.main", "rehearse", path], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
    )
    limit = time.monotonic() + 60
    while not _processes(mark) and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "cloudhsm-migrate: interrupted\n")
    assert _processes(mark) == []


def test_the_installation_is_only_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = make_installation(tmp_path / "home")
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", place.prefix)
    before = _content(place)
    text = LIST.replace("password1", "alicepw1").replace("genSymKey", "findKey\ngenSymKey")
    report = rehearsed(capsys, script(tmp_path, text), "--cluster", _cluster(place))
    # It has one HSM, and the key would have to be on two.
    assert [item["item"] for item in report["differences"]] == [33, 33]
    assert _content(place) == before


def test_copies_are_kept_for_their_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "kept"
    rehearsed(capsys, script(tmp_path, LIST), "--keep", str(kept))
    for side in ("legacy", "translated"):
        place = Installation(str(kept / side / "cloudhsm"))
        assert os.stat(place.database).st_mode & MODE_BITS == 0o600
        assert {entry.stat().st_mode & MODE_BITS for entry in os.scandir(place.vault_dir)} == {0o600}
    assert kept.stat().st_mode & MODE_BITS == 0o700
    assert (kept / "translated" / "scripts" / "translated.sh").stat().st_mode & MODE_BITS == 0o700


def test_the_page_stands_alone_and_has_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "loginHSM CO admin adminpw1\nserver 1\ncreateUser CU <b>bold</b> s3cretpassw0rd\nexit\nquit\n"
    page = tmp_path / "page.html"
    status, _, _ = told(capsys, script(tmp_path, text), "--html", str(page))
    content = page.read_text()
    assert status in (0, 1)
    assert "s3cretpassw0rd" not in content
    assert "<b>" not in content
    assert "&lt;b&gt;bold" in content
    assert not re.search(r"(?:src|href)=|url\(|@import|<script", content)


def test_markdown_is_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = told(capsys, script(tmp_path, LIST), "--format", "markdown")
    assert out.startswith("## Rehearsal of ")
    assert "|:" in out


def test_nothing_of_the_machine_is_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = """#!/bin/bash
sudo -n service cloudhsm-client start
sudo systemctl restart some-other.service
sudo /opt/cloudhsm/bin/key_mgmt_util singlecmd listUsers > /tmp/rehearsed-users
test -s /tmp/rehearsed-users && test ! -e "$HOME/rehearsed-users"
"""
    report = rehearsed(capsys, script(tmp_path, text, "a.sh"))
    assert report["script"] == {"status": 0, "timed_out": False, "stopped_at": None}
    assert not os.path.exists("/tmp/rehearsed-users")  # noqa: S108 - where the script would have put it
    assert shutil.which("bash")


def _processes(mark: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[:1] == [b"sleep"] and mark.encode() in command:
            found.append(folder.name)
    return found


def _content(place: Installation) -> dict[str, bytes]:
    files = (path for path in Path(place.prefix).rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if not path.name.endswith(("-shm", "-wal"))}


def _cluster(place: Installation) -> str:
    from shared.realm import Realm
    from shared.store.records import Cluster

    realm = Realm.open(place)
    (cluster,) = realm.store.rows(Cluster)
    realm.close()
    return cluster.name


def test_every_cause_is_in_the_list_of_differences() -> None:
    listed = (ROOT / "docs" / "migration-reference.md").read_text().partition("## 4.")[2]
    rows = [line.split("|")[1] for line in listed.splitlines() if re.match(r"\| \d", line)]
    numbers = {int(number) for row in rows for number in re.findall(r"\d+", row)} | {47, 48}  # "46 to 49"
    source = (ROOT / "migration" / "rehearsal" / "causes.py").read_text()
    used = {int(number) for number in re.findall(r"(?:Cause\(|\", )(\d+)[,)]", source)}
    assert used - {0} <= numbers
    assert {13, 19, 33} <= used


@pytest.mark.parametrize(
    ("difference", "item"),
    [
        (Difference("file", "count.txt", "content", "2", "1"), None),
        (Difference("file", "handle.txt", "content", "key app, the 3rd of 3", "key app, the 1st of 3"), None),
        (Difference("file", "out.log", "content", "text", "JSON"), 13),
        (Difference("file", "out.log", "content", "text", "text without what the tools printed"), 13),
        (Difference("user", "alice", "failed logins", "1", "0"), 21),
        (Difference("user", "bob", "exists", "-", "crypto-user", ("10.0.0.3",)), 19),
        (Difference("user", "alice", "exists", "-", "crypto-user"), None),
        (Difference("key", "k (aes secret-key)", "encrypt", "true", "false"), None),
    ],
)
def test_a_cause(difference: Difference, item: int | None) -> None:
    """No command is left to a person or stopped at, and bob is on one of three HSMs."""
    user = UserState("crypto-user", "", 0, "", second_factor=False)
    hsms = tuple(
        HsmState(f"10.0.0.{node + 1}", node, "up", {"alice": user} | ({"bob": user} if not node else {}), {}, ())
        for node in range(3)
    )
    state = {"demo": hsms}
    run = Run(0, "", "")
    translation = Translation(Script("list", "list", "", (), ()), ())
    found = cause(difference, Facts(translation, state, state, state, run, run, lambda _: None))
    assert (found.item if found else None) == item


KEY_TOOL = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s {} -p password1 genSymKey -t 31 -s 32 -l {}"
BY_DEFAULT = {
    "x.sh": "U=${1:-alice}\n" + KEY_TOOL.format('"${2:-$U}"', '"${NO_SUCH_LABEL:-app}"') + "\n",
    "x.py": (
        "import os, subprocess\n"
        'user, label = os.environ.get("NO_SUCH_USER", "alice"), os.getenv("NO_SUCH_LABEL", "app")\n'
        f'subprocess.run(f"{KEY_TOOL.format("{user}", "{label}")}".split())\n'
    ),
}


@pytest.mark.parametrize("name", BY_DEFAULT)
def test_who_logs_in_by_default_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    report = rehearsed(capsys, script(tmp_path, BY_DEFAULT[name], name))
    assert ([item["kind"] for item in report["differences"]], report["compared"]["keys"]) == (["output"], 1)


def test_a_variable_of_the_script_that_the_new_tool_reads_too_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_PIN", "backup")
    text = KEY_TOOL.format("alice", '"$CLOUDHSM_PIN"') + "\n"
    report = rehearsed(capsys, script(tmp_path, text * 2, "x.sh"))
    assert ([item["kind"] for item in report["differences"]], report["compared"]["keys"]) == (["output"], 2)
