"""Files of import, export and wrapping: which are read, and what stands on disk when something is refused."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x448
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from model_support import DATA, ROOT
from wrap_support import Kmu, openssl, pkcs8, public_pem, start

from key_mgmt_util import wrap_header
from shared.crypto import fake_pem
from shared.crypto.pem import from_pem, is_private_label, to_pem

RSA = DATA / "rsa2048-1.pem"
RSA_KEY = load_pem_private_key(RSA.read_bytes(), None)
CANNOT_READ = "failed to read private key from file\n\n"


@pytest.fixture
def kmu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kmu]:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    shell = start(tmp_path / "world")
    yield shell
    shell.close()


def imported(kmu: Kmu, content: bytes) -> str:
    Path("in.pem").write_bytes(content)
    return kmu("importPrivateKey -l x -f in.pem -w 4")


def exported(kmu: Kmu, content: bytes) -> bytes:
    text = imported(kmu, content)
    assert "Private Key Imported" in text, text
    return kmu.material(int(text.partition("Key Handle: ")[2].split()[0]), 4)


# What is a private key


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("name", ["rsa3072", "wrap-dsa2048", "ec"])
def test_both_forms_of_pem(kmu: Kmu, form: PrivateFormat, name: str) -> None:
    if name == "ec":
        key = ec.generate_private_key(ec.SECP384R1())
    else:
        key = load_pem_private_key((DATA / f"{name}.pem").read_bytes(), None)  # type: ignore[assignment]
    pem = key.private_bytes(Encoding.PEM, form, NoEncryption())
    assert exported(kmu, pem) == pkcs8(pem)


def test_openssl_and_others_write_around_the_key(kmu: Kmu) -> None:
    pem = openssl("ecparam", "-name", "prime256v1", "-genkey")
    assert pem.startswith(b"-----BEGIN EC PARAMETERS-----")
    assert exported(kmu, pem) == pkcs8(pem)
    key = RSA.read_bytes()
    assert exported(kmu, b"Bag Attributes\n    friendlyName: x\n" + key + public_pem(key)) == pkcs8(key)
    assert exported(kmu, key.replace(b"\n", b"\r\n")) == pkcs8(key)
    assert exported(kmu, key.rstrip(b"\n")) == pkcs8(key)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n", id="blank"),
        pytest.param(b"\0" * 1000, id="zeros"),
        pytest.param(RSA.read_bytes()[:-40], id="no end"),
        pytest.param(RSA.read_bytes()[:900], id="half"),
        pytest.param(RSA.read_bytes().replace(b"\n", b""), id="one line"),
        pytest.param(RSA.read_bytes().replace(b"A", b"*"), id="no base64"),
        pytest.param(public_pem(RSA.read_bytes()), id="public"),
        pytest.param(pkcs8(RSA.read_bytes()), id="DER"),
        pytest.param(b"x" * 3_000_000, id="large"),
        pytest.param(b"x" * 3_000_000 + b"\n" + RSA.read_bytes(), id="key behind much else"),
        pytest.param(
            RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
            id="encrypted",
        ),
        pytest.param(
            RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret")),
            id="encrypted in the older form",
        ),
        pytest.param(
            RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
            id="OpenSSH",
        ),
    ],
)
def test_what_is_no_private_key(kmu: Kmu, content: bytes) -> None:
    assert imported(kmu, content) == CANNOT_READ
    assert not kmu.world.handles()


@pytest.mark.parametrize(("cls", "number"), [(ed25519.Ed25519PrivateKey, 1087), (x448.X448PrivateKey, 1035)])
def test_types_that_the_tool_refuses(
    kmu: Kmu, cls: type[ed25519.Ed25519PrivateKey | x448.X448PrivateKey], number: int
) -> None:
    key = cls.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert imported(kmu, pem) == f"Error: Invalid Key Type {number}\n"
    Path("p").write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    text = kmu("importPubKey -l x -f p")
    assert text.startswith(f"Error: Invalid Key Type {number}\n\n\tCfm3CreatePublicKey returned: 0x")


@pytest.mark.parametrize("curve", ["prime192v1", "sect163k1", "secp112r1", "brainpoolP256r1"])
def test_curves_that_are_not_approved(kmu: Kmu, curve: str) -> None:
    pem = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
    text = imported(kmu, pem)
    known = "\n\tCfm3ImportUnWrapKey: 0xb3 \n" in text
    assert known or text == "\n \tfailed to read ecdsa private key from file\n"
    Path("p").write_bytes(openssl("pkey", "-pubout", given=pem))
    text = kmu("importPubKey -l x -f p")
    assert "\n\tCfm3CreatePublicKey returned: 0x" in text
    assert "SUCCESS" not in text
    assert not kmu.world.handles()


def test_fake_pem(kmu: Kmu) -> None:
    numbers = RSA_KEY.public_key().public_numbers()  # type: ignore[union-attr]
    modulus = numbers.n.to_bytes(256, "big")  # type: ignore[union-attr]
    pem = fake_pem.rsa(modulus, b"\x01\0\x01", 262169)
    assert imported(kmu, pem) == "\nThis key is already imported with handle 262169\n\n"
    der = from_pem(pem, is_private_label)
    other = der.replace(fake_pem.MAGIC_HSM, fake_pem.MAGIC_IMPORTED)
    text = imported(kmu, to_pem("RSA PRIVATE KEY", other))
    assert text == "\nThis key is already imported with handle 262169\n\n"
    # The test is made for RSA only; a fake EC key is none.
    point = (
        ec.derive_private_key(77, ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    assert imported(kmu, fake_pem.ec(point, 415, 262169)) == CANNOT_READ
    assert not kmu.world.handles()


def test_numbers_that_do_not_fit_are_the_hsms_to_refuse(kmu: Kmu) -> None:
    pem = RSA.read_bytes()
    numbers = RSA_KEY.private_numbers()  # type: ignore[union-attr]
    der = pkcs8(pem)
    p = numbers.p.to_bytes(128, "big")  # type: ignore[union-attr]
    assert der.count(p) == 1
    wrong = der.replace(p, p[:-1] + bytes([p[-1] ^ 2]))
    text = imported(kmu, to_pem("PRIVATE KEY", wrong))
    assert "\n\tCfm3ImportUnWrapKey: 0x1b \n\n\tCSP Error: ERR_BAD_PKCS_DATA\n" in text
    assert not kmu.world.handles()


# Paths


def test_input_that_cannot_be_opened(kmu: Kmu) -> None:
    assert kmu("importPrivateKey -l x -f no/file -w 4") == "failed to open file  no/file : No such file or directory\n"
    assert kmu("importPrivateKey", "-l", "x", "-f", "", "-w", 4) == (
        "failed to open file   : No such file or directory\n"
    )
    Path("folder").mkdir()
    assert kmu("importPrivateKey -l x -f folder -w 4") == CANNOT_READ
    for words in ("imSymKey -t 31 -l x -w 4 -f", "importPubKey -l x -f", "unWrapKey -w 4 -m 4 -f"):
        for path in ("no/file", "folder"):
            text = kmu(f"{words} {path}")
            assert text.startswith(f'\n\tWARNING: Failed to read from the file "{path}".\n\n\tError: ')
            assert "(-f) is missing.\n" in text
    assert not kmu.world.handles()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_input_without_permission(kmu: Kmu) -> None:
    Path("secret").write_bytes(RSA.read_bytes())
    Path("secret").chmod(0)
    assert kmu("importPrivateKey -l x -f secret -w 4") == "failed to open file  secret : Permission denied\n"


def test_a_device_without_end_is_read_in_part(kmu: Kmu) -> None:
    assert kmu("importPrivateKey -l x -f /dev/zero -w 4") == CANNOT_READ
    assert kmu("imSymKey -t 31 -l x -f /dev/null -w 4").startswith("\n\t /dev/null is an empty file.\n")


@pytest.mark.parametrize("content", [b"", bytes(15), bytes(33), b"31" * 16 + b"\n", None])
@pytest.mark.parametrize(
    "words",
    [
        "exSymKey -k 6 -w 6 -out o",
        "exportPrivateKey -k 6 -w 6 -out o",
        "imSymKey -t 31 -l x -f k -w 6",
        "importPrivateKey -l x -f k -w 6",
    ],
)
def test_wk_is_a_raw_aes_key(kmu: Kmu, content: bytes | None, words: str) -> None:
    kmu("genSymKey -t 31 -s 32 -l x")
    Path("k").write_bytes(bytes(32))
    if content is not None:
        Path("wk").write_bytes(content)
    assert kmu(f"{words} -wk wk") == "\nInvalid file. Should be an AES key\n"
    assert kmu(f"{words} -wk .") == "\nInvalid file. Should be an AES key\n"
    assert not Path("o").exists()


def outputs(kmu: Kmu) -> list[tuple[str, str]]:
    """Return commands that write a file, and the option that names it."""
    aes = kmu.make("genSymKey -t 31 -s 32 -l x")
    private = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", aes)
    Path("p").write_bytes(public_pem(RSA.read_bytes()))
    public = kmu.make("importPubKey -l x -f p")
    return [
        (f"exSymKey -k {aes} -w {aes} -out", "Couldn't write to file {}"),
        (f"exportPrivateKey -k {private} -w {aes} -out", "failed to open file bio\n\n"),
        (
            f"exportPubKey -k {public} -out",
            "\n\tCfm3ExportPubKey returned: 0xeb \n\n\tHSM Error: RET_INVALID_INPUT\n",
        ),
        (f"wrapKey -k {private} -w {aes} -m 4 -out", "\n\tFailed to write Wrapped Key to a file.\n"),
        (f"wrapKey -k {aes} -w {aes} -m 10 -noheader -out o -iv_file", "\n\tFailed to write Wrapped Key to a file.\n"),
        (f"aesWrapUnwrap -f p -w {aes} -m 1 -out", "\n\nFailed to write result into a file.\n"),
    ]


def test_output_is_created_or_truncated_with_the_umask(kmu: Kmu) -> None:
    before = os.umask(0o027)
    try:
        for number, (words, _) in enumerate(outputs(kmu)):
            kmu(f"{words} new{number}")
            assert Path(f"new{number}").stat().st_mode & 0o777 == 0o640, words
            fresh = Path(f"new{number}").stat().st_size
            Path(f"old{number}").write_bytes(b"x" * 10_000)
            Path(f"old{number}").chmod(0o600)
            kmu(f"{words} old{number}")
            assert Path(f"old{number}").stat().st_size == fresh
            assert Path(f"old{number}").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_output_that_cannot_be_opened_or_written(kmu: Kmu) -> None:
    Path("folder").mkdir()
    for words, line in outputs(kmu):
        for path in ("folder", "no/file"):
            assert line.format(path) in kmu(f"{words} {path}"), words
        text = kmu(f"{words} /dev/full")
        assert 'written to file "/dev/full' not in text
        assert "written to /dev/full \n" not in text
    assert not Path("o").exists(), "the IV is written first, and without it the rest would be of no use"
    assert not list(Path("folder").iterdir())


def test_a_private_key_that_could_not_be_written_is_claimed_all_the_same(kmu: Kmu) -> None:
    private = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", 4)
    text = kmu(f"exportPrivateKey -k {private} -w 4 -out /dev/full")
    assert text.endswith("failed to write to file\n\n\nPEM formatted private key is written to /dev/full\n")


def test_no_part_of_a_file_stays(tmp_path: Path) -> None:
    """A file size limit stops the write in the middle, as a full disk would."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import resource, signal\n"
        "from key_mgmt_util.key_files import OutputError, write_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n"
        "        write_file(name, b'x' * 10000)\n"
        "    except OutputError as error:\n"
        "        print(error.opened)\n"
    )
    (tmp_path / "old").write_bytes(b"before")
    done = subprocess.run([sys.executable, "-c", code, "new", "old"], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout.split() == [b"True", b"True"]
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "old").read_bytes() == b""


