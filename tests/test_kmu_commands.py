"""Commands of KMU in this process, over a cluster of three HSMs: refusals, missing copies, HSMs that go away."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from key_mgmt_util.connection import Connection, connect
from key_mgmt_util.shell import Shell, split
from shared import errors
from shared.cluster.directory import remove_hsm, set_state
from shared.console import Console
from shared.crypto.passwords import Password
from shared.errors import Code
from shared.hsm import Hsm
from shared.installation import Installation
from shared.realm import Realm
from shared.store.records import Fault, Key
from shared.store.records import Hsm as HsmRow

LOGIN = "loginHSM -u CU -s alice -p password1"
ECC = "genECCKeyPair -i 2 -l ec"
AES = "genSymKey -t 31 -s 16 -l k"
INCOMPLETE = f"\n\n\t{errors.CLUSTER_INCOMPLETE.text}\n"
REFUSED = errors.KEY_ACCESS_DENIED


class World:
    """A shell of KMU, and the operator's hand on the cluster behind it."""

    def __init__(self, place: Installation, tmp_path: Path) -> None:
        self.realm = Realm.open(place)
        self.connection: Connection = connect(None)
        self.written = tmp_path / "screen"
        self._sink = os.open(self.written, os.O_RDWR | os.O_CREAT)
        self._source = os.open(os.devnull, os.O_RDONLY)
        self.console = Console(self._source, self._sink)
        self.shell = Shell(self.console, self.connection.client, self.connection.profile)

    def run(self, line: str) -> str:
        """Carry out a line and return what it printed."""
        os.ftruncate(self._sink, 0)
        os.lseek(self._sink, 0, os.SEEK_SET)
        self.shell.execute(split(line))
        self.console.flush()
        return self.written.read_text()

    def row(self, node: int) -> HsmRow:
        """Return the row of an HSM."""
        row = self.realm.store.one(HsmRow, ip=f"10.0.0.{node + 1}")
        assert row is not None
        return row

    def refuse(self, node: int, command: str, code: Code = REFUSED, remaining: int = 1) -> None:
        """Let an HSM refuse the next commands of a kind."""
        with self.realm.store.transaction():
            self.realm.store.add(Fault(None, self.row(node).id, command, code.number, remaining))

    def copy(self, handle: int, source: int, target: int) -> None:
        """Bring a key to another HSM, as a daemon that catches up would."""
        key = self.realm.store.one(Key, hsm=self.row(source).id, handle=handle)
        assert key is not None
        with self.realm.store.transaction():
            self.realm.store.add(key._replace(hsm=self.row(target).id))

    def holders(self, handle: int) -> list[int]:
        """Return the nodes that have a key."""
        return sorted(
            node for node in range(3) if self.realm.store.one(Key, hsm=self.row(node).id, handle=handle) is not None
        )

    def close(self) -> None:
        """Give everything back."""
        self.connection.close()
        self.realm.close()
        os.close(self._sink)
        os.close(self._source)


