"""The CloudHSM CLI in clusters that are out of step, damaged or gone."""

import json
from pathlib import Path

from cli_support import ADMIN, Cli, Sim, session

from cloudhsm_cli.configure import main as configure
from shared.clock import now
from shared.crypto.certificates import certify, new_key
from shared.installation import Installation

CREATE = ("user", "create", "--username", "bob", "--role", "crypto-user", "--password", "password1")


def coverage(cli: Cli, name: str) -> str:
    users = {user["username"]: user for user in cli.data("user", "list")["users"]}
    return str(users[name]["cluster-coverage"])


def test_an_hsm_that_was_down_is_activated_later(installation: Installation, sim: Sim, cli: Cli) -> None:
    assert installation
    sim("cluster", "create", "demo", "--ip", "10.0.0.1,10.0.0.2")
    sim("hsm", "stop", "10.0.0.2")
    cli.data("cluster", "activate", "--password", "adminpw1")
    sim("hsm", "start", "10.0.0.2")
    assert next(user["role"] for user in cli.data("user", "list")["users"]) == "inconsistent"
    cli.data("cluster", "activate", "--password", "adminpw1")
    cli.data(*CREATE, by=ADMIN)
    assert coverage(cli, "bob") == "full"


def test_an_hsm_that_comes_back_takes_part_in_the_same_session(cluster2: Installation, sim: Sim, cli: Cli) -> None:
    assert cluster2
    with session() as shell:
        shell.log_in("admin", "admin", "adminpw1")
        sim("hsm", "stop", "10.0.0.1")
        shell.data(" ".join(CREATE))
        sim("hsm", "start", "10.0.0.1")
        assert coverage(cli, "bob") == "inconsistent"
        shell.data(" ".join(CREATE))
        assert coverage(cli, "bob") == "full"
        for address in ("10.0.0.1", "10.0.0.2"):
            sim("hsm", "stop", address)
        assert shell.error("user list") == "Failed to initialize hsm1 context"
        sim("hsm", "start", "10.0.0.2")
        assert coverage(cli, "bob") == "full"
        shell.data("user delete --username bob --role crypto-user")


def test_the_prompt_names_the_user_only_where_the_file_has_several_clusters(cluster2: Installation, sim: Sim) -> None:
    assert cluster2
    (row,) = json.loads(sim("cluster", "list", "--json")[1])["clusters"]
    assert configure(["--cluster-id", row["id"]]) == 0
    with session(row["id"]) as shell:
        shell.log_in("admin", "admin", "adminpw1")
        assert shell.shell.prompt == "aws-cloudhsm > "
        other = json.loads(sim("cluster", "create", "two", "--ip", "10.0.1.1", "--json")[1])
        assert configure(["add-cluster", "--cluster-id", other["id"]]) == 0
        shell.data("user list")
        assert shell.shell.prompt == f"admin@{row['id']} > "


def test_a_user_with_another_password_on_one_hsm_logs_in_nowhere(cluster2: Installation, sim: Sim, cli: Cli) -> None:
    assert cluster2
    sim("hsm", "stop", "10.0.0.2")
    change = ("user", "change-password", "--username", "alice", "--role", "crypto-user", "--password", "password2")
    cli.data(*change, by=ADMIN)
    sim("hsm", "start", "10.0.0.2")
    listing = ("quorum", "token-sign", "list")
    for password in ("password1", "password2"):
        assert cli.error(*listing, by=("crypto-user", f"alice:{password}")).startswith("Login failed")
    cli.data(*change, by=ADMIN)
    cli.data(*listing, by=("crypto-user", "alice:password2"))


def test_a_password_with_a_colon_is_for_interactive_mode(cluster2: Installation, cli: Cli) -> None:
    assert cluster2
    odd = "pass:word1"
    cli.data("user", "create", "--username", "bob", "--role", "crypto-user", "--password", odd, by=ADMIN)
    assert cli.error("key", "list", by=("crypto-user", f"bob:{odd}")) == "CLOUDHSM_PIN must be <username>:<password>"
    with session() as shell:
        shell.log_in("bob", "crypto-user", odd)


