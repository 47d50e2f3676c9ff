"""genDSAKeyPair, genPBEKey and getPartitionInfo as commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.dsa import DSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from model_support import DATA
from sign_support import Bench, block, openssl, result

from shared import attributes, errors
from shared.crypto import generation
from shared.store.records import Hsm, Key, Share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.crypto.generation import Pair

OK = errors.RET_OK
MADE = "\n\tCfm3GenerateKeyPair: returned: 0x00 : HSM Return: SUCCESS\n"
HANDLES = "\n\tCfm3GenerateKeyPair:    public key handle: {}    private key handle: {}\n"
POLICY, UNAVAILABLE = errors.POLICY_MISMATCH, errors.SERVER_UNAVAILABLE


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path, monkeypatch, nodes=3)
    yield bench
    bench.close()


@pytest.fixture
def known_dsa_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HSMs take a known key, as finding the parameters of a new one takes seconds."""
    key = load_pem_private_key((DATA / "wrap-dsa2048.pem").read_bytes(), None)
    assert isinstance(key, DSAPrivateKey)
    pair = generation.describe_dsa(key)

    def dsa_pair(bits: int) -> Pair:
        assert bits in (2048, 3072)
        return pair

    monkeypatch.setattr(generation, "dsa_pair", dsa_pair)


def test_a_real_pair(bench: Bench) -> None:
    alice = bench.kmu("alice")
    assert alice.do("genDSAKeyPair -m 2048 -l dsa -id 5") == MADE + HANDLES.format(6, 7) + block(OK, OK, OK)
    public, private = bench.key(6), bench.key(7)
    assert (public.key_type, public.key_class, private.key_class) == (1, 2, 3)
    assert {(key.label, key.key_id) for key in (public, private)} == {(b"dsa", b"5")}
    assert public.modulus_bits == 2048
    outcome = alice.shell.client.export_public(6)
    assert outcome.value is not None
    text = openssl("pkey", "-pubin", "-inform", "DER", "-noout", "-text", data=outcome.value)
    assert b"DSA Public-Key: (2048 bit)" in text or b"Public-Key: (2048 bit)" in text


@pytest.mark.usefixtures("known_dsa_key")
def test_options(bench: Bench) -> None:
    alice = bench.kmu("alice")
    text = alice.do("dsaGenKeyPair -m 3072 -l dsa -nex -u 4 -m_value 2 -attest -min_srv 3 -timeout 1")
    attested = "\n\tAttestation Check : [PASS]\n"
    assert text == MADE + HANDLES.format(6, 7) + attested + block(OK, OK, OK)
    assert bench.key(7).m_value == 2
    assert not attributes.flag(bench.key(7).flags, attributes.EXTRACTABLE)
    assert [share.handle for share in bench.realm.store.rows(Share, hsm=bench.rows()[0].id)] == [7]
    text = alice.do("genDSAKeyPair -m 2048 -l dsa -sess")
    assert text == MADE + HANDLES.format(8, 9) + block(OK)


@pytest.mark.usefixtures("known_dsa_key")
@pytest.mark.parametrize(
    ("words", "before"),
    [
        ("-l dsa", "\n\tError: Modulus size (-m) is missing.\n"),
        ("-m x -l dsa", "\n\tError: Modulus size (-m) is missing.\n"),
        ("-m 2048", "\n\tError: Key label (-l) is missing.\n"),
        ("-m 1024 -l dsa", "Incorrect Modulus Length for FIPS mode\n"),
        ("-m 4096 -l dsa", "Incorrect Modulus Length for FIPS mode\n"),
        ("-m 2048 -l dsa -m_value 9", ""),
        ("-m 2048 -l dsa -min_srv x", "\n\tError: Not able to decode core -min_srv argument.\n"),
        ("-m 2048 -l dsa -min_srv 29", "\n\tError: Invalid value for -min_srv.\n"),
        ("-m 2048 -l dsa -min_srv 1 -timeout 1s", "\n\tError: Not able to decode core -timeout argument.\n"),
        ("-m 2048 -l dsa -timeout 1", "\n\tError: Minimum servers (-min_srv) option is missing\n"),
        ("-m 2048 -l dsa -sess -u 4", "\n\tError: sharing session keys is not allowed\n"),
        (
            "-m 1 -l dsa -timeout 1 -sess -u 4",
            (
                "Incorrect Modulus Length for FIPS mode\n"
                "\n\tError: Minimum servers (-min_srv) option is missing\n"
                "\n\tError: sharing session keys is not allowed\n"
            ),
        ),
        ("-h x -m 1", ""),
    ],
)
def test_help(bench: Bench, words: str, before: str) -> None:
    text = bench.kmu("alice").do(f"genDSAKeyPair {words}")
    assert text.startswith(f"{before}\n\nDescription\n===========\n")
    assert bench.count(Key) == 0


