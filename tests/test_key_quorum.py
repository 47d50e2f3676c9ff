"""Keys whose use and management must be approved, through KMU's commands: tokens, approvals, and what uses them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sign_support import Bench, Kmu, approver_key, block, openssl, result, signed

from shared import errors
from shared.cluster.directory import set_state
from shared.hsm.approvals import TOKEN_BYTES
from shared.store.records import Approval, Key, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.errors import Code

OK, FAILED = errors.RET_OK, errors.MXN_AUTH_FAILED
START = 1_700_000_000
# Handles of the keys, which alice shares with bob (4) and carol (5).
PUBLIC, PRIVATE, WRAPPING, PLAIN = 6, 7, 8, 9
USE, MANAGE = 5, 6


class Quorum(Bench):
    """A bench with three HSMs on which alice has keys that two users must approve."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, nodes: int = 3, profile: str = "3.x") -> None:
        super().__init__(folder, monkeypatch, nodes, profile)
        monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START))
        self.register("alice", "bob", "carol")
        self.alice = self.kmu("alice")
        for line in (
            "genRSAKeyPair -m 2048 -e 65537 -l rsa -u 4,5 -m_value 2",
            "genSymKey -t 31 -s 32 -l wrapping -u 4,5 -m_value 2",
            "genSymKey -t 31 -s 32 -l plain",
        ):
            assert "returned: 0x00" in self.alice.do(line)
        self.write("m", b"message\n")

    def token(self, service: int, handle: int, shell: Kmu | None = None, user: str = "alice") -> bytes:
        """Get a token and return the token file, t."""
        text = (shell or self.alice).do(f"getToken -n {service} -k {handle} -u {user} -f t")
        assert text.startswith(result("Cfm3GetToken", OK))
        return self.read("t")

    def template(self, *approvers: str, file: str = "t") -> str:
        """Write the approval file, a, for signatures that openssl makes of a token file."""
        lines = [f"Multi Token File Path = {file};", "Token File Path = ;", f"Number of Approvals = {len(approvers)};"]
        for number, name in enumerate(approvers):
            self.write(f"sig{number}", openssl("dgst", "-sha256", "-sign", approver_key(name), self.folder / file))
            lines += [f"Approver Type = 1;\nApprover Name = {name};\nApproval File = sig{number};"]
        return self.write("a", "\n".join(lines).encode())

    def approve(self, *approvers: str, shell: Kmu | None = None) -> str:
        """Hand in approvals of the token file t."""
        return (shell or self.alice).do(f"approveToken -af {self.template(*approvers)}")

    def approved(self, service: int, handle: int) -> None:
        """Get a token, and as many approvals as it needs."""
        self.token(service, handle)
        assert self.approve("bob", "carol").startswith(result("Cfm3ApproveToken", OK))

    def tokens(self) -> list[int]:
        """Return how many tokens each HSM has."""
        return [self.count(Token, node) for node in range(len(self.rows()))]


@pytest.fixture
def quorum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Quorum]:
    bench = Quorum(tmp_path, monkeypatch)
    yield bench
    bench.close()


def token_lines(service: int, handle: int, more: str = "") -> str:
    return "".join(
        f"\tToken Id:1 Service:{service} Node:{node} Key Handle:{handle} User:alice{more}\n" for node in range(3)
    )


