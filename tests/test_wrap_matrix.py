"""Every kind of key out and in again by every mechanism: what comes back is what went out, or the HSM refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from model_support import DATA
from wrap_support import CIPHERS, OK, POLICY, Kind, kinds, openssl, pem_of, pkcs8, public_pem, start

from shared import attributes
from shared.crypto import wrapping as w
from shared.mechanisms import CLASS_SECRET

MECHANISMS = (*w.BY_AES, *w.BY_RSA)
KINDS = tuple(kinds())
# An HSM checks a long RSA key for a tenth of a second, each time; what a mechanism does with it does not hang on that.
SHORT_KINDS = tuple(name for name in KINDS if name not in ("rsa3072", "rsa4096"))
WRAPPING_RSA = DATA / "rsa2048-2.pem"
PADDINGS = {w.RSA_OAEP: "oaep", w.RSA_PKCS: "pkcs1"}
LONGEST = {w.RSA_OAEP: 214, w.RSA_PKCS: 245}


class Lab:
    """A cluster with wrapping keys, and with one key of each kind as it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.kmu = start(folder / "world")
        self.out = self.kmu.make("genSymKey -t 31 -s 32 -l out")
        self.aes = self.kmu.make("genSymKey -t 31 -s 32 -l wrapping")
        self.rsa_private = self.kmu.make("importPrivateKey", "-l", "rsa", "-f", WRAPPING_RSA, "-w", self.out)
        self.public_file = folder / "public.pem"
        self.public_file.write_bytes(public_pem(WRAPPING_RSA.read_bytes()))
        self.rsa_public = self.kmu.make("importPubKey", "-l", "rsa", "-f", self.public_file)
        self.aes_material = self.kmu.material(self.aes, self.out).hex()
        self._handles: dict[str, int] = {}

    def handle(self, kind: Kind) -> int:
        """Return the handle of the key of a kind."""
        if kind.name not in self._handles:
            self._handles[kind.name] = self.kmu.import_material(kind, self.out)
        return self._handles[kind.name]

    def wrapping(self, mechanism: int) -> tuple[int, int]:
        """Return the handles of the keys that wrap and unwrap."""
        return (self.aes, self.aes) if mechanism in w.BY_AES else (self.rsa_public, self.rsa_private)


@pytest.fixture(scope="module")
def module_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("matrix")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        lab = Lab(folder)
    yield lab
    lab.kmu.close()


