"""The same commands through the installed launcher: what a script sees, and what ends with the process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from model_support import ROOT
from sign_support import PASSWORDS, Bench, openssl, result

from shared import errors
from shared.store.records import Token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path, monkeypatch)
    yield bench
    bench.close()


def single(bench: Bench, *words: str, login: bool = True) -> str:
    """Run one command as a script does, logged in as alice, and return what it prints behind its echo."""
    first = ["loginHSM", "-u", "CU", "-s", "alice", "-p", PASSWORDS["alice"]] if login else []
    launcher = f"{bench.place.bin_dir}/key_mgmt_util"
    child = subprocess.run([launcher, "singlecmd", *first, *words], capture_output=True, text=True, check=False)
    assert (child.returncode, child.stderr) == (0, "")
    echo = "Command:" + "".join(f" {word} " for word in words) + "\n"
    assert echo in child.stdout
    return child.stdout.partition(echo)[2]


def test_sign_in_one_process_and_verify_in_another(bench: Bench) -> None:
    single(bench, "genECCKeyPair", "-i", "2", "-l", "ec")
    bench.write("a message", b"text\n")
    signed = single(bench, "sign", "-f", "a message", "-k", "7", "-m", "17", "-out", "a signature")
    assert "\n\tsignature is written to file a signature\n" in signed
    verified = single(bench, "verify", "-f", "a message", "-s", "a signature", "-k", "6", "-m", "17")
    assert verified == "\n\tSignature verifition successful\n" + result("Cfm3Verify", errors.RET_OK)


def test_a_token_ends_with_the_process_that_got_it(bench: Bench) -> None:
    single(bench, "genSymKey", "-t", "31", "-s", "16", "-l", "k", "-u", "4", "-m_value", "2")
    assert "Token Id:1" in single(bench, "getToken", "-n", "6", "-k", "6", "-u", "alice", "-f", "t")
    assert bench.count(Token) == 0
    assert "no tokens found\n" in single(bench, "listTokens")
    bench.write("sig", b"x" * 256)
    bench.write(
        "a",
        b"Multi Token File Path = t;\nToken File Path = ;\nNumber of Approvals = 1;\n"
        b"Approver Type = 1;\nApprover Name = bob;\nApproval File = sig;\n",
    )
    assert "RET_MXN_AUTH_FAILED" in single(bench, "approveToken", "-af", "a")


def test_a_certificate_without_a_login(bench: Bench) -> None:
    for subject in ("1", "2"):
        text = single(bench, "getCert", "-f", f"c{subject}", "-s", subject, login=False)
        assert text == "\n\tCfm3GetCert() returned 0 :HSM Return: SUCCESS\n"
    assert openssl("verify", "-CAfile", "c1", "c2") == b"c2: OK\n"


LOADED = """
import sys
from key_mgmt_util.main import main
main(sys.argv[1:])
loaded = {name for name in sys.modules if name.split(".")[0] in ("cryptography", "cmd2", "hypothesis")}
# A login derives a key, for which the compiled module and the packages that it lies in suffice.
compiled = "cryptography.hazmat.bindings._rust"
login = {name for name in loaded if compiled.startswith(name)} | {"cryptography.__about__"}
print(sorted(loaded - login), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "line", ["listTokens", "getToken -n 5 -k 6 -u alice -f t", "delToken -f 4", "getPartitionInfo"]
)
def test_what_needs_no_cryptography_loads_no_more_of_it_than_a_login(bench: Bench, line: str) -> None:
    bench.kmu("alice").do("genSymKey -t 31 -s 16 -l k")
    words = ["singlecmd", "loginHSM", "-u", "CU", "-s", "alice", "-p", PASSWORDS["alice"], *line.split()]
    child = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stderr == "[]\n"
