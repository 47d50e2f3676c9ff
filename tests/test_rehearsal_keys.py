"""Which keys of both sides stand for each other in a rehearsal, those that were deleted among them."""

import json
from pathlib import Path

import pytest
from model_support import make_installation

from migration.main import main
from migration.rehearsal.compare import Passwords, differences
from migration.rehearsal.pairing import Names, ordinal, pairs
from migration.rehearsal.state import HsmState, KeyState, read_state
from shared.realm import Realm
from shared.store.protocol import StoreError
from shared.store.records import Hsm, Key, Session
from shared.store.removed import removed_keys, watch

AES = ("secret-key", "aes")


def key(slot: int, label: str = "app", node: int = 0) -> KeyState:
    """Return an AES key of its side's own making."""
    return KeyState(node << 18 | slot, slot, label, AES, {"local": "true"}, b"%d" % slot, "00")


def hsm(*keys: KeyState, gone: tuple[KeyState, ...] = (), ip: str = "10.0.0.1") -> HsmState:
    """Return an HSM that holds some keys and has lost others."""
    return HsmState(ip, 0, "up", {}, {}, keys, gone)


def told(before: tuple[HsmState, ...], own: tuple[HsmState, ...], other: tuple[HsmState, ...]) -> list[str]:
    """Return what differs, a line each."""
    found = differences({"a": before}, {"a": own}, {"a": other}, Passwords(()), set())
    return [f"{item.subject} {item.field} {item.legacy} {item.translated} {','.join(item.hsms)}" for item in found]


def test_another_of_keys_that_are_alike_is_gone() -> None:
    own = hsm(key(7), key(8), gone=(key(6),))
    other = hsm(key(6), key(7), gone=(key(8),))
    assert told((hsm(),), (own,), (other,)) == [
        "app (aes secret-key) exists - yes ",
        "app (aes secret-key) exists yes - ",
    ]


def test_the_same_of_keys_that_are_alike_is_gone() -> None:
    """The translation has made and deleted keys of its own, so its numbers are others."""
    own = hsm(key(6), key(8), gone=(key(7),))
    other = hsm(key(8), key(12), gone=(key(6, "import-1"), key(7, "import-1"), key(10)))
    assert told((hsm(),), (own,), (other,)) == []


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("app-1796031192", "app-1796031195"),
        ("app-20261130-235958", "app-20261201-000001"),
        ("app_2026-11-30T09:33:09", "app_2026-11-30T09:34:00"),
        ("app 09:33:09", "app 09:33:10"),
    ],
)
def test_labels_that_differ_by_the_time_of_the_run_stand_for_each_other(own: str, other: str) -> None:
    assert told((hsm(),), (hsm(key(6, own)),), (hsm(key(6, other)),)) == []


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("app-1796031192", ["app-1796039192"]),
        ("app-20261130-093309", ["app-20261130-153309"]),
        ("app-2048", ["app-4096"]),
        ("app-1796031192", ["web-1796031192"]),
        ("app-1796031192", ["app-1796031193", "app-1796031194"]),
    ],
)
def test_other_labels_do_not(own: str, others: list[str]) -> None:
    theirs = [key(number, label) for number, label in enumerate(others, 6)]
    assert f"{own} (aes secret-key) exists yes - " in told((hsm(),), (hsm(key(6, own)),), (hsm(*theirs),))


def test_a_key_that_came_to_some_hsms_is_one_of_its_cluster() -> None:
    """On the second HSM another of both is missing, though it holds one on either side."""
    own = (hsm(key(6), key(7)), hsm(key(7), ip="10.0.0.2"))
    other = (hsm(key(6), key(7)), hsm(key(6), ip="10.0.0.2"))
    assert told((hsm(), hsm(ip="10.0.0.2")), own, other) == [
        "app (aes secret-key) exists - yes 10.0.0.2",
        "app (aes secret-key) exists yes - 10.0.0.2",
    ]


def test_old_keys_go_by_handle() -> None:
    own, other = hsm(key(7), gone=(key(6),)), hsm(key(6), gone=(key(7),))
    assert pairs((hsm(key(6), key(7)),), (own,), (other,)) == [(6, 6), (7, 7)]
    assert len(told((hsm(key(6), key(7)),), (own,), (other,))) == 2


def test_keys_that_stand_for_each_other_have_one_name() -> None:
    own = hsm(key(6), key(9, "other"), key(8), gone=(key(7),))
    other = hsm(key(6), key(10), gone=(key(7, "import-1"), key(9), key(11, "other")))
    names = Names({"a": (hsm(key(6)),)}, {"a": (own,)}, {"a": (other,)})
    assert names.own == {
        6: "app (aes secret-key), the 1st of 3",
        7: "app (aes secret-key), the 2nd of 3",
        8: "app (aes secret-key), the 3rd of 3",
        9: "other (aes secret-key)",
    }
    assert {handle: names.other[handle] for handle in (6, 9, 10, 11)} == dict(
        zip((6, 9, 10, 11), (names.own[handle] for handle in (6, 7, 8, 9)), strict=True)
    )
    assert names.other[7] == "import-1 (aes secret-key)"


def test_a_name_tells_the_cluster_where_there_are_several() -> None:
    state = {"a": (hsm(key(6)),), "b": (hsm(key(6, "other")),)}
    names = Names(state, state, state)
    assert names.own == {6: "app (aes secret-key) in a or other (aes secret-key) in b"}


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st")]
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_a_watched_store_keeps_what_is_deleted(tmp_path: Path) -> None:
    place = make_installation(tmp_path)
    with pytest.raises(StoreError, match="no such table"):
        read_state(place)
    watch(place.database)
    realm = Realm.open(place)
    (row,) = realm.store.rows(Hsm)
    template = Key(row.id, 6, 6, 4, 31, b"app", b"", 0, 3, None, 0, b"", 32, b"")
    realm.store.add(template)
    with realm.store.transaction():
        # A session key goes with its session.
        session = realm.store.add(Session(None, "key_mgmt_util", 0.0))
        realm.store.add(template._replace(handle=7, slot=7, session=session))
        realm.store.remove(Session, id=session)
    realm.store.remove(Key, hsm=row.id, handle=6)
    realm.close()
    assert [found.handle for found in removed_keys(place.database, row.id)] == [7, 6]
    ((state,),) = read_state(place).values()
    assert [(found.name, found.fields["session key"]) for found in state.gone] == [
        ("app (aes secret-key)", "true"),
        ("app (aes secret-key)", "false"),
    ]
    watch(place.database)
    assert removed_keys(place.database, row.id) == []


def test_a_handle_that_is_written_out_deletes_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The import takes two handles for the pair that it makes and deletes, so 10 is the first there, not the third."""
    (tmp_path / "raw.key").write_bytes(bytes(range(32)))
    lines = (
        "loginHSM -u CU -s alice -p password1",
        "genSymKey -t 31 -s 32 -l wrapping",
        "imSymKey -f raw.key -t 31 -l brought -w 6",
        *["genSymKey -t 31 -s 32 -l app"] * 3,
        "deleteKey -k 10",
        "logoutHSM",
    )
    path = tmp_path / "list.txt"
    path.write_text("\n".join(lines) + "\n")
    status = main(["rehearse", "--format", "json", str(path)])
    report = json.loads(capsys.readouterr().out)
    found = [(item["subject"], item["property"], item["script"], item["item"]) for item in report["differences"]]
    assert found == [("app (aes secret-key)", "exists", "yes", None), ("app (aes secret-key)", "exists", "-", None)]
    assert status == 1
