"""The values of a new key, attribute by attribute, against the table of the reference (5.3)."""

from pathlib import Path

import pytest
from model_support import ALICE, KEY, World, make_world, use_known_rsa_keys

from shared import attributes as a
from shared.hsm import Hsm
from shared.mechanisms import (
    CLASS_PRIVATE,
    CLASS_PUBLIC,
    CLASS_SECRET,
    KEY_AES,
    KEY_DES3,
    KEY_EC,
    KEY_GENERIC,
    KEY_RSA,
)
from shared.store.records import Key

# One column of the table a kind; T follows the token, X extractable, N its opposite.
TABLE = """
                    aes des3 generic rsa_public rsa_private ec_public ec_private
TOKEN                T   T    T       T          T           T         T
PRIVATE              1   1    1       1          1           1         1
ENCRYPT              1   1    0       1          0           0         0
DECRYPT              1   1    0       0          1           0         0
WRAP                 1   0    0       1          0           0         0
UNWRAP               1   0    0       0          1           0         0
SIGN                 0   0    0       0          1           0         1
VERIFY               0   0    0       1          0           1         0
SENSITIVE            1   1    1       0          1           0         1
EXTRACTABLE          X   X    X       1          X           1         X
TRUSTED              0   0    0       0          0           0         0
WRAP_WITH_TRUSTED    0   0    0       0          0           0         0
DERIVE               0   0    0       0          0           0         0
DESTROYABLE          1   1    1       1          1           1         1
ALWAYS_SENSITIVE     1   1    1       0          1           0         1
NEVER_EXTRACTABLE    N   N    N       0          N           0         N
LOCAL                1   1    1       1          1           1         1
"""
OLD = {("rsa_public", "PRIVATE"): "0", ("rsa_public", "WRAP"): "0"}
HEADER, *LINES = TABLE.strip().splitlines()
KINDS = {
    "aes": (CLASS_SECRET, KEY_AES, 32),
    "des3": (CLASS_SECRET, KEY_DES3, 24),
    "generic": (CLASS_SECRET, KEY_GENERIC, 20),
    "rsa_public": (CLASS_PUBLIC, KEY_RSA, 0x200),
    "rsa_private": (CLASS_PRIVATE, KEY_RSA, None),
    "ec_public": (CLASS_PUBLIC, KEY_EC, 65),
    "ec_private": (CLASS_PRIVATE, KEY_EC, 0x8A),
}
CELLS = [
    (kind, row.split()[0], cell) for row in LINES for kind, cell in zip(HEADER.split(), row.split()[1:], strict=True)
]


def make(hsm: Hsm, kind: str, *, token: bool, extractable: bool) -> Key:
    key_class, key_type, size = KINDS[kind]
    template = KEY._replace(token=token, extractable=extractable)
    if key_class == CLASS_SECRET:
        assert size is not None
        return hsm.generate_secret(key_type, size, template)
    pair = hsm.generate_rsa(2048, 65537, template) if key_type == KEY_RSA else hsm.generate_ec(2, template)
    return pair[0] if key_class == CLASS_PUBLIC else pair[1]


def test_the_table_has_every_kind_and_every_boolean_attribute() -> None:
    assert HEADER.split() == list(KINDS)
    assert {name for _, name, _ in CELLS} == {a.NAMES[attribute] for attribute in a.FLAGS}


@pytest.mark.parametrize("extractable", [True, False], ids=["extractable", "nex"])
@pytest.mark.parametrize("token", [True, False], ids=["token", "session"])
@pytest.mark.parametrize("profile", ["3.x", "1.x"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_key_has_the_values_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, kind: str, profile: str, token: bool, extractable: bool
) -> None:
    use_known_rsa_keys(monkeypatch)
    world = make_world(tmp_path, profile=profile)
    alice = world.hsm()
    alice.login("CU", "alice", ALICE)
    key = make(alice, kind, token=token, extractable=extractable)
    meaning = {"0": False, "1": True, "T": token, "X": extractable, "N": not extractable}
    numbers = {name: number for number, name in a.NAMES.items()}
    found, expected = {}, {}
    for of_kind, name, cell in CELLS:
        if of_kind == kind:
            found[name] = a.flag(key.flags, numbers[name])
            expected[name] = meaning[OLD.get((kind, name), cell) if profile == "1.x" else cell]
    assert found == expected
    assert alice.read_key(key.handle) == key


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_key_has_class_type_and_length(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use_known_rsa_keys(monkeypatch)
    world: World = make_world(tmp_path)
    alice = world.as_user("CU", "alice", ALICE)
    key = make(alice, kind, token=True, extractable=True)
    key_class, key_type, length = KINDS[kind]
    assert (key.key_class, key.key_type, key.label, key.key_id) == (key_class, key_type, b"label", b"")
    assert key.value_len == (length or len(world.realm.vault.unmask(world.cluster.lineage, b"key3", key.masked)))
    assert len(key.kcv) == 3
    if kind == "generic":
        assert key.kcv == bytes(3)


def test_the_profiles_list_29_and_20_attributes() -> None:
    assert len(a.listed("3.x")) == 29
    old = "CLASS TOKEN PRIVATE LABEL KEY_TYPE ID SENSITIVE ENCRYPT DECRYPT WRAP UNWRAP SIGN VERIFY LOCAL MODULUS "
    old += "MODULUS_BITS PUBLIC_EXPONENT VALUE_LEN EXTRACTABLE KCV"
    assert " ".join(a.NAMES[attribute] for attribute in a.listed("1.x")) == old


def test_one_attribute_is_set_without_touching_the_others() -> None:
    for attribute in a.FLAGS:
        assert not a.flag(0, attribute)
        for others in (0, a.flags_of(a.FLAGS)):
            for value in (True, False):
                flags = a.with_flag(others, attribute, value)
                assert a.flag(flags, attribute) == value
                assert all(a.flag(flags, other) == bool(others) for other in a.FLAGS if other != attribute)
    assert a.is_flag(a.TOKEN)
    assert not a.is_flag(a.LABEL)
