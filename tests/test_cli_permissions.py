"""Who may run which command of the CloudHSM CLI: each role, and nobody."""

import json
from pathlib import Path

import pytest
from cli_support import Sim, session

from cloudhsm_cli import table
from cloudhsm_cli.configure import main as configure
from shared.clock import now
from shared.crypto.certificates import certify, new_key
from shared.installation import Installation

NOBODY, ADMIN, OTHER_ADMIN, USER = "nobody", "admin", "admin2", "alice"
EVERYBODY = {NOBODY, ADMIN, OTHER_ADMIN, USER}
ADMINS = {ADMIN, OTHER_ADMIN}
SOMEBODY = EVERYBODY - {NOBODY}
LOGINS = {
    ADMIN: "login --username admin --role admin --password adminpw1",
    OTHER_ADMIN: "login --username admin2 --role admin --password password1",
    USER: "login --username alice --role crypto-user --password password1",
}
REFUSALS = {
    "User must be logged in to perform this operation",
    "User is not authorized to perform this operation",
    "An Admin must be logged in to set policy on an HSM",
}
BOB = "--username bob --role crypto-user"
CAROL = "--username carol --role crypto-user"
CLONE = "--source-cluster-id {one} --destination-cluster-id {two}"

# Command: what is typed behind it, and who may (reference sdk5-cli.md 3.1).
COMMANDS = {
    "user create": (f"{CAROL} --password password1", ADMINS),
    "user change-password": (f"{BOB} --password password1", ADMINS),
    "user change-mfa token-sign": (f"{BOB} --change-password password1 --deregister", ADMINS),
    "user delete": (CAROL, ADMINS),
    "user replicate": (f"--username alice --role crypto-user {CLONE}", ADMINS),
    "user change-quorum token-sign register": ("--public-key none --signed-token none", SOMEBODY),
    "user list": ("", EVERYBODY),
    "cluster activate": ("--password password1", EVERYBODY),
    "cluster hsm-info": ("", EVERYBODY),
    "cluster mtls list-trust-anchors": ("", EVERYBODY),
    "cluster mtls get-enforcement": ("", SOMEBODY),
    "cluster mtls register-trust-anchor": ("--path root.pem", ADMINS),
    "cluster mtls deregister-trust-anchor": ("--certificate-reference 1", ADMINS),
    "cluster mtls set-enforcement": ("--level none", {ADMIN}),
    "login": ("--username nobody --role crypto-user --password password1", EVERYBODY),
    "quorum token-sign generate": ("--service user --token token", ADMINS),
    "quorum token-sign list": ("", SOMEBODY),
    "quorum token-sign list-quorum-values": ("", EVERYBODY),
    "quorum token-sign set-quorum-value": ("--service user --value 1", ADMINS),
    "quorum token-sign delete": ("--scope all", ADMINS),
    "logout": ("", SOMEBODY),
}
ELSEWHERE = ("key ", "crypto ")


def test_every_command_is_here() -> None:
    known = {name for name in table.TABLE if not table.is_group(name) and not name.startswith(ELSEWHERE)}
    assert known == set(COMMANDS)


def test_who_may(cluster2: Installation, sim: Sim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each role runs all commands in one session; they are in an order in which they leave what they found."""
    monkeypatch.chdir(tmp_path)
    Path("root.pem").write_bytes(certify("root", new_key(), None, authority=True, moment=now(), days=30))
    _, backup, _ = sim("backup", "create", "demo", "--json")
    sim("cluster", "create", "copy", "--from-backup", json.loads(backup)["id"], "--ip", "10.0.9.1")
    _, out, _ = sim("cluster", "list", "--json")
    ids = [view["id"] for view in json.loads(out)["clusters"]]
    with session() as shell:
        shell.log_in("admin", "admin", "adminpw1")
        shell.data("user create --username admin2 --role admin --password password1")
        shell.data(f"user create {BOB} --password password1")
    configure(["add-cluster", "--cluster-id", ids[1]])
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"hsm1"', '"hsm2m"'))
    for actor in sorted(EVERYBODY):
        with session(ids[0]) as shell:
            if actor in LOGINS:
                shell.data(LOGINS[actor])
                # The clone has admin and alice, of whom admin may take users in there.
                login = LOGINS[ADMIN if actor == OTHER_ADMIN else actor]
                shell.data(f"{login} --cluster-id {ids[1]}")
            for name, (words, allowed) in COMMANDS.items():
                line = f"{name} {words}".format(one=ids[0], two=ids[1])
                answer = json.loads(shell.text(line))
                refused = isinstance(answer["data"], str) and answer["data"] in REFUSALS
                assert refused == (actor not in allowed), (actor, line, answer)