def test_output_stays_as_it_was_when_the_hsm_refuses(kmu: Kmu) -> None:
    aes = kmu.make("genSymKey -t 31 -s 32 -l x -nex")
    Path("o").write_bytes(b"before")
    for words in (
        f"exSymKey -k {aes} -w {aes} -out o",
        f"exportPrivateKey -k 99 -w {aes} -out o",
        "exportPubKey -k 99 -out o",
        f"wrapKey -k {aes} -w {aes} -m 4 -out o",
        f"wrapKey -k {aes} -w {aes} -m 10 -noheader -iv_file o -out o",
    ):
        kmu(words)
        assert Path("o").read_bytes() == b"before", words


def test_paths_are_taken_as_they_are(kmu: Kmu) -> None:
    aes = kmu.make("genSymKey -t 31 -s 32 -l x")
    for path in ("./a.key", "../b.key", "c{0}%s.key", "d\udcff.key", "$HOME", "~"):
        text = kmu("exSymKey", "-k", aes, "-w", aes, "-out", path)
        assert f'\n\nExported Symmetric Key written to file "{path}"\n' in text
        assert os.path.getsize(path) == 32
    assert "Couldn't write to file a\0b" in kmu("exSymKey", "-k", aes, "-w", aes, "-out", "a\0b")


# The header


def test_header_is_267_bytes_and_grows(kmu: Kmu) -> None:
    aes = kmu.make("genSymKey -t 31 -s 32 -l x")
    key = kmu.key(aes)
    room = wrap_header.SIZE - 38 - 32
    for label, size in ((b"", 267), (b"x" * room, 267), (b"x" * (room + 1), 268), (b"x" * 70_000, 70_070)):
        for iv in (b"", bytes(range(12))):
            content = wrap_header.pack(key._replace(label=label, key_id=b""), b"wrapped", iv)
            assert len(content) == 8 + size + 7
            read = wrap_header.unpack(content)
            assert read is not None
            assert (read[0].label, read[0].iv, read[1]) == (label, iv, b"wrapped")


def test_header_of_another_length_than_it_says_is_refused(kmu: Kmu) -> None:
    content = wrap_header.pack(kmu.key(kmu.make("genSymKey -t 31 -s 32 -l x")), b"", b"")
    assert wrap_header.unpack(content) is not None
    for wrong in (b"", content[8:], content[:-1], content + b"\0", b"\1" + content[1:]):
        assert wrap_header.unpack(wrong) is None
