"""sign and verify: what they print, what they write, and openssl on the other side."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_support import known_rsa_keys
from sign_support import Bench, Kmu, openssl, result

from shared import attributes, errors
from shared.crypto.signing import MECHANISMS
from shared.errors import Code
from shared.hsm.keys import Template

CREATED = "\n\tSignature creation successful\n"
WRITTEN = "\n\tsignature is written to file s\n"
SIGNED = f"{CREATED}{WRITTEN}{result('Cfm3Sign: sign', errors.RET_OK)}"
VERIFIED = f"\n\tSignature verifition successful\n{result('Cfm3Verify', errors.RET_OK)}"
UNSUPPORTED = "\n\tUnsupported hash type/provided key not valid for {} mechanism\n"
CURVE = "\n\tUnsupported curve ID. Supported curves: P256, P384, Secp256k1\n"

# handles, in the order in which the keys are made
RSA, EC = (6, 7), {2: (8, 9), 14: (10, 11), 16: (12, 13)}
AES, P224, P521 = 14, (15, 16), (17, 18)
FIELD = {2: 32, 14: 48, 16: 32}
RSA_MECHANISMS = [n for n, mechanism in MECHANISMS.items() if mechanism.key_type == 0]
EC_MECHANISMS = [n for n, mechanism in MECHANISMS.items() if mechanism.key_type == 3]


def failed(api: str, code: Code, text: str = "") -> str:
    return text + result(api, code)


def not_signed(code: Code, text: str = "") -> str:
    return failed("Cfm3Sign: sign", code, text)


def not_verified(code: Code, text: str = "") -> str:
    return failed("Cfm3Verify", code, text)


class Desk(Bench):
    """A bench on which alice has keys of all kinds, and m is a message."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, nodes: int = 1, profile: str = "3.x") -> None:
        super().__init__(folder, monkeypatch, nodes, profile)
        self.alice = self.kmu("alice")
        for line in (
            "genRSAKeyPair -m 2048 -e 65537 -l rsa",
            "genECCKeyPair -i 2 -l ec",
            "genECCKeyPair -i 14 -l ec",
            "genECCKeyPair -i 16 -l ec",
            "genSymKey -t 31 -s 16 -l aes",
            "genECCKeyPair -i 13 -l ec",
            "genECCKeyPair -i 15 -l ec",
        ):
            assert "returned: 0x00" in self.alice.do(line)
        self.write("m", b"message\n")

    def sign(self, key: int, mechanism: int, message: str = "m", shell: Kmu | None = None) -> str:
        """Let alice, or another, sign a file and return what is printed; the signature is in the file s."""
        return (shell or self.alice).do("sign", "-f", message, "-k", key, "-m", mechanism, "-out", "s")

    def verify(self, key: int, mechanism: int, signature: bytes, message: str = "m", shell: Kmu | None = None) -> str:
        """Let alice, or another, verify a signature of a file and return what is printed."""
        self.write("v", signature)
        return (shell or self.alice).do("verify", "-f", message, "-s", "v", "-k", key, "-m", mechanism)

    def public(self, handle: int) -> str:
        """Write the public key for openssl and return the file's name."""
        outcome = self.alice.shell.client.export_public(handle)
        assert outcome.value is not None
        (self.folder / "p.der").write_bytes(outcome.value)
        openssl("pkey", "-pubin", "-inform", "DER", "-in", "p.der", "-pubout", "-out", "p.pem")
        return "p.pem"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tmp_path, monkeypatch)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Return a desk for tests that change nothing on it but files."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        desk = Desk(tmp_path_factory.mktemp("desk"), monkeypatch)
        yield desk
        desk.close()


def openssl_options(number: int) -> list[str]:
    mechanism = MECHANISMS[number]
    options = [f"-{mechanism.hash_name.lower()}"]
    if mechanism.pss:
        options += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"]
    return options


@pytest.mark.parametrize("number", RSA_MECHANISMS)
def test_openssl_verifies_what_an_rsa_key_signs(bench: Desk, number: int) -> None:
    assert bench.sign(RSA[1], number) == SIGNED
    assert len(bench.read("s")) == 256
    words = ["dgst", *openssl_options(number), "-verify", bench.public(RSA[0]), "-signature", "s", "m"]
    assert openssl(*words) == b"Verified OK\n"
    assert bench.verify(RSA[0], number, bench.read("s")) == VERIFIED


