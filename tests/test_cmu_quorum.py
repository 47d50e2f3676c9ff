"""Tokens of cloudhsm_mgmt_util: what refuses an approval, what uses a token up, and when one server differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cmu_quorum_support import APPROVE, BOTH, GET_TOKEN, INVALID, MXN, OFFICER_LINE, Office, on_both, refused_on_both
from cmu_support import NOBODY, RBI, RIA, digests, play
from model_support import OTHER

from shared import errors
from shared.hsm.approvals import TOKEN_BYTES
from shared.hsm.quorum import MISC_CO, USER_MGMT
from shared.store.records import Approval

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = 1_700_000_000
CREATE = ("createUser CU carol carolpw1", "y")
REFUSED_CREATE = f"createUser failed: {MXN}\ncreating user on server 0(10.0.0.1) failed\n\n{RIA}"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START))
    return Office(tmp_path, USER_MGMT)


def test_without_a_token(office: Office) -> None:
    before = digests(office.world)
    output = office.play(*CREATE, "A", "deleteUser CU alice", "I", "I", "changePswd CU alice another1", "y", "A")
    assert REFUSED_CREATE in output
    for number in (0, 1):
        ip = f"10.0.0.{number + 1}"
        assert f"deleteUser failed: {MXN}\ndeleteUser failed on server {number}({ip})\n\n{RBI}" in output
    assert f"changePswd failed: {MXN}\nChanging password on node 0(10.0.0.1) failed\n\n{RIA}" in output
    assert digests(office.world) == before


def altered(office: Office, position: int) -> Callable[[], None]:
    """Return a step that flips one bit of the token file."""

    def step() -> None:
        path = office.folder / "officer1.token"
        content = bytearray(path.read_bytes())
        content[position] ^= 1
        path.write_bytes(content)

    return step


def text_file(office: Office, text: str) -> Callable[[], None]:
    """Return a step that makes an approval file of a text."""

    def step() -> None:
        (office.folder / "approval.txt").write_text(text)

    return step


BAD_APPROVALS: dict[str, tuple[Callable[[Office], tuple[Callable[[], None], ...]], str]] = {
    "signed with the key of another": (
        lambda office: (office.signing("officer1", "officer2", key="alice"),),
        refused_on_both("approveToken", MXN),
    ),
    "the same approver twice": (
        lambda office: (office.signing("officer1", "officer1"),),
        refused_on_both("approveToken", MXN),
    ),
    "the same approver in another case": (
        lambda office: (office.signing("officer1", "OFFICER1", key="alice"),),
        refused_on_both("approveToken", MXN),
    ),
    "an approver who is unknown": (
        lambda office: (office.signing("officer1", "nobody", key="alice"),),
        refused_on_both("approveToken", MXN),
    ),
    "an approver without a key": (
        lambda office: (office.signing("officer1", "alice", key="alice"),),
        refused_on_both("approveToken", MXN),
    ),
    "an approver of another type": (
        lambda office: (office.signing("officer1", "officer2", kind=1),),
        refused_on_both("approveToken", MXN),
    ),
    "both tokens altered after they were signed": (
        lambda office: (office.signing("officer1"), altered(office, 40), altered(office, TOKEN_BYTES + 40)),
        refused_on_both("approveToken", MXN),
    ),
    "both tokens altered before they were signed": (
        lambda office: (altered(office, 4), altered(office, TOKEN_BYTES + 4), office.signing("officer1")),
        refused_on_both("approveToken", MXN),
    ),
    "one token altered after it was signed": (
        lambda office: (office.signing("officer1"), altered(office, TOKEN_BYTES + 40)),
        refused_on_both("approveToken", MXN),
    ),
    "no fields": (lambda office: (text_file(office, "officer1 agrees\n"),), "failed to open \n"),
    "no approvers": (
        lambda office: (text_file(office, "Multi Token File Path = officer1.token;\nNumber of Approvals = 1;\n"),),
        "Failed to read Approver Details\nCould only read 0/1 approvers info\n",
    ),
    "a number that is none": (
        lambda office: (text_file(office, "Multi Token File Path = officer1.token;\nNumber of Approvals = two;\n"),),
        "Field Number of Approvals has incompatible value of size 3\n",
    ),
    "no file": (lambda office: ((office.folder / "approval.txt").unlink,), "Failed to open file: approval.txt\n"),
}


@pytest.mark.parametrize("kind", BAD_APPROVALS)
def test_a_bad_approval_uses_nothing_up(office: Office, kind: str) -> None:
    make, expected = BAD_APPROVALS[kind]
    original = bytearray()
    path = office.folder / "officer1.token"
    (office.folder / "approval.txt").touch()

    def keep() -> None:
        original[:] = path.read_bytes()

    def check() -> None:
        office.look()
        path.write_bytes(original)

    good = office.signing("officer2", "admin", file="good.txt")
    output = office.play(GET_TOKEN, keep, *make(office), APPROVE, check, good, "approveToken good.txt", *CREATE)
    behind = output.partition("Node:1\nKey Handle:0\nUser:officer1\n")[2]
    assert behind.startswith(expected + on_both("approveToken"))
    assert behind.endswith("Creating User carol(CU) on 2 nodes\n" + on_both("createUser"))
    assert office.seen == [([1, 1], [0, 0])]


def test_an_approved_token_is_used_up_on_each_server(office: Office) -> None:
    output = office.play(*office.approved(), office.look, "deleteUser CU alice", office.look, *CREATE, "A")
    assert "Deleting user alice(CU) on 2 nodes\n" + on_both("deleteUser") in output
    assert output.endswith(REFUSED_CREATE)
    assert office.users("alice") == office.users("carol") == [None, None]
    assert office.seen == [([1, 1], [2, 2]), ([0, 0], [0, 0])]


def test_an_operation_on_one_server_leaves_the_other_token(office: Office) -> None:
    output = office.play(*office.approved(), "server 1", *CREATE, "exit", office.look, "deleteUser CU alice", "I")
    assert office.seen == [([1, 0], [2, 0])]
    assert (
        f"deleteUser success on server 0(10.0.0.1)\ndeleteUser failed: {MXN}\ndeleteUser failed on server 1(" in output
    )


def test_too_few_approvals_can_be_completed_later(office: Office) -> None:
    one, other = (office.signing(name, file=f"{name}.txt") for name in ("officer2", "admin"))
    output = office.play(
        GET_TOKEN, one, "approveToken officer2.txt", *CREATE, "A", other, "approveToken admin.txt", *CREATE
    )
    assert output.count(REFUSED_CREATE) == 1
    assert output.endswith(on_both("createUser"))


@pytest.mark.parametrize("end", ["logoutHSM", "quit"])
def test_a_token_dies_with_the_login(office: Office, end: str) -> None:
    office.play(*office.approved(), end)
    assert office.counts() == office.counts(Approval) == [0, 0]
    output = office.play(APPROVE, *CREATE, "A")
    assert output.startswith(refused_on_both("approveToken", MXN))
    assert output.endswith(REFUSED_CREATE)


def test_a_token_is_for_its_service(office: Office) -> None:
    output = office.play(*office.approved(MISC_CO), *CREATE, "A", office.look)
    assert output.endswith(REFUSED_CREATE)
    assert office.seen == [([1, 1], [2, 2])]


def test_validity_counts_down(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def pass_time(seconds: int) -> Callable[[], None]:
        return lambda: monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + seconds))

    steps = [step for seconds in (0, 94, 600, 9000) for step in (pass_time(seconds), "listTokens")]
    output = office.play(*office.approved(), *steps, *CREATE)
    validity = [line for line in output.splitlines() if line.startswith("Token Validity: ")]
    assert validity == [f"Token Validity: {left} sec" for left in (600, 600, 506, 506, 0, 0, 0, 0)]
    # The guide: it works until the HSM needs its room.
    assert output.endswith(on_both("createUser"))


def test_the_token_of_another_hsm(office: Office) -> None:
    steps = ("server 0", GET_TOKEN, "exit", office.signing("officer1", "officer2"), APPROVE, office.look)
    output = office.play(*steps)
    assert output.endswith(
        "approveToken success on server 0(10.0.0.1)\n"
        f"approveToken failed: {MXN}\napproveToken failed on server 1(10.0.0.2)\n"
    )
    assert office.seen == [([1, 0], [2, 0])]


def test_one_hsm_twice_in_the_configuration(office: Office) -> None:
    output = office.twice(*office.approved(), "server 0", *CREATE, "exit", "server 1", "deleteUser CU alice")
    assert output.count("approveToken success on server ") == 2
    assert output.endswith("createUser success\nServer is in 'E2' mode...\ndeleteUser success\n")


def test_the_file_is_of_the_servers_that_answered(office: Office, tmp_path: Path) -> None:
    office.world.fault(0, "getToken", errors.POLICY_MISMATCH)
    output = office.play(GET_TOKEN)
    assert output.startswith(
        "getToken failed: HSM Error: This operation violates the current configured/FIPS policies\n"
        "getToken failed on server 0(10.0.0.1)\ngetToken success on server 1(10.0.0.2)\nToken:\nId:1\n"
    )
    path = tmp_path / "officer1.token"
    assert path.stat().st_size == TOKEN_BYTES
    assert path.stat().st_mode & 0o777 == 0o644
    path.write_text("former")
    for node in (0, 1):
        office.world.fault(node, "getToken", errors.POLICY_MISMATCH)
    office.play(GET_TOKEN)
    assert path.read_text() == "former"


@pytest.mark.parametrize("name", ["none/token", ".", "a\0b"])
def test_a_file_that_cannot_be_written_takes_the_tokens_back(office: Office, name: str) -> None:
    assert office.play(f"getToken 3 officer1 {name}", office.look) == f"failed to open the file {name}\n"
    assert office.seen == [([0, 0], [0, 0])]


@pytest.mark.parametrize(
    "words", ["0 officer1", "5 officer2", "7 officer1", "99999999999999999999 officer1", "3 admin"]
)
def test_what_gets_no_token(office: Office, tmp_path: Path, words: str) -> None:
    output = office.play(f"getToken {words} t", office.look)
    expected = INVALID if not words.startswith("5") else errors.NOT_AUTHORIZED.text
    assert output == refused_on_both("getToken", expected)
    assert not (tmp_path / "t").exists()
    assert office.seen == [([0, 0], [0, 0])]


def test_approving_on_one_server_fails(office: Office) -> None:
    office.world.fault(1, "approveToken", errors.POLICY_MISMATCH)
    output = office.play(*office.approved(), *CREATE, "I", office.look)
    assert "approveToken success on server 0(10.0.0.1)\napproveToken failed: HSM Error: This operation" in output
    assert output.endswith(
        f"createUser success on server 0(10.0.0.1)\ncreateUser failed: {MXN}\n"
        f"creating user on server 1(10.0.0.2) failed\n\n{RIA}"
    )
    assert office.seen == [([0, 1], [0, 0])]


def test_a_lost_server_is_passed_over(office: Office) -> None:
    office.world.store.change(office.world.rows[1], state="stopped")
    lost = "Server 1(10.0.0.2) is not connected\n"
    output = play(office.world, OFFICER_LINE, GET_TOKEN, "listTokens", "delToken", "getMValue 3", "setMValue 4 2", "y")
    assert output.count(lost) == 6
    assert f"Num of tokens = 1\n{lost}" in output
    assert "listTokens success" not in output
    assert "delToken success on server 0(10.0.0.1)\n" + lost in output
    assert output.endswith("setMValue success on server 0(10.0.0.1)\n" + lost)


def test_listing_refused_by_one(office: Office) -> None:
    office.world.fault(0, "listTokens", errors.NOT_LOGGED_IN)
    rule = "=" * 21
    assert office.play("listTokens") == (
        f"\n{rule}\n    Server 0(10.0.0.1)\n{rule}\nlistTokens failed: {NOBODY}\n"
        f"\n{rule}\n    Server 1(10.0.0.2)\n{rule}\nNum of tokens = 0\n"
    )


def test_deleting_tokens(office: Office) -> None:
    output = office.play(
        GET_TOKEN,
        "getToken 4 officer1 other.token",
        "delToken none",
        "delToken officer1.token",
        office.look,
        "server 0",
        "delToken",
        "exit",
        office.look,
    )
    assert "failed to open none\n" + on_both("delToken") in output
    assert "\ndelToken success\n" in output
    assert office.seen == [([1, 1], [0, 0]), ([0, 1], [0, 0])]
    other = "getToken 3 officer1 theirs.token"
    assert office.play(other, "logoutHSM", "loginHSM CO officer2 another1", "delToken theirs.token").endswith(
        refused_on_both("delToken", "HSM Error: Invalid object handle is passed to this operation")
    )


def test_deleting_nothing_of_others(office: Office) -> None:
    session = office.world.realm.open_session("test")
    for hsm in office.world.hsms(session):
        hsm.login("CO", "officer2", OTHER)
        hsm.get_token(USER_MGMT, "officer2")
    office.play("delToken")
    assert office.counts() == [1, 1]
    office.world.realm.close_session(session)


def test_service_4_guards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To change service 3 once it is on, M(4) must be 2 or more and not lower than M(3)."""
    monkeypatch.chdir(tmp_path)
    office = Office(tmp_path, USER_MGMT)
    refusal = f"setMValue failed: {MXN}\nsetMValue failed on server 0(10.0.0.1)\n\n{RIA}"
    # M(4) is still 1: even an approved token does not help, and is not used up.
    output = office.play(*office.approved(MISC_CO), "setMValue 3 1", "y", "A", "delToken officer1.token")
    assert refusal + on_both("delToken") in output
    assert "(2) for 4 on 2 nodes\n" + on_both("setMValue") in office.play("setMValue 4 2", "y")
    assert office.play("setMValue 3 3", "y", "A").endswith(refusal)
    output = office.play(*office.approved(MISC_CO), "setMValue 3 3", "y", "setMValue 3 1", "y", "A")
    assert "Setting M Value(3) for 3 on 2 nodes\n" + on_both("setMValue") in output
    assert output.endswith(refusal)
    assert (office.minimum(USER_MGMT), office.minimum(MISC_CO)) == ([3, 3], [2, 2])
    # M(4) is lower than M(3) now.
    assert office.play(*office.approved(MISC_CO), "setMValue 3 1", "y", "A").endswith(refusal)


