"""extractMaskedObject and insertMaskedObject as commands, and masked objects that somebody has tampered with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sign_support import Bench, block, result

from shared import errors
from shared.cluster.directory import create_backup, create_cluster, set_state
from shared.store.records import Key, Share, User

OK = errors.RET_OK
MASKED = '\n\tObject was masked and written to file "m" \n' + result("Cfm3ExtractMaskedObject", OK)
INSERTED = result("Cfm3InsertMaskedObject", OK) + "\tNew Key Handle: {} \n"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path, monkeypatch, nodes=3)
    yield bench
    bench.close()


def refused(code: errors.Code) -> str:
    return result("Cfm3ExtractMaskedObject", code)


def test_all_that_the_owner_gave_the_key_travels(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 32 -l aes -id 4711 -nex -u 4,5 -m_value 2")
    assert alice.do("extractMaskedObject -o 6 -out m") == MASKED
    assert alice.do("insertMaskedObject -f m") == INSERTED.format(7) + block(OK, OK, OK)
    for node in range(3):
        old, new = bench.key(6, node), bench.key(7, node)
        assert old._replace(handle=7, slot=7) == new
        shares = [row.user for row in bench.realm.store.rows(Share, "user", hsm=new.hsm, handle=7)]
        assert shares == [4, 5]
    # The new key is the same one: what one wraps the other unwraps.
    assert bench.key(7).kcv == bench.key(6).kcv


@pytest.mark.parametrize(
    ("line", "handle"),
    [
        ("genRSAKeyPair -m 4096 -e 65537 -l rsa", 7),
        ("genRSAKeyPair -m 4096 -e 65537 -l rsa", 6),
        ("genECCKeyPair -i 15 -l ec", 7),
        ("genSymKey -t 16 -s 3584 -l generic", 6),
        ("genSymKey -t 21 -s 24 -l des -nex", 6),
    ],
)
def test_a_key_of_any_kind_fits_into_6000_bytes(bench: Bench, line: str, handle: int) -> None:
    alice = bench.kmu("alice")
    alice.do(line)
    assert alice.do(f"extractMaskedObject -o {handle} -out m") == MASKED
    assert len(bench.read("m")) <= 6000
    assert "\tNew Key Handle: " in alice.do("insertMaskedObject -f m")


def test_what_does_not_fit_is_refused(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey", "-t", "16", "-s", "3584", "-l", "x" * 2000)
    assert alice.do("extractMaskedObject -o 6 -out m") == refused(errors.ERR_BUFFER_TOO_SMALL)
    assert not (bench.folder / "m").exists()


def test_who_may_extract(bench: Bench) -> None:
    alice, bob, officer = bench.kmu("alice"), bench.kmu("bob"), bench.kmu("admin", "CO")
    alice.do("genSymKey -t 31 -s 32 -l aes -nex -u 4")
    assert bob.do("extractMaskedObject -o 6 -out m") == refused(errors.KEY_ACCESS_DENIED)
    assert bench.kmu().do("extractMaskedObject -o 6 -out m") == refused(errors.NOT_LOGGED_IN)
    assert not (bench.folder / "m").exists()
    assert officer.do("extractMaskedObject -o 6 -out m") == MASKED
    assert bob.do("insertMaskedObject -f m").startswith(result("Cfm3InsertMaskedObject", errors.KEY_ACCESS_DENIED))
    assert officer.do("insertMaskedObject -f m").startswith(INSERTED.format(7))
    assert bench.key(7).owner == bench.key(6).owner


def test_what_cannot_be_extracted(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 32 -l aes -sess")
    for handle in (4, 6, 99):
        assert alice.do(f"extractMaskedObject -o {handle} -out m") == refused(errors.KEY_NOT_FOUND)
    alice.do("genSymKey -t 31 -s 32 -l aes")
    text = alice.do("extractMaskedObject -o 7 -out no/such/folder")
    assert text == "\n\tFailed to write masked object to a file. \n" + refused(errors.ERR_WRITE_OUTPUT_FILE)
    bench.refuse("extractMaskedObject", errors.POLICY_MISMATCH)
    assert alice.do("extractMaskedObject -o 7 -out m") == refused(errors.POLICY_MISMATCH)


def test_a_key_leaves_one_hsm_and_comes_back_to_all(bench: Bench) -> None:
    """A masked object is how a key is brought back where it was lost."""
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 32 -l aes")
    alice.do("extractMaskedObject -o 6 -out m")
    alice.do("deleteKey -k 6")
    assert alice.do("insertMaskedObject -f m") == INSERTED.format(7) + block(OK, OK, OK)
    assert alice.do("insertMaskedObject -f m") == INSERTED.format(8) + block(OK, OK, OK)


def test_min_srv_and_timeout(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 32 -l aes")
    alice.do("extractMaskedObject -o 6 -out m")
    # Unlike elsewhere, -timeout alone is no fault here.
    assert alice.do("insertMaskedObject -f m -timeout 5") == INSERTED.format(7) + block(OK, OK, OK)
    assert alice.do("insertMaskedObject -f m -min_srv 3") == INSERTED.format(8) + block(OK, OK, OK)
    too_many = (
        "\n Not a valid min_srv count, please check the number of servers in cluster !!"
        "\n Key generation succesful in all servers 3 present in the cluster\n"
    )
    assert alice.do("insertMaskedObject -f m -min_srv 4") == INSERTED.format(9) + block(OK, OK, OK) + too_many
    bench.refuse("insertMaskedObject", errors.KEY_ACCESS_DENIED, node=2)
    line = "\tNew Key Handle: 10 \n"
    head = result("Cfm3InsertMaskedObject", errors.CLUSTER_INCOMPLETE)
    status = block(OK, OK, errors.KEY_ACCESS_DENIED)
    assert alice.do("insertMaskedObject -f m -min_srv 2") == head + line + status + line


def test_only_the_lineage_takes_it(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 32 -l aes -u 4")
    alice.do("extractMaskedObject -o 6 -out m")
    backup = create_backup(bench.realm, "demo")
    create_cluster(bench.realm, "clone", ["10.0.9.1"], backup=backup.id)
    bench.address("10.0.9.1")
    assert bench.kmu("alice").do("insertMaskedObject -f m") == INSERTED.format(7) + block(OK)
    (row,) = bench.rows("clone")
    assert bench.realm.store.count(Share, hsm=row.id, handle=7) == 1

    create_cluster(bench.realm, "other", ["10.0.8.1"])
    (row,) = bench.rows("other")
    bench.address("10.0.8.1")
    stranger = bench.kmu()
    assert "0x00" in stranger.do("loginHSM -u PRECO -s admin -p password")
    assert stranger.do("insertMaskedObject -f m").startswith(result("Cfm3InsertMaskedObject", errors.KEY_ACCESS_DENIED))
    admin = bench.realm.store.one(User, hsm=row.id, name="admin")
    assert admin is not None
    bench.realm.store.change(admin, type="CO")
    assert stranger.do("insertMaskedObject -f m").startswith(result("Cfm3InsertMaskedObject", errors.POLICY_MISMATCH))
    assert bench.realm.store.count(Key, hsm=row.id) == 0


def test_no_hsm_is_left(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 32 -l aes")
    alice.do("extractMaskedObject -o 6 -out m")
    for row in bench.rows():
        set_state(bench.realm, row.id, "stopped")
    assert alice.do("insertMaskedObject -f m") == result("Cfm3InsertMaskedObject", errors.INVALID_OPERATION)
    assert alice.do("extractMaskedObject -o 6 -out m") == refused(errors.INVALID_OPERATION)


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, bytes]]:
    """Return a bench with one key, and its masked object."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        bench = Bench(tmp_path_factory.mktemp("masked"), monkeypatch)
        alice = bench.kmu("alice")
        alice.do("genSymKey -t 31 -s 32 -l aes")
        alice.do("extractMaskedObject -o 6 -out m")
        yield bench, bench.read("m")
        bench.close()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_masked_object_that_was_changed_makes_no_key(tampered: tuple[Bench, bytes], data: st.DataObject) -> None:
    bench, good = tampered
    changed = bytearray(good)
    kind = data.draw(st.sampled_from(["flip", "cut", "add", "swap", "noise"]))
    if kind == "flip":
        changed[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    elif kind == "cut":
        del changed[data.draw(st.integers(0, len(good) - 1)) :]
    elif kind == "add":
        changed += data.draw(st.binary(min_size=1, max_size=40))
    elif kind == "swap":
        start = data.draw(st.integers(0, len(good) - 32))
        changed[start : start + 16], changed[start + 16 : start + 32] = (
            good[start + 16 : start + 32],
            good[start : start + 16],
        )
    else:
        changed[:] = data.draw(st.binary(min_size=0, max_size=600))
    if bytes(changed) == good:
        return
    bench.write("changed", bytes(changed))
    text = bench.shells[-1].do("insertMaskedObject -f changed")
    assert "New Key Handle" not in text
    assert "0x1b" in text or "0xb3" in text or "is missing" in text
    assert bench.count(Key) == 1
