"""The life of a second factor on a terminal, with keys and signatures of openssl, on one HSM and on three."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cmu_support import ADMIN_LINE, CONTINUE, PROMPT, RIA, ask, terminal
from model_support import DATA, make_installation
from sign_support import openssl

from shared.installation import Installation
from shared.installation.cfg import set_servers

QUESTION = "Enter filename: "
INVALID = "HSM Error: Invalid input data/params"
CREATE = "createUser CO olga password1 -2fa auth.json"
LOGIN = "loginHSM CO olga password1 -2fa auth.json"
REQUEST = (
    'Authentication data written to: "{path}"\n'
    "Generate Base64-encoded signatures for SHA256 digests in the authentication data\n"
    "file. To generate the signatures, use the RSA private key, which is the second factor of\n"
    "authentication for this user. Paste the signatures{key}\n"
    "into the authentication data file and provide the file path below.\n"
    "Leave this field blank to use the path initially provided.\n"
)


@pytest.fixture(params=[1, 3], ids=["one", "three"])
def nodes(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: int) -> Installation:
    """Return an installation of so many HSMs; the working directory holds the keys old.pem, new.pem and long.pem."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for name, made in (("old", "rsa2048-1"), ("new", "rsa2048-2"), ("long", "rsa3072")):
        shutil.copy(DATA / f"{made}.pem", f"{name}.pem")
    place = make_installation(tmp_path / "cloudhsm", nodes)
    addresses = [f"10.0.0.{number}" for number in range(1, nodes + 1)]
    set_servers(place.mgmt_cfg, [(ip, 2225, ip) for ip in addresses])
    return place


def sign(key: str, *, with_key: bool = True) -> None:
    """Do what the file's text asks for."""
    document = json.loads(Path("auth.json").read_text())
    for entry in document["Data"]:
        Path("digest").write_bytes(base64.b64decode(entry["Digest"]))
        words = ["-sign", "-inkey", f"{key}.pem", "-pkeyopt", "digest:sha256", "-in", "digest", "-out", "signature"]
        openssl("pkeyutl", *words)
        entry["Signature"] = openssl("base64", "-A", "-in", "signature").decode()
    if with_key:
        document["PublicKey"] = openssl("rsa", "-in", f"{key}.pem", "-pubout", "-outform", "PEM").decode()
    Path("auth.json").write_text(json.dumps(document))


def successes(command: str, nodes: int) -> str:
    return "".join(f"{command} success on server {node}(10.0.0.{node + 1})\n" for node in range(nodes))


def login_failures(nodes: int) -> str:
    return "".join(
        f"loginHSM failed: HSM Error: RET_USER_LOGIN_FAILURE\nloginHSM failed on server {node}(10.0.0.{node + 1})\n"
        for node in range(nodes)
    )


def change(child: Any, line: str, key: str, until: str = PROMPT) -> str:
    """Type a command that asks with the caution, sign with a key, and return what comes of it."""
    ask(child, line, CONTINUE)
    ask(child, "y", QUESTION)
    sign(key)
    return ask(child, "", until)


def login(child: Any, line: str, key: str) -> str:
    """Type a login, sign with a key, and return what comes of it."""
    ask(child, line, QUESTION)
    sign(key, with_key=False)
    return ask(child, "auth.json")


def flags(child: Any) -> set[str]:
    """Return what the HSMs list for olga, without the id: MofnPubKey, failures, 2FA."""
    rows = (line.split() for line in ask(child, "listUsers").splitlines())
    return {" ".join(row[3:]) for row in rows if "olga" in row}


def test_what_is_printed(place: Installation, nodes: int) -> None:
    with terminal(place) as child:
        ask(child, ADMIN_LINE)
        ask(child, CREATE, CONTINUE)
        created = f"Creating User olga(CO) on {nodes} nodes\n"
        text = REQUEST.format(path="auth.json", key=" and the corresponding public key")
        assert ask(child, "y", QUESTION) == created + text
        sign("old")
        assert ask(child, "") == successes("createUser", nodes)
        ask(child, "logoutHSM")
        path = Path("auth.json").resolve()
        text = ask(child, f"loginHSM CO olga password1 -2fa {path}", QUESTION)
        assert text == REQUEST.format(path=path, key="")
        sign("old", with_key=False)
        assert ask(child, "") == successes("loginHSM", nodes)