@pytest.mark.parametrize(
    "words", ["3 0", "3 9", "3 4", "5 2", "0 1", "99999999999999999999 2", "3 99999999999999999999"]
)
def test_m_values_out_of_range(tmp_path: Path, words: str) -> None:
    office = Office(tmp_path)
    service, value = words.split()
    shown = [str(min(int(word), 2**63 - 1)) for word in (value, service)]
    assert office.play(f"setMValue {words}", "y", "A").endswith(
        f"Setting M Value({shown[0]}) for {shown[1]} on 2 nodes\n"
        f"setMValue failed: {INVALID}\nsetMValue failed on server 0(10.0.0.1)\n\n{RIA}"
    )
    assert office.minimum(USER_MGMT) == [0, 0]


def test_an_m_value_out_of_range_does_not_use_the_token_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    office = Office(tmp_path, *BOTH)
    output = office.play(*office.approved(MISC_CO), "setMValue 3 9", "y", "A", "setMValue 3 3", "y")
    assert output.endswith(on_both("setMValue"))


def test_m_value_on_one_server_fails(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.world.fault(1, "setMValue", errors.POLICY_MISMATCH, remaining=2)
    office.play("setMValue 3 2", "y", "R", "I")
    assert office.minimum(USER_MGMT) == [2, 0]
    assert office.play("getMValue 3") == (
        "MValue of service 3[USER_MGMT] on server 0 : [2]\nMValue of service 3[USER_MGMT] on server 1 : [1]\n"
    )
