"""key wrap and key unwrap: every mechanism with every kind of key, there and back, and openssl as a second opinion."""

from __future__ import annotations

import base64
import shutil
from typing import TYPE_CHECKING

import pytest
from cli_keys_support import AES, EC, RSA, alice, installation, openssl
from model_support import DATA

from cloudhsm_cli.wrapping import HASHES, MECHANISMS
from shared import mechanisms as m

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cli_support import Session

REFUSED = "The requested key operation is not allowed for this key or by the mode of the cluster"
# Labels of payloads, by the class that key unwrap makes of them.
PAYLOADS = {
    "aes16": "aes",
    "aes24": "aes",
    "aes32": "aes",
    "generic1": "generic-secret",
    "generic13": "generic-secret",
    "generic64": "generic-secret",
    "rsa": "rsa-private",
    "secp224r1": "ec-private",
    "secp256r1": "ec-private",
    "secp384r1": "ec-private",
    "secp521r1": "ec-private",
    "secp256k1": "ec-private",
}
OPTIONS = {"aes-gcm": "--tag-length-bits 96 --aad 0x0102", "cloudhsm-aes-gcm": "--tag-length-bits 128"}
OPTIONS |= dict.fromkeys(("rsa-aes", "rsa-oaep"), "--hash-function sha256 --mgf mgf1-sha256")
ROOM = {"rsa-oaep": 256 - 66, "rsa-pkcs": 256 - 11}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Return a session of alice, with a key for each kind of payload and the wrapping keys w and r."""
    with installation(tmp_path_factory.mktemp("matrix"), m.HSM2M, m.NON_FIPS), alice() as shell:
        shell.data(AES.format(label="w", size=32, more="--attributes wrap=true unwrap=true"))
        shell.data(RSA.format(label="r", more="--public-attributes wrap=true --private-attributes unwrap=true"))
        for size in (16, 24, 32):
            shell.data(AES.format(label=f"aes{size}", size=size, more=""))
        for size in (1, 13, 64):
            shell.data(f"key generate-symmetric generic-secret --label generic{size} --key-length-bytes {size}")
        shell.data(RSA.format(label="rsa", more=""))
        for curve in (label for label in PAYLOADS if label.startswith("secp")):
            shell.data(EC.format(curve=curve, label=curve, more=""))
        yield shell


def fields(data: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in data.items()}


def the(shell: Session, label: str) -> dict[str, object]:
    """Return the attributes of the private or secret key of a label."""
    kind = PAYLOADS[label]
    key_class = "private-key" if kind.endswith("private") else "secret-key"
    (found,) = shell.data(f"key list -v --filter attr.label={label} attr.class={key_class}")["matched_keys"]
    return dict(found["attributes"])


def fits(mechanism: str, size: int) -> bool:
    """Return whether a mechanism admits a payload of so many bytes."""
    if mechanism == "aes-no-pad":
        return size % 8 == 0 and size >= 16
    return size <= ROOM.get(mechanism, size)


@pytest.mark.parametrize("label", PAYLOADS)
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_there_and_back(shell: Session, mechanism: str, label: str) -> None:
    kind, known = PAYLOADS[label], the(shell, label)
    by, options = ("r" if mechanism.startswith("rsa") else "w"), OPTIONS.get(mechanism, "")
    payload = f"attr.label={label} attr.class={known['class']}"
    wrapping = f"attr.label={by} attr.wrap=true"
    wrap = f"key wrap {mechanism} --payload-filter {payload} --wrapping-filter {wrapping} {options}"
    size = known["key-length-bytes"]
    assert isinstance(size, int)
    if not fits(mechanism, size):
        assert shell.error(wrap) == REFUSED
        return
    wrapped = fields(shell.data(wrap))
    iv = f"--iv {wrapped['iv']}" if "iv" in wrapped else ""
    unwrap = (
        f"key unwrap {mechanism} --filter attr.label={by} attr.unwrap=true --key-type-class {kind} --label back "
        f"{options} {iv} --data {wrapped['wrapped-key-data']}"
    )
    made = shell.data(unwrap)["key"]
    told = made["attributes"]
    assert (told["local"], told["always-sensitive"], told["never-extractable"]) == (False, False, False)
    same = ("key-type", "class", "key-length-bytes", "check-value", "modulus", "ec-point", "curve", "sign", "sensitive")
    assert {name: told.get(name) for name in same} == {name: known.get(name) for name in same}
    again = shell.data(f"{wrap.replace(payload, 'key-reference=' + made['key-reference'])}")
    shell.data(f"key delete --filter key-reference={made['key-reference']}")
    assert len(fields(again)["wrapped-key-data"]) == len(wrapped["wrapped-key-data"])


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_damaged_bytes_make_no_key(shell: Session, mechanism: str) -> None:
    by, options = ("r" if mechanism.startswith("rsa") else "w"), OPTIONS.get(mechanism, "")
    wrap = f"key wrap {mechanism} --payload-filter attr.label=aes32 --wrapping-filter attr.label={by} attr.wrap=true"
    wrapped = fields(shell.data(f"{wrap} {options}"))
    good = base64.b64decode(wrapped["wrapped-key-data"])
    total = shell.data("key list")["total_key_count"]
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), good[:-8], good + bytes(8), b""):
        text = base64.b64encode(bad).decode()
        data = f"--data {text}" if text else "--data-path /dev/null"
        iv = f"--iv {wrapped['iv']}" if "iv" in wrapped else ""
        shell.error(
            f"key unwrap {mechanism} --filter attr.label={by} attr.unwrap=true --key-type-class aes --label bad "
            f"{options} {iv} {data}"
        )
    assert shell.data("key list")["total_key_count"] == total


def test_an_iv_of_zeros_is_refused_on_hsm2m(shell: Session) -> None:
    refusal = shell.error(
        "key unwrap aes-gcm --filter attr.label=w --key-type-class aes --label bad --tag-length-bits 128 "
        f"--iv 0x{'00' * 12} --data {'A' * 64}"
    )
    assert refusal == REFUSED


# Openssl as a second opinion: keys of the cluster leave it under an RSA key, and openssl opens what they wrap.


@pytest.fixture(scope="module")
def outside(shell: Session, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the file of an RSA key outside, whose public half the cluster has as ``out``; and the key w in hex."""
    folder = tmp_path_factory.mktemp("outside")
    private = folder / "private.pem"
    shutil.copy(DATA / "rsa2048-1.pem", private)
    openssl("pkey", "-in", str(private), "-pubout", "-out", str(folder / "public.pem"))
    shell.data(
        f"key import pem --path {folder / 'public.pem'} --label out --key-type-class rsa-public --attributes wrap=true"
    )
    return private, exported(shell, private, "w", "sha1").hex()


