"""What is said of a script holds no password that stands in it, whoever reads it: a terminal, a log, a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_main import said

if TYPE_CHECKING:
    from pathlib import Path

SHELL = """#!/bin/bash
KMU=/opt/cloudhsm/bin/key_mgmt_util
CMU="/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
"""
PYTHON = "import subprocess\n"


def told(folder: Path, capsys: pytest.CaptureFixture[str], text: str, name: str) -> str:
    """Return all that is said of a script: its plan in both forms, its translation and what is said beside it."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    calls = [("plan",), ("plan", "--format", "json"), ("translate",)]
    return "".join(part for call in calls for part in said(capsys, *call, str(file))[1:])


@pytest.mark.parametrize(
    "call",
    [
        'ssh hsmhost "$KMU singlecmd loginHSM -u CU -s alice -p Secret91 findKey"',
        "retry 3 $KMU singlecmd loginHSM -u CU -s alice -p Secret91 findKey",
        "retry 3 $KMU singlecmd loginHSM -u CU -s alice -p 'Secret91 tail' findKey",
        'retry 3 $KMU singlecmd loginHSM -u CU -s alice -p "Secret91, tail" findKey',
        "retry 3 $KMU singlecmd loginHSM -u CU -s alice -p Secret91,tail findKey",
        'eval "$KMU singlecmd loginHSM -u CU -s alice -p Secret91 findKey"',
        "eval \"$KMU singlecmd loginHSM -u CU -s alice -p 'Secret91 tail' findKey\"",
        'eval "$KMU singlecmd loginHSM -u CU -s alice -p \\"Secret91 tail\\" findKey"',
        '{ echo "loginHSM CO admin Secret91"; cat more; } | $CMU',
        "{ printf 'loginHSM CO admin Secret91\\nquit\\n'; cat more; } | $CMU",
        "timeout 5 bash -c \"echo 'createUser CU bob Secret91' | $CMU\"",
        "timeout 5 bash -c \"echo 'changePswd CU bob Secret91' | $CMU\"",
        'ssh hsmhost "CLOUDHSM_PIN=crypto:Secret91 $KMU singlecmd findKey"',
        "sshpass -p Secret91 ssh hsmhost $KMU singlecmd findKey",
        "sshpass -pSecret91 ssh hsmhost $KMU singlecmd findKey",
        'PASSWORD="Secret91" retry $KMU singlecmd findKey',
    ],
)
def test_a_call_of_a_shell_script_that_is_not_read(
    call: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(tmp_path, capsys, f"{SHELL}{call}\n", "x.sh")
    assert "by_hand" in found
    assert "***" in found
    assert "Secret91" not in found
    assert "tail" not in found


def test_a_password_of_a_call_that_is_read_is_none_that_others_show() -> None:
    read = "$KMU singlecmd loginHSM -u CU -s alice -p Secret91 findKey\n"
    found = script(f"{SHELL}{read}retry Secret91 $KMU singlecmd findKey\n", "x.sh")
    assert [work.text for work in found.hand_work] == [
        "calls a legacy tool in a way that is not read: retry *** $KMU singlecmd findKey"
    ]


def test_what_is_no_password_shows() -> None:
    call = 'retry 3 $KMU singlecmd loginHSM -u CU -s "$user" -p "$PASS" genSymKey -t 31 -s 32 -l pass-1'
    more = "retry $KMU singlecmd findKey -l 'createUser failed: the error passed on'"
    shown = [work.text for work in script(f"{SHELL}{call}\n{more}\n", "x.sh").hand_work]
    assert shown == [f"calls a legacy tool in a way that is not read: {line}" for line in (call, more)]


@pytest.mark.parametrize(
    "call",
    [
        'subprocess.run("curl -u admin:Secret91 https://x/", shell=True)',
        'subprocess.run(["curl", "-u", "admin:Secret91", "https://x/"])',
        'subprocess.run(["curl", "--user", "admin:Secret91", "https://x/"])',
        'subprocess.run("curl --user=admin:Secret91 https://x/", shell=True)',
        'subprocess.run("openssl rsa -in k -passin pass:Secret91", shell=True)',
        'subprocess.run(["vault", "login", "--password", "Secret91"])',
        'subprocess.run("vault login --password=Secret91", shell=True)',
    ],
)
def test_another_program_that_a_python_program_runs(
    call: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read = "subprocess.run(['key_mgmt_util', 'singlecmd', 'findKey'], check=True)\n"
    found = told(tmp_path, capsys, f"{PYTHON}{read}{call}\n", "x.py")
    assert "***" in found
    assert "Secret91" not in found


CMU = """import sys, pexpect
PW = "Secret91"
c = pexpect.spawn("/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg")
c.sendline("listUsers")
c.expect("aws-cloudhsm>")
"""
KMU = '["/opt/cloudhsm/bin/key_mgmt_util", "singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", {}, "findKey"]'


@pytest.mark.parametrize(
    "lines",
    [
        'if b"bob" in c.before:\n    c.sendline("changePswd CU bob Secret91")',
        'if len(c.before) > int(sys.argv[1]) ** 2:\n    c.sendline(f"createUser CU bob {PW}")',
        'for line in open("users").read().split(";"):\n    c.sendline("changePswd CU %s Secret91" % line)',
        'while c.expect(["a", "b"]) != 1:\n    c.sendline("loginHSM CO admin Secret91")',
        f"import subprocess\nif len(open('x').read()) % 3:\n    subprocess.run({KMU.format('PW')})",
        f"import subprocess\nfor a in open('x'):\n    subprocess.run(['ssh', a, *{KMU.format('PW')}])",
        (
            "import subprocess\npassword = 'Secret91' if open('x').read() else 'Secret91-2'\n"
            f"subprocess.run({KMU.format('password')})"
        ),
        (
            "import subprocess\npasswords = {'a': 'Secret91', 'b': 'Secret91'}\n"
            f"subprocess.run({KMU.format('passwords[open(chr(120)).read()]')})"
        ),
    ],
)
def test_a_password_of_a_python_program_on_a_condition_or_in_a_loop(
    lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(tmp_path, capsys, f"{CMU}{lines}\n", "x.py")
    assert "by hand" in found
    assert "Secret91" not in found


def test_where_a_password_comes_from_shows() -> None:
    line = "password = open('pw.txt').read() if mode == 'file' else vault.read('hsm/admin')"
    text = f"import subprocess, vault\nmode = vault.mode()\n{line}\nsubprocess.run({KMU.format('password')})\n"
    said = [work.text for work in script(text, "x.py").hand_work]
    assert any("open('pw.txt').read() if mode == 'file' else vault.read('hsm/admin')" in work for work in said), said
