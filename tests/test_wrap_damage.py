"""Damaged and foreign files: every one is answered in the tool's own words, and none becomes a key."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_support import DATA
from wrap_support import Kmu, kinds, public_pem, start

from key_mgmt_util import wrap_header
from shared.crypto import wrapping as w
from shared.crypto.pem import from_pem, is_private_label, to_pem

RSA_PEM = (DATA / "rsa2048-1.pem").read_bytes()
EC_KEY = ec.derive_private_key(0x1234567, ec.SECP256R1())
EC_PEM = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
SEC1_PEM = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
PRIVATE = {"rsa": RSA_PEM, "ec": EC_PEM, "sec1": SEC1_PEM}
PUBLIC = {"rsa": public_pem(RSA_PEM), "ec": public_pem(EC_PEM)}

# Everything that importPrivateKey prints at column 0 or behind a tab when it makes no key.
REFUSED = re.compile(
    r"failed to read private key from file\n\n|"
    r"\n \tfailed to read ecdsa private key from file\n|"
    r"Error: Invalid Key Type \d+\n|"
    r"BER encoded key length is \d+\n"
    r"\n\tCfm3ImportWrapKey returned: 0x00 : HSM Return: SUCCESS\n"
    r"\n\tCfm3CreateUnwrapTemplate2 returned: 0x00 : HSM Return: SUCCESS\n"
    r"\n\tCfm3ImportUnWrapKey: 0x(1b|b3) \n\n\t[^\n]+\n"
    r"\n\tCluster Status:\n\tNode id 0 status: [^\n]+\n"
)
REFUSED_UNWRAP = re.compile(
    r"\n\t(Cfm3CreateUnwrapTemplate2 returned: 0x00 : HSM Return: SUCCESS\n\tCfm2UnWrapWithTemplate3|Cfm3UnWrapKey)"
    r" returned: 0x1b \n\n\tCSP Error: ERR_BAD_PKCS_DATA\n"
    r"\n\tCluster Status:\n\tNode id 0 status: 0x0000001b : CSP Error: ERR_BAD_PKCS_DATA\n"
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Lab:
    """A cluster with an AES key, an RSA pair, and a key to wrap."""

    def __init__(self) -> None:
        self.kmu: Kmu = start(Path("world"))
        self.aes = self.kmu.make("genSymKey -t 31 -s 32 -l wrapping")
        self.rsa_private = self.kmu.make("importPrivateKey", "-l", "rsa", "-f", DATA / "rsa2048-2.pem", "-w", self.aes)
        Path("public.pem").write_bytes(public_pem((DATA / "rsa2048-2.pem").read_bytes()))
        self.rsa_public = self.kmu.make("importPubKey -l rsa -f public.pem")
        self.key = self.kmu.import_material(kinds()["aes256"], self.aes)

    def wrapped(self, mechanism: int, *options: object) -> bytes:
        """Return the key wrapped by a mechanism."""
        by = self.aes if mechanism in w.BY_AES else self.rsa_public
        self.kmu("wrapKey", "-k", self.key, "-w", by, "-m", mechanism, "-out", "wrapped", *options)
        return Path("wrapped").read_bytes()

    def unwrap(self, mechanism: int, content: bytes, *options: object) -> str:
        """Return what unwrapping of a file's content prints."""
        Path("bad").write_bytes(content)
        by = self.aes if mechanism in w.BY_AES else self.rsa_private
        return self.kmu("unWrapKey", "-f", "bad", "-w", by, "-m", mechanism, *options)

    def count(self) -> int:
        """Return how many keys there are."""
        return len(self.kmu.world.handles())


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("damage"))
        lab = Lab()
        yield lab
    lab.kmu.close()


