"""Passwords, key material and masking keys: in no output, and in no file but the masking key's own."""

import base64
import os
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from shared.cluster.client import Client
from shared.crypto.passwords import Password
from shared.hsm.keys import Template
from shared.installation import Installation
from shared.mechanisms import CLASS_PUBLIC, KEY_AES
from shared.realm import Realm
from shared.store.records import Cluster, Key

Sim = Callable[..., tuple[int, str, str]]

ADMIN, ALICE = "Adm1n-Secret-Word", "Al1ce:Secret:Word"


def forms(secret: bytes) -> list[bytes]:
    """Return how a secret could stand somewhere: as it is, in hex, in base64."""
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret)]


def parts(material: bytes) -> list[bytes]:
    """Return what must not be seen of a key: all of it, and the secret numbers of a private key."""
    if len(material) == 32:
        return [material]
    key = load_der_private_key(material, None)
    if isinstance(key, RSAPrivateKey):
        numbers = key.private_numbers()
        return [material, *(number.to_bytes(128, "big") for number in (numbers.p, numbers.q))]
    assert isinstance(key, EllipticCurvePrivateKey)
    return [material, key.private_numbers().private_value.to_bytes(32, "big")]


def test_no_secret_is_shown_or_stored(installation: Installation, sim: Sim) -> None:
    shown = [*sim("cluster", "create", "demo", "--hsms", "2", "--activate", ADMIN, "--user", f"CU:alice:{ALICE}")[1:]]
    shown += sim("cluster", "create", "other", "--activate", ADMIN, "--user", f"XX:alice:{ALICE}")[1:]
    realm = Realm.open(installation)
    cluster = realm.store.rows(Cluster)[0]
    client = Client(realm, cluster.id, realm.open_session("test"))
    client.login("CU", "alice", Password(ALICE))
    client.generate_secret(KEY_AES, 32, Template(b"token"))
    client.generate_secret(KEY_AES, 32, Template(b"session", token=False))
    client.generate_rsa(2048, 65537, Template(b"rsa"))
    client.generate_ec(2, Template(b"ec"))
    keys = [key for key in realm.store.rows(Key) if key.key_class != CLASS_PUBLIC]
    materials = [realm.vault.unmask(cluster.lineage, b"key%d" % key.key_class, key.masked) for key in keys]
    assert len(materials) == 7
    secrets = [part for material in materials for part in parts(material)]
    masking_key = Path(installation.vault_dir, f"{cluster.lineage}.key")
    secrets += [masking_key.read_bytes(), ADMIN.encode(), ALICE.encode()]

    for words in (["status"], ["status", "--json"], ["backup", "create", "demo"], ["cluster", "show", "demo"]):
        shown += sim(*words)[1:]
    paths = [path for path in Path(installation.prefix).rglob("*") if path.is_file() and path != masking_key]
    assert any(path.name.endswith("-wal") for path in paths)
    places = [path.read_bytes() for path in paths] + ["".join(shown).encode()]
    realm.close()
    places.append(Path(installation.database).read_bytes())
    for secret in secrets:
        assert not [form for form in forms(secret) for place in places if form in place]


def test_what_is_secret_is_the_owner_s_alone(cluster3: Installation) -> None:
    for folder in (cluster3.data_dir, cluster3.vault_dir):
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for path in [Path(cluster3.database), *Path(cluster3.vault_dir).iterdir()]:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
