"""registerQuorumPubKey and registerMofnPubKey, and a set-up on a terminal."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from cmu_quorum_support import APPROVE, INVALID, OFFICER_LINE, Office, on_both, write_proof
from cmu_support import ADMIN_LINE, CONTINUE, RIA, ask, digests, terminal
from model_support import DATA, make_installation
from sign_support import approver_key, openssl, public_pem, signed

from shared import errors
from shared.installation.cfg import set_servers

if TYPE_CHECKING:
    from pathlib import Path

REGISTER = "registerQuorumPubKey CO officer1 message signature key"
MOFN = "registerMofnPubKey CO match officer1 private"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(tmp_path)
    write_proof(tmp_path)
    return Office(tmp_path)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("message", b"another text"),
        ("message", b"a" * 246),
        ("signature", signed("bob", b"any text")),
        ("signature", b""),
        ("key", public_pem("bob")),
        ("key", b"no key"),
        ("key", approver_key("alice").read_bytes()),
        ("key", (DATA / "wrap-rsa1024.pem").read_bytes()),
    ],
)
def test_a_proof_that_proves_nothing(office: Office, file: str, content: bytes) -> None:
    before = digests(office.world)
    (office.folder / file).write_bytes(content)
    assert office.play(REGISTER, "y", "A").endswith(
        f"{CONTINUE}registerQuorumPubKey failed: {INVALID}\nregisterQuorumPubKey failed on server 0(10.0.0.1)\n\n{RIA}"
    )
    assert digests(office.world) == before


@pytest.mark.parametrize("file", ["message", "signature", "key"])
def test_a_missing_file_asks_no_hsm(office: Office, file: str) -> None:
    (office.folder / file).unlink()
    office.world.fault(0, "registerQuorumPubKey", errors.POLICY_MISMATCH)
    assert office.play(REGISTER, "y").endswith(f"{CONTINUE}failed to open {file}\n")


def test_nothing_is_read_before_the_caution_is_answered(office: Office) -> None:
    before = digests(office.world)
    for name in ("message", "signature", "key"):
        (office.folder / name).unlink()
    assert office.play(REGISTER, "n").endswith(CONTINUE)
    assert digests(office.world) == before


def test_registration_on_one_server_fails(office: Office) -> None:
    former = office.users("officer1")[0]
    assert former is not None
    write_proof(office.folder, "carol")
    office.world.fault(0, "registerQuorumPubKey", errors.POLICY_MISMATCH)
    office.play(REGISTER, "y", "I")
    first, second = office.users("officer1")
    assert first == former
    assert second is not None
    assert second.quorum_key not in (None, former.quorum_key)


def old_office(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office of client 1.x."""
    monkeypatch.chdir(folder)
    return Office(folder, profile="1.x")


@pytest.mark.parametrize(
    ("key", "typed", "expected"),
    [
        (approver_key("carol").read_bytes(), [], on_both("registerMofnPubKey")),
        (b"no key", [], "failed to read private key from private\n"),
        (public_pem("carol"), [], "failed to read private key from private\n"),
        (b"ENCRYPTED", ["x"], "\nfailed to read private key from private\n"),
        ((DATA / "wrap-dsa2048.pem").read_bytes(), [], "failed to read private key from private\n"),
        (
            (DATA / "wrap-rsa1024.pem").read_bytes(),
            ["A"],
            f"registerMofnPubKey failed: {INVALID}\nregisterMofnPubKey failed on server 0(10.0.0.1)\n\n{RIA}",
        ),
    ],
)
def test_private_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: bytes, typed: list[str], expected: str
) -> None:
    office = old_office(tmp_path, monkeypatch)
    before = digests(office.world)
    (tmp_path / "private").write_bytes(key)
    output = office.play(MOFN, "y", *typed)
    assert output.endswith(expected)
    assert ("Enter PEM pass phrase:" in output) == (key == b"ENCRYPTED")
    assert (digests(office.world) != before) == ("success" in expected)


@pytest.mark.parametrize("phrase", ["", "wrong", "\udcff"])
def test_a_wrong_pass_phrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phrase: str) -> None:
    office = old_office(tmp_path, monkeypatch)
    words = ("pkey", "-in", approver_key("carol"), "-aes256", "-passout", "pass:right", "-out", "private")
    openssl(*words)
    before = digests(office.world)
    refusal = "Enter PEM pass phrase:\nfailed to read private key from private\n"
    assert office.play(MOFN, "y", phrase).endswith(CONTINUE + refusal)
    assert digests(office.world) == before
    # The end of input at the question registers nothing.
    assert office.play(MOFN, "y").endswith(CONTINUE + "Enter PEM pass phrase:\n")
    assert digests(office.world) == before
    assert office.play(MOFN, "y", "right").endswith(on_both("registerMofnPubKey"))


@pytest.mark.parametrize(("profile", "line"), [("1.x", REGISTER), ("3.x", MOFN)])
def test_each_profile_knows_one_of_the_two(tmp_path: Path, profile: str, line: str) -> None:
    office = Office(tmp_path, profile=profile)
    assert office.play(line) == f"Unknown command: {line.split(maxsplit=1)[0]}\n"
    assert office.play("register").startswith("register")


def test_the_guide_step_by_step_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = make_installation(tmp_path / "cloudhsm", 2)
    set_servers(place.mgmt_cfg, [(ip, 2225, ip) for ip in ("10.0.0.1", "10.0.0.2")])
    (tmp_path / "officer1.registration").write_text("any text")
    (tmp_path / "officer2.registration").write_text("any text")
    (tmp_path / "approval.txt").write_text(
        "Multi Token File Path = officer1.token;\nToken File Path = ;\n\nNumber of Approvals = 2;\n\n"
        + "".join(
            f"Approver Type = 2; # 2 for CO, 1 for CU\nApprover Name = officer{n};\nApproval File = sig{n};\n\n"
            for n in (1, 2)
        )
    )
    keys = {"officer1": approver_key("alice"), "officer2": approver_key("bob")}
    with terminal(place) as tool:
        ask(tool, ADMIN_LINE)
        for name, key in keys.items():
            openssl("rsa", "-in", key, "-pubout", "-out", f"{name}.pub")
            openssl("dgst", "-sha256", "-sign", key, "-out", f"{name}.signed", f"{name}.registration")
            ask(tool, f"createUser CO {name} another1", CONTINUE)
            ask(tool, "y")
            ask(tool, f"registerQuorumPubKey CO {name} {name}.registration {name}.signed {name}.pub", CONTINUE)
            assert ask(tool, "y") == on_both("registerQuorumPubKey")
        ask(tool, "setMValue 3 2", CONTINUE)
        assert ask(tool, "y").endswith("Setting M Value(2) for 3 on 2 nodes\n" + on_both("setMValue"))
        ask(tool, "logoutHSM")
        ask(tool, OFFICER_LINE)
        ask(tool, "getToken 3 officer1 officer1.token")
        for number, key in enumerate(keys.values(), 1):
            subprocess.run(
                ["openssl", "dgst", "-sha256", "-sign", key, "-out", f"sig{number}", "officer1.token"], check=True
            )
        assert ask(tool, APPROVE) == on_both("approveToken")
        assert ask(tool, "listTokens").count("Approver-0: officer1\nApprover-1: officer2\nNum of tokens = 1\n") == 2
        ask(tool, "createUser CU carol carolpw1", CONTINUE)
        assert ask(tool, "y").endswith(on_both("createUser"))
        assert ask(tool, "listTokens").count("Num of tokens = 0\n") == 2
