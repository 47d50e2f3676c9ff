"""Legacy scripts that set a machine up: configure, both configuration files, the client daemon, the service."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from legacy.lab import Lab

pytest_plugins = ["legacy.lab"]

UPDATING = [
    "Updating server config in /opt/cloudhsm/etc/cloudhsm_client.cfg",
    "Updating server config in /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg",
]
FROM_CLUSTER = "Updating '/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg' from cluster state"


def servers(lab: Lab) -> list[tuple[str, str]]:
    content = json.loads((lab.prefix / "etc/cloudhsm_mgmt_util.cfg").read_text())
    return [(server["name"], server["hostname"]) for server in content["servers"]]


def client_address(lab: Lab) -> str:
    return str(json.loads((lab.prefix / "etc/cloudhsm_client.cfg").read_text())["server"]["hostname"])


def test_start_up_script_of_a_machine(lab: Lab) -> None:
    issuing = lab.work / "issuing"
    issuing.mkdir()
    (lab.prefix / "etc/customerCA.crt").rename(issuing / "customerCA.crt")
    done = lab.script("shell/first_setup.sh", "10.0.0.2")
    assert done.status == 0, done.out + done.err
    assert done.lines() == [*UPDATING * 2, "configured", FROM_CLUSTER, "exit status of the client: 0"]
    assert client_address(lab) == "10.0.0.2"
    assert servers(lab) == [(ip, ip) for ip in ("10.0.0.1", "10.0.0.2", "10.0.0.3")]
    assert lab.script("expect/create_user.exp", "adminpw1", "CU", "carol", "password2").status == 0


def test_configure_asks_the_cluster_itself(lab: Lab) -> None:
    done = lab.script("shell/configure_cmu.sh", "10.0.0.3")
    assert done.status == 0, done.out + done.err
    assert done.lines()[:5] == [*UPDATING * 2, FROM_CLUSTER]
    assert done.out.count("Number of users found:3") == 3


def test_first_line_of_configure_is_disposable(lab: Lab) -> None:
    if not os.path.exists("/usr/bin/python3"):
        pytest.skip("there is no /usr/bin/python3, which the script writes into configure")
    done = lab.script("shell/configure_shebang.sh")
    assert done.status == 0, done.out + done.err
    assert done.lines() == ["#!/usr/bin/python3", *UPDATING]
    assert client_address(lab) == "10.0.0.3"


def test_both_files_edited_by_hand(lab: Lab) -> None:
    done = lab.script("shell/edit_cfg.sh", "10.0.0.2", "10.0.0.1")
    assert done.status == 0, done.out + done.err
    assert servers(lab) == [("hsm0", "10.0.0.2"), ("hsm1", "10.0.0.1")]
    lines = done.lines()
    assert [line for line in lines if line.startswith("loginHSM")] == [
        "loginHSM success on server 0(hsm0)",
        "loginHSM success on server 1(hsm1)",
    ]
    assert "\tCfm3FindKey returned: 0x00 : HSM Return: SUCCESS" in lines


def test_configure_may_be_killed_once_it_has_named_both_files(lab: Lab) -> None:
    assert lab.script("programs/kill_configure.py", "10.0.0.3").status == 0
    assert client_address(lab) == "10.0.0.3"
    assert servers(lab)[0] == ("10.0.0.3", "10.0.0.3")


def test_client_as_a_service(lab: Lab, request: pytest.FixtureRequest) -> None:
    lab.require("service")
    if not os.path.isdir("/etc/init.d"):
        pytest.skip("there is no /etc/init.d to mount a private folder over")

    @request.addfinalizer
    def end() -> None:
        # Where the script stops half way, the daemon has left its session and nobody else would end it.
        pid = lab.prefix / "run/cloudhsm_client.pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)

    lab.install_service()
    done = lab.script("shell/service.sh")
    assert done.status == 0, done.out + done.err
    lines = done.lines()
    assert "\tCfm3Initialize() returned 0x40000040 : LIQUIDSECURITY: Daemon socket connection error" in lines
    assert [line for line in lines if line.startswith(("stopped", "running", "started"))] == [
        "stopped: 255",
        "running",
        "started: 0",
    ]
    assert lab.script("expect/kmu_wrong_password.exp", "alice", "password1").status == 4
    assert not Path("/etc/init.d/cloudhsm-client").exists() or Path("/opt/cloudhsm").exists()
