"""getCert in server mode: who may, what is refused, and the certificates of each server's HSM."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cmu_support import ADMIN_LINE, NOBODY, ask, digests, play, servers_of, terminal
from model_support import World, make_installation, make_world
from sign_support import openssl

from shared import errors
from shared.cluster.certificates import Certificates
from shared.cluster.directory import set_state
from shared.hsm import Hsm
from shared.installation import Installation
from shared.installation.cfg import set_servers
from shared.realm import Realm
from shared.store import records

SERVER_PROMPT = "server0>"
INVALID = "getCert failed: HSM Error: Invalid input data/params\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Return an installation with two HSMs; the working directory is empty."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    place = make_installation(tmp_path / "cloudhsm", 2)
    set_servers(place.mgmt_cfg, [(ip, 2225, ip) for ip in ("10.0.0.1", "10.0.0.2")])
    return place


@pytest.fixture
def child(place: Installation) -> Iterator[Any]:
    """Return the tool on a terminal, with the CO logged in, in the mode of server 0."""
    with terminal(place) as child:
        ask(child, ADMIN_LINE)
        ask(child, "server 0", SERVER_PROMPT)
        yield child


def get(child: Any, line: str, prompt: str = SERVER_PROMPT) -> str:
    return ask(child, f"getCert {line}", prompt)


@pytest.mark.parametrize("subject", ["0", "3", "5", "32", "64", "31", "9" * 1000])
def test_numbers_of_no_certificate(child: Any, subject: str) -> None:
    Path("cert").write_bytes(b"old")
    assert get(child, f"cert {subject}") == INVALID
    assert Path("cert").read_bytes() == b"old"


def test_nobody_is_logged_in(place: Installation) -> None:
    with terminal(place) as child:
        ask(child, "server 0", SERVER_PROMPT)
        assert get(child, "cert 1") == f"getCert failed: {NOBODY}\n"
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("path", ["missing/cert", ".", "/dev/full", "x" * 300])
def test_a_file_that_cannot_be_written(child: Any, path: str) -> None:
    assert get(child, f"{path} 1") == f"Failed to open file {path}\n"


def test_the_hsm_refuses_or_is_lost(place: Installation, child: Any) -> None:
    realm = Realm.open(place)
    row = realm.store.one(records.Hsm, ip="10.0.0.1")
    assert row is not None
    realm.store.add(records.Fault(None, row.id, "getCert", errors.KEY_ACCESS_DENIED.number, 1))
    assert get(child, "cert 1") == "getCert failed: HSM Error: Key Access is denied\n"
    set_state(realm, row.id, "stopped")
    assert get(child, "cert 1") == "Server 0(10.0.0.1) is not connected\n"
    realm.close()
    assert list(Path.cwd().iterdir()) == []


def test_the_customer_s_key_is_gone(place: Installation, child: Any) -> None:
    Path(place.customer_key).unlink()
    assert get(child, "owner 4") == "getCert Success\n"
    assert get(child, "cluster 8") == INVALID
    assert not Path("cluster").exists()


def test_both_chains(place: Installation, child: Any) -> None:
    for subject in (1, 2, 4, 8, 16):
        assert get(child, f"c{subject} {subject}") == "getCert Success\n"
    assert openssl("verify", "-CAfile", "c4", "c8") == b"c8: OK\n"
    assert openssl("verify", "-CAfile", "c1", "-untrusted", "c2", "c16") == b"c16: OK\n"
    assert openssl("x509", "-in", "c4") == openssl("x509", "-in", place.customer_ca)
    # Once more, over the file: the same certificate.
    before = Path("c16").read_bytes()
    Path("c16").write_bytes(b"x" * 10_000)
    get(child, "c16 16")
    assert Path("c16").read_bytes() == before


def test_each_server_has_its_own_hardware(child: Any) -> None:
    get(child, "first 2")
    get(child, "root 1")
    ask(child, "exit")
    ask(child, "server 1", "server1>")
    assert get(child, "second 2", "server1>") == "getCert Success\n"
    assert Path("first").read_bytes() != Path("second").read_bytes()
    for name in ("first", "second"):
        openssl("verify", "-CAfile", "root", name)


def test_anybody_who_is_logged_in(place: Installation) -> None:
    with terminal(place) as child:
        ask(child, "loginHSM CU alice alicepw1")
        ask(child, "server 0", SERVER_PROMPT)
        assert get(child, "cert 1") == "getCert Success\n"


def test_without_encryption(place: Installation) -> None:
    """The command is one of the limited mode; nobody can log in there, though."""
    os.rename(place.customer_ca, "elsewhere.crt")
    with terminal(place) as child:
        ask(child, "server 0", SERVER_PROMPT)
        assert get(child, "cert 1") == f"getCert failed: {NOBODY}\n"


def test_the_login_of_the_other_server_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    world: World = make_world(tmp_path / "world", 2)
    before = digests(world)
    output = play(world, "server 1", ADMIN_LINE, "exit", "server 0", "getCert cert 1", servers=servers_of(world))
    assert output.endswith(f"getCert failed: {NOBODY}\n")
    assert digests(world) == before


def test_a_shell_without_an_installation_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    world = make_world(tmp_path / "world")
    assert play(world, ADMIN_LINE, "server 0", "getCert cert 1").endswith(INVALID)
    assert not Path("cert").exists()


def test_they_are_those_of_the_client_s_tool(place: Installation, child: Any) -> None:
    get(child, "cert 1")
    realm = Realm.open(place)
    row = realm.store.one(records.Hsm, ip="10.0.0.2")
    assert row is not None
    identity = Hsm(realm, row.id, realm.open_session("test")).identity()
    realm.close()
    # The manufacturer's is the same for all HSMs of an installation.
    assert Certificates.of(place).get(identity, 1) == Path("cert").read_bytes()
