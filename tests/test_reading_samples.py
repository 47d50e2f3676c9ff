"""The samples that output is tried on have the form of what the tools print."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from migration.reading.samples import PAIRS, Ran, User, Values, text
from migration.script import CMU, KMU
from shared.installation import Installation

LOGIN = Ran(KMU, "loginHSM", "loginHSM  -u  CU  -s  alice  -p  password1")
USERS = (User("CO", "admin"), User("AU", "app_user"), User("CU", "alice"))
VALUES = Values(6, 6, 7, (), USERS)
MAKING = {
    "genSymKey": "-t 31 -s 32 -l a",
    "genRSAKeyPair": "-m 2048 -e 65537 -l a",
    "genECCKeyPair": "-i 2 -l a",
    "genDSAKeyPair": "-m 2048 -l a",
    "imSymKey": "-f key -w 4 -t 31 -l a",
    "importPrivateKey": "-f key.pem -w 4 -l a",
    "importPubKey": "-f pub.pem -l a",
}
USING = {
    "wrapKey": "-k 6 -w 7 -m 4 -out a.bin",
    "exSymKey": "-k 6 -w 7 -out ex",
    "extractMaskedObject": "-o 6 -out masked",
    "insertMaskedObject": "-f masked",
    "getAttribute": "-o 6 -a 3 -out attribute",
    "getKeyInfo": "-k 6",
    "findSingleKey": "-k 6",
    "findKey": "-l a",
    "listUsers": "",
    "deleteKey": "-k 6",
    "logoutHSM": "",
}
REFUSED = {
    "deleteKey": "-k 99",
    "exportPubKey": "-k 99 -out p",
    "getAttribute": "-o 99 -a 3 -out x",
    "getKeyInfo": "-k 99",
}
ASIDE = re.compile(
    r"Written to: .*\n|\n*Exported Symmetric Key written.*\n|\n\tObject was masked .*\n|\n\tOwned by .*\n+"
)


def form(printed: str) -> str:
    """Return what is printed without its numbers, and without the lines that no sample has."""
    lists = re.sub(r"\d+(?:, \d+)*", "N", ASIDE.sub("", printed))
    return re.sub(r"[ \t]*N[ \t]*", "N", lists).rstrip("\n")


def printed(place: Installation, *words: str, typed: str = "") -> str:
    """Return what a tool prints that is started as it is installed."""
    path = Path(place.prefix) / "bin" / words[0]
    return subprocess.run(
        [path, *words[1:]], input=typed, capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ)
    ).stdout


def single(place: Installation, name: str, options: str) -> str:
    """Return what a command of key_mgmt_util prints that is given as arguments."""
    return printed(place, "key_mgmt_util", "singlecmd", *LOGIN.typed.split(), name, *options.split())


def ran(name: str, options: str) -> Ran:
    """Return a command as the samples name it."""
    return Ran(KMU, name, "  ".join([name, *options.split()]))


@pytest.fixture
def place(cluster2: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Return an installation with a cluster of two HSMs; key files lie in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("key").write_bytes(bytes(range(32)))
    Path("message").write_bytes(b"message")
    data = Path(__file__).parent / "data"
    Path("key.pem").write_bytes((data / "approver-1.pem").read_bytes())
    subprocess.run(["openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem"], check=True)
    return cluster2


def test_what_makes_keys_prints_like_its_sample(place: Installation) -> None:
    for name, options in MAKING.items():
        sample = text((LOGIN, ran(name, options)), VALUES, {}, words=True)
        assert form(single(place, name, options)) == form(sample), name


def test_what_uses_keys_prints_like_its_sample(place: Installation) -> None:
    for _ in range(2):
        single(place, "genSymKey", MAKING["genSymKey"])
    for name, options in USING.items():
        found = (6, 7) if name == "findKey" else ()
        sample = text((LOGIN, ran(name, options)), VALUES._replace(found=found), {}, words=True)
        assert form(single(place, name, options)) == form(sample), name


def test_signatures_print_like_their_samples(place: Installation) -> None:
    pair = single(place, "genRSAKeyPair", MAKING["genRSAKeyPair"])
    public, private = re.findall(r"key handle: (\d+)", pair)
    commands = {
        "sign": f"-f message -k {private} -m 1 -out a.sig",
        "verify": f"-f message -s a.sig -k {public} -m 1",
        "exportPubKey": f"-k {public} -out a.pem",
    }
    for name, options in commands.items():
        sample = text((LOGIN, ran(name, options)), VALUES, {}, words=True)
        assert form(single(place, name, options)) == form(sample), name


def test_refusals_print_like_their_samples(place: Installation) -> None:
    for name, options in REFUSED.items():
        sample = text((LOGIN, ran(name, options)), VALUES, {1: 1}, words=True)
        assert form(single(place, name, options)) == form(sample), name
    login = printed(place, "key_mgmt_util", "singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", "wrongpassword")
    refused = LOGIN._replace(typed=LOGIN.typed.replace("password1", "wrongpassword"))
    assert form(login) == form(text((refused,), VALUES, {0: 2}, words=True))


def test_no_keys_print_like_their_sample(place: Installation) -> None:
    assert form(single(place, "findKey", "-l b")) == form(text((LOGIN, ran("findKey", "-l b")), VALUES, {}, words=True))


MANAGED = ("loginHSM", "createUser", "listUsers", "changePswd", "deleteUser", "quit")
LINES = (
    "loginHSM CO admin adminpw1\ncreateUser CU a password2\ny\nlistUsers\n"
    "changePswd CU a password3\ny\ndeleteUser CU a\nquit\n"
)


def test_a_run_of_cloudhsm_mgmt_util_prints_like_its_sample(place: Installation) -> None:
    values = VALUES._replace(users=(*USERS, User("CU", "a")))
    sample = text([Ran(CMU, name) for name in MANAGED], values, {}, words=False)
    assert form(printed(place, "cloudhsm_mgmt_util", place.mgmt_cfg, typed=LINES)) == form(sample)


@pytest.mark.parametrize(
    ("name", "line", "answer"),
    [
        ("createUser", "createUser CU alice password1\ny\n", "A\n"),
        ("changePswd", "changePswd CU nobody password1\ny\n", "A\n"),
        ("deleteUser", "deleteUser CU nobody\n", ""),
    ],
)
def test_a_refusal_of_cloudhsm_mgmt_util_prints_like_its_sample(
    place: Installation, name: str, line: str, answer: str
) -> None:
    typed = f"loginHSM CO admin adminpw1\n{line}{answer}"
    shown = printed(place, "cloudhsm_mgmt_util", place.mgmt_cfg, typed=typed)
    sample = text([Ran(CMU, "loginHSM"), Ran(CMU, name)], VALUES, {1: 0}, words=False)
    cut = re.compile(r"(HSM Error: ).*\n")
    asked = re.compile(r"Retry/.*?\):", re.DOTALL)
    assert form(asked.split(cut.sub(r"\1", shown).replace("nobody", "a").replace("alice", "a"))[0]) == form(
        asked.split(cut.sub(r"\1", sample))[0]
    )


def test_pairs_are_those_that_print_two_handles() -> None:
    assert {name for name in MAKING if name.endswith("KeyPair")} == set(PAIRS) - {"rsaGenKeyPair", "dsaGenKeyPair"}
