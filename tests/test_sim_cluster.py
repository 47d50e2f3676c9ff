"""``cloudhsm-sim cluster``: what is refused leaves nothing, what is made is what AWS hands over."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest
from model_support import ROOT

from cloudhsm_sim.joined import at_once
from shared.crypto.passwords import Password
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.installation import Installation
from shared.installation.cfg import read_client, read_servers
from shared.installation.trust import fingerprint
from shared.realm import Realm
from shared.store.protocol import StoreError
from shared.store.records import Hsm as Row

Sim = Callable[..., tuple[int, str, str]]


def refused(result: tuple[int, str, str], text: str) -> None:
    """Assert that a command was refused in one line with this text in it, and printed nothing else."""
    status, out, err = result
    assert status == 1
    assert out == ""
    assert err.startswith("cloudhsm-sim: ")
    assert err.count("\n") == 1
    assert text in err


def names(sim: Sim) -> list[str]:
    """Return the names of all clusters."""
    return [cluster["name"] for cluster in json.loads(sim("cluster", "list", "--json")[1])["clusters"]]


def status_of(sim: Sim, number: int = 0) -> Any:
    """Return one cluster as ``status --json`` shows it."""
    return json.loads(sim("status", "--json")[1])["clusters"][number]


def cfgs(place: Installation) -> bytes:
    """Return the bytes of both configuration files."""
    return Path(place.client_cfg).read_bytes() + Path(place.mgmt_cfg).read_bytes()


def logs_in(place: Installation, user_type: str, name: str, password: str) -> bool:
    """Return whether the first HSM takes a password."""
    realm = Realm.open(place)
    try:
        hsm = realm.store.rows(Row, "node")[0].id
        Hsm(realm, hsm, realm.open_session("test")).login(user_type, name, Password(password))
    except HsmError:
        return False
    finally:
        realm.close()
    return True


TYPED = ["cluster", "create", "demo", "--activate", "-", "--user", "CU:alice:password1", "--user", "CU:bob:-"]


@pytest.mark.parametrize(("given", "whose"), [(b"", "admin"), (b"adminpw1\n", "bob")])
def test_a_password_that_is_not_typed(installation: Installation, given: bytes, whose: str) -> None:
    words = [sys.executable, "-m", "cloudhsm_sim.main", *TYPED]
    env = {**os.environ, "CLOUDHSM_SIM_HOME": installation.prefix}
    done = subprocess.run(words, input=given, capture_output=True, check=False, env=env, cwd=ROOT)
    message = f"cloudhsm-sim: there is no password for {whose} on standard input\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (1, b"", message)
    assert not os.path.exists(installation.database) or Realm.open(installation).store.rows(Row) == []


def test_passwords_from_standard_input(installation: Installation) -> None:
    """A line each, in the order of the options; its end may be that of another system, its bytes need be no text."""
    words = [sys.executable, "-m", "cloudhsm_sim.main", *TYPED]
    env = {**os.environ, "CLOUDHSM_SIM_HOME": installation.prefix}
    done = subprocess.run(
        words, input=b"adminpw1\r\nbob's \xff pw", capture_output=True, check=False, env=env, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert logs_in(installation, "CO", "admin", "adminpw1")
    assert logs_in(installation, "CU", "alice", "password1")
    assert logs_in(installation, "CU", "bob", os.fsdecode(b"bob's \xff pw"))


def test_passwords_typed_at_a_terminal_are_not_shown(installation: Installation) -> None:
    env = {**os.environ, "CLOUDHSM_SIM_HOME": installation.prefix}
    child = pexpect.spawn(sys.executable, ["-m", "cloudhsm_sim.main", *TYPED], env=env, cwd=str(ROOT), encoding="utf-8")
    child.delaybeforesend = None
    child.expect_exact("Password of admin: ")
    child.sendline("adminpw1")
    child.expect_exact("Password of bob: ")
    child.sendline("password2")
    child.expect(pexpect.EOF)
    assert "Cluster demo" in child.before
    assert "adminpw1" not in child.before
    assert logs_in(installation, "CU", "bob", "password2")


def test_unknown_cluster_is_refused(installation: Installation, sim: Sim) -> None:
    assert installation.exists()
    for action in ("show", "delete"):
        refused(sim("cluster", action, "nowhere"), "no cluster named nowhere")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--activate", "short"], "min pswd len 7"),
        (["--activate", ""], "min pswd len 7"),
        (["--activate", "x" * 33], "max pswd len 32"),
        (["--activate", "adminpw1", "--user", "CU:bob:short"], "CU:bob"),
        (["--activate", "adminpw1", "--user", "CU:bob:"], "CU:bob"),
        (["--activate", "adminpw1", "--user", "CU:b-b:password1"], "CU:b-b"),
        (["--activate", "adminpw1", "--user", "CU:\udcff:password1"], "CU:"),
        (["--activate", "adminpw1", "--user", "XX:bob:password1"], "invalid user type"),
        (["--activate", "adminpw1", "--user", "CU:bob:password1", "--user", "CU:BOB:password1"], "already created"),
        (["--ip", "10.1.0.1,10.1.0.1"], "taken"),
        (["--ip", "10.1.0"], "'10.1.0' is no IPv4 address"),
        (["--ip", "10.1.0.1,"], "'' is no IPv4 address"),
        (["--ip", ""], "'' is no IPv4 address"),
        (["--ip", "\udcff"], "no IPv4 address"),
        (["--hsms", "29"], "at most 28 HSMs"),
        (["--hsms", "999999"], "at most 28 HSMs"),
        (["--ip", ",".join(f"10.1.0.{last}" for last in range(1, 30))], "at most 28 HSMs"),
        (["--from-backup", "backup-none"], "no backup backup-none"),
        (["--customer-ca", "/nowhere/ca.crt"], "/nowhere/ca.crt"),
        (["--customer-ca", "/dev/null"], "no certificate in PEM form"),
    ],
)
def test_refused_creation_leaves_nothing(installation: Installation, sim: Sim, words: list[str], text: str) -> None:
    before = cfgs(installation)
    refused(sim("cluster", "create", "demo", *words), text)
    assert names(sim) == []
    assert cfgs(installation) == before
    assert not os.path.exists(installation.vault_dir) or os.listdir(installation.vault_dir) == []


@pytest.mark.parametrize(
    "words",
    [
        ["--user", "CU:bob:password1"],
        ["--activate", "adminpw1", "--user", "bobpassword1"],
        ["--activate", "adminpw1", "--user", "CU:bobpassword1"],
        ["--hsms", "2", "--ip", "10.0.0.1"],
        ["--hsms", "0"],
        ["--hsms", "-1"],
        ["--hsms", "two"],
        ["--hsms", "9" * 5000],
        ["--hsms", "²"],
        ["--activ", "adminpw1"],
        ["surplus"],
    ],
)
def test_wrong_usage_is_status_2(installation: Installation, sim: Sim, words: list[str]) -> None:
    status, out, err = sim("cluster", "create", "demo", *words)
    assert (status, out) == (2, "")
    assert "usage:" in err
    assert "bobpassword1" not in err
    assert not os.path.exists(installation.database)


@pytest.mark.parametrize("name", ["", " demo", "de\nmo", "\x1b[2J", "\udcff"])
def test_name_that_no_table_can_show_is_wrong_usage(installation: Installation, sim: Sim, name: str) -> None:
    assert sim("cluster", "create", name)[0] == 2
    assert sim("cluster", "show", name)[0] == 2
    assert not os.path.exists(installation.database)


def test_duplicates_are_refused(cluster3: Installation, sim: Sim) -> None:
    before = cfgs(cluster3)
    refused(sim("cluster", "create", "demo"), "taken")
    refused(sim("cluster", "create", "other", "--ip", "10.9.0.1,10.0.0.2"), "10.0.0.2 is taken")
    assert names(sim) == ["demo"]
    assert cfgs(cluster3) == before


@pytest.mark.parametrize("broken", ["not JSON", '{"servers": []}', ""])
def test_unusable_cfg_refuses_first_cluster(installation: Installation, sim: Sim, broken: str) -> None:
    Path(installation.mgmt_cfg).write_text(broken, encoding="utf-8")
    before = cfgs(installation)
    refused(sim("cluster", "create", "demo"), "cloudhsm_mgmt_util.cfg")
    assert names(sim) == []
    assert cfgs(installation) == before


def test_missing_cfg_refuses_first_cluster(installation: Installation, sim: Sim) -> None:
    os.remove(installation.client_cfg)
    refused(sim("cluster", "create", "demo"), "cloudhsm_client.cfg")
    assert names(sim) == []


def test_interrupt_leaves_nothing(installation: Installation, sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cloudhsm_sim.creation.set_cluster", interrupt)
    refused(sim("cluster", "create", "demo"), "interrupted")
    assert names(sim) == []
    assert os.listdir(installation.vault_dir) == []


def test_store_that_fails_at_the_end_leaves_nothing(
    installation: Installation, sim: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = cfgs(installation)

    @contextmanager
    def failing(realm: Realm) -> Iterator[None]:
        with at_once(realm):
            yield
            raise StoreError("disk I/O error")

    monkeypatch.setattr("cloudhsm_sim.creation.at_once", failing)
    refused(sim("cluster", "create", "demo", "--activate", "adminpw1"), "disk I/O error")
    assert names(sim) == []
    assert cfgs(installation) == before
    assert os.listdir(installation.vault_dir) == []


def test_new_cluster_awaits_activation(installation: Installation, sim: Sim) -> None:
    assert sim("cluster", "create", "demo", "--hsms", "2")[0] == 0
    for hsm in status_of(sim)["hsms"]:
        assert [(user["id"], user["type"], user["name"]) for user in hsm["users"]] == [
            (1, "PRECO", "admin"),
            (2, "AU", "app_user"),
        ]
        assert (hsm["state"], hsm["keys"]) == ("up", [])
    realm = Realm.open(installation)
    hsm_id = status_of(sim)["hsms"][0]["id"]
    Hsm(realm, hsm_id, realm.open_session("test")).login("PRECO", "admin", Password("password"))
    realm.close()


def test_one_hsm_and_free_subnets_are_the_default(installation: Installation, sim: Sim) -> None:
    assert sim("cluster", "create", "a")[0] == 0
    assert sim("cluster", "create", "b", "--hsms", "2")[0] == 0
    found = json.loads(sim("cluster", "list", "--json")[1])["clusters"]
    assert [[hsm["ip"] for hsm in cluster["hsms"]] for cluster in found] == [["10.0.0.1"], ["10.0.1.1", "10.0.1.2"]]
    assert read_client(installation.client_cfg).hostname == "10.0.0.1"


def test_activation_keeps_hsms_in_step(cluster3: Installation, sim: Sim) -> None:
    hsms = status_of(sim)["hsms"]
    assert len({hsm["digest"] for hsm in hsms}) == 1
    assert [(user["type"], user["name"]) for user in hsms[0]["users"]] == [
        ("CO", "admin"),
        ("AU", "app_user"),
        ("CU", "alice"),
    ]
    realm = Realm.open(cluster3)
    for hsm in hsms:
        connection = Hsm(realm, hsm["id"], realm.open_session("test"))
        connection.login("CO", "admin", Password("adminpw1"))
        connection.logout()
        connection.login("CU", "alice", Password("password1"))
    realm.close()


def test_activation_leaves_no_session(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    assert sim("reset")[0] == 0


def test_password_may_have_colons_and_anything(installation: Installation, sim: Sim) -> None:
    odd = "a:b::c |;!#\"'\\@?"
    assert sim("cluster", "create", "demo", "--activate", odd, "--user", f"CU:alice:{odd}")[0] == 0
    realm = Realm.open(installation)
    connection = Hsm(realm, status_of(sim)["hsms"][0]["id"], realm.open_session("test"))
    connection.login("CU", "alice", Password(odd))
    with pytest.raises(HsmError):
        connection.login("CO", "admin", Password("a"), replace=True)
    realm.close()


def test_officer_of_the_old_profile_is_a_pco(
    installation: Installation, sim: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "1.x")
    assert installation.profile == "1.x"
    assert sim("cluster", "create", "demo", "--activate", "adminpw1", "--user", "CU:alice:password1")[0] == 0
    assert [user["type"] for user in status_of(sim)["hsms"][0]["users"]] == ["PCO", "AU", "CU"]


def test_first_cluster_configures_and_later_ones_on_request(installation: Installation, sim: Sim) -> None:
    sim("cluster", "create", "a", "--ip", "10.5.0.1,10.5.0.2")
    assert read_client(installation.client_cfg).hostname == "10.5.0.1"
    servers = [(server.hostname, server.name, server.port) for server in read_servers(installation.mgmt_cfg)]
    assert servers == [("10.5.0.1", "10.5.0.1", 2225), ("10.5.0.2", "10.5.0.2", 2225)]
    before = cfgs(installation)
    sim("cluster", "create", "b", "--ip", "10.6.0.1")
    assert cfgs(installation) == before
    sim("cluster", "create", "c", "--ip", "10.7.0.1", "--configure")
    assert read_client(installation.client_cfg).hostname == "10.7.0.1"
    assert [server.hostname for server in read_servers(installation.mgmt_cfg)] == ["10.7.0.1"]


def test_cluster_trusts_the_certificate_in_etc(installation: Installation, sim: Sim) -> None:
    view = json.loads(sim("cluster", "create", "demo", "--json")[1])
    assert view["owner_certificate"] == fingerprint(installation.customer_ca)


def test_cluster_without_certificate_trusts_nobody_yet(installation: Installation, sim: Sim) -> None:
    os.remove(installation.customer_ca)
    assert json.loads(sim("cluster", "create", "demo", "--json")[1])["owner_certificate"] is None
    assert "first tool" in sim("cluster", "show", "demo")[1]


def test_broken_certificate_is_refused(installation: Installation, sim: Sim) -> None:
    Path(installation.customer_ca).write_text("-----BEGIN CERTIFICATE-----\n", encoding="utf-8")
    refused(sim("cluster", "create", "demo"), "no certificate in PEM form")
    assert names(sim) == []


def test_named_certificate_is_trusted(installation: Installation, sim: Sim) -> None:
    words = ("cluster", "create", "demo", "--customer-ca", installation.client_crt, "--json")
    assert json.loads(sim(*words)[1])["owner_certificate"] == fingerprint(installation.client_crt)


def test_named_certificate_is_kept_for_get_cert(installation: Installation, sim: Sim, tmp_path: Path) -> None:
    named = tmp_path / "other-ca.crt"
    named.write_bytes(Path(installation.client_crt).read_bytes())
    sim("cluster", "create", "demo", "--customer-ca", str(named))
    named.unlink()
    tool = [f"{installation.bin_dir}/key_mgmt_util", "singlecmd", "getCert", "-f", "owner.crt", "-s", "4"]
    subprocess.run(tool, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "owner.crt").read_bytes() == Path(installation.client_crt).read_bytes()


def test_views_by_name_and_id(cluster3: Installation, sim: Sim) -> None:
    assert cluster3.exists()
    listed = json.loads(sim("cluster", "list", "--json")[1])["clusters"][0]
    assert set(listed) == {"name", "id", "lineage", "owner_certificate", "created", "hsms"}
    assert [set(hsm) for hsm in listed["hsms"]] == [{"id", "ip", "state", "node", "serial"}] * 3
    assert json.loads(sim("cluster", "show", listed["id"], "--json")[1]) == listed
    assert json.loads(sim("cluster", "show", "demo", "--json")[1]) == listed
    table = sim("cluster", "show", "demo")[1]
    assert all(hsm["id"] in table and hsm["ip"] in table for hsm in listed["hsms"])
    assert listed["id"] in sim("cluster", "list")[1]


def test_deletion_takes_hsms_and_masking_key(cluster3: Installation, sim: Sim) -> None:
    assert sim("cluster", "delete", "demo") == (0, "Deleted cluster demo\n", "")
    assert names(sim) == []
    assert os.listdir(cluster3.vault_dir) == []
    refused(sim("hsm", "stop", "10.0.0.1"), "no HSM 10.0.0.1")


def test_cluster_after_the_last_was_deleted_configures_again(cluster3: Installation, sim: Sim) -> None:
    sim("cluster", "delete", "demo")
    sim("cluster", "create", "next", "--ip", "10.8.0.1")
    assert read_client(cluster3.client_cfg).hostname == "10.8.0.1"


def test_name_of_many_scripts_fits_a_limited_terminal(installation: Installation) -> None:
    command = [sys.executable, "-m", "cloudhsm_sim.main", "cluster"]
    env = {**os.environ, "CLOUDHSM_SIM_HOME": installation.prefix, "PYTHONIOENCODING": "ascii"}
    env["PYTHONPATH"] = str(Path(__file__).parents[1])
    made = subprocess.run([*command, "create", "grün"], env=env, capture_output=True, check=False)
    assert (made.returncode, made.stderr) == (0, b"")
    listed = subprocess.run([*command, "list"], env=env, capture_output=True, check=True)
    assert b"gr\\xfcn" in listed.stdout


def test_creations_at_the_same_time_do_not_meet(installation: Installation, sim: Sim) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-m", "cloudhsm_sim.main", "cluster", "create", "--hsms", "2"]
    running = [
        subprocess.Popen([*command, f"c{number}"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for number in range(8)
    ]
    assert [process.communicate()[1] for process in running] == [b""] * 8
    found = json.loads(sim("cluster", "list", "--json")[1])["clusters"]
    assert len({hsm["ip"] for cluster in found for hsm in cluster["hsms"]}) == 16
    assert len({hsm["serial"] for cluster in found for hsm in cluster["hsms"]}) == 16
    # Exactly one of them was the first.
    hostnames = {server.hostname for server in read_servers(installation.mgmt_cfg)}
    assert hostnames == {"10.0.0.1", "10.0.0.2"}
    assert read_client(installation.client_cfg).hostname == "10.0.0.1"


def test_fingerprint_is_that_of_the_der_form(installation: Installation) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import load_pem_x509_certificate

    pem = Path(installation.customer_ca).read_bytes()
    der = load_pem_x509_certificate(pem).public_bytes(Encoding.DER)
    assert fingerprint(installation.customer_ca) == hashlib.sha256(der).hexdigest()