OPERATIONS: dict[str, tuple[list[tuple[int, int]], str, Callable[[str], bool]]] = {
    "sign": ([(USE, PRIVATE)], "sign -f m -k 7 -m 1 -out s", lambda text: "creation successful" in text),
    "wrap by": ([(USE, WRAPPING)], "wrapKey -k 9 -w 8 -m 4 -out w", lambda text: "Key Wrapped." in text),
    "wrap": ([(MANAGE, PRIVATE)], "wrapKey -k 7 -w 9 -m 4 -out w", lambda text: "Key Wrapped." in text),
    "wrap one by the other": (
        [(MANAGE, PRIVATE), (USE, WRAPPING)],
        "wrapKey -k 7 -w 8 -m 4 -out w",
        lambda text: "Key Wrapped." in text,
    ),
    "delete": ([(MANAGE, PRIVATE)], "deleteKey -k 7", lambda text: "returned: 0x00" in text),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_that_must_be_approved(quorum: Quorum, operation: str) -> None:
    needs, line, is_done = OPERATIONS[operation]
    refusal = f"0x{FAILED.number:02x} \n\n\t{FAILED.text}\n"
    assert refusal in quorum.alice.do(line)
    # Neither a token without approvals is enough, nor too few of them, nor the token of the other service.
    for service, handle in needs:
        quorum.token(service, handle)
        assert refusal in quorum.alice.do(line)
        quorum.approve("bob")
        assert refusal in quorum.alice.do(line)
        quorum.alice.do("delToken -f 4")
        quorum.approved(11 - service, handle)
    assert refusal in quorum.alice.do(line)
    for service, handle in needs:
        assert refusal in quorum.alice.do(line)
        quorum.approved(service, handle)
    assert is_done(quorum.alice.do(line))
    assert not is_done(quorum.alice.do(line))


def test_the_owner_may_be_one_of_the_approvers(quorum: Quorum) -> None:
    quorum.token(USE, PRIVATE)
    assert quorum.approve("alice", "carol") == result("Cfm3ApproveToken", OK) + block(OK, OK, OK)
    assert "creation successful" in quorum.alice.do("sign -f m -k 7 -m 1 -out s")


def test_a_public_key_of_the_pair_needs_no_approval(quorum: Quorum) -> None:
    quorum.approved(USE, PRIVATE)
    quorum.alice.do("sign -f m -k 7 -m 1 -out s")
    assert "verifition successful" in quorum.alice.do("verify -f m -s s -k 6 -m 1")
    assert "returned: 0x00" in quorum.alice.do("deleteKey -k 6")


def test_a_session_key_becomes_a_token_key_with_approval(quorum: Quorum) -> None:
    quorum.alice.do("genSymKey -t 31 -s 16 -l s -sess")
    client = quorum.alice.shell.client
    assert client.make_token(10, True).code is OK
    quorum.realm.store.change(quorum.key(8), session=None)
    for node in range(3):
        quorum.realm.store.change(quorum.key(8, node), m_value=2)
    assert client.make_token(8, True).code is FAILED
    quorum.approved(MANAGE, 8)
    assert client.make_token(8, True).code is OK


def test_an_operation_that_fails_uses_no_token_up(quorum: Quorum) -> None:
    quorum.alice.do("genSymKey -t 31 -s 32 -l fast -nex -u 4,5 -m_value 2")
    quorum.approved(MANAGE, 10)
    assert "0xb3" in quorum.alice.do("wrapKey -k 10 -w 9 -m 4 -out w")
    assert quorum.tokens() == [1, 1, 1]
    assert "returned: 0x00" in quorum.alice.do("deleteKey -k 10")
    assert quorum.tokens() == [0, 0, 0]


def test_a_user_who_shares_the_key_uses_it_with_an_own_token(quorum: Quorum) -> None:
    bob = quorum.kmu("bob")
    refusal = result("Cfm3Sign: sign", FAILED)
    assert bob.do("sign -f m -k 7 -m 1 -out s") == refusal
    quorum.approved(USE, PRIVATE)
    assert bob.do("sign -f m -k 7 -m 1 -out s") == refusal
    quorum.token(USE, PRIVATE, bob, "bob")
    quorum.approve("alice", "bob")
    assert "creation successful" in bob.do("sign -f m -k 7 -m 1 -out s")
    assert bob.do("deleteKey -k 7").startswith(result("Cfm3DeleteKey", errors.KEY_ACCESS_DENIED))


def test_what_get_token_prints_and_writes(quorum: Quorum) -> None:
    text = quorum.alice.do(f"getToken -n 5 -k {PRIVATE} -u alice -f t")
    assert text == result("Cfm3GetToken", OK) + token_lines(USE, PRIVATE) + block(OK, OK, OK)
    assert len(quorum.read("t")) == 3 * TOKEN_BYTES


@pytest.mark.parametrize(
    ("line", "code", "status"),
    [
        ("getToken -n 5 -k 99 -u alice -f t", errors.KEY_NOT_FOUND, ""),
        ("getToken -n 5 -k 4 -u alice -f t", errors.KEY_NOT_FOUND, ""),
        ("getToken -n 5 -k 7 -u bob -f t", errors.INVALID_DATA, block(*[errors.INVALID_DATA] * 3)),
        ("getToken -n 6 -k 9 -u ALICE -f t", OK, block(OK, OK, OK)),
    ],
)
def test_get_token_is_refused(quorum: Quorum, line: str, code: Code, status: str) -> None:
    text = quorum.alice.do(line)
    tokens = "" if code is not OK else token_lines(MANAGE, PLAIN)
    assert text == result("Cfm3GetToken", code) + tokens + status
    # The file is there before the HSM is asked.
    assert bool(quorum.read("t")) == (code is OK)


def test_get_token_by_others(quorum: Quorum) -> None:
    line = f"getToken -n 5 -k {PLAIN} -u bob -f t"
    denied = errors.KEY_ACCESS_DENIED
    assert quorum.kmu("bob").do(line) == result("Cfm3GetToken", denied) + block(denied, denied, denied)
    officer = quorum.kmu("admin", "CO").do("getToken -n 5 -k 7 -u admin -f t")
    assert officer == result("Cfm3GetToken", denied) + block(denied, denied, denied)
    assert quorum.kmu().do(line) == result("Cfm3GetToken", errors.NOT_LOGGED_IN)
    assert quorum.tokens() == [0, 0, 0]


def test_tokens_are_taken_back_when_one_hsm_refuses(quorum: Quorum) -> None:
    quorum.refuse("getToken", FAILED, node=2)
    text = quorum.alice.do(f"getToken -n 5 -k {PRIVATE} -u alice -f t")
    assert text == result("Cfm3GetToken", FAILED) + block(OK, OK, FAILED)
    assert quorum.tokens() == [0, 0, 0]
    assert quorum.read("t") == b""


def test_a_session_key_has_a_token_of_its_hsm_only(quorum: Quorum) -> None:
    quorum.alice.do("genSymKey -t 31 -s 16 -l s -sess")
    file = quorum.token(USE, 10)
    assert len(file) == TOKEN_BYTES
    assert quorum.tokens() == [1, 0, 0]
    # The key is nobody else's.
    assert quorum.approve("alice") == result("Cfm3ApproveToken", OK) + block(OK)
    assert quorum.alice.do("delToken -tf t") == result("Cfm3DeleteToken", OK) + block(OK)


def test_files_that_cannot_be_written(quorum: Quorum) -> None:
    text = quorum.alice.do(f"getToken -n 5 -k {PRIVATE} -u alice -f no/such/folder")
    assert text == "failed to open the file no/such/folder\n"
    assert quorum.tokens() == [0, 0, 0]
    text = quorum.alice.do(f"getToken -n 5 -k {PRIVATE} -u alice -f /dev/full")
    cut = f"coudn't write all token info, 0 byte written of {3 * TOKEN_BYTES}\n"
    assert text == result("Cfm3GetToken", OK) + cut + token_lines(USE, PRIVATE) + block(OK, OK, OK)


def test_no_hsm_is_left(quorum: Quorum) -> None:
    quorum.token(USE, PRIVATE)
    quorum.template("bob")
    for row in quorum.rows():
        set_state(quorum.realm, row.id, "stopped")
    for api, line in (
        ("Cfm3GetToken", "getToken -n 5 -k 7 -u alice -f other"),
        ("Cfm3ApproveToken", "approveToken -af a"),
        ("Cfm3DeleteToken", "delToken -tf t"),
        ("Cfm3DeleteToken", "delToken -f 4"),
        ("Cfm3ListTokens", "listTokens"),
    ):
        assert quorum.alice.do(line) == result(api, errors.INVALID_OPERATION)


@pytest.mark.parametrize(
    ("words", "before"),
    [
        ("-h", "Invalid service number\n"),
        ("", "Invalid service number\n"),
        ("-n 5 -k 7 -u alice", ""),
        ("-n 5 -k 7 -f t", ""),
        ("-n 5 -u alice -f t", "\n\tError: Key Handle (-k) is missing.\n"),
        ("-n 6 -k x -u alice -f t", "\n\tError: Key Handle (-k) is missing.\n"),
        ("-n 3 -u alice -f t", "Invalid service number\n"),
        ("-n 5x -k 7 -u alice -f t", "Invalid service number\n"),
        ("-n 5 -k 7 -u alice -f t -F 3", ""),
        ("-n 5 -k 7 -u alice -f t -n 5", ""),
        (f"-n 5 -k 7 -u {'a' * 32} -f t", ""),
    ],
)
def test_get_token_help(quorum: Quorum, words: str, before: str) -> None:
    text = quorum.alice.do(f"getToken {words}".strip())
    usage = "getToken -n <ServiceNo> -k <Key> -u <user_name> -f <token_file_to_store> [-F flags]"
    assert text.startswith(f"{before}\n\nDescription\n===========\n")
    assert f"\n\nSyntax: {usage}\n" in text
    assert not (quorum.folder / "t").exists()


def test_clean_up(quorum: Quorum, monkeypatch: pytest.MonkeyPatch) -> None:
    quorum.token(USE, PRIVATE)
    quorum.token(MANAGE, PRIVATE)
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + 600))
    quorum.token(USE, PLAIN)
    assert quorum.tokens() == [3, 3, 3]
    quorum.alice.do(f"getToken -n 5 -k {PRIVATE} -u alice -f t -F 4")
    assert quorum.tokens() == [2, 2, 2]


