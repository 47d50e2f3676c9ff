"""What scripts print and write beside the tools is compared, and a run in which nothing was rehearsed says so."""

import json
from pathlib import Path
from typing import Any

import pytest
from migration_support import script as read
from rehearsal_support import mistranslate

from migration.main import main
from migration.rehearsal.beginning import fitting

KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
NOTHING = "nothing was rehearsed: the script ended with"
JSON_NOW = ("text", "JSON", 13)


def rehearsed(
    capsys: pytest.CaptureFixture[str], path: Path, text: str, *words: str
) -> tuple[int, dict[str, tuple[str, str, int | None]], dict[str, Any]]:
    """Rehearse a script; return the status, what differs in files and output by name, and the whole report."""
    path.write_text(text)
    status = main(["rehearse", "--format", "json", *words, str(path)])
    report = json.loads(capsys.readouterr().out)
    told = {
        item["subject"]: (item["script"], item["translation"], item["item"])
        for item in report["differences"]
        if item["kind"] in ("file", "output")
    }
    return status, told, report


LOGS = f"""#!/bin/bash
set -eu
LOG=run.log
make() {{
    {KMU} genSymKey -t 31 -s 32 -l "$1" > "$1.log" 2>&1
}}
echo "begin $(date)" > $LOG
{KMU} findKey >> $LOG
echo "found" >> $LOG
make one
{KMU} findKey | grep Total
echo "all done"
"""


def test_logs_of_tools(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, told, _ = rehearsed(capsys, tmp_path / "a.sh", LOGS)
    assert told == {"run.log": JSON_NOW, "one.log": JSON_NOW, "standard output": JSON_NOW}
    assert status == 0


def test_an_output_that_is_sent_to_a_file_as_a_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f'#!/bin/bash\nexec > run.log\necho "at $(date +%s)"\n{KMU} genSymKey -t 31 -s 32 -l one\necho "done"\n'
    assert rehearsed(capsys, tmp_path / "a.sh", text)[:2] == (0, {"run.log": JSON_NOW})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('echo "found it" >> $LOG', ("run.log", "line 35: found", "found it")),
        ('echo "found" >> $LOG; echo "more" >> $LOG', ("run.log", "not written", "more")),
        (":", ("run.log", "line 35: found", "not written")),
    ],
)
def test_a_log_that_says_something_else(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    wrong: str,
    said: tuple[str, str, str],
) -> None:
    mistranslate(monkeypatch, 'echo "found" >> $LOG', wrong)
    status, told, _ = rehearsed(capsys, tmp_path / "a.sh", LOGS)
    name, own, other = said
    assert told[name][0].partition(":")[2] == own.partition(":")[2]
    assert told[name][1:] == (other, None)
    assert status == 1


def test_an_output_that_says_something_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistranslate(monkeypatch, "all done", "not all")
    status, told, _ = rehearsed(capsys, tmp_path / "a.sh", LOGS)
    assert told["standard output"] == ("line 2: all done", "not all", None)
    assert status == 1


@pytest.mark.parametrize(
    ("printed", "written", "cause"),
    [
        ('"end of it"', "JSON", "what the tools print is JSON now"),
        ("os.getpid() > 0", "not written", "line 3 prints what the translation does not know"),
    ],
)
def test_a_program_prints_what_its_translation_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], printed: str, written: str, cause: str
) -> None:
    text = f'import os, subprocess\nsubprocess.run("{KMU} genSymKey -t 31 -s 32 -l one".split())\nprint({printed})\n'
    status, told, report = rehearsed(capsys, tmp_path / "a.py", text)
    assert (status, told["standard output"][1]) == (0, written)
    assert report["differences"][-1]["cause"] == cause


LEFT = f"""#!/bin/bash
DIR=logs
mkdir $DIR
bash -c 'echo findKey; sleep 0.5; echo exit' | /opt/cloudhsm/bin/key_mgmt_util > "$DIR/$1.txt"
{KMU} genSymKey -t 31 -s 32 -l one > /dev/null
echo end
"""