@pytest.fixture
def lab(module_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    return module_lab


def changed(data: bytes) -> st.SearchStrategy[bytes]:
    """Return a strategy for what may have become of data: other bytes, less or more of it."""
    position = st.integers(0, len(data) - 1)
    piece = st.binary(max_size=12)
    replaced = st.tuples(position, piece, st.integers(0, 12)).map(
        lambda change: data[: change[0]] + change[1] + data[change[0] + change[2] :]
    )
    cut = position.map(lambda end: data[:end])
    flipped = st.tuples(position, st.integers(0, 7)).map(
        lambda bit: data[: bit[0]] + bytes([data[bit[0]] ^ 1 << bit[1]]) + data[bit[0] + 1 :]
    )
    return st.one_of(replaced, cut, flipped).filter(lambda result: result not in (data, b""))


def check_private(lab: Lab, content: bytes, original: bytes) -> None:
    """Import a private key that may be damaged; if it becomes a key, it must be the one that it was."""
    Path("bad.pem").write_bytes(content)
    before = lab.count()
    text = lab.kmu("importPrivateKey", "-l", "bad", "-f", "bad.pem", "-w", lab.aes)
    if "Private Key Imported." in text:
        handle = int(text.partition("Key Handle: ")[2].split()[0])
        material = lab.kmu.material(handle, lab.aes)
        lab.kmu("deleteKey", "-k", handle)
        assert material == from_pem(original, is_private_label)
    else:
        assert REFUSED.fullmatch(text), text
    assert lab.count() == before


@QUICK
@given(data=st.data(), name=st.sampled_from(sorted(PRIVATE)))
def test_private_pem(lab: Lab, data: st.DataObject, name: str) -> None:
    original = EC_PEM if name == "sec1" else PRIVATE[name]
    check_private(lab, data.draw(changed(PRIVATE[name])), original)


@QUICK
@given(data=st.data(), name=st.sampled_from(sorted(PRIVATE)))
def test_private_der_in_good_pem(lab: Lab, data: st.DataObject, name: str) -> None:
    label = "EC PRIVATE KEY" if name == "sec1" else "PRIVATE KEY"
    der = data.draw(changed(from_pem(PRIVATE[name], is_private_label)))
    check_private(lab, to_pem(label, der), EC_PEM if name == "sec1" else PRIVATE[name])


@QUICK
@given(content=st.binary(min_size=1, max_size=300), label=st.sampled_from(["RSA PRIVATE KEY", "PRIVATE KEY"]))
def test_noise_in_private_pem(lab: Lab, content: bytes, label: str) -> None:
    check_private(lab, to_pem(label, content), EC_PEM)
    check_private(lab, content, EC_PEM)


@QUICK
@given(data=st.data(), name=st.sampled_from(sorted(PUBLIC)), in_pem=st.booleans())
def test_public_key(lab: Lab, data: st.DataObject, name: str, in_pem: bool) -> None:
    if in_pem:
        content = data.draw(changed(PUBLIC[name]))
    else:
        der = data.draw(changed(from_pem(PUBLIC[name], lambda label: label == "PUBLIC KEY")))
        content = to_pem("PUBLIC KEY", der)
    Path("bad.pem").write_bytes(content)
    before = lab.count()
    text = lab.kmu("importPubKey", "-l", "bad", "-f", "bad.pem")
    if "Public Key Handle" in text:
        # Any modulus is one, so damage may go unseen; but the key must be of use.
        handle = int(text.partition("Handle: ")[2].split()[0])
        assert "PEM formatted public key" in lab.kmu("exportPubKey", "-k", handle, "-out", "again.pem")
        lab.kmu("deleteKey", "-k", handle)
    else:
        assert "\tCfm3CreatePublicKey returned: 0x" in text
    assert lab.count() == before


@QUICK
@given(data=st.data(), mechanism=st.sampled_from((*w.BY_AES, *w.BY_RSA)))
def test_wrapped_key_with_header(lab: Lab, data: st.DataObject, mechanism: int) -> None:
    content = data.draw(changed(lab.wrapped(mechanism)))
    before = lab.count()
    text = lab.unwrap(mechanism, content)
    assert REFUSED_UNWRAP.fullmatch(text), text
    assert lab.count() == before


@QUICK
@given(data=st.data(), mechanism=st.sampled_from((*w.BY_AES, *w.BY_RSA)))
def test_bare_wrapped_key(lab: Lab, data: st.DataObject, mechanism: int) -> None:
    iv = ("-iv_file", "iv") if mechanism == w.AES_GCM else ()
    content = data.draw(changed(lab.wrapped(mechanism, "-noheader", *iv)))
    before = lab.count()
    text = lab.unwrap(mechanism, content, "-noheader", "-l", "bad", "-kc", 4, "-kt", 31, *iv)
    assert REFUSED_UNWRAP.fullmatch(text), text
    assert lab.count() == before


@pytest.mark.parametrize("mechanism", [*w.BY_AES, *w.BY_RSA])
def test_a_bare_key_has_no_header_and_a_header_is_no_key(lab: Lab, mechanism: int) -> None:
    iv = ("-iv_file", "iv") if mechanism == w.AES_GCM else ()
    before = lab.count()
    bare = lab.wrapped(mechanism, "-noheader", *iv)
    assert REFUSED_UNWRAP.fullmatch(lab.unwrap(mechanism, bare))
    text = lab.unwrap(mechanism, lab.wrapped(mechanism), "-noheader", "-l", "x", "-kc", 4, "-kt", 31, *iv)
    assert REFUSED_UNWRAP.fullmatch(text)
    assert lab.count() == before


@QUICK
@given(iv=st.binary(min_size=1, max_size=40))
def test_another_iv(lab: Lab, iv: bytes) -> None:
    content = lab.wrapped(w.AES_GCM, "-noheader", "-iv_file", "iv")
    if iv == Path("iv").read_bytes():
        return
    Path("iv").write_bytes(iv)
    text = lab.unwrap(w.AES_GCM, content, "-noheader", "-l", "x", "-kc", 4, "-kt", 31, "-iv_file", "iv")
    assert REFUSED_UNWRAP.fullmatch(text), text


@QUICK
@given(content=st.binary(min_size=1, max_size=400), mechanism=st.sampled_from((*w.BY_AES, *w.BY_RSA)))
def test_noise_as_wrapped_key(lab: Lab, content: bytes, mechanism: int) -> None:
    assert REFUSED_UNWRAP.fullmatch(lab.unwrap(mechanism, content))
    assert REFUSED_UNWRAP.fullmatch(lab.unwrap(mechanism, wrap_header.FILE_IV + b"CHSMWK1\n" + content))


@QUICK
@given(
    content=st.binary(min_size=1, max_size=60),
    mechanism=st.integers(0, 12),
    size=st.integers(0, 70),
    template=st.booleans(),
)
def test_noise_for_unwrap_with_size(lab: Lab, content: bytes, mechanism: int, size: int, template: bool) -> None:
    Path("bad").write_bytes(content)
    before = lab.count()
    words = ("-f", "bad", "-w", lab.aes, "-l", "x", "-t", 31, "-mech", mechanism)
    sized = () if mechanism == 10 else ("-s", size)
    text = lab.kmu("unWrapKeyWithSize", *words, *sized, *(("-template",) if template else ()))
    assert "\n\tCfm3UnWrapKeyWithSize: 0x1b \n" in text or text.startswith("\n\nDescription\n")
    assert lab.count() == before


@QUICK
@given(st.text(alphabet="0123456789abcdefABCDEFxg-", max_size=600), st.integers(0, 2**33))
def test_numbers_of_a_public_key(lab: Lab, modulus: str, exponent: int) -> None:
    text = lab.kmu("createPublicKey", "-m", modulus, "-e", exponent, "-l", "x")
    assert "Cfm3CreateRSAPublicKey returned: 0x" in text or "Modulus (-m) is missing." in text