def test_life(place: Installation, nodes: int) -> None:
    with terminal(place) as child:
        ask(child, ADMIN_LINE)
        for key, refused in (("long", True), ("old", False)):
            if refused:
                output = change(child, CREATE, key, RIA)
                assert output == f"createUser failed: {INVALID}\ncreating user on server 0(10.0.0.1) failed\n\n"
                ask(child, "A")
                assert flags(child) == set()
            else:
                assert change(child, CREATE, key) == successes("createUser", nodes)
        assert flags(child) == {"YES 0 YES"}
        ask(child, "logoutHSM")

        assert ask(child, "loginHSM CO olga password1") == login_failures(nodes)
        assert login(child, LOGIN, "new") == login_failures(nodes)
        assert flags(child) == {"YES 2 YES"}
        assert login(child, LOGIN, "old") == successes("loginHSM", nodes)
        assert flags(child) == {"YES 0 YES"}

        rotate = "changePswd CO olga password2 -2fa auth.json"
        assert change(child, rotate, "new") == successes("changePswd", nodes)
        assert flags(child) == {"YES 0 YES"}
        ask(child, "logoutHSM")
        line = LOGIN.replace("password1", "password2")
        assert login(child, line, "old") == login_failures(nodes)
        assert login(child, LOGIN, "new") == login_failures(nodes)
        assert login(child, line, "new") == successes("loginHSM", nodes)

        ask(child, "changePswd CO olga password3", CONTINUE)
        output = ask(child, "y")
        assert output == f"Changing password for olga(CO) on {nodes} nodes\n" + successes("changePswd", nodes)
        assert flags(child) == {"NO 0 NO"}
        ask(child, "logoutHSM")
        assert ask(child, "loginHSM CO olga password3") == successes("loginHSM", nodes)


def test_an_officer_who_is_there_gets_one(place: Installation, nodes: int) -> None:
    with terminal(place) as child:
        ask(child, ADMIN_LINE)
        assert change(child, "changePswd CO admin adminpw1 -2fa auth.json", "old") == successes("changePswd", nodes)
    with terminal(place) as child:
        assert ask(child, ADMIN_LINE) == login_failures(nodes)
        assert login(child, f"{ADMIN_LINE} -2fa auth.json", "old") == successes("loginHSM", nodes)


def test_hidden_passwords(place: Installation, nodes: int) -> None:
    with terminal(place) as child:
        ask(child, ADMIN_LINE)
        ask(child, "createUser CO olga -hpswd -2fa auth.json", "Enter password: ")
        ask(child, "password1", "Re-enter password: ")
        ask(child, "password1", CONTINUE)
        ask(child, "y", QUESTION)
        sign("old")
        assert ask(child, "") == successes("createUser", nodes)
        ask(child, "logoutHSM")
        ask(child, "loginHSM CO olga -hpswd -2fa auth.json", "Enter password: ")
        ask(child, "password1", QUESTION)
        sign("old", with_key=False)
        assert ask(child, "") == successes("loginHSM", nodes)


def test_an_interrupt_changes_nothing(place: Installation) -> None:
    with terminal(place) as child:
        ask(child, ADMIN_LINE)
        ask(child, CREATE, CONTINUE)
        ask(child, "y", QUESTION)
        sign("old")
        child.sendintr()
        child.expect_exact(PROMPT)
        assert flags(child) == set()
        # What was signed is worth nothing for the next one.
        Path("auth.json").rename("former.json")
        ask(child, CREATE, CONTINUE)
        ask(child, "y", QUESTION)
        assert ask(child, "former.json", RIA).startswith(f"createUser failed: {INVALID}\n")
        ask(child, "A")
        assert flags(child) == set()