@pytest.fixture
def world(cluster3: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    world = World(cluster3, tmp_path)
    yield world
    world.close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Replace the waits of -min_srv: each takes a step of this list, then nothing; the waits are counted in it."""
    steps: list[Callable[[], None]] = []
    taken = []

    def sleep(_: float) -> None:
        taken.append(1)
        assert len(taken) < 50, "it waits for ever"
        if len(taken) <= len(steps):
            steps[len(taken) - 1]()

    monkeypatch.setattr("key_mgmt_util.creation.time.sleep", sleep)
    return steps


def block(*statuses: tuple[int, Code]) -> str:
    lines = (f"\tNode id {node} status: 0x{code.number:08x} : {code.text}\n" for node, code in statuses)
    return "\n\tCluster Status:\n" + "".join(lines)


OK = errors.RET_OK
ALL = block((0, OK), (1, OK), (2, OK))
ONE_LACKS = block((0, OK), (1, OK), (2, errors.INVALID_HANDLE))
ONE_REFUSED = block((0, OK), (1, OK), (2, REFUSED))
LINE = "\n\tSymmetric Key Created.  Key Handle: 6\n"
MADE = f"\n\tCfm3GenerateSymmetricKey returned: 0x{errors.CLUSTER_INCOMPLETE.number:02x} {INCOMPLETE}{LINE}"
ROLL_BACK = "Couldn't verify key sync on 3 servers\nRolling back\n"
DELETED = "\n\tCfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS\n"


def checking(*seconds: int, kind: str = "key") -> str:
    return "".join(f"\n\tChecking {kind} status ({second} seconds)..\n{ONE_LACKS}" for second in seconds)


def test_incomplete_key_is_told_twice(world: World) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    assert world.run(AES) == MADE + ONE_REFUSED + LINE
    assert world.holders(6) == [0, 1]


def test_enough_hsms_for_min_srv_need_no_look_up(world: World, naps: list[Callable[[], None]]) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    naps.append(lambda: pytest.fail("it waited"))
    assert world.run(f"{AES} -min_srv 2 -timeout 9") == MADE + ONE_REFUSED + LINE


@pytest.mark.usefixtures("naps")
def test_timeout_takes_the_key_back(world: World) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    assert world.run(f"{AES} -min_srv 3 -timeout 2") == (
        f"{MADE}{ONE_REFUSED}{checking(0, 1, 2)}{ROLL_BACK}{DELETED}{ONE_LACKS}"
    )
    assert world.holders(6) == []


@pytest.mark.usefixtures("naps")
def test_negative_timeout_is_over_at_once(world: World) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    printed = world.run(f"{AES} -min_srv 3 -timeout -5")
    assert "Checking" not in printed
    assert ROLL_BACK in printed


def test_key_that_arrives_ends_the_wait(world: World, naps: list[Callable[[], None]]) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    naps += [lambda: None, lambda: world.copy(6, 0, 2)]
    found = f"\n\tChecking key status (1 seconds)..\n{ALL}"
    assert world.run(f"{AES} -min_srv 3") == MADE + ONE_REFUSED + checking(0) + found + LINE
    assert world.holders(6) == [0, 1, 2]


def test_key_that_is_nowhere_any_more(world: World, naps: list[Callable[[], None]]) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    naps.append(lambda: world.connection.client.delete_key(6) and None)
    unknown = errors.KEY_NOT_FOUND
    failed = f"\n\tChecking key status failed\n\n\tCfm3FindSingleKey returned : 0x30000080 : {unknown.text}\n"
    assert world.run(f"{AES} -min_srv 3 -timeout 1") == (
        MADE
        + ONE_REFUSED
        + "".join(f"\n\tChecking key status ({second} seconds)..\n{failed}" for second in (0, 1))
        + ROLL_BACK
        + f"\n\tCfm3DeleteKey returned: 0x30000080 \n\n\t{unknown.text}\n"
    )


def test_attested_secret_counts_as_complete(world: World) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    assert world.run(f"{AES} -attest -min_srv 3") == (
        f"{MADE}\n\tAttestation Check : [PASS]\n{ONE_REFUSED}"
        "\n Not a valid min_srv count, please check the number of servers in cluster !!"
        "\n Key generation succesful in all servers 2 present in the cluster\n"
    )
    assert world.holders(6) == [0, 1]


PAIR = "\n\tCfm3GenerateKeyPair:    public key handle: 6    private key handle: 7\n"
PAIR_MADE = f"\n\tCfm3GenerateKeyPair returned: 0x{errors.CLUSTER_INCOMPLETE.number:02x} {INCOMPLETE}{PAIR}"


@pytest.mark.usefixtures("naps")
def test_pair_is_looked_up_private_key_first_and_taken_back_public_key_first(world: World) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    rounds = "".join(checking(second, kind="private key") + checking(second, kind="public key") for second in (0, 1))
    assert world.run(f"{ECC} -min_srv 3 -timeout 1") == (
        f"{PAIR_MADE}{ONE_REFUSED}{rounds}{ROLL_BACK}" + 2 * (DELETED + ONE_LACKS)
    )
    assert world.holders(6) == world.holders(7) == []


def test_pair_whose_private_key_is_everywhere_is_not_taken_back(world: World, naps: list[Callable[[], None]]) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    naps.append(lambda: world.copy(7, 0, 2))
    found = f"\n\tChecking private key status (%d seconds)..\n{ALL}"
    rounds = "".join(found % second + checking(second, kind="public key") for second in (0, 1))
    assert world.run(f"{ECC} -min_srv 3 -timeout 1") == PAIR_MADE + ONE_REFUSED + rounds + PAIR
    assert (world.holders(6), world.holders(7)) == ([0, 1], [0, 1, 2])


def test_attestation_completes_no_pair(world: World) -> None:
    world.run(LOGIN)
    world.refuse(2, "insertMaskedObject")
    assert world.run(f"{ECC} -attest").endswith(f"[PASS]\n{ONE_REFUSED}{PAIR}")


def test_refusal_on_some_hsms_only_is_a_login_failure(world: World) -> None:
    officer = world.realm.open_session("operator")
    hsm = Hsm(world.realm, world.row(1).id, officer)
    hsm.login("CO", "admin", Password("adminpw1"))
    hsm.change_password("CU", "alice", Password("changed1"))
    assert world.run(LOGIN) == "\n\tCfm3LoginHSM returned: 0x40000049 \n\n\tHSM Error: RET_USER_LOGIN_FAILURE\n"
    assert world.run("loginStatus") == "\n\tNo user has logged-in\n"


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("genRSAKeyPair -m 2048 -e 65537 -l x", "\n\tCfm3GetPartitionInfo returned: 0x{code} \n\n\t{text}\n"),
        ("getHSMInfo", "\n\tCfm3GetHSMInfo2 Failure: 0x{code} : {text}\n"),
        ("loginStatus", "\n\tCfm3GetLoginStatus Failure: 0x{code} : {text}\n"),
        ("listUsers", "\n\tCfm3ListUsers returned: 0x{code} \n\n\t{text}\n"),
        ("findKey", "\n\tCfm3FindKey returned: 0x{code} \n\n\t{text}\n"),
        ("deleteKey -k 6", "\n\tCfm3DeleteKey returned: 0x{code} \n\n\t{text}\n"),
        ("findSingleKey -k 6", "\n\tCfm3FindSingleKey returned: 0x{code} \n\n\t{text}\n"),
        ("getAttribute -o 6 -a 3 -out f", "\n\tCfm3GetAttribute returned: 0x{code} \n\n\t{text}\n"),
        ("getKeyInfo -k 6", "\n\tCfm3GetKey returned: 0x{code} \n\n\t{text}\n\n"),
        (AES, "\n\tCfm3GenerateSymmetricKey returned: 0x{code} \n\n\t{text}\n"),
        ("logoutHSM", "\n\tCfm3LogoutHSM returned: 0x{code} \n\n\t{text}\n"),
    ],
)
@pytest.mark.parametrize("end", [lambda realm, ip: set_state(realm, ip, "stopped"), remove_hsm], ids=["stop", "remove"])
def test_no_hsm_left_is_invalid_operation_without_a_block(
    world: World, line: str, printed: str, end: Callable[[Realm, str], object]
) -> None:
    world.run(LOGIN)
    for node in range(3):
        end(world.realm, world.row(node).ip)
    code = errors.INVALID_OPERATION
    assert world.run(line) == printed.format(code=f"{code.number:02x}", text=code.text)


def test_fault_in_the_first_hsm_shows_in_result_and_block(world: World) -> None:
    world.run(LOGIN)
    world.refuse(0, "findKey", errors.INVALID_DATA)
    number, text = f"{errors.INVALID_DATA.number:x}", errors.INVALID_DATA.text
    assert world.run("findKey") == (
        f"\n\tCluster Status:\n\tNode id 0 status: 0x{number:0>8} : {text}\n"
        f"\n\tCfm3FindKey returned: 0x{number} \n\n\t{text}\n"
    )
    assert world.run("findKey").startswith("\n\tTotal number of keys present: 0\n")


def test_key_that_only_some_hsms_have_deleted_has_a_block(world: World) -> None:
    world.run(LOGIN)
    world.run(AES)
    world.refuse(1, "deleteKey")
    denied = f"\n\tCfm3DeleteKey returned: 0xc6 \n\n\t{REFUSED.text}\n"
    assert world.run("deleteKey -k 6") == denied + block((0, OK), (1, REFUSED), (2, OK))
    assert world.holders(6) == [1]


def test_attribute_file_is_private_to_nobody_and_replaced(world: World) -> None:
    world.run(LOGIN)
    world.run(AES)
    Path("out").write_text("x" * 10_000)
    os.umask(before := os.umask(0))
    world.run("getAttribute -o 6 -a 3 -out out")
    assert Path("out").read_text() == "OBJ_ATTR_LABEL\nk\n"
    world.run("getAttribute -o 6 -a 3 -out new")
    assert Path("new").stat().st_mode & 0o777 == 0o644 & ~before


def test_label_of_any_bytes_comes_back(world: World) -> None:
    world.run(LOGIN)
    label = b"caf\xe9\xff\t\"'".decode("utf-8", "surrogateescape")
    world.run(f"genSymKey -t 31 -s 16 -l {label}")
    world.run("getAttribute -o 6 -a 3 -out out")
    assert Path("out").read_bytes() == b"OBJ_ATTR_LABEL\ncaf\xe9\xff\t\"'\n"
    assert world.run(f"findKey -l {label}").startswith("\n\tTotal number of keys present: 1\n")


NAMES = (
    "Error2String deleteKey findKey findSingleKey genECCKeyPair genSymKey getAttribute getHSMInfo getKeyInfo help"
    " listAttributes listECCCurveIds listUsers loginStatus logoutHSM setAttribute nosuchCommand"
)
TOKENS = st.one_of(
    st.sampled_from(["-h", "-k", "-o", "-a", "-l", "-t", "-s", "-i", "-u", "-id", "-idx", "-kcv", "-c", "-r", "-sess"]),
    st.sampled_from(["-out", "-attest", "-nex", "-m", "-m_value", "-min_srv", "-timeout", "f", "nowhere", "0x1f"]),
    st.sampled_from(["0", "1", "2", "3", "4", "6", "7", "31", "16", "32", "512", "-1", "3,4", "junk"]),
    st.text(st.characters(exclude_characters=" \r\n"), min_size=1, max_size=6),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMES.split()), st.lists(TOKENS, max_size=10))
@pytest.mark.usefixtures("naps")
def test_no_line_is_a_traceback(world: World, name: str, words: list[str]) -> None:
    world.run(LOGIN)
    printed = world.run(" ".join([name, *words]))
    assert printed.startswith(("\n", "Written to:", "Attributes dumped", "\t\tThis attribute", "Failed to open"))
    assert printed.endswith("\n")
