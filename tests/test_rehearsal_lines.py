"""Where a translated shell script stops is told in lines of the legacy script, and whose command it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from migration_support import script as read

from migration.bash.script import rendered
from migration.bash.sources import Origin
from migration.main import main
from migration.rehearsal.stops import options
from migration.translate import translate

KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CMU = "/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
USERS = f"""#!/bin/bash
if true; then
    {CMU} << EOF > users.log
loginHSM CO admin adminpw1
createUser CU bob password2
y
createUser CU bob password2
y
quit
EOF
fi
echo behind > behind.txt
"""
TWICE = "the command failed before too; its exit status ends the script now"
HINT = "the translation ends there, as it has {} and the script has not"


def stop(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> dict[str, Any]:
    """Rehearse a shell script and return the difference that says where the run stopped."""
    path = tmp_path / "a.sh"
    path.write_text(text)
    main(["rehearse", "--format", "json", str(path)])
    found = [item for item in json.loads(capsys.readouterr().out)["differences"] if item["kind"] == "run"]
    assert [item["property"] for item in found] in (["stopped"], ["rehearsed"])
    return dict(found[0])


def test_lines_of_a_translation() -> None:
    body = rendered(translate(read(USERS, "a.sh")))
    lines = [line.strip() for line in body.text.split("\n")]
    found = [pair for pair in zip(lines, body.origins, strict=True) if pair[1].line and pair[0][:1] not in ("", "#")]
    assert [(line.partition(" ")[0], place.line, place.own) for line, place in found] == [
        ("if", 2, True),
        ("(", 3, False),
        ("hsm_login", 4, False),
        ("hsm", 5, False),
        ("hsm", 7, False),
        ("hsm_logout", 9, False),
        (")", 3, False),
        ("fi", 11, True),
        ("echo", 12, True),
    ]
    assert body.origins[0] == Origin()


def test_a_command_of_a_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = stop(tmp_path, capsys, USERS)
    assert (found["line"], found["cause"]) == (7, TWICE)


@pytest.mark.parametrize(
    ("own", "line", "said"),
    [
        ("true | true; i=0\ntest $i = 1", 5, f"line 5 of the script itself has failed; {HINT.format('set -e')}"),
        (": a\ntest -e no.txt", 5, HINT.format("set -e")),
        ('\necho "$no_such" > /dev/null', 5, f"no_such: unbound variable; {HINT.format('set -u')}"),
        ("true | true; test -e no.txt | cat", 4, HINT.format("set -o pipefail")),
        ("check() {\n    test -e no.txt\n}\n: a\ncheck", 5, HINT.format("set -e")),
        ("trap 'false; rm own.txt' EXIT\ntest -e no.txt", 5, HINT.format("set -e")),
        ('mkdir -p d && cd "$_"\ntest -e ../no.txt', 5, HINT.format("set -e")),
        ("no-such-program", 4, f"no-such-program: command not found; {HINT.format('set -e')}"),
    ],
)
def test_a_line_of_the_script_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], own: str, line: int, said: str
) -> None:
    text = (
        f"#!/bin/bash\necho a > own.txt\n{KMU} genSymKey -t 31 -s 32 -l one > tools.log\n{own}\n: behind\necho behind\n"
    )
    found = stop(tmp_path, capsys, text)
    assert (found["line"], found["cause"]) == (line, None)
    assert said in found["said"]


def test_where_the_script_itself_ends_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"#!/bin/bash -e\n{KMU} genSymKey -t 31 -s 32 -l one > /dev/null\ngrep -q zz[z] a.sh\n"
    path = tmp_path / "a.sh"
    path.write_text(text)
    assert main(["rehearse", str(path)]) == 0
    capsys.readouterr()
    found = stop(tmp_path, capsys, f"{text}{KMU} genSymKey -t 31 -s 32 -l two > /dev/null\n")
    assert (found["property"], found["line"], found["cause"]) == ("rehearsed", 3, None)
    assert found["said"].startswith("both sides ended at line 3, and what follows was not rehearsed: ")


def test_what_fails_at_the_very_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.sh"
    path.write_text(f"#!/bin/sh\n{KMU} genSymKey -t 31 -s 32 -l one > /dev/null\ngrep -q zz[z] a.sh\n# end\n")
    assert main(["rehearse", str(path)]) == 0
    assert capsys.readouterr().out.endswith(": no difference.\n")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#!/bin/bash\n:", set()),
        ("#!/bin/bash -eu\n:", {"set -e", "set -u"}),
        ("set -o errexit\n", {"set -e"}),
        ("#!/bin/sh\n  set -euo pipefail", {"set -e", "set -u", "set -o pipefail"}),
        ("set -x\nset -o pipefail", {"set -o pipefail"}),
        ("echo set -e", set()),
    ],
)
def test_options_of_a_script(text: str, found: set[str]) -> None:
    assert options(text) == found
