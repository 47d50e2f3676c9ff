"""Passwords that are written out do not show in what a translation says to people."""

import pytest
from migration_support import script

from migration.bash.linear import render
from migration.translate import translate

MANAGED = 'spawn cloudhsm_mgmt_util x.cfg\nsend "loginHSM CO admin $env(PIN)\\r"\n'
PYTHON = """import pexpect, subprocess
tool = pexpect.spawn('cloudhsm_mgmt_util x.cfg')
tool.expect('aws-cloudhsm>')
"""
SINGLE = "['key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s', 'alice', '-p', {!r}, 'findKey', '-l', n]"


@pytest.mark.parametrize("secret", ["Secret93", "z'\"93$x`"])
@pytest.mark.parametrize("command", ["changePswd CU bob {}", "createUser CU bob {}", "loginHSM CO admin {}"])
def test_a_command_on_a_condition_is_said_without_its_password(command: str, secret: str) -> None:
    typed = command.format(secret)
    expect = typed.replace('"', '\\"').replace("$", "\\$")
    asked = f'if {{[clock seconds] % 2}} {{\n send "{expect}\\r"\n}}\n'
    waited = f"if b'bob' in tool.before:\n    tool.sendline({typed!r})\n    tool.expect('aws-cloudhsm>')\n"
    for text in (
        render(translate(script(f"{MANAGED}{asked}", "x.exp"))),
        render(translate(script(f"{PYTHON}{waited}", "x.py"))),
    ):
        (said,) = [line for line in text.splitlines() if line.startswith("by_hand")]
        assert said.endswith(" ***'")
        assert "93" not in said


def test_a_login_in_a_loop_is_said_without_its_password() -> None:
    loop = f"for n in open('names'):\n    subprocess.run({SINGLE.format('Secret93')}, check=True)\n"
    text = render(translate(script(f"import subprocess\n{loop}", "x.py")))
    assert "hsm_login crypto-user alice ***'" in text
    assert "Secret93" not in text


def test_a_password_that_a_variable_holds_is_named() -> None:
    asked = 'if {[clock seconds] % 2} { send "changePswd CU bob $env(NEW)\\r" }\n'
    assert '--password "$NEW"\'' in render(translate(script(f"{MANAGED}{asked}", "x.exp")))
