"""What is installed on the machine is out of reach of a rehearsal, and the legacy tools of the translation."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from migration.main import main
from migration.rehearsal import shelter
from migration.rehearsal.copies import TRANSLATED, Copy
from migration.rehearsal.surroundings import placed, unplaced
from shared.installation import Installation

KMU = "singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l"
COPY = Copy(TRANSLATED, Installation("/r/cloudhsm"), "/r/work", "/r/tmp", "/r/programs", "/r/scripts")


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("BIN=${HSM_BIN:-/opt/cloudhsm/bin}", "BIN=${HSM_BIN:-/r/cloudhsm/bin}"),
        ("${H-/opt/cloudhsm}", "${H-/r/cloudhsm}"),
        ("-I/opt/cloudhsm/include --dir=/opt/cloudhsm", "-I/r/cloudhsm/include --dir=/r/cloudhsm"),
        ("/opt//cloudhsm/bin //opt/./cloudhsm", "/r/cloudhsm/bin /r/cloudhsm"),
        ("$ROOT/opt/cloudhsm/bin ${ROOT}/opt/cloudhsm", "$ROOT/r/cloudhsm/bin ${ROOT}/r/cloudhsm"),
        (r"s/\/opt\/cloudhsm/x/", r"s/\/r\/cloudhsm/x/"),
        ("PATH=/usr/bin:/opt/cloudhsm/bin", "PATH=/usr/bin:/r/cloudhsm/bin"),
        ("/opt/cloudhsm-jce /opt/cloudhsm2 ~/opt/cloudhsm ./opt/cloudhsm /chroot/opt/cloudhsm", None),
        ("${TMPDIR:-/tmp}/x > /tmp/y", "${TMPDIR:-/r/tmp}/x > /r/tmp/y"),
        ("/usr/bin/sudo /sbin/service x", "/r/programs/sudo /r/programs/service x"),
        ("'/bin/systemctl', '/etc/init.d/cloudhsm-client'", "'/r/programs/systemctl', '/r/programs/cloudhsm-client'"),
        ("/usr/bin/sudoedit /x/usr/bin/sudo /usr/bin/start.sh /bin/sh /etc/init.d/cloudhsm-client2", None),
        ("$D/tmp ${D}/tmp $(pwd)/tmp ./tmp /var/tmp /tmpfs", None),
    ],
)
def test_paths_of_the_machine_are_those_of_the_copy(text: str, there: str | None) -> None:
    assert placed(text, COPY) == (text if there is None else there)


def test_what_was_written_has_the_paths_of_the_script() -> None:
    assert unplaced(b"/r/cloudhsm/bin /r/tmp/x /r/work/y", COPY) == b"/opt/cloudhsm/bin /tmp/x ./y"


def rehearsed(capsys: pytest.CaptureFixture[str], path: Path, text: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Write and rehearse a script; return the status and the report."""
    path.write_text(text)
    status = main(["rehearse", "--format", "json", *words, str(path)])
    out, err = capsys.readouterr()
    assert out, err
    return status, json.loads(out)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a client whose tool says so when it is called; return where it does."""
    home, called = tmp_path / "machine" / "cloudhsm", tmp_path / "called"
    (home / "bin").mkdir(parents=True)
    tool = home / "bin" / "key_mgmt_util"
    tool.write_text(f"#!/bin/sh\necho called >> {called}\n")
    tool.chmod(0o755)
    monkeypatch.setattr(shelter, "HOME", str(home))
    monkeypatch.setenv("MACHINE", str(home.parent))
    return called


HIDDEN = f"#!/bin/bash\nBIN=$MACHINE/cloudhsm/bin\n$BIN/key_mgmt_util {KMU} made\n"


@pytest.fixture
def hidden(client: Path) -> Path:
    """Install the same where it can be hidden."""
    try:
        shelter.hiding(beside_client=False)
    except shelter.RefusedError:
        pytest.skip("nothing can be mounted on this machine")
    return client


def test_a_client_of_the_machine_is_hidden(tmp_path: Path, capsys: pytest.CaptureFixture[str], hidden: Path) -> None:
    status, report = rehearsed(capsys, tmp_path / "a.sh", HIDDEN)
    assert (status, report["compared"]["keys"], hidden.exists()) == (0, 1, False)
    assert os.listdir(shelter.HOME) == ["bin"]
    assert os.listdir(f"{shelter.HOME}/bin") == ["key_mgmt_util"]


def test_copies_are_not_kept_where_they_are_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], hidden: Path
) -> None:
    (tmp_path / "a.sh").write_text(HIDDEN)
    assert main(["rehearse", "--keep", f"{shelter.HOME}/kept", str(tmp_path / "a.sh")]) == 2
    assert "which is hidden" in capsys.readouterr().err
    assert os.listdir(shelter.HOME) == ["bin"]
    assert not hidden.exists()


def test_a_client_that_cannot_be_hidden(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelter, "_works", lambda _: False)
    (tmp_path / "a.sh").write_text(HIDDEN.replace("$MACHINE", "/opt"))
    assert main(["rehearse", str(tmp_path / "a.sh")]) == 2
    assert "cannot be hidden from the script" in capsys.readouterr().err
    status, report = rehearsed(capsys, tmp_path / "a.sh", HIDDEN.replace("$MACHINE", "/opt"), "--beside-client")
    assert (status, report["compared"]["keys"], client.exists()) == (0, 1, False)


def test_a_folder_that_holds_this_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelter, "HOME", str(Path(shelter.__file__).parents[1]))
    with pytest.raises(shelter.RefusedError, match="this program is installed there itself"):
        shelter.hiding(beside_client=False)
    assert shelter.hiding(beside_client=True) == ()


def test_an_empty_folder_is_no_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("none", "."):
        monkeypatch.setattr(shelter, "HOME", str(tmp_path / name))
        assert shelter.hiding(beside_client=False) == ()


def test_a_file_that_is_sourced_reaches_the_copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "settings.sh").write_text("BIN=${HSM_BIN:-/opt/cloudhsm/bin}\n")
    (tmp_path / "lib.sh").write_text('. ./settings.sh\nwhere() { echo "$BIN"; test -x "$BIN/cloudhsm-cli"; }\n')
    text = f"#!/bin/bash\n. ./lib.sh\n/opt/cloudhsm/bin/key_mgmt_util {KMU} made > /dev/null\nwhere > where.txt\n"
    status, report = rehearsed(capsys, tmp_path / "a.sh", text)
    assert (status, report["differences"], report["compared"]) == (
        0,
        [],
        {"HSMs": 3, "users": 3, "keys": 1, "files": 1},
    )


def test_a_call_of_a_legacy_tool_that_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lib.sh").write_text(f'T=_mgmt_util\nmake() {{ $BIN/key$T {KMU} "$1" > /dev/null; }}\n')
    text = (
        "#!/bin/bash\nBIN=/opt/cloudhsm/bin\n. ./lib.sh\n"
        f"$BIN/key_mgmt_util {KMU} one > /dev/null\n\nmake two || true\n"
    )
    status, report = rehearsed(capsys, tmp_path / "a.sh", text)
    told = [(item["line"], item["property"], item["translation"], item["cause"]) for item in report["differences"]]
    assert (6, "legacy tool", "calls key_mgmt_util", None) in told
    assert status == 1


def test_the_client_daemon_of_the_translation_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lib.sh").write_text("restart() { sudo service cloudhsm-client restart; }\n")
    text = f"#!/bin/bash\n. ./lib.sh\nrestart || true\n/opt/cloudhsm/bin/key_mgmt_util {KMU} one > /dev/null\n"
    status, report = rehearsed(capsys, tmp_path / "a.sh", text)
    told = [(item["line"], item["translation"]) for item in report["differences"] if item["cause"] is None]
    assert (3, "calls cloudhsm-client") in told
    assert status == 1


def test_a_check_whether_a_legacy_tool_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"""#!/bin/bash
KMU=${{KMU:-/opt/cloudhsm/bin/key_mgmt_util}}
command -v jq > /dev/null || exit 1
command -v Cfm3Util > /dev/null || exit 1
# [ -x $KMU ] || exit 1
[ -x "$KMU" ] || exit 1
if [[ ! -f /opt/cloudhsm/bin/cloudhsm_mgmt_util ]]; then exit 1; fi
[ -x /opt/cloudhsm/bin/cloudhsm-cli ] || exit 1
$KMU {KMU} one > /dev/null
"""
    status, report = rehearsed(capsys, tmp_path / "a.sh", text)
    told = [(item["line"], item["translation"], item["cause"]) for item in report["differences"]]
    assert told == [
        (4, "looks for Cfm3Util", None),
        (6, "looks for key_mgmt_util", None),
        (7, "looks for cloudhsm_mgmt_util", None),
    ]
    assert status == 1


@pytest.mark.parametrize("prompt", ["ubuntu@ip-10-0-0-1:~$ ", ""])
def test_the_service_of_a_session_or_list_is_that_of_the_copy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prompt: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    host = ("sudo service cloudhsm-client start", "sudo systemctl status cloudhsm-client", "cloudhsm_client client.cfg")
    tool = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 genSymKey -t 31 -s 32 -l x"
    text = "".join(f"{prompt}{line}\n" for line in (*host, tool))
    status, report = rehearsed(capsys, tmp_path / "session", text, "--timeout", "60")
    assert (status, report["compared"]["keys"]) == (0, 1)
    assert _working_in(tmp_path) == []


def _working_in(folder: Path) -> list[str]:
    """Return the client daemons whose configuration is in a folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            argv = file.read_text().split("\0")
        except OSError:
            continue
        found += [word for word in argv if word.endswith("cloudhsm_client.cfg") and word.startswith(str(folder))]
    return found


def test_files_and_folders_that_an_argument_names_are_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "one.txt").write_text("one\n")
    (tmp_path / "two.txt").write_text("two\n")
    monkeypatch.chdir(tmp_path)
    makes = f'/opt/cloudhsm/bin/key_mgmt_util {KMU} "$(cat "$f")"'
    text = f'#!/bin/bash\nfor f in "$1"/*.txt "$2"; do\n[ -s "$f" ] || exit 9\n{makes}\ndone\n'
    given = ("--argument", "labels", "--argument", "two.txt")
    status, report = rehearsed(capsys, tmp_path / "a.sh", text, *given)
    assert (status, report["compared"]["keys"], report["script"]["status"]) == (0, 2, 0)
