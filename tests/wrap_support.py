"""Helpers for tests of key_mgmt_util's import, export and wrapping commands: the shell in this process, and openssl."""

import os
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from model_support import ALICE, DATA, World, make_world

from key_mgmt_util.shell import Shell
from shared.cluster.certificates import Certificates
from shared.cluster.quorum import QuorumClient
from shared.console import Console
from shared.store import records

CURVES = {2: ec.SECP256R1, 13: ec.SECP224R1, 14: ec.SECP384R1, 15: ec.SECP521R1, 16: ec.SECP256K1}
# The names that openssl has for RFC 3394, by the size of the key.
CIPHERS = {16: "id-aes128-wrap", 24: "id-aes192-wrap", 32: "id-aes256-wrap"}

OK = "0x00 : HSM Return: SUCCESS"
BAD_DATA = "0x1b \n\n\tCSP Error: ERR_BAD_PKCS_DATA"
POLICY = "0xb3 \n\n\tHSM Error: This operation violates the current configured/FIPS policies"
DENIED = "0xc6 \n\n\tHSM Error: Key Access is denied"
TOO_LONG = "0xe4 \n\n\tHSM Error: Invalid input data/params"
NOT_FOUND = "0x30000080 \n\n\tHSM CLUSTER ERROR: Key/Token not found"
NOT_LOGGED_IN = "0xe1 \n\n\tHSM Error: No user is logged in to do this operation"

NO_CERTIFICATES = Certificates("", "", "")


class Kmu:
    """One run of key_mgmt_util: its shell over pipes, in this process, and the HSMs behind it."""

    def __init__(
        self,
        world: World,
        minimum_nodes: int = 1,
        *,
        user: bool = True,
        report: Callable[[int, int], None] | None = None,
    ) -> None:
        self.world = world
        self.profile = world.realm.profile
        session = world.realm.open_session("test")
        self._client = QuorumClient(
            world.realm, world.cluster.id, session, minimum_nodes, certificates=NO_CERTIFICATES, report=report
        )
        self._read, self._write = os.pipe()
        self._console = Console(os.open(os.devnull, os.O_RDONLY), self._write)
        self.shell = Shell(self._console, self._client, self.profile)
        if user:
            assert self._client.login("CU", "alice", ALICE).code.number == 0

    def __call__(self, *words: object) -> str:
        """Carry out a command, given as its words or as one line, and return what it prints."""
        line = [str(word) for word in words]
        self.shell.execute(line[0].split(" ") if len(line) == 1 else line)
        # What does not fit into a pipe would stop the writer for ever.
        self._console.flush()
        return os.read(self._read, 65536).decode("utf-8", "surrogateescape")

    def close(self) -> None:
        """Give the descriptors back."""
        for descriptor in (self._read, self._write, self._console.source):
            os.close(descriptor)

    def make(self, *words: object) -> int:
        """Carry out a command that makes a key and return the key's handle, the private one of a pair."""
        text = self(*words)
        assert "andle: " in text, text
        return int(text.rpartition("andle: ")[2].split()[0])

    def key(self, handle: int, node: int = 0) -> records.Key:
        """Return a key's row on one HSM."""
        row = self.world.store.one(records.Key, hsm=self.world.rows[node].id, handle=handle)
        assert row is not None
        return row

    def import_material(self, kind: "Kind", wrapping: int) -> int:
        """Import a key of a kind, through a file, and return its handle."""
        file = Path("material.in")
        if kind.key_class == 4:
            file.write_bytes(kind.material)
            words = ("imSymKey", "-l", kind.name, "-t", kind.key_type)
        else:
            file.write_bytes(pem_of(kind.material))
            words = ("importPrivateKey", "-l", kind.name)
        return self.make(*words, "-f", file, "-w", wrapping)

    def material(self, handle: int, wrapping: int) -> bytes:
        """Return the clear material of a key, as its export command writes it; a private key as PKCS#8."""
        file = Path("material.out")
        if self.key(handle).key_class == 4:
            text = self("exSymKey", "-k", handle, "-w", wrapping, "-out", file)
            assert "written to file" in text, text
            return file.read_bytes()
        text = self("exportPrivateKey", "-k", handle, "-w", wrapping, "-out", file)
        assert "is written to" in text, text
        return pkcs8(file.read_bytes())


class Kind(NamedTuple):
    """A kind of key to wrap: its name, class and type, and the clear material of one such key."""

    name: str
    key_class: int
    key_type: int
    material: bytes


def start(folder: Path, nodes: int = 1, profile: str = "3.x", *, user: bool = True) -> Kmu:
    """Return a shell on a new cluster, alice logged in."""
    return Kmu(make_world(folder, nodes, profile), user=user)


@cache
def kinds() -> dict[str, Kind]:
    """Return a key of every kind that can be wrapped."""
    found = [Kind(f"aes{8 * size}", 4, 31, bytes(range(1, size + 1))) for size in (16, 24, 32)]
    found.append(Kind("des3", 4, 21, bytes.fromhex("0123456789abcdef23456789abcdef01456789abcdef0123")))
    sizes = (1, 7, 8, 16, 20, 100, 214, 215, 245, 246, 1000)
    found += [Kind(f"generic{size}", 4, 16, bytes(size % 256 for _ in range(size))) for size in sizes]
    files = ("rsa2048-1", "rsa3072", "rsa4096", "wrap-dsa2048", "wrap-dsa3072")
    for name in files:
        key_type = 1 if "dsa" in name else 0
        found.append(Kind(name.removeprefix("wrap-"), 3, key_type, pkcs8((DATA / f"{name}.pem").read_bytes())))
    for number, curve in CURVES.items():
        key = ec.derive_private_key(0x1234567 + number, curve())
        found.append(Kind(f"ec{number}", 3, 3, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())))
    return {kind.name: kind for kind in found}


def pkcs8(pem: bytes) -> bytes:
    """Return the PKCS#8 DER of a private key in PEM."""
    key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def pem_of(private: bytes) -> bytes:
    """Return PKCS#8 DER as PEM, by openssl."""
    return openssl("pkey", "-inform", "DER", "-outform", "PEM", given=private)


def public_pem(private_pem: bytes) -> bytes:
    """Return the public key of a private key, both in PEM."""
    key = load_pem_private_key(private_pem, None, unsafe_skip_rsa_key_validation=True)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def openssl(*words: object, given: bytes = b"") -> bytes:
    """Return what openssl prints."""
    done = subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
