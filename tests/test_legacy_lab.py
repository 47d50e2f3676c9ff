"""The lab that legacy scripts run in: what it shows of the machine, and what it does not let pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from legacy.lab import Lab

pytest_plugins = ["legacy.lab"]


def test_installation_is_seen_at_its_legacy_place_and_nowhere_else(lab: Lab) -> None:
    outside = Path("/opt/cloudhsm").exists()
    names = lab.shell("ls /opt; cat /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg").out
    assert "/opt/cloudhsm/etc/customerCA.crt" in names
    assert {entry.name for entry in Path("/opt").glob("*")} - {"cloudhsm"} <= set(names.split())
    assert Path("/opt/cloudhsm").exists() == outside


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("sleep 300 >/dev/null 2>&1 &", "left behind: .*sleep 300"),
        ("echo TIMEOUT waiting for a prompt", "TIMEOUT"),
        ("printf '\\033[?2004h'", "assert"),
        ("echo 'Traceback (most recent call last):' >&2", "Traceback"),
        ("false", "assert"),
    ],
)
def test_what_must_not_happen_is_noticed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, command: str, complaint: str
) -> None:
    monkeypatch.setattr("legacy.lab._GONE_WITHIN", 0.2)
    with pytest.raises(AssertionError, match=complaint):
        lab.shell(command)
