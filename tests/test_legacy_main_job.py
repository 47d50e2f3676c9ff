"""The main job of this product: an expect script of the legacy kind takes a cluster all the way, no line changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from legacy.lab import Lab

pytest_plugins = ["legacy.lab"]

USERS = ["CO:admin", "AU:app_user", "CU:alice", "CU:bob"]


def read_to(process: subprocess.Popen[bytes], mark: bytes) -> bytes:
    """Read a script's output up to a line that begins with ``mark``."""
    assert process.stdout is not None
    seen = b""
    for line in process.stdout:
        seen += line
        if line.startswith(mark):
            break
    return seen


def test_expect_script_activates_uses_and_repairs_a_cluster(new_lab: Lab) -> None:
    process = new_lab.start("expect/main_job.exp")
    assert process.stdin is not None

    seen = read_to(process, b"MAINTENANCE: take 10.0.0.3 down")
    new_lab.simulator("hsm", "stop", "10.0.0.3")
    process.stdin.write(b"\n")
    process.stdin.flush()

    seen += read_to(process, b"MAINTENANCE: take 10.0.0.3 up")
    new_lab.simulator("hsm", "start", "10.0.0.3")
    first, second, third = map(new_lab.summary, new_lab.status())
    assert first == second
    assert first["users"] == USERS
    assert sorted(first["keys"].values()) == ["backup-key", "tls-key", "tls-key"]
    assert third == {"users": USERS[:3], "keys": {}}

    done = new_lab.finish(process, b"\n", seen)
    assert done.status == 0, done.out
    assert done.lines()[-1] == "in step again"
    state = new_lab.state()
    assert state == first
    keys = re.search(r"^keys: (.*)$", done.out.replace("\r", ""), re.MULTILINE)
    assert keys is not None
    assert sorted(map(int, keys[1].split())) == sorted(state["keys"])