def exported(shell: Session, private: Path, label: str, name: str) -> bytes:
    """Return the bytes of a secret key, which openssl gets out of RSA-OAEP."""
    target = private.parent / "wrapped.bin"
    shell.data(
        f"key wrap rsa-oaep --payload-filter attr.label={label} --wrapping-filter attr.label=out "
        f"--hash-function {name} --mgf mgf1-{name} --path {target}"
    )
    padding = ("rsa_padding_mode:oaep", f"rsa_oaep_md:{name}", f"rsa_mgf1_md:{name}")
    options = [word for option in padding for word in ("-pkeyopt", option)]
    return openssl("pkeyutl", "-decrypt", "-inkey", str(private), "-in", str(target), *options)


@pytest.mark.parametrize("name", HASHES)
def test_openssl_opens_rsa_oaep(shell: Session, outside: tuple[Path, str], name: str) -> None:
    private, _ = outside
    value = exported(shell, private, "aes16", name)
    cipher = openssl("enc", "-aes-128-ecb", "-nopad", "-K", value.hex(), data=bytes(16))
    assert f"0x{cipher[:3].hex()}" == the(shell, "aes16")["check-value"]


@pytest.mark.parametrize(
    ("mechanism", "cipher", "iv"),
    [("aes-zero-pad", "id-aes256-wrap-pad", "A65959A6"), ("aes-no-pad", "id-aes256-wrap", "A6" * 8)],
)
def test_openssl_opens_aes_key_wrap(
    shell: Session, outside: tuple[Path, str], mechanism: str, cipher: str, iv: str
) -> None:
    private, key = outside
    target = private.parent / "wrapped.bin"
    shell.data(f"key wrap {mechanism} --payload-filter attr.label=aes24 --wrapping-filter attr.label=w --path {target}")
    opened = openssl("enc", "-d", f"-{cipher}", "-K", key, "-iv", iv, "-in", str(target))
    assert opened == exported(shell, private, "aes24", "sha256")


def test_openssl_opens_rsa_aes(shell: Session, outside: tuple[Path, str]) -> None:
    private, _ = outside
    target = private.parent / "wrapped.bin"
    shell.data(
        "key wrap rsa-aes --payload-filter attr.label=secp384r1 attr.class=private-key "
        f"--wrapping-filter attr.label=out --hash-function sha256 --mgf mgf1-sha256 --path {target}"
    )
    head, tail = target.read_bytes()[:256], target.read_bytes()[256:]
    padding = ("rsa_padding_mode:oaep", "rsa_oaep_md:sha256", "rsa_mgf1_md:sha256")
    options = [word for option in padding for word in ("-pkeyopt", option)]
    target.write_bytes(head)
    temporary = openssl("pkeyutl", "-decrypt", "-inkey", str(private), "-in", str(target), *options)
    opened = openssl("enc", "-d", "-id-aes256-wrap-pad", "-K", temporary.hex(), "-iv", "A65959A6", data=tail)
    point = openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=opened)[-97:]
    assert f"0x{point.hex()}" == the(shell, "secp384r1")["ec-point"]
