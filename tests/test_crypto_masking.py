"""Masking: it follows RFC 5297, opens only for the lineage and the kind, and notices any change."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_support import refused

from shared.crypto.masking import Vault
from shared.errors import ERR_BAD_PKCS_DATA

# RFC 5297, appendix A.1.
KEY = bytes.fromhex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")
AD = bytes.fromhex("101112131415161718191a1b1c1d1e1f2021222324252627")
PLAIN = bytes.fromhex("112233445566778899aabbccddee")
MASKED = bytes.fromhex("85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    vault = Vault(str(tmp_path / "lineage"))
    vault.create("one")
    vault.create("two")
    return vault


def test_masking_is_aes_siv(tmp_path: Path) -> None:
    vault = Vault(str(tmp_path))
    (tmp_path / "rfc.key").write_bytes(KEY)
    assert vault.mask("rfc", AD, PLAIN) == MASKED
    assert vault.unmask("rfc", AD, MASKED) == PLAIN


def test_any_changed_byte_is_noticed(vault: Vault) -> None:
    masked = vault.mask("one", b"key4", b"sixteen bytes...")
    assert len(masked) == 32
    for position in range(len(masked)):
        for bit in (0x01, 0x80):
            spoilt = bytearray(masked)
            spoilt[position] ^= bit
            with refused(ERR_BAD_PKCS_DATA):
                vault.unmask("one", b"key4", bytes(spoilt))
    assert vault.unmask("one", b"key4", masked) == b"sixteen bytes..."


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 33])
def test_any_other_length_is_noticed(vault: Vault, length: int) -> None:
    masked = vault.mask("one", b"key4", b"sixteen bytes...")
    with refused(ERR_BAD_PKCS_DATA):
        vault.unmask("one", b"key4", (masked + b"x")[:length])


def test_another_lineage_opens_nothing(vault: Vault) -> None:
    with refused(ERR_BAD_PKCS_DATA):
        vault.unmask("two", b"key4", vault.mask("one", b"key4", b"material"))


def test_another_kind_opens_nothing(vault: Vault) -> None:
    """A public key cannot be passed off as a private one."""
    with refused(ERR_BAD_PKCS_DATA):
        vault.unmask("one", b"key3", vault.mask("one", b"key2", b"material"))


def test_the_masking_keys_of_another_installation_open_nothing(vault: Vault, tmp_path: Path) -> None:
    other = Vault(str(tmp_path / "elsewhere"))
    other.create("one")
    with refused(ERR_BAD_PKCS_DATA):
        other.unmask("one", b"key4", vault.mask("one", b"key4", b"material"))


@given(material=st.binary(min_size=1, max_size=100), kind=st.binary(max_size=8))
def test_what_is_masked_comes_back_and_equal_material_looks_equal(material: bytes, kind: bytes) -> None:
    vault = Vault("nowhere")
    vault._keys["one"] = bytes(range(64))  # noqa: SLF001 - a folder for each example would be slow
    masked = vault.mask("one", kind, material)
    assert masked == vault.mask("one", kind, material)
    assert len(masked) == len(material) + 16
    assert vault.unmask("one", kind, masked) == material


def test_a_lineage_is_made_once_and_can_be_forgotten(vault: Vault, tmp_path: Path) -> None:
    key = tmp_path / "lineage" / "one.key"
    before = key.read_bytes()
    assert len(before) == 64
    with pytest.raises(FileExistsError):
        vault.create("one")
    assert key.read_bytes() == before
    vault.forget("one")
    vault.forget("one")
    assert not key.exists()
    assert Vault(str(tmp_path / "lineage")).mask("two", b"", b"x") == vault.mask("two", b"", b"x")