def test_an_empty_cluster_id_is_none_of_the_file(cluster2: Installation, cli: Cli) -> None:
    content = json.loads(Path(cluster2.cli_cfg).read_text())
    content["clusters"][0]["cluster"]["cluster_id"] = "cluster-1234567"
    Path(cluster2.cli_cfg).write_text(json.dumps(content))
    assert cli.data("user", "list")
    assert cli.error("user", "list", "--cluster-id", "") == "Cluster  is not in the configuration file"


def test_an_hsm_that_refuses_leaves_the_user_on_the_others(cluster2: Installation, sim: Sim, cli: Cli) -> None:
    assert cluster2
    sim("fault", "add", "10.0.0.2", "refuse", "createUser", "0xe4")
    assert cli.error(*CREATE, by=ADMIN) == "Invalid input data/params"
    assert coverage(cli, "bob") == "inconsistent"
    cli.data(*CREATE, by=ADMIN)
    assert coverage(cli, "bob") == "full"


def test_an_added_hsm_has_the_trust_anchors_and_quorum_values(
    cluster2: Installation, sim: Sim, cli: Cli, tmp_path: Path
) -> None:
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"hsm1"', '"hsm2m"'))
    root = tmp_path / "root.pem"
    root.write_bytes(certify("root", new_key(), None, authority=True, moment=now(), days=30))
    cli.data("cluster", "mtls", "register-trust-anchor", "--path", str(root), by=ADMIN)
    sim("hsm", "add", "demo")
    assert len(cli.data("cluster", "hsm-info")["hsms"]) == 3
    assert coverage(cli, "alice") == "full"
    (anchor,) = cli.data("cluster", "mtls", "list-trust-anchors")["trust_anchors"]
    assert (anchor["certificate"], anchor["cluster-coverage"]) == (root.read_text(), "full")


def test_reset_puts_the_placeholder_back(cluster2: Installation, sim: Sim, cli: Cli) -> None:
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"hsm1"', '"hsm2m"'))
    assert sim("reset")[0] == 0
    assert cli.error("user", "list") == "Config key hostname has invalid value %%HSM_IP_ADDRESS%%"
    assert json.loads(cfg.read_text())["clusters"][0]["type"] == "hsm2m"


def test_files_that_are_no_configuration(cluster2: Installation, cli: Cli) -> None:
    cfg = Path(cluster2.cli_cfg)
    server = {"hostname": "10.0.0.1", "port": 2223, "enable": True}
    wrong = (
        [],
        {},
        {"clusters": {}},
        {"clusters": []},
        {"clusters": [1]},
        {"clusters": [{}]},
        {"clusters": [{"cluster": {"servers": [{}]}}]},
        {"clusters": [{"type": "hsm9", "cluster": {"servers": [server]}}]},
        {"clusters": [{"cluster": {"servers": [{**server, "port": "x"}]}}]},
        {"clusters": [{"cluster": {"servers": [server], "options": []}}]},
    )
    for content in wrong:
        cfg.write_text(json.dumps(content))
        assert cli.error("user", "list").startswith(f"malformed configuration file {cfg}: "), content
    unreachable = (
        {**server, "port": 2225},
        {**server, "enable": False},
        {**server, "hostname": "10.9.9.9"},
        {**server, "hostname": ""},
    )
    for entry in unreachable:
        cfg.write_text(json.dumps({"clusters": [{"cluster": {"servers": [entry]}}]}))
        assert cli.error("user", "list") == "Failed to initialize hsm1 context"
    cfg.write_text(json.dumps({"clusters": [{"cluster": {"servers": [unreachable[2], server]}}]}))
    cli.data("user", "list")
