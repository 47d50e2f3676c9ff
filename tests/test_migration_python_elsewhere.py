"""What a Python program does where the reader does not see it: other files, machines, folders, unknown calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_python import HEAD, bash, program, said

from migration.read import read

if TYPE_CHECKING:
    from pathlib import Path

RUN = "['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'findKey']"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("from common import login\nlogin(child)\n", "is not followed: login(child)"),
        ("import common\ncommon.run('genSymKey -t 31 -s 32 -l x')\n", "nobody knows: common.run("),
        ("from common import kmu\nkmu('genSymKey -t 31 -s 32 -l x')\n", "is not followed: kmu('genSymKey"),
        (f"import asyncio\nasyncio.create_subprocess_exec(*{RUN})\n", "is not followed: asyncio"),
        ("from fabric import Connection\nConnection('h').run('key_mgmt_util singlecmd findKey')\n", "nobody knows"),
        ("from fabric.api import run\nrun('key_mgmt_util singlecmd findKey')\n", "where nobody knows: run("),
        ("c = connect()\nc.run('/opt/cloudhsm/bin/key_mgmt_util singlecmd findKey')\n", "where nobody knows: c.run("),
        ("subprocess.Popen(['key_mgmt_util'], stdin=open('c.txt'))\n", "its commands come from a file"),
    ],
)
def test_what_is_done_elsewhere_is_left_to_a_person(text: str, what: str) -> None:
    found = program(f"{text}child.sendline('listUsers')\n")
    assert what in said(found)
    assert bash(found).index("by_hand 'line") < bash(found).index("hsm user list")


def test_a_function_of_a_file_beside_the_program_is_left_to_a_person(tmp_path: Path) -> None:
    (tmp_path / "common.py").write_text("def rotate(): pass\n")
    (tmp_path / "x.py").write_text(
        f"{HEAD}import common, json\njson.dumps(1)\ncommon.rotate()\nchild.sendline('listUsers')\n"
    )
    found = read(str(tmp_path / "x.py"))
    assert said(found) == "is in another file, which is not read: common.rotate()"
    assert "by_hand 'line" in bash(found)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("os.chdir('/data')\n", "is not carried over: os.chdir('/data')"),
        ("os.chdir('/opt/cloudhsm/bin')\n", ""),
        (f"subprocess.run({RUN}, cwd='/data')\n", "is run in the folder /data, which is not carried over"),
        (f"subprocess.run({RUN}, cwd='/opt/cloudhsm/bin')\n", ""),
        (f"from functools import partial\nr = partial(subprocess.run, cwd='/data')\nr({RUN})\n", "the folder /data"),
        ((f"ok = 1\ntry:\n    subprocess.run({RUN}, check=True)\nexcept subprocess.CalledProcessError:\n    ok = 0\n"
         "if not ok:\n    child.sendline('listUsers')\n"), "what is done if subprocess.CalledProcessError is raised"),
    ],
)  # fmt: skip
def test_a_folder_and_a_failure_are_said(text: str, what: str) -> None:
    found = program(f"{text}child.sendline('exit')\n")
    assert what in said(found) if what else not said(found)
    assert "by_hand 'line" not in bash(found)


def test_partial_functions_are_followed() -> None:
    text = f"from functools import partial\nkmu = partial(subprocess.run, {RUN}[:2] + ['listUsers'])\nkmu(check=True)\n"
    assert [step.name for step in script(f"import subprocess\n{text}", "x.py").steps] == ["listUsers"]


@pytest.mark.parametrize("last", ["max(found)", "sorted(found)[-1]", "sorted(found)[0]", "min(found)"])
def test_the_highest_handle_is_not_the_last_of_a_list(last: str) -> None:
    text = f"""child.sendline('findKey -l x')
child.expect('Command:')
found = re.findall('[0-9]+', child.before.split('keys:')[1].split('Cluster')[0])
child.sendline('deleteKey -k ' + {last})
"""
    assert "by_hand 'line" in bash(program(text))
    assert "by_hand" not in bash(program(text.replace(last, "found[-1]")))
