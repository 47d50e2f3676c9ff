"""A translated run that ends for want of a person: what follows was not rehearsed, and that is never explained."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from migration_support import script as read

from migration.bash.sources import commented
from migration.main import main
from migration.rehearsal.causes import explained
from migration.rehearsal.difference import Cause, Difference
from migration.rehearsal.facts import Facts
from migration.rehearsal.sides import Run
from migration.rehearsal.stops import waiting
from migration.script import Capture
from migration.translate import translate

KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CHECK = f"""#!/bin/bash
{KMU} genSymKey -t 31 -s 32 -l first
if {KMU} findKey -l first | tr a b | grep -v zzz; then
    {KMU} genSymKey -t 31 -s 32 -l second
fi
"""
UNKNOWN = """import os, subprocess
KMU = "/opt/cloudhsm/bin/key_mgmt_util"
LOGIN = [KMU, "singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", "password1"]
label = os.popen("echo told").read().strip()
subprocess.run(LOGIN + ["genSymKey", "-t", "31", "-s", "32", "-l", "first"])
subprocess.run(LOGIN + ["genSymKey", "-t", "31", "-s", "32", "-l", label])
"""


def rehearsed(capsys: pytest.CaptureFixture[str], path: Path, text: str) -> tuple[int, dict[str, Any]]:
    """Write and rehearse a script; return the status and the report."""
    path.write_text(text)
    status = main(["rehearse", "--format", "json", str(path)])
    return status, json.loads(capsys.readouterr().out)


def test_a_check_that_is_left_to_a_person(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = rehearsed(capsys, tmp_path / "check.sh", CHECK)
    found = [(item["line"], item["subject"], item["property"], item["item"]) for item in report["differences"]]
    assert found == [
        (3, "line 3", "translation", 13),
        (3, "translation", "stopped", 13),
        (3, "translation", "rehearsed", None),
        (None, "second (aes secret-key)", "exists", 13),
        (None, "standard output", "content", 13),
    ]
    said = report["differences"][2]["said"]
    assert said == "what follows line 3 was not rehearsed: it depends on what is left to a person there"
    assert (status, report["unexplained"], report["translation"]["stopped_at"]) == (1, 1, 3)


def test_a_variable_that_only_a_run_knows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, report = rehearsed(capsys, tmp_path / "unknown.py", UNKNOWN)
    told = {item["property"]: (item["line"], item["said"], item["cause"]) for item in report["differences"]}
    assert told["rehearsed"] == (5, "nothing was rehearsed: label: must be set", None)
    assert status == 1


def test_a_variable_that_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("label", "told")
    status, report = rehearsed(capsys, tmp_path / "unknown.py", UNKNOWN)
    assert (status, [item["property"] for item in report["differences"]]) == (0, ["translation", "content"])
    assert report["differences"][0]["cause"] == "$label must be set before: it is os.popen('echo told').read()"


def test_a_script_that_goes_on_stays_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CHECK.replace("if ", "").replace("; then", " > /dev/null").replace("fi\n", "")
    status, report = rehearsed(capsys, tmp_path / "goes-on.sh", text)
    assert [(item["line"], item["property"], item["item"]) for item in report["differences"]] == [
        (3, "translation", 13),
        (None, "content", 13),
    ]
    assert status == 0


@pytest.mark.parametrize(
    ("status", "said", "line", "unrehearsed"),
    [
        (3, "x.sh: to be done by hand: line 7: look at it", 7, "what follows line 7 was not rehearsed"),
        (1, "/a/b/translated.sh: line 2: k: must be set", 4, "nothing was rehearsed: k: must be set"),
        (1, "/a/b/translated.sh: line 6: k: must be set", 9, "what follows line 9 was not rehearsed: k: must be set"),
        (1, "/a/b/translated.sh: line 2: 1: user is argument 1", 4, "nothing was rehearsed: 1: user is argument 1"),
        (0, "x.sh: to be done by hand: line 7: look at it", None, ""),
        (1, "x.sh: to be done by hand: line 7: look at it", None, ""),
        (3, "something else", None, ""),
        (1, "/a/b/other.sh: line 2: k: must be set", None, ""),
    ],
)
def test_how_a_run_ended(status: int, said: str, line: int | None, unrehearsed: str) -> None:
    origins = commented("#!/bin/bash\n: first\n\n# line 9: it\n\n: second\n").origins
    found = waiting(Run(status, "", f"something\n{said}\n\n"), origins, 4)
    assert (found.line if found else None) == line
    assert found is None or found.unrehearsed.startswith(unrehearsed)


def test_a_variable_that_a_command_would_have_given() -> None:
    """The stop and what follows from it have their cause; that the rest was not rehearsed has none."""
    text = "loginHSM -u CU -s alice -p password1\ngenSymKey -t 21 -s 24 -l des\ngenSymKey -t 31 -s 32 -l aes\nexit\n"
    translation = translate(read(text, "list.txt"))
    login, des, *rest = translation.outcomes
    assert des.remains
    des = replace(des, step=replace(des.step, captures=(Capture("des", "handle"),)))
    translation = replace(translation, outcomes=(login, des, *rest))
    run = Run(1, "", "", line=1, message="des: must be set", unrehearsed="nothing was rehearsed: des: must be set")
    facts = Facts(translation, {}, {}, {}, Run(0, "", ""), run, lambda _: None)
    missing = Difference("key", "aes (aes secret-key)", "exists", "yes", "-")
    told = {item.difference.field: item.cause for item in explained([*facts.runs(), missing], facts)}
    assert told["rehearsed"] is None
    assert told["stopped"] == Cause(6, "needs line 2, which is left to a person")
    assert told["exists"] == Cause(6, "line 3 is behind the stop: needs line 2, which is left to a person")


def test_a_stop_in_a_loop_leaves_its_later_turns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"#!/bin/bash\nfor h in 4711 4712; do {KMU} deleteKey -k $h > /dev/null; done\n"
    status, report = rehearsed(capsys, tmp_path / "loop.sh", text)
    told = {item["property"]: item["said"] for item in report["differences"] if item["cause"] is None}
    assert (status, told["rehearsed"]) == (1, "what line 2 does in a later turn was not rehearsed")
    typed = "loginHSM -u CU -s alice -p password1\ndeleteKey -k 99\nexit\n"
    status, report = rehearsed(capsys, tmp_path / "list.txt", typed)
    assert status == 0


PROGRAM = """import subprocess, sys
KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 "
def found(label):
    out = subprocess.check_output(KMU + "findKey -l " + label, shell=True).decode()
    return out.split("Handles of matching keys:")[1].split()[0]
"""


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("subprocess.call(KMU + 'deleteKey -k ' + found('none'), shell=True)\n", ("rehearsed", "script")),
        ("for label in ('none', 'no'):\n    print(found(label))\n", ("rehearsed", "script")),
        # Here the script goes on behind the failure, and ends with the same status for another reason.
        (
            (
                "subprocess.call(KMU + 'deleteKey -k 99', shell=True)\nsubprocess.call(KMU + 'listKeys', shell=True)\n"
                "sys.exit(1)\nsubprocess.call(KMU + 'getHSMInfo', shell=True)\n"
            ),
            ("stopped", "translation"),
        ),
    ],
)
def test_whether_a_program_ends_where_its_translation_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, where: tuple[str, str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(PROGRAM + text)
    main(["rehearse", "--format", "json", str(path)])
    first = next(row for row in json.loads(capsys.readouterr().out)["differences"] if row["kind"] == "run")
    assert (first["property"], first["subject"]) == where
    assert ("both sides ended at line" in first["said"]) is (where[0] == "rehearsed")
