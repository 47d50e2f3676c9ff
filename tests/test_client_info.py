"""client_info names who is connected, and refuses what it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudhsm_sim import client_info
from shared.realm import Realm

if TYPE_CHECKING:
    from shared.installation import Installation


@pytest.mark.usefixtures("installation")
def test_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert client_info.main(["--all"]) == 2
    assert capsys.readouterr().err == "usage: client_info\n"


def test_without_an_installation_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", f"{tmp_path}/nowhere")
    assert client_info.main([]) == 1
    assert capsys.readouterr().err.startswith("client_info: no installation at ")


def test_an_open_session_is_listed_until_it_ends(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", "0")
    realm = Realm.open(installation, create=True)
    session = realm.open_session("key_mgmt_util")
    assert client_info.main([]) == 0
    assert capsys.readouterr().out == f"{session}\tkey_mgmt_util\t1970-01-01T00:00:00Z\n"
    realm.close()
    assert client_info.main([]) == 0
    assert capsys.readouterr().out == ""
