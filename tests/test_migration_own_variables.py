"""Variables of a script stay what they are, whatever the translation around them needs for itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script

from migration.bash.prelude import functions
from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

CLI = r"""#!/bin/bash
say() { printf '{\n  "error_code": 0,\n  "data": {}\n}\n'; }
if [ "$1" = interactive ]; then
    while read -r line && [ "$line" != quit ]; do echo "- $line" >> notes; say; done
else
    echo "${CLOUDHSM_ROLE-} ${CLOUDHSM_PIN-} $*" >> notes
    say
fi
"""
KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CMU = "/opt/cloudhsm/bin/cloudhsm_mgmt_util x.cfg"
SPAWN = f'spawn {CMU}\nexpect "aws-cloudhsm>"\n'


def ran(text: str, name: str, path: Path, status: int = 0, **environment: str) -> tuple[list[str], str]:
    """Return with which login CloudHSM CLI is called for what, and what the translation prints itself."""
    (path / "cli").write_text(CLI)
    (path / "cli").chmod(0o700)
    (path / "notes").touch()
    (path / "x.sh").write_text(render(translate(script(text, name))))
    done = subprocess.run(
        ["bash", "x.sh"],
        env={"PATH": "/usr/bin:/bin", "CLOUDHSM_CLI": f"{path}/cli", **environment},
        cwd=path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr
    return (path / "notes").read_text().splitlines(), done.stdout


def user(name: str, password: str) -> str:
    """Return the command that makes a user."""
    return f"user create --username {name} --role crypto-user --password {password}"


@pytest.mark.parametrize("own", ["CLOUDHSM_PIN", "CLOUDHSM_ROLE"])
def test_a_variable_of_the_environment_is_the_scripts_own(own: str, tmp_path: Path) -> None:
    make = f'send "createUser CU zoe $env({own})\\r"\nexpect "(y/n)?"\nsend "y\\r"\nexpect "aws-cloudhsm>"\n'
    text = f'{SPAWN}send "loginHSM CO admin first123\\r"\n{make}send "logoutHSM\\r"\n'
    text += f'send "loginHSM CO bob $env({own})\\r"\n{make}'
    notes, _ = ran(text, "x.exp", tmp_path, **{own: "mine1234"})
    made = user("zoe", "mine1234")
    assert [note for note in notes if "list" not in note] == [
        f"admin admin:first123 {made}",
        f"admin bob:mine1234 {made}",
    ]


@pytest.mark.parametrize("begun", ["", "export CLOUDHSM_PIN=mine1234 CLOUDHSM_ROLE=none\n"])
def test_a_variable_of_a_shell_script_outlives_its_logins(begun: str, tmp_path: Path) -> None:
    run = f"{CMU} <<EOF\nloginHSM CO admin $CLOUDHSM_PIN\ncreateUser CU zoe $CLOUDHSM_PIN\ny\nquit\nEOF\n"
    text = f'#!/bin/bash\n{begun}{run}{run}echo "$CLOUDHSM_ROLE"\n'
    notes, said = ran(text, "x.sh", tmp_path, CLOUDHSM_PIN="mine1234", CLOUDHSM_ROLE="none")
    assert said.splitlines()[-1] == "none"
    assert notes == [f"admin admin:mine1234 {user('zoe', 'mine1234')}"] * 2


def test_nobody_is_logged_in_behind_a_login_though_the_script_has_such_variables(tmp_path: Path) -> None:
    text = f'{SPAWN}send "loginHSM CO admin first123\\r"\nsend "logoutHSM\\r"\nsend "listUsers\\r"\n'
    notes, _ = ran(text, "x.exp", tmp_path, CLOUDHSM_PIN="alice:password1", CLOUDHSM_ROLE="crypto-user")
    assert notes[-1].split() == ["user", "list"]


def test_a_translation_that_logs_nobody_in_leaves_the_login_to_its_surroundings(tmp_path: Path) -> None:
    text = f'{SPAWN}send "listUsers\\r"\n'
    notes, _ = ran(text, "x.exp", tmp_path, CLOUDHSM_PIN="alice:password1", CLOUDHSM_ROLE="crypto-user")
    assert notes == ["crypto-user alice:password1 user list"]


def test_a_login_that_cannot_be_given_away_runs_no_command_as_somebody_else(tmp_path: Path) -> None:
    text = f"#!/bin/bash\nexport CLOUDHSM_PIN=bob:mine1234\nreadonly CLOUDHSM_PIN\n{KMU} deleteKey -k 12\n"
    assert ran(text, "x.sh", tmp_path, 1)[0] == []


def test_a_variable_of_a_shell_script_outlives_a_session(tmp_path: Path) -> None:
    # A password with a colon is typed in a session, which runs beside the script.
    run = f"{CMU} <<EOF\nloginHSM CO admin first:123\ncreateUser CU zoe Passw0rd\ny\nquit\nEOF\n"
    notes, said = ran(f'#!/bin/bash\nHSM=10.0.2.4\n{run}echo "done on $HSM"\n', "x.sh", tmp_path)
    assert notes == [
        "- login --username admin --role admin --password first:123",
        "- user create --username zoe --role crypto-user --password Passw0rd",
    ]
    assert said.splitlines()[-1] == "done on 10.0.2.4"


SEPARATORS = pytest.mark.parametrize("signs", ["$'\\n\\t'", ",", "0123456789", "-="])


@SEPARATORS
def test_a_stop_for_a_person_ends_all_shells(signs: str, tmp_path: Path) -> None:
    text = f"#!/bin/bash\nIFS={signs}\n(\n  ({KMU} exSymKey -k 12 -out out -w 4) || true\n) || true\n"
    assert ran(f"{text}{KMU} deleteKey -k 12\n", "x.sh", tmp_path, 3)[0] == []


@SEPARATORS
@pytest.mark.parametrize(
    ("kind", "attributes"),
    [
        ("RSA", "--key-type-class rsa-public --attributes verify=true encrypt=true wrap=true"),
        ("EC -pkeyopt ec_paramgen_curve:P-256", "--key-type-class ec-public --attributes verify=true"),
    ],
)
def test_a_public_key_is_imported(signs: str, kind: str, attributes: str, tmp_path: Path) -> None:
    made = f"openssl genpkey -algorithm {kind} | openssl pkey -pubout -out {tmp_path}/pub.pem"
    subprocess.run(["bash", "-c", made], check=True, capture_output=True)
    notes, _ = ran(f"#!/bin/bash\nIFS={signs}\n{KMU} importPubKey -l pub -f pub.pem\n", "x.sh", tmp_path)
    assert attributes in notes[-1]
    assert "--label pub" in notes[-1]


@pytest.mark.parametrize(("signs", "label"), [(",", "a,b"), ("a-]", "x-y"), ("a-]", "x]y")])
@pytest.mark.parametrize("begun", ["label={}", "set -- {}\nlabel=$1"])
def test_what_ends_at_other_signs_than_blanks_is_several_words(
    signs: str, label: str, begun: str, tmp_path: Path
) -> None:
    text = f"#!/bin/bash\nIFS={signs}\n{begun.format(label)}\n{KMU} genSymKey -t 31 -s 32 -l $label\n"
    assert ran(text, "x.sh", tmp_path, 3)[0] == []
    assert ran(text.replace(label, "x.y"), "x.sh", tmp_path)[0][-1:] != []


@pytest.mark.parametrize("ifs", [r"$'\n\t'", ","])
@pytest.mark.parametrize("called", ["STOPS", "key=$(STOPS)"])
def test_a_stop_stops_whatever_cuts_words(ifs: str, called: str, tmp_path: Path) -> None:
    commands = f"IFS={ifs}\n{called.replace('STOPS', 'by_hand none')}\necho on\n"
    text = f"{functions(commands, allow_gaps=False)}\n{commands}"
    done = subprocess.run(["bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
