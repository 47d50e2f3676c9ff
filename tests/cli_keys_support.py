"""Helpers for tests of the key commands of the CloudHSM CLI: an installation, sessions of its users, openssl."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from cli_support import Session, session
from model_support import make_installation

from shared import mechanisms as m
from shared.installation.cli_cfg import set_addresses
from shared.installation.files import replace_files
from shared.realm import Realm
from shared.store.records import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.installation import Installation

NODES = 2
AES = "key generate-symmetric aes --label {label} --key-length-bytes {size} {more}"
RSA = (
    "key generate-asymmetric-pair rsa --public-exponent 65537 --modulus-size-bits 2048 --public-label {label} "
    "--private-label {label} {more}"
)
EC = "key generate-asymmetric-pair ec --curve {curve} --public-label {label} --private-label {label} {more}"


@contextmanager
def installation(
    folder: Path, hsm_type: str = m.HSM1, mode: str = m.FIPS, nodes: int = NODES
) -> Iterator[Installation]:
    """Make an installation, whose CLI reaches an activated cluster with the CUs alice and bob, and work in it."""
    place = make_installation(folder / "cloudhsm", nodes)
    addresses = [f"10.0.0.{number}" for number in range(1, nodes + 1)]
    replace_files([set_addresses(place.cli_cfg, place.prefix, addresses, hsm_type.partition(".")[0])])
    realm = Realm.open(place)
    realm.store.change(realm.store.rows(Cluster)[0], hsm_type=hsm_type, mode=mode)
    realm.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLOUDHSM_SIM_HOME", place.prefix)
        patch.chdir(folder)
        yield place


@contextmanager
def alice() -> Iterator[Session]:
    """Start interactive mode with the CU alice logged in."""
    with session() as shell:
        shell.log_in("alice", "crypto-user", "alicepw1")
        yield shell


def openssl(*words: str, data: bytes = b"") -> bytes:
    """Return what openssl prints; it must succeed."""
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout
