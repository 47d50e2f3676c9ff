"""user replicate: between a cluster and its clone, and nowhere else."""

import json

import pytest
from cli_support import Cli, Sim, session

from cloudhsm_cli.configure import main as configure
from shared.installation import Installation

ROOT = "admin:adminpw1"


@pytest.fixture
def clone(cluster2: Installation, sim: Sim) -> tuple[str, str]:
    """Return the ids of a cluster with the CU alice, and of a clone that was made before bob came."""
    _, backup, _ = sim("backup", "create", "demo", "--json")
    sim("cluster", "create", "copy", "--from-backup", json.loads(backup)["id"], "--ip", "10.0.9.1,10.0.9.2,10.0.9.3")
    _, out, _ = sim("cluster", "list", "--json")
    ids = {view["name"]: view["id"] for view in json.loads(out)["clusters"]}
    assert cluster2
    assert configure(["add-cluster", "--cluster-id", ids["copy"]]) == 0
    return ids["demo"], ids["copy"]


def words(name: str, source: str, destination: str, role: str = "crypto-user") -> tuple[str, ...]:
    ends = ("--source-cluster-id", source, "--destination-cluster-id", destination)
    return ("user", "replicate", "--username", name, "--role", role, *ends)


@pytest.fixture
def both(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Return a runner of single commands with credentials for the destination."""
    monkeypatch.setenv("DESTINATION_CLOUDHSM_ROLE", "admin")
    monkeypatch.setenv("DESTINATION_CLOUDHSM_PIN", ROOT)
    return cli


def create(cli: Cli, cluster: str, name: str) -> None:
    new = ("user", "create", "--username", name, "--role", "crypto-user", "--password", "password1")
    cli.data(*new, "--cluster-id", cluster, by=("admin", ROOT))


def test_a_user_comes_with_its_password(clone: tuple[str, str], both: Cli) -> None:
    source, destination = clone
    create(both, source, "bob")
    assert both.data(*words("BOB", source, destination), by=("admin", ROOT)) == {
        "user": {
            "username": "bob",
            "role": "crypto-user",
            "locked": "false",
            "mfa": [],
            "quorum": [],
            "cluster-coverage": "full",
        },
        "message": "Successfully replicated user",
    }
    assert both.error(*words("bob", source, destination), by=("admin", ROOT)) == "User already exists"
    listing = ("quorum", "token-sign", "list", "--cluster-id", destination)
    both.data(*listing, by=("crypto-user", "bob:password1"))


def test_users_that_cannot_go(clone: tuple[str, str], both: Cli, sim: Sim) -> None:
    source, destination = clone
    admin = ("admin", ROOT)
    assert both.error(*words("nobody", source, destination), by=admin) == "Specified user does not exist"
    assert both.error(*words("alice", source, destination, "admin"), by=admin) == "Specified user does not exist"
    sim("hsm", "stop", "10.0.0.2")
    create(both, source, "bob")
    sim("hsm", "start", "10.0.0.2")
    text = "Specified user is inconsistent across the cluster"
    assert both.error(*words("bob", source, destination), by=admin) == text
    assert both.error(*words("alice", source, source), by=admin).endswith("must be different")
    denied = "User is not authorized to perform this operation"
    assert both.error(*words("alice", source, destination), by=("crypto-user", "alice:password1")) == denied


def test_an_hsm_that_refuses(clone: tuple[str, str], both: Cli, sim: Sim) -> None:
    source, destination = clone
    create(both, source, "bob")
    status, _, err = sim("fault", "add", "10.0.9.2", "refuse", "insertMaskedObject", "0xe4")
    assert (status, err) == (0, "")
    text = "User replicate failed on 1 of 3 connections"
    assert both.error(*words("bob", source, destination), by=("admin", ROOT)) == text
    # The next time it goes where it is missing.
    both.data(*words("bob", source, destination), by=("admin", ROOT))


def test_a_cluster_that_is_no_clone(clone: tuple[str, str], both: Cli, sim: Sim) -> None:
    source, _ = clone
    sim("cluster", "create", "other", "--ip", "10.0.8.1", "--activate", "adminpw1")
    _, out, _ = sim("cluster", "show", "other", "--json")
    other = json.loads(out)["id"]
    assert configure(["add-cluster", "--cluster-id", other]) == 0
    text = "The source and destination clusters are not clones of each other"
    assert both.error(*words("alice", source, other), by=("admin", ROOT)) == text


def test_in_interactive_mode_both_clusters_are_logged_in_to(clone: tuple[str, str], both: Cli) -> None:
    source, destination = clone
    create(both, source, "bob")
    line = " ".join(words("bob", source, destination))
    with session() as shell:
        login = "login --username admin --role admin --password adminpw1 --cluster-id"
        shell.data(f"{login} {source}")
        assert shell.error(line) == "User must be logged in to perform this operation"
        shell.data(f"{login} {destination}")
        shell.data(line)