def test_a_file_of_a_line_that_is_left_to_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What writes into the pipe of such a line goes on, too."""
    status, told, report = rehearsed(capsys, tmp_path / "a.sh", LEFT, "--argument", "keys")
    causes = {item["subject"]: item["cause"] for item in report["differences"]}
    assert causes["logs/keys.txt"] == "line 4, which writes it, is left to a person"
    assert "standard output" not in told
    assert (status, report["translation"]["status"], report["compared"]["keys"]) == (0, 0, 1)


def test_what_is_left_to_a_person_in_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"#!/bin/bash\nexec > run.log 2>&1\nif {KMU} findKey | tr a b | grep -v zzz; then echo yes; fi\n"
    _, _, report = rehearsed(capsys, tmp_path / "a.sh", text)
    assert report["translation"] == {"status": 3, "timed_out": False, "stopped_at": 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/bash\n{}\n[ -r /no/such ] || {{ echo 'no such' >&2; exit 4; }}\n{}", None),
        (
            "#!/bin/bash\n[ -r /no/such ] || {{ echo 'password1 is not there' >&2; exit 4; }}\n{}\n",
            f"{NOTHING} status 4 before it called a tool: *** is not there",
        ),
        (
            "#!/bin/bash\nset -e\nno-such-program\n{}\n",
            f"{NOTHING} status 127 before it called a tool: ./a.sh: line 3: no-such-program: command not found",
        ),
        (
            '#!/bin/bash\n[ -z "$1" ] || {}\n',
            f"{NOTHING} status 0 before it called a tool",
        ),
    ],
)
def test_a_script_that_calls_no_tool(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str | None
) -> None:
    key = f"{KMU} genSymKey -t 31 -s 32 -l one > /dev/null"
    status, _, report = rehearsed(capsys, tmp_path / "a.sh", text.format(key, key))
    found = [item["said"] for item in report["differences"] if item["cause"] is None]
    if said is None:
        assert (status, found) == (0, [])
    else:
        assert (status, said in found) == (1, True), found


def login(password: str) -> str:
    """Return a run of key_mgmt_util with a password."""
    return f"/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p {password} findKey"


CHANGED = """/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg << EOF
loginHSM CO admin adminpw1
changePswd CU alice password2
y
quit
EOF"""


@pytest.mark.parametrize(
    ("lines", "password", "chosen"),
    [
        ((login("password1"), login("password1")), "password1", ()),
        ((login("password1"), login("password2")), "password1", (("alice", 2),)),
        ((login("password1"), login("password2"), login("password2")), "password2", (("alice", 3),)),
        ((login("password1"), CHANGED, login("password2"), login("password2")), "password1", ()),
    ],
)
def test_which_password_a_user_gets(lines: tuple[str, ...], password: str, chosen: tuple[tuple[str, int], ...]) -> None:
    found = fitting(read("\n".join(("#!/bin/bash", *lines, "")), "a.sh"), lambda _: None, {})
    assert ([user for user in found.users if user[1] == "alice"], found.chosen) == ([("CU", "alice", password)], chosen)


def test_a_password_that_was_chosen_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.sh"
    path.write_text("\n".join(("#!/bin/bash", login("password1"), login("password2"), "")))
    main(["rehearse", str(path)])
    out = capsys.readouterr().out
    assert "of several passwords that the script has for alice, that of line 2 was taken" in out
    assert "password1" not in out


def test_a_log_that_stays_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer goes somewhere else, which no other form explains."""
    mistranslate(monkeypatch, '> "$1.log"', '> /dev/null; : > "$1.log"')
    status, told, _ = rehearsed(capsys, tmp_path / "a.sh", LOGS)
    assert (status, told["one.log"]) == (1, ("text", "an empty file", None))