def test_the_hsm_is_asked_for_its_mode_even_when_help_is_wanted(bench: Bench) -> None:
    bench.refuse("getPartitionInfo", errors.KEY_ACCESS_DENIED)
    text = bench.kmu("alice").do("genDSAKeyPair -h")
    assert text == result("Cfm3GetPartitionInfo", errors.KEY_ACCESS_DENIED)


@pytest.mark.usefixtures("known_dsa_key")
def test_refusals(bench: Bench) -> None:
    line = "genDSAKeyPair -m 2048 -l dsa"
    api = "Cfm3GenerateKeyPair:"
    assert bench.kmu().do(line) == result(api, errors.NOT_LOGGED_IN)
    denied = errors.KEY_ACCESS_DENIED
    assert bench.kmu("admin", "CO").do(line) == result(api, denied) + block(denied)
    data = errors.INVALID_DATA
    assert bench.kmu("alice").do(f"{line} -u 99") == result(api, data) + block(data)
    assert bench.count(Key) == 0


def test_pbe_is_refused(bench: Bench) -> None:
    line = "genPBEKey -l pbe -p secret -s salt -c 1000"
    alice = bench.kmu("alice")
    assert alice.do(line) == result("Cfm3GeneratePBEKey", POLICY) + block(UNAVAILABLE)
    assert alice.do(f"{line} -attest -min_srv 2") == result("Cfm3GeneratePBEKey", POLICY) + block(UNAVAILABLE)
    assert bench.kmu().do(line) == result("Cfm3GeneratePBEKey", errors.NOT_LOGGED_IN)
    for missing, before in (
        ("-c 1000", "Iteration count (-c)"),
        ("-p secret", "Password (-p)"),
        ("-s salt", "Salt value (-s)"),
        ("-l pbe", "Key label (-l)"),
    ):
        text = alice.do(line.replace(f" {missing}", ""))
        assert text.startswith(f"\n\tError: {before} is missing.\n\n\nDescription\n")
    assert bench.count(Key) == 0


def figures(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines() if line.startswith("\t"))
    return {label.strip(): value.strip() for label, _, value in lines}


def test_partition_info_counts(bench: Bench) -> None:
    alice = bench.kmu("alice")
    alice.do("genSymKey -t 31 -s 16 -l token")
    alice.do("genSymKey -t 31 -s 16 -l session -sess")
    text = bench.kmu().do("getPartitionInfo")
    found = figures(text)
    assert found["MaxUsers"] == "1024"
    assert found["AvailableUsers"] == "1019"
    assert (found["MaxKeys"], found["OccupiedTokenKeys"], found["OccupiedSessionKeys"]) == ("3300", "1", "1")
    assert found["SessionCount"] == "2"
    assert (found["MaxPswdLen"], found["MinPswdLen"]) == ("32", "7")
    assert found["Node ID"] == "0"
    assert text.startswith("\n\tGetting Partition Info\n\tname                        :PARTITION_1  \n")
    assert "\tExport with user keys\n\t (Other than KEK)           : Enabled \n" in text
    assert text.endswith("\n\n")


def test_partition_info_is_refused(bench: Bench) -> None:
    bench.refuse("getPartitionInfo", errors.KEY_ACCESS_DENIED)
    failure = (
        "\n\tGetting Partition Info\n\tCfm3GetPartitionInfo returned: 0xc6 \n\n\tHSM Error: Key Access is denied\n"
    )
    shell = bench.kmu()
    assert shell.do("getPartitionInfo") == failure
    assert shell.do("getPartitionInfo -h").startswith(
        "\n\tThis command doesn't expect any arguments\n\nDescription:\n\t"
    )
    for row in bench.rows():
        bench.realm.store.change(row, state="stopped")
    assert result("Cfm3GetPartitionInfo", errors.INVALID_OPERATION) in shell.do("getPartitionInfo")
    assert bench.realm.store.count(Hsm) == 3