@pytest.mark.parametrize("curve", EC)
@pytest.mark.parametrize("number", EC_MECHANISMS)
def test_openssl_verifies_what_an_ec_key_signs(bench: Desk, curve: int, number: int) -> None:
    public, private = EC[curve]
    assert bench.sign(private, number) == SIGNED
    signature = bench.read("s")
    assert len(signature) == 2 * FIELD[curve] + 8
    der = signature[: 2 + signature[1]]
    assert signature == der.ljust(len(signature), b"\0")
    bench.write("der", der)
    words = ["dgst", *openssl_options(number), "-verify", bench.public(public), "-signature", "der", "m"]
    assert openssl(*words) == b"Verified OK\n"
    assert bench.verify(public, number, signature) == VERIFIED


@pytest.mark.parametrize("number", RSA_MECHANISMS)
def test_what_openssl_signs_with_an_rsa_key_is_verified(bench: Desk, number: int) -> None:
    outcome = bench.alice.shell.client.read_key(RSA[0])
    assert outcome.value is not None
    modulus = int.from_bytes(outcome.value.modulus, "big")
    file = next(k.file for k in known_rsa_keys() if k.key.public_key().public_numbers().n == modulus)
    signature = openssl("dgst", *openssl_options(number), "-sign", file, bench.folder / "m")
    assert bench.verify(RSA[0], number, signature) == VERIFIED


@pytest.mark.parametrize(("curve", "name"), [("prime256v1", 2), ("secp384r1", 14), ("secp256k1", 16)])
def test_what_openssl_signs_with_an_ec_key_is_verified(desk: Desk, curve: str, name: int) -> None:
    openssl("ecparam", "-name", curve, "-genkey", "-noout", "-out", "k.pem")
    public = openssl("pkey", "-in", "k.pem", "-pubout", "-outform", "DER")
    made = desk.alice.shell.client.import_public(public, Template(b"theirs"))
    assert made.value is not None
    for number in EC_MECHANISMS:
        signature = openssl("dgst", *openssl_options(number), "-sign", "k.pem", "m")
        assert desk.verify(made.value[0].handle, number, signature) == VERIFIED
        assert desk.verify(made.value[0].handle, number, signature + b"\0\xff tail") == VERIFIED
        assert "Failed to do ECDSA verify" in desk.verify(EC[name][0], number, signature)


@pytest.mark.parametrize(("key", "number"), [(RSA[1], 17), (RSA[1], 10), (EC[2][1], 1), (AES, 1), (AES, 17), (9, 20)])
def test_a_mechanism_that_is_unknown_or_not_the_key_s(bench: Desk, key: int, number: int) -> None:
    assert bench.sign(key, number) == not_signed(errors.RET_INVALID_INPUT, UNSUPPORTED.format("signature"))
    verified = bench.verify(key, number, b"x")
    assert verified == not_verified(errors.RET_INVALID_INPUT, UNSUPPORTED.format("verification"))


def test_no_such_key_and_nobody_logged_in(desk: Desk) -> None:
    line = "Cfm3GetAttribute to get key type failed {} : {} \n"
    unknown = line.format(errors.KEY_NOT_FOUND.number, errors.KEY_NOT_FOUND.text)
    assert desk.sign(99, 1) == not_signed(errors.KEY_NOT_FOUND, unknown)
    assert desk.verify(99, 1, b"x") == not_verified(errors.KEY_NOT_FOUND, unknown)
    foreign = line.format(errors.KEY_ACCESS_DENIED.number, errors.KEY_ACCESS_DENIED.text)
    assert desk.sign(RSA[1], 1, shell=desk.kmu("bob")) == not_signed(errors.KEY_ACCESS_DENIED, foreign)
    nobody = line.format(errors.NOT_LOGGED_IN.number, errors.NOT_LOGGED_IN.text)
    assert desk.sign(RSA[1], 1, shell=desk.kmu()) == not_signed(errors.NOT_LOGGED_IN, nobody)
    assert not (desk.folder / "s").exists()


def test_the_wrong_half_of_a_pair(bench: Desk) -> None:
    assert bench.sign(RSA[0], 1) == not_signed(errors.POLICY_MISMATCH)
    assert bench.verify(RSA[1], 1, b"x" * 256) == not_verified(errors.POLICY_MISMATCH)
    exported = result("Cfm3ExportPublicKey", errors.INVALID_DATA)
    assert bench.verify(EC[2][1], 17, b"x") == not_verified(errors.INVALID_DATA, exported)


