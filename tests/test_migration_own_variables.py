"""Variables of a script stay what they are, whatever the translation around them needs for itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from sign_support import public_pem

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
CMU = "/opt/cloudhsm/bin/cloudhsm_mgmt_util x.cfg"
SPAWN = f'spawn {CMU}\nexpect "aws-cloudhsm>"\n'


def ran(text: str, name: str, path: Path, *arguments: str, **environment: str) -> tuple[list[str], str]:
    """Return with which login CloudHSM CLI is called for what, and what the translation prints itself."""
    found = translate(script(text, name))
    assert found.remains == []
    (path / "cli").write_text(CLI)
    (path / "cli").chmod(0o700)
    (path / "x.sh").write_text(render(found))
    done = subprocess.run(
        ["bash", "x.sh", *arguments],
        env={"PATH": "/usr/bin:/bin", "CLOUDHSM_CLI": f"{path}/cli", **environment},
        cwd=path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
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


def test_a_variable_hsm_outlives_a_session(tmp_path: Path) -> None:
    run = f"{CMU} <<EOF\nloginHSM CO admin pass:word\ncreateUser CU zoe secret12\ny\nquit\nEOF\n"
    notes, said = ran(f'#!/bin/bash\nHSM=10.0.2.4\n{run}echo "done on $HSM"\n', "x.sh", tmp_path)
    assert said.splitlines()[-1] == "done on 10.0.2.4"
    assert notes[-1] == f"- {user('zoe', 'secret12')}"


@pytest.mark.parametrize("ifs", [r"$'\n\t'", ","])
@pytest.mark.parametrize("called", ["STOPS", "key=$(STOPS)"])
def test_a_stop_stops_whatever_cuts_words(ifs: str, called: str, tmp_path: Path) -> None:
    commands = f"IFS={ifs}\n{called.replace('STOPS', 'by_hand none')}\necho on\n"
    text = f"{functions(commands, allow_gaps=False)}\n{commands}"
    done = subprocess.run(["bash", "-c", text], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")


def test_a_public_key_is_imported_whatever_cuts_words(tmp_path: Path) -> None:
    (tmp_path / "cli").write_text("#!/bin/bash\nprintf '%s\\n' \"$@\" > notes\n")
    (tmp_path / "cli").chmod(0o700)
    (tmp_path / "key.pem").write_bytes(public_pem("alice"))
    commands = "IFS=,\nhsm_import_public key.pem '' key import pem\n"
    text = f"{functions(commands, allow_gaps=False)}\n{commands}"
    environment = {"PATH": "/usr/bin:/bin", "CLOUDHSM_CLI": f"{tmp_path}/cli"}
    subprocess.run(["bash", "-c", text], env=environment, cwd=tmp_path, check=True)
    told = (tmp_path / "notes").read_text().splitlines()
    assert told[3:] == ["--key-type-class", "rsa-public", "--attributes", "verify=true", "encrypt=true", "wrap=true"]
