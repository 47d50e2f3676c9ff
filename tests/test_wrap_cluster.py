"""Import and unwrapping over several HSMs: which of them makes the key, who gets a copy, and the real launcher."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_support import DATA, make_installation
from wrap_support import NOT_FOUND, OK, Kmu, public_pem, start

from shared import errors
from shared.store.records import Hsm, Key

RSA = DATA / "rsa2048-1.pem"
BLOCK = "\n\tCluster Status:\n" + "".join(
    f"\tNode id {node} status: 0x00000000 : HSM Return: SUCCESS\n" for node in range(3)
)


@pytest.fixture
def kmu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kmu]:
    monkeypatch.chdir(tmp_path)
    shell = start(tmp_path / "world", 3)
    Path("k").write_bytes(bytes(range(32)))
    Path("p").write_bytes(public_pem(RSA.read_bytes()))
    yield shell
    shell.close()


def set_state(kmu: Kmu, node: int, state: str) -> None:
    kmu.world.store.change(kmu.world.rows[node], state=state)


def on_nodes(kmu: Kmu, handle: int) -> list[int]:
    rows = kmu.world.store.rows(Hsm, cluster=kmu.world.cluster.id)
    return sorted(row.node for row in rows if kmu.world.store.one(Key, hsm=row.id, handle=handle))


def test_every_hsm_has_what_comes_in(kmu: Kmu) -> None:
    aes = kmu.make("imSymKey -t 31 -l x -f k -w 4")
    made = [
        aes,
        kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", aes),
        kmu.make("importPubKey -l x -f p"),
        kmu.make("createPublicKey", "-m", "d" * 512, "-e", 65537, "-l", "x"),
    ]
    kmu("wrapKey", "-k", aes, "-w", aes, "-m", 4, "-out", "o")
    text = kmu("unWrapKey", "-f", "o", "-w", aes, "-m", 4)
    assert text == f"\n\tCfm3UnWrapKey returned: {OK}\n\n\tKey Unwrapped.  Key Handle: 10 \n{BLOCK}"
    for handle in [*made, 10]:
        assert on_nodes(kmu, handle) == [0, 1, 2]
        assert kmu.key(handle, 1) == kmu.key(handle)._replace(hsm=kmu.world.rows[1].id)


def test_a_session_key_stays_where_it_is_made(kmu: Kmu) -> None:
    text = kmu("imSymKey -t 31 -l x -f k -w 4 -sess")
    assert text.endswith("\n\tCluster Status:\n\tNode id 0 status: 0x00000000 : HSM Return: SUCCESS\n")
    assert on_nodes(kmu, 6) == [0]


def test_the_wrapping_key_may_be_on_another_hsm_than_the_first(kmu: Kmu) -> None:
    set_state(kmu, 0, "down")
    session_key = kmu.make("genSymKey -t 31 -s 32 -l x -sess")
    assert on_nodes(kmu, session_key) == [1]
    set_state(kmu, 0, "up")
    token_key = kmu.make("imSymKey", "-t", 31, "-l", "x", "-f", "k", "-w", session_key)
    assert token_key >> 18 == 1, "the HSM with the wrapping key makes it"
    assert on_nodes(kmu, token_key) == [0, 1, 2]
    kmu("wrapKey", "-k", token_key, "-w", session_key, "-m", 4, "-out", "o")
    again = kmu.make("unWrapKey", "-f", "o", "-w", session_key, "-m", 4)
    assert on_nodes(kmu, again) == [0, 1, 2]
    assert kmu.material(again, session_key) == bytes(range(32))


def test_the_wrapping_key_is_nowhere(kmu: Kmu) -> None:
    aes = kmu.make("genSymKey -t 31 -s 32 -l x")
    kmu("wrapKey", "-k", aes, "-w", aes, "-m", 4, "-out", "o")
    assert kmu("unWrapKey -f o -w 99 -m 4") == f"\n\tCfm3UnWrapKey returned: {NOT_FOUND}\n"
    set_state(kmu, 0, "down")
    assert kmu("unWrapKey -f o -w 99 -m 4") == f"\n\tCfm3UnWrapKey returned: {NOT_FOUND}\n"
    for node in (1, 2):
        set_state(kmu, node, "down")
    assert kmu("unWrapKey -f o -w 99 -m 4").startswith("\n\tCfm3UnWrapKey returned: 0x400000")


def test_a_copy_that_fails_leaves_the_import_incomplete(kmu: Kmu) -> None:
    kmu.world.fault(2, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    text = kmu("imSymKey -t 31 -l x -f k -w 4")
    line = "\n\tSymmetric Key Imported.  Key Handle: 6 \n"
    assert text.count(line) == 2, "before the block and behind it"
    assert "\tNode id 2 status: 0x30000085 : HSM CLUSTER ERROR: Server in cluster is unavailable\n" in text
    kmu.world.fault(2, "insertMaskedObject", errors.SERVER_UNAVAILABLE)
    text = kmu("createPublicKey", "-m", "d" * 512, "-e", 65537, "-l", "x")
    line = "\n\tPublic Key Created.  Key Handle: 7\n"
    assert text.startswith(f"{line}\n\tCfm3CreateRSAPublicKey returned: 0x3000008a \n")
    assert text.endswith(line)


@pytest.mark.parametrize(
    "words",
    ["imSymKey -t 31 -l x -f k -w 4", "importPubKey -l x -f p", f"createPublicKey -m {'d' * 512} -e 65537 -l x"],
)
def test_more_servers_than_there_are(kmu: Kmu, words: str) -> None:
    text = kmu(f"{words} -min_srv 4 -timeout 1")
    assert text.endswith(
        f"{BLOCK}\n Not a valid min_srv count, please check the number of servers in cluster !!"
        "\n Key generation succesful in all servers 3 present in the cluster\n"
    )


def test_the_first_hsm_is_down(kmu: Kmu) -> None:
    set_state(kmu, 0, "down")
    handle = kmu.make("importPrivateKey", "-l", "x", "-f", RSA, "-w", 4)
    assert handle == 262144 + 6
    assert on_nodes(kmu, handle) == [1, 2]
    assert "0x00" in kmu("exportPrivateKey", "-k", handle, "-w", 4, "-out", "o.pem")


@pytest.mark.parametrize("nodes", [1, 3])
def test_launcher(tmp_path: Path, nodes: int) -> None:
    """A script exports a key, imports it again, and greps the handle out of the answer."""
    place = make_installation(tmp_path / "cloudhsm", nodes)
    script = """
    set -e
    kmu() { "$TOOL" singlecmd loginHSM -u CU -s alice -p alicepw1 "$@"; }
    handle() { grep 'Handle:' | sed 's/.*Handle: \\([0-9]*\\).*/\\1/'; }
    AES=$(kmu genSymKey -l wrapping -t 31 -s 32 | handle)
    KEY=$(kmu importPrivateKey -l "a key" -f "$RSA" -w $AES | handle)
    kmu exportPrivateKey -k $KEY -w $AES -out out.pem >/dev/null
    kmu wrapKey -k $KEY -w $AES -m 4 -out wrapped >/dev/null
    NEW=$(kmu unWrapKey -f wrapped -w $AES -m 4 | handle)
    kmu exportPrivateKey -k $NEW -w $AES -out new.pem >/dev/null
    cmp out.pem new.pem
    openssl rsa -in "$RSA" -noout -modulus >a
    openssl rsa -in new.pem -noout -modulus >b
    cmp a b
    """
    environment = {**os.environ, "TOOL": f"{place.prefix}/bin/key_mgmt_util", "RSA": str(RSA)}
    for name in [name for name in environment if name.startswith("CLOUDHSM_SIM_")]:
        del environment[name]
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert (tmp_path / "out.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----\n")