@pytest.fixture
def lab(module_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.chdir(tmp_path)
    return module_lab


def is_admitted(kind: Kind, mechanism: int) -> bool:
    size = len(kind.material)
    if mechanism == w.NIST_AES_NO_PAD:
        return size % 8 == 0 and size >= 16
    return size <= LONGEST.get(mechanism, size)


def file_of_bare(path: str, kind: Kind) -> tuple[object, ...]:
    return ("-f", path, "-noheader", "-l", kind.name, "-kc", kind.key_class, "-kt", kind.key_type)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_imported_is_exported(lab: Lab, name: str) -> None:
    kind = kinds()[name]
    handle = lab.handle(kind)
    assert lab.kmu.material(handle, lab.out) == kind.material
    key = lab.kmu.key(handle)
    assert (key.key_class, key.key_type, key.label) == (kind.key_class, kind.key_type, name.encode())
    told = (attributes.LOCAL, attributes.ALWAYS_SENSITIVE, attributes.NEVER_EXTRACTABLE)
    assert not any(attributes.flag(key.flags, attribute) for attribute in told)


@pytest.mark.parametrize("name", SHORT_KINDS)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_with_header(lab: Lab, name: str, mechanism: int) -> None:
    kind, kmu = kinds()[name], lab.kmu
    by, back = lab.wrapping(mechanism)
    text = kmu("wrapKey", "-k", lab.handle(kind), "-w", by, "-m", mechanism, "-out", "wrapped")
    if not is_admitted(kind, mechanism):
        assert text == f"\n\tCfm2WrapKey returned: {POLICY}\n"
        assert not Path("wrapped").exists()
        return
    size = Path("wrapped").stat().st_size - 8
    assert text == (
        f'\n\tKey Wrapped.\n\n\tWrapped Key written to file "wrapped length {size}\n\n\tCfm2WrapKey returned: {OK}\n'
    )
    handle = kmu.make("unWrapKey", "-f", "wrapped", "-w", back, "-m", mechanism)
    assert kmu.material(handle, lab.out) == kind.material
    old, new = kmu.key(lab.handle(kind)), kmu.key(handle)
    own = {"handle": 0, "slot": 0, "masked": b""}
    assert new._replace(**own) == old._replace(**own)
    kmu("deleteKey", "-k", handle)


@pytest.mark.parametrize("name", SHORT_KINDS)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_without_header(lab: Lab, name: str, mechanism: int) -> None:
    kind, kmu = kinds()[name], lab.kmu
    by, back = lab.wrapping(mechanism)
    iv = ("-iv_file", "iv") if mechanism == w.AES_GCM else ()
    words = ("wrapKey", "-k", lab.handle(kind), "-w", by, "-m", mechanism, "-out", "wrapped", "-noheader", *iv)
    text = kmu(*words)
    if not is_admitted(kind, mechanism):
        assert text == f"\n\tCfm2WrapKey returned: {POLICY}\n"
        assert not Path("wrapped").exists()
        return
    wrapped = Path("wrapped").read_bytes()
    assert f'"wrapped length {len(wrapped)}\n' in text
    words = ("unWrapKey", "-w", back, "-m", mechanism, *file_of_bare("wrapped", kind), *iv)
    handle = kmu.make(*words)
    assert kmu.material(handle, lab.out) == kind.material
    kmu("deleteKey", "-k", handle)
    if mechanism not in (w.AES_GCM, w.CLOUDHSM_AES_GCM):
        assert opened_by_openssl(lab, mechanism, wrapped, len(kind.material)) == kind.material


def opened_by_openssl(lab: Lab, mechanism: int, wrapped: bytes, size: int) -> bytes:
    """Unwrap as other software does."""
    if mechanism in PADDINGS:
        padding = f"rsa_padding_mode:{PADDINGS[mechanism]}"
        return openssl("pkeyutl", "-decrypt", "-inkey", WRAPPING_RSA, "-pkeyopt", padding, given=wrapped)
    key, cipher = lab.aes_material, CIPHERS[32]
    if mechanism == w.RSA_AES:
        words = ("pkeyutl", "-decrypt", "-inkey", WRAPPING_RSA, "-pkeyopt", "rsa_padding_mode:oaep")
        key, wrapped = openssl(*words, given=wrapped[:256]).hex(), wrapped[256:]
    if mechanism in (w.RSA_AES, w.NIST_AES_PAD):
        return openssl("enc", "-d", f"-{cipher}-pad", "-K", key, "-iv", "a65959a6", given=wrapped)
    if mechanism == w.AES_KEY_WRAP and size < 8:
        # OpenSSL refuses a single block, as RFC 3394 does.
        return w.unpad(w.rfc3394_unwrap(bytes.fromhex(key), wrapped))
    data = openssl("enc", "-d", f"-{cipher}", "-K", key, "-iv", "a6" * 8, given=wrapped)
    return w.unpad(data) if mechanism == w.AES_KEY_WRAP else data


def wrapped_by_openssl(lab: Lab, mechanism: int, material: bytes) -> bytes:
    """Wrap as other software does."""
    public = ("pkeyutl", "-encrypt", "-pubin", "-inkey", lab.public_file, "-pkeyopt")
    if mechanism in PADDINGS:
        return openssl(*public, f"rsa_padding_mode:{PADDINGS[mechanism]}", given=material)
    key, cipher, head = lab.aes_material, CIPHERS[32], b""
    if mechanism == w.RSA_AES:
        key, head = "42" * 32, openssl(*public, "rsa_padding_mode:oaep", given=b"B" * 32)
    if mechanism in (w.RSA_AES, w.NIST_AES_PAD):
        return head + openssl("enc", f"-{cipher}-pad", "-K", key, "-iv", "a65959a6", given=material)
    data = w.pad(material) if mechanism == w.AES_KEY_WRAP else material
    return openssl("enc", f"-{cipher}", "-K", key, "-iv", "a6" * 8, given=data)


@pytest.mark.parametrize("name", KINDS)
def test_what_others_wrapped_comes_in(lab: Lab, name: str) -> None:
    kind, kmu = kinds()[name], lab.kmu
    for mechanism in (w.AES_KEY_WRAP, w.NIST_AES_NO_PAD, w.NIST_AES_PAD, *w.BY_RSA):
        if not is_admitted(kind, mechanism) or (mechanism == w.AES_KEY_WRAP and len(kind.material) < 8):
            continue
        Path("theirs").write_bytes(wrapped_by_openssl(lab, mechanism, kind.material))
        _, back = lab.wrapping(mechanism)
        words = ("unWrapKey", "-w", back, "-m", mechanism, *file_of_bare("theirs", kind))
        handle = kmu.make(*words)
        assert kmu.material(handle, lab.out) == kind.material
        kmu("deleteKey", "-k", handle)


@pytest.mark.parametrize("name", ["aes128", "generic100", "ec2", "rsa2048-1"])
@pytest.mark.parametrize("size", [16, 24, 32])
def test_wrapping_keys_of_every_size(lab: Lab, name: str, size: int) -> None:
    kind, kmu = kinds()[name], lab.kmu
    by = kmu.make("genSymKey", "-t", 31, "-s", size, "-l", "by")
    assert kmu.material(lab.handle(kind), by) == kind.material
    for mechanism in (w.AES_KEY_WRAP, w.NIST_AES_PAD, w.AES_GCM, w.CLOUDHSM_AES_GCM):
        kmu("wrapKey", "-k", lab.handle(kind), "-w", by, "-m", mechanism, "-out", "wrapped")
        handle = kmu.make("unWrapKey", "-f", "wrapped", "-w", by, "-m", mechanism)
        assert kmu.material(handle, lab.out) == kind.material


@pytest.mark.parametrize("number", w.HASHES)
@pytest.mark.parametrize("mechanism", [w.RSA_AES, w.RSA_OAEP])
def test_hashes(lab: Lab, number: int, mechanism: int) -> None:
    kind, kmu = kinds()["aes256"], lab.kmu
    option = ("-m", mechanism, "-t", number)
    kmu("wrapKey", "-k", lab.handle(kind), "-w", lab.rsa_public, *option, "-out", "wrapped")
    handle = kmu.make("unWrapKey", "-f", "wrapped", "-w", lab.rsa_private, *option)
    assert kmu.material(handle, lab.out) == kind.material
    other = 2 if number != 2 else 3
    text = kmu("unWrapKey", "-f", "wrapped", "-w", lab.rsa_private, "-m", mechanism, "-t", other)
    assert text.startswith("\n\tCfm3UnWrapKey returned: 0x1b \n\n\tCSP Error: ERR_BAD_PKCS_DATA\n")


@pytest.mark.parametrize("mechanism", [w.AES_GCM, w.CLOUDHSM_AES_GCM])
@pytest.mark.parametrize("tag_size", [8, 9, 15, 16])
def test_tags_and_aad(lab: Lab, mechanism: int, tag_size: int) -> None:
    kind, kmu = kinds()["aes256"], lab.kmu
    Path("aad").write_bytes(b"additional data")
    Path("other").write_bytes(b"other data")
    iv = ("-iv_file", "iv") if mechanism == w.AES_GCM else ()
    options = ("-m", mechanism, "-tag_size", tag_size, *iv)
    words = ("wrapKey", "-k", lab.handle(kind), "-w", lab.aes, "-noheader", "-out", "wrapped", *options)
    kmu(*words, "-aad", "aad")
    assert Path("wrapped").stat().st_size == 32 + tag_size + (0 if iv else 12)
    if iv:
        assert Path("iv").stat().st_size == 12
    words = ("unWrapKey", "-w", lab.aes, *file_of_bare("wrapped", kind), *options)
    assert kmu.material(kmu.make(*words, "-aad", "aad"), lab.out) == kind.material
    for wrong in (("-aad", "other"), ()):
        assert "0x1b \n\n\tCSP Error: ERR_BAD_PKCS_DATA" in kmu(*words, *wrong)


@pytest.mark.parametrize("name", KINDS)
def test_the_host_wraps_as_well_as_the_hsm(lab: Lab, name: str) -> None:
    kind, kmu = kinds()[name], lab.kmu
    Path("wk").write_bytes(bytes.fromhex(lab.aes_material))
    by = ("-w", lab.aes, "-wk", "wk")
    if kind.key_class == CLASS_SECRET:
        Path("in").write_bytes(kind.material)
        handle = kmu.make("imSymKey", "-l", "x", "-f", "in", "-t", kind.key_type, *by)
        kmu("exSymKey", "-k", handle, "-out", "out", *by)
        assert Path("out").read_bytes() == kind.material
    else:
        Path("in").write_bytes(pem_of(kind.material))
        handle = kmu.make("importPrivateKey", "-l", "x", "-f", "in", *by)
        kmu("exportPrivateKey", "-k", handle, "-out", "out", *by)
        assert pkcs8(Path("out").read_bytes()) == kind.material