def test_attributes_that_are_switched_off(desk: Desk) -> None:
    desk.sign(RSA[1], 1)
    for handle, attribute in (
        (RSA[0], attributes.VERIFY),
        (RSA[1], attributes.SIGN),
        (EC[2][0], attributes.EXTRACTABLE),
    ):
        key = desk.key(handle)
        desk.realm.store.change(key, flags=attributes.with_flag(key.flags, attribute, False))
    assert desk.verify(RSA[0], 1, desk.read("s")) == not_verified(errors.POLICY_MISMATCH)
    assert desk.sign(RSA[1], 1) == not_signed(errors.POLICY_MISMATCH)
    exported = result("Cfm3ExportPublicKey", errors.POLICY_MISMATCH)
    assert desk.verify(EC[2][0], 17, b"x") == not_verified(errors.POLICY_MISMATCH, exported)


def test_the_hsm_itself_refuses_a_mechanism_of_another_type(bench: Desk) -> None:
    client = bench.alice.shell.client
    assert client.sign(RSA[1], 17, b"x").code is errors.POLICY_MISMATCH
    assert client.sign(EC[2][1], 1, b"x").code is errors.POLICY_MISMATCH
    assert client.verify(RSA[0], 17, b"x", b"x").code is errors.POLICY_MISMATCH


def test_anybody_may_verify_with_a_public_key(desk: Desk) -> None:
    desk.sign(RSA[1], 1)
    assert desk.verify(RSA[0], 1, desk.read("s"), shell=desk.kmu("bob")) == VERIFIED


@pytest.mark.parametrize("pair", [P224, P521])
def test_curves_that_the_command_does_not_know(bench: Desk, pair: tuple[int, int]) -> None:
    assert bench.sign(pair[1], 17) == not_signed(errors.ERR_UNSUPPORTED_CURVE, CURVE)
    assert bench.verify(pair[0], 17, b"x") == not_verified(errors.ERR_UNSUPPORTED_CURVE, CURVE)


@pytest.mark.parametrize(("size", "fits"), [(1, True), (16384, True), (16385, True), (65536, True), (65537, False)])
@pytest.mark.parametrize(("pair", "number"), [(RSA, 1), (EC[14], 18)])
def test_the_length_of_the_message(bench: Desk, size: int, fits: bool, pair: tuple[int, int], number: int) -> None:
    public, private = pair
    bench.write("big", b"x" * size)
    hashed = result("Cfm3Hash", errors.RET_INVALID_INPUT)
    expected = SIGNED if fits else not_signed(errors.RET_INVALID_INPUT, hashed)
    assert bench.sign(private, number, "big") == expected
    if fits:
        assert bench.verify(public, number, bench.read("s"), "big") == VERIFIED
    else:
        assert bench.verify(public, number, b"x", "big") == not_verified(errors.RET_INVALID_INPUT, hashed)


def test_an_rsa_signature_that_is_not_one(bench: Desk) -> None:
    bench.sign(RSA[1], 1)
    good = bench.read("s")
    invalid_length = not_verified(errors.RET_INVALID_INPUT, "\n\tInvalid signature length\n")
    differs = not_verified(errors.ERR_INVALID_INPUT, "\n\tFailed to verify signature\n")
    bad = not_verified(errors.ERR_BAD_PKCS_DATA)
    for signature in (good[:-1], good + b"\0", b"x"):
        assert bench.verify(RSA[0], 1, signature) == invalid_length
    bench.write("other", b"another message\n")
    assert bench.verify(RSA[0], 1, good, "other") == differs
    assert bench.verify(RSA[0], 2, good) == differs
    assert bench.verify(RSA[0], 6, good) == bad
    assert bench.verify(RSA[0], 1, good[:-1] + bytes([good[-1] ^ 1])) == bad
    other = next(k.file for k in known_rsa_keys() if k.bits == 2048 and k.exponent != 65537)
    assert bench.verify(RSA[0], 1, openssl("dgst", "-sha256", "-sign", other, "m")) == bad
    bench.sign(RSA[1], 6)
    assert bench.verify(RSA[0], 6, bench.read("s"), "other") == bad
    assert bench.verify(RSA[0], 7, bench.read("s")) == bad


