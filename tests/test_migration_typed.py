"""What a prompt makes of what is typed at it: blanks end a word, and one login is good or bad for all behind it."""

import pytest
from migration_support import script

from migration.bash.linear import render as body
from migration.bash.script import render
from migration.translate import translate

START = 'spawn key_mgmt_util\nexpect "Command:"\n'
LOGIN = 'send "loginHSM -u CU -s alice -p $env(PIN)\\r"\nexpect "Command:"\n'
PYTHON = """import pexpect, subprocess, sys
label = sys.argv[1]
tool = pexpect.spawn('key_mgmt_util')
"""
KEY = "genSymKey -t 31 -s 32 -l "


def typed(text: str, name: str = "x.exp") -> list[str]:
    """Return the lines of a translation that look for blanks in what is typed."""
    return [line for line in body(translate(script(text, name))).splitlines() if line.startswith("hsm_typed")]


@pytest.mark.parametrize(
    ("line", "looks"),
    [
        ("-l $env(LABEL)", ['hsm_typed "$LABEL"']),
        ("-l $env(LABEL)-key", ['hsm_typed "$LABEL"']),
        ("-l [lindex $argv 0]", ['hsm_typed "$argument_1"']),
        ("-l fixed", []),
    ],
)
def test_what_is_typed_is_looked_at_for_blanks_once(line: str, looks: list[str]) -> None:
    key = f'send "genSymKey -t 31 -s 32 {line}\\r"\nexpect "Command:"\n'
    assert typed(START + LOGIN + key * 2) == looks


def test_a_program_that_types_is_looked_at_too() -> None:
    assert typed(PYTHON + f"tool.sendline('{KEY}' + label)\n", "x.py") == ['hsm_typed "$label"']


@pytest.mark.parametrize(
    "default",
    ["set label nightly\nif {$argc > 0} { set label [lindex $argv 0] }", "if {$argc < 1} { set label nightly }"],
)
def test_an_argument_of_an_expect_script_is_looked_at_though_it_has_a_default(default: str) -> None:
    key = f'send "{KEY}$label\\r"\nexpect "Command:"\n'
    assert typed(f"set label [lindex $argv 0]\n{default}\n{START}{LOGIN}{key}") == ['hsm_typed "$label"']
    assert typed(f"set label nightly\n{START}{LOGIN}{key}") == []


@pytest.mark.parametrize(
    "given",
    [
        "p.add_argument('--label', default='nightly'); label = p.parse_args().label",
        "p.add_argument('label', nargs='?', default='nightly'); label = p.parse_args().label",
        "label = os.environ.get('label', 'nightly')",
    ],
)
def test_an_argument_of_a_program_is_looked_at_though_it_has_a_default(given: str) -> None:
    lines = (
        f"import argparse, os, pexpect\np = argparse.ArgumentParser()\n{given}\ntool = pexpect.spawn('key_mgmt_util')\n"
    )
    assert typed(f"{lines}tool.sendline('{KEY}' + label)\n", "x.py") == ['hsm_typed "$label"']


def test_an_argument_of_singlecmd_is_one_word() -> None:
    run = f"subprocess.run(['key_mgmt_util', 'singlecmd', *'{KEY}'.split(), label], check=True)\n"
    assert typed(PYTHON + run, "x.py") == []


def test_a_handle_that_a_tool_has_given_is_a_word() -> None:
    found = f'send "{KEY}x\\r"\nexpect -re {{Key Handle: (\\d+)}}\nset h $expect_out(1,string)\nexpect "Command:"\n'
    assert typed(START + LOGIN + found + 'send "deleteKey -k $h\\r"\nexpect "Command:"\n') == []


def test_a_login_is_tried_before_a_loop_whose_commands_may_fail() -> None:
    """Each command of the loop would count as a failed login of its own, up to the lock."""
    text = """spawn cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg
expect "aws-cloudhsm>"
send "loginHSM CO admin $env(CO_PW)\\r"
expect "aws-cloudhsm>"
foreach u $argv {
    send "deleteUser CU $u\\r"
    expect {
        "R/B/I):" { send "I\\r"; exp_continue }
        "aws-cloudhsm>" {}
    }
}
"""
    lines = [line.strip() for line in body(translate(script(text, "x.exp"))).splitlines()]
    at = lines.index('hsm_login admin admin "$CO_PW"')
    assert lines[at + 1] == "hsm key list --max-items 1 > /dev/null"
    assert 'hsm user delete --username "$u" --role crypto-user || true' in lines
    assert 'hsm_typed "${@}"' in lines


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.txt", "loginHSM -u CU -s alice -p password1\nfindKey\n"),
        ("x.py", PYTHON + "tool.sendline('findKey')\n"),
        ("x.exp", START + LOGIN),
    ],
)
def test_the_head_tells_that_a_failure_ends_the_script(name: str, text: str) -> None:
    assert "# A command that fails ends this script, also where the old one went on" in render(
        translate(script(text, name))
    )