def test_list_tokens(quorum: Quorum, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = result("Cfm3ListTokens", OK)
    assert quorum.alice.do("listTokens") == f"{listed}no tokens found\n{block(OK, OK, OK)}"
    quorum.token(USE, PRIVATE)
    quorum.approve("carol", "alice")
    monkeypatch.setenv("CLOUDHSM_SIM_NOW", str(START + 94))
    more = " Validity:506 sec Approvals:2/2 Approvers:carol,alice"
    assert quorum.kmu("bob").do("listTokens") == listed + token_lines(USE, PRIVATE, more) + block(OK, OK, OK)
    assert quorum.kmu().do("listTokens") == result("Cfm3ListTokens", errors.NOT_LOGGED_IN)
    text = quorum.alice.do("listTokens -x")
    assert text.startswith("\n\nDescription\n===========\n")
    assert "\nSyntax: listTokens\n" in text


def test_bad_approvals_are_not_counted(quorum: Quorum) -> None:
    file = quorum.token(USE, PRIVATE)
    refusal = result("Cfm3ApproveToken", FAILED) + block(FAILED, FAILED, FAILED)
    assert quorum.approve("bob", "bob") == refusal
    # bob's signature under carol's name, and the other way round
    quorum.template("bob", "carol")
    quorum.write("sig0", signed("carol", file))
    quorum.write("sig1", signed("bob", file))
    assert quorum.alice.do("approveToken -af a") == refusal
    # over one token of the three
    quorum.template("bob", "carol")
    quorum.write("sig1", signed("carol", file[:TOKEN_BYTES]))
    assert quorum.alice.do("approveToken -af a") == refusal
    assert quorum.count(Approval) == 0
    assert quorum.approve("bob").startswith(result("Cfm3ApproveToken", OK))
    assert quorum.approve("bob") == refusal
    assert quorum.approve("bob", "carol") == refusal
    assert quorum.alice.do("sign -f m -k 7 -m 1 -out s") == result("Cfm3Sign: sign", FAILED)
    assert quorum.approve("carol").startswith(result("Cfm3ApproveToken", OK))
    assert "creation successful" in quorum.alice.do("sign -f m -k 7 -m 1 -out s")


def test_a_file_with_the_tokens_of_some_hsms(quorum: Quorum) -> None:
    """The other HSMs are not asked, and go on refusing."""
    file = quorum.token(MANAGE, PRIVATE)
    quorum.write("t", file[: 2 * TOKEN_BYTES])
    assert quorum.approve("bob", "carol") == result("Cfm3ApproveToken", OK) + block(OK, OK)
    text = quorum.alice.do("deleteKey -k 7")
    assert text == result("Cfm3DeleteKey", FAILED) + block(OK, OK, FAILED)


def test_the_tokens_of_another_cluster(quorum: Quorum) -> None:
    file = quorum.token(USE, PRIVATE)
    foreign = b"".join(
        file[start : start + 56] + b"hsm-aaaaaaaaaaa\0" + file[start + 72 : start + TOKEN_BYTES]
        for start in range(0, len(file), TOKEN_BYTES)
    )
    quorum.write("t", foreign)
    assert quorum.approve("bob") == result("Cfm3ApproveToken", FAILED) + block(FAILED, FAILED, FAILED)
    assert quorum.alice.do("delToken -tf t") == result("Cfm3DeleteToken", errors.KEY_NOT_FOUND)
    assert quorum.tokens() == [1, 1, 1]


def test_a_token_dies_with_the_login(quorum: Quorum) -> None:
    quorum.approved(USE, PRIVATE)
    quorum.alice.do("logoutHSM")
    quorum.alice.login("alice")
    assert quorum.tokens() == [0, 0, 0]
    assert quorum.alice.do("sign -f m -k 7 -m 1 -out s") == result("Cfm3Sign: sign", FAILED)
    assert quorum.approve("bob") == result("Cfm3ApproveToken", FAILED) + block(FAILED, FAILED, FAILED)


def test_del_token(quorum: Quorum) -> None:
    deleted = result("Cfm3DeleteToken", OK) + block(OK, OK, OK)
    quorum.token(USE, PRIVATE)
    assert quorum.kmu("bob").do("delToken -tf t") == result("Cfm3DeleteToken", errors.KEY_NOT_FOUND)
    assert quorum.alice.do("delToken -tf t") == deleted
    assert quorum.alice.do("delToken -tf t") == result("Cfm3DeleteToken", errors.KEY_NOT_FOUND)
    quorum.token(USE, PRIVATE)
    quorum.token(MANAGE, PRIVATE)
    assert quorum.alice.do("delToken -f 4") == deleted
    assert quorum.tokens() == [0, 0, 0]
    assert quorum.alice.do("delToken -f 4") == deleted
    assert quorum.kmu().do("delToken -f 4") == result("Cfm3DeleteToken", errors.NOT_LOGGED_IN)


def test_del_token_after_one_hsm_has_used_it_up(quorum: Quorum) -> None:
    quorum.approved(USE, PRIVATE)
    assert "creation successful" in quorum.alice.do("sign -f m -k 7 -m 1 -out s")
    assert quorum.tokens() == [0, 1, 1]
    absent = errors.INVALID_HANDLE
    assert quorum.alice.do("delToken -tf t") == result("Cfm3DeleteToken", OK) + block(absent, OK, OK)


@pytest.mark.parametrize(
    ("words", "before"),
    [
        ("", ""),
        ("-h", ""),
        ("-f 3", ""),
        ("-f 3 -tf m", ""),
        ("-tf m", "Improper token passed\n"),
        ("-tf none", '\n\tWARNING: Failed to read from the file "none".\n'),
        ("-h x -tf none", ""),
        ("-tf m -h x", ""),
        ("-x", ""),
    ],
)
def test_del_token_help(quorum: Quorum, words: str, before: str) -> None:
    text = quorum.alice.do(f"delToken {words}".strip())
    assert text.startswith(f"{before}\n\nDescription\n===========\n")
    assert text.count("Syntax: delToken -tf <token file> || -f <delete flags>\n") == 1


def test_approve_token_help(quorum: Quorum) -> None:
    for words in ("", " -h", " -af", " -h x", " -x"):
        text = quorum.alice.do("approveToken" + words)
        assert text.startswith("\n\nDescription\n===========\n")
        assert text.count("\nSyntax: approveToken -h -af <approval-template-file> \n") == 1


def test_1x(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Quorum(tmp_path, monkeypatch, nodes=1, profile="1.x")
    text = bench.alice.do("getToken -n 5 -k 7 -u alice -f t")
    status = "\n\tCluster Error Status\n\tNode id 0 and err state 0x00000000 : HSM Return: SUCCESS\n"
    line = "\tToken Id:1 Service:5 Node:0 Key Handle:7 User:alice\n"
    assert text == f"\n\tCfm3GetToken returned: 0x00 : HSM Return: SUCCESS\n{line}{status}"
    failed = f"\n\tCfm3ApproveToken returned: 0x{FAILED.number:02x} : {FAILED.text}\n"
    assert bench.approve("bob", "bob").startswith(failed)
    bench.close()


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Quorum, bytes]]:
    """Return a bench with a token that nobody has approved, and its file."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        bench = Quorum(tmp_path_factory.mktemp("quorum"), monkeypatch, nodes=2)
        yield bench, bench.token(USE, PRIVATE)
        bench.close()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_token_file_that_was_changed(tampered: tuple[Quorum, bytes], data: st.DataObject) -> None:
    bench, good = tampered
    changed = bytearray(good)
    kind = data.draw(st.sampled_from(["flip", "cut", "add", "noise"]))
    if kind == "flip":
        # In every record, as the HSMs whose records are whole accept what was signed after the change.
        position, value = data.draw(st.integers(0, TOKEN_BYTES - 1)), data.draw(st.integers(1, 255))
        for start in range(0, len(good), TOKEN_BYTES):
            changed[start + position] ^= value
    elif kind == "cut":
        del changed[data.draw(st.integers(0, TOKEN_BYTES - 1)) :]
    elif kind == "add":
        changed += data.draw(st.binary(min_size=1, max_size=TOKEN_BYTES - 1))
    else:
        changed[:] = data.draw(st.binary(min_size=0, max_size=300))
    bench.write("t", bytes(changed))
    bench.write("sig0", signed("bob", bytes(changed)))
    bench.write(
        "a",
        b"Multi Token File Path = t;\nToken File Path = ;\nNumber of Approvals = 1;\n"
        b"Approver Type = 1;\nApprover Name = bob;\nApproval File = sig0;\n",
    )
    text = bench.alice.do("approveToken -af a")
    assert "SUCCESS" not in text
    assert text
    assert "SUCCESS" not in bench.alice.do("delToken -tf t")
    assert bench.tokens() == [1, 1]
    assert bench.count(Approval) == 0


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_approval_file_that_was_changed(tampered: tuple[Quorum, bytes], data: st.DataObject) -> None:
    bench, good = tampered
    bench.write("t", good)
    bench.write("sig0", b"x" * 256)
    text = (
        b"Multi Token File Path = t;\nToken File Path = t;\nNumber of Approvals = 1;\n"
        b"Approver Type = 1;\nApprover Name = bob;\nApproval File = sig0;\n"
    )
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    bench.write("a", text[:start] + data.draw(st.binary(max_size=12)) + text[end:])
    assert "SUCCESS" not in bench.alice.do("approveToken -af a")
    assert bench.tokens() == [1, 1]
    assert (bench.count(Approval), bench.count(Key)) == (0, 4)