def test_an_ec_signature_that_is_not_one(bench: Desk) -> None:
    public, private = EC[2]
    bench.sign(private, 17)
    good = bench.read("s")
    bench.write("other", b"another message\n")
    differs = not_verified(errors.ERR_INVALID_INPUT, "\n\tFailed to do ECDSA verify \n")
    assert bench.verify(public, 17, good, "other") == differs
    assert bench.verify(public, 18, good) == differs
    invalid = not_verified(errors.ERR_INVALID_INPUT, "\n\tInvalid signature\n")
    negative = bytes.fromhex("3006 020180 020101")
    too_large = bytes.fromhex("3026 0221 01") + bytes(32) + bytes.fromhex("020101")
    for signature in (b"x", b"\x30", b"\x30\x81\x06", good[:20], b"\x31" + good[1:], negative, too_large, b"\x30\0"):
        assert bench.verify(public, 17, signature) == invalid
    zero = bytes.fromhex("3006 020100 020100")
    assert bench.verify(public, 17, zero) == differs


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 71), value=st.integers(1, 255), cut=st.integers(0, 72))
def test_a_damaged_ec_signature_never_verifies(bench: Desk, position: int, value: int, cut: int) -> None:
    bench.sign(EC[2][1], 17)
    good = bench.read("s")
    length = 2 + good[1]
    damaged = bytearray(good[: max(cut, position + 1)])
    damaged[position] ^= value
    text = bench.verify(EC[2][0], 17, bytes(damaged))
    # Bytes behind the DER do not count.
    if bytes(damaged[:length]) != good[:length]:
        assert "successful" not in text
        assert "Cfm3Verify returned: 0x" in text


def test_what_the_hsm_refuses(desk: Desk) -> None:
    desk.refuse("sign", errors.POLICY_MISMATCH)
    assert desk.sign(RSA[1], 1) == not_signed(errors.POLICY_MISMATCH)
    desk.refuse("verify", errors.POLICY_MISMATCH)
    assert desk.verify(RSA[0], 1, b"x" * 256) == not_verified(errors.POLICY_MISMATCH)
    assert not (desk.folder / "s").exists()


def test_a_file_that_cannot_be_written(bench: Desk) -> None:
    text = bench.alice.do("sign -f m -k 7 -m 1 -out no/such/folder")
    assert text == CREATED + result("Cfm3Sign: sign", errors.ERR_WRITE_OUTPUT_FILE)


def test_a_file_that_cannot_be_read(bench: Desk) -> None:
    warning = '\n\tWARNING: Failed to read from the file "none".\n'
    message = "\n\tError: Message file (-f) is missing.\n"
    assert bench.alice.do("verify -f none -s m -k 6 -m 1").startswith(f"{warning}{message}\n\nDescription\n")
    # sign leaves it at the warning.
    for line in ("sign -f none -k 7 -m 1 -out s", "sign -f none"):
        assert bench.alice.do(line).startswith(f"{warning}\n\nDescription\n")
    text = bench.alice.do("verify -f m -s none -k 6 -m 1")
    assert text.startswith(f"{warning}\n\tError: Signature file (-s) is missing.\n\n\nDescription\n")
    bench.write("empty", b"")
    text = bench.alice.do("sign -f empty -k 7 -m 1 -out s")
    assert text.startswith('\n\t empty is an empty file.\n\n\tWARNING: Failed to read from the file "empty".\n')


def test_1x(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch, nodes=3, profile="1.x")
    nodes = "".join(f"\tNode id {node} and err state 0x00000000 : HSM Return: SUCCESS\n" for node in range(3))
    status = f"\n\tCluster Error Status\n{nodes}"
    ok = "\n\tCfm3Sign returned: 0x00 : HSM Return: SUCCESS\n"
    assert desk.sign(RSA[1], 1) == f"{ok}{WRITTEN}{status}"
    verified = "\n\tSignature verification successful\n\n\tCfm3Verify returned: 0x00 : HSM Return: SUCCESS\n"
    assert desk.verify(RSA[0], 1, desk.read("s")) == verified
    policy = errors.POLICY_MISMATCH
    assert desk.sign(RSA[0], 1) == f"\n\tCfm3Sign returned: 0xb3 : {policy.text}\n"
    desk.close()


def test_the_other_hsms_sign_when_one_lacks_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path, monkeypatch, nodes=2)
    key = desk.key(RSA[1])
    desk.realm.store.remove(type(key), hsm=key.hsm, handle=key.handle)
    assert desk.sign(RSA[1], 1) == SIGNED
    desk.close()
