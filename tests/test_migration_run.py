"""Translated scripts run against cloudhsm-cli over the simulated cluster, and leave there what the old ones left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from migration.main import main

if TYPE_CHECKING:
    from conftest import Sim

    from shared.installation import Installation

DATA = Path(__file__).parent / "data"
KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CMU = "/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"


@pytest.fixture
def place(cluster3: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working directory with key files, next to a cluster that cloudhsm-cli is configured for."""
    for program in ("bash", "jq", "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    bin_folder = Path(cluster3.prefix) / "bin"
    subprocess.run([bin_folder / "configure-cli", "-a", "10.0.0.1"], check=True, capture_output=True, timeout=60)
    monkeypatch.setenv("CLOUDHSM_CLI", str(bin_folder / "cloudhsm-cli"))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for number in (1, 2):
        shutil.copy(DATA / f"approver-{number}.pem", work / f"{number}.key")
        subprocess.run(["openssl", "pkey", "-in", f"{number}.key", "-pubout", "-out", f"{number}.pub"], check=True)
    return work


def run(text: str, *words: str, name: str = "old.sh", status: int = 0, left: bool = False) -> str:
    """Translate a script and run it; return what it printed."""
    Path(name).write_text(text)
    assert main(["translate", name, "-o", "new.sh", "--force"]) == (3 if left else 0)
    done = subprocess.run(["bash", "new.sh", *words], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def keys(sim: Sim) -> dict[str, dict[str, Any]]:
    """Return the keys of the first HSM by label."""
    _, out, _ = sim("status", "--json")
    return {key["label"]: key for key in json.loads(out)["clusters"][0]["hsms"][0]["keys"]}


def users(sim: Sim) -> list[str]:
    """Return the users of the first HSM as TYPE:name."""
    _, out, _ = sim("status", "--json")
    return [f"{user['type']}:{user['name']}" for user in json.loads(out)["clusters"][0]["hsms"][0]["users"]]


def test_users_are_made_by_an_expect_script_with_arguments(place: Path, sim: Sim) -> None:
    assert place
    legacy = (Path(__file__).parent / "legacy" / "expect" / "create_user.exp").read_text()
    run(legacy, "adminpw1", "CU", "carol", "pass:word1", name="x.exp", left=True)
    assert "CU:carol" in users(sim)
    # A password with a colon does not fit into CLOUDHSM_PIN: a session carries it.
    found = run("loginHSM -u CU -s carol -p pass:word1\ngenSymKey -t 31 -s 32 -l odd\nexit\n", name="list")
    assert '"label": "odd"' in found
    assert "odd" in keys(sim)


def test_keys_go_through_a_shell_script_from_handle_to_handle(place: Path, sim: Sim) -> None:
    Path("message").write_bytes(b"message\n")
    (place / "aad").write_bytes(b"\0\xff\n aad")
    run(
        f"""#!/bin/bash
        kek=$({KMU} genSymKey -t 31 -s 32 -l kek | grep 'Key Handle' | grep -oE '[0-9]+')
        out=$({KMU} genSymKey -t 31 -s 16 -l payload)
        key=$(echo "$out" | grep 'Handle:' | grep -o -E '[0-9]+')
        {KMU} wrapKey -m 10 -k $key -w $kek -out wrapped -noheader -aad aad -tag_size 16 -iv_file iv
        {KMU} unWrapKey -m 10 -f wrapped -w $kek -noheader -aad aad -tag_size 16 -iv_file iv -l back -kt 31 -kc 4
        {KMU} deleteKey -k $key | grep -q 'HSM Return: SUCCESS'
        pair=$({KMU} genECCKeyPair -i 2 -l pair)
        private=$(echo "$pair" | sed -n 's/.*private key handle: \\([0-9]*\\).*/\\1/p')
        public=$(echo "$pair" | sed -n 's/.*public key handle: \\([0-9]*\\) .*/\\1/p')
        {KMU} sign -f message -k $private -m 17 -out signature
        {KMU} verify -f message -s signature -k $public -m 17
        {KMU} exportPubKey -k $public -out pair.pub
        [ "$({KMU} findKey -l payload | grep -o 'Total number of keys present: [0-9]*' | cut -d: -f2 | tr -d ' ')" = 0 ]
        """
    )
    done = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", "pair.pub", "-signature", "signature", "message"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "Verified OK\n"
    held = keys(sim)
    assert set(held) == {"kek", "back", "pair"}


def test_keys_that_came_in_clear_come_in_wrapped(place: Path, sim: Sim) -> None:
    (place / "raw").write_bytes(bytes(range(32)))
    run(
        "loginHSM -u CU -s alice -p password1\nimSymKey -t 31 -l secret -f raw -w 4\n"
        "importPrivateKey -l private -f 1.key -w 4\nimportPubKey -l public -f 1.pub -id AB\nexit\n",
        name="list",
    )
    assert set(keys(sim)) == {"secret", "private", "public"}


@pytest.mark.parametrize("line", ["importPubKey -l l -f {}", "importPrivateKey -l l -f {} -w 4"])
def test_a_key_file_that_cannot_be_read_is_called_that(place: Path, sim: Sim, line: str) -> None:
    """And not of another kind; a file that is a key of another kind is."""
    (place / "text").write_text("no key\n")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", "other"], check=True)
    subprocess.run(["openssl", "pkey", "-in", "other", "-pubout", "-out", "other.pub"], check=True)
    other = "other.pub" if line.startswith("importPubKey") else "other"
    for file, said in (("missing", "No such file or directory"), ("text", "text")):
        found = run(f"loginHSM -u CU -s alice -p password1\n{line.format(file)}\nexit\n", name="list", status=1)
        assert said in found
        assert "neither RSA nor EC" not in found
    found = run(f"loginHSM -u CU -s alice -p password1\n{line.format(other)}\nexit\n", name="list", status=1)
    assert f"{other}: neither RSA nor EC" in found
    assert not keys(sim)


def test_a_quorum_flow_signs_where_the_token_is_used(place: Path, sim: Sim) -> None:
    (place / "approval.txt").write_text(
        "Number of Approvals = 2;\nApprover Name = one;\nApproval File = s1;\n"
        "Approver Name = two;\nApproval File = s2;\n"
    )
    run(
        f"""#!/bin/bash
        {CMU} << EOF
loginHSM CO admin adminpw1
createUser CO one password1
y
createUser CO two password2
y
quit
EOF
openssl dgst -sha256 -sign 1.key -out r1 r.token
openssl dgst -sha256 -sign 2.key -out r2 r.token
{CMU} << EOF
loginHSM CO one password1
registerQuorumPubKey CO one r.token r1 1.pub
y
logoutHSM
loginHSM CO two password2
registerQuorumPubKey CO two r.token r2 2.pub
y
logoutHSM
loginHSM CO admin adminpw1
setMValue 4 2
y
setMValue 3 2
n
quit
EOF
openssl dgst -sha256 -sign 1.key -out s1 token
openssl dgst -sha256 -sign 2.key -out s2 token
{CMU} << EOF
loginHSM CO one password1
getToken 4 one token
approveToken approval.txt
setMValue 3 2
y
getToken 3 one token
approveToken approval.txt
deleteUser CU alice
quit
EOF
        """
    )
    assert "CU:alice" not in users(sim)
    assert "CO:two" in users(sim)


def test_session_keys_live_as_long_as_their_login(place: Path, sim: Sim) -> None:
    assert place
    found = run(
        "loginHSM -u CU -s alice -p password1\ngenSymKey -t 31 -s 32 -l gone -sess\nfindKey -l gone\nexit\n",
        name="list",
    )
    assert '"total_key_count": 1' in found
    assert keys(sim) == {}


def test_what_is_left_to_a_person_stops_the_script(place: Path, sim: Sim) -> None:
    assert place
    text = f"#!/bin/bash\n{KMU} genSymKey -t 31 -s 32 -l before > /dev/null\nx=$({KMU} genDSAKeyPair -m 2048 -l dsa)\n"
    found = run(f"{text}{KMU} genSymKey -t 31 -s 32 -l after\n", status=3, left=True)
    assert "DSA is not supported" in found
    assert set(keys(sim)) == {"before"}


def test_a_refusal_stops_the_script_in_the_words_of_cloudhsm_cli(place: Path, sim: Sim) -> None:
    assert place
    found = run(f"#!/bin/bash\n{KMU} deleteKey -k 99\n{KMU} genSymKey -t 31 -s 32 -l after\n", status=1)
    assert "matched 0 keys" in found
    assert keys(sim) == {}
    assert "CLOUDHSM_PIN" not in os.environ


@pytest.mark.parametrize("command", ["getAttribute -o 999 -a 3 -out value", "getKeyInfo -k 999"])
def test_what_is_not_shown_of_a_key_stops_the_script(place: Path, sim: Sim, command: str) -> None:
    sim("key", "list")
    said = run(f"{KMU} {command}\necho 'it goes on'\n", status=5)
    assert "cloudhsm-cli shows no such value" in said
    assert "it goes on" not in said
    assert place.is_dir()


def test_a_value_that_is_false_is_shown(place: Path, sim: Sim) -> None:
    sim("key", "list")
    run(f"{KMU} genSymKey -t 31 -s 16 -l aes\n{KMU} getAttribute -o 6 -a 134 -out value\n")
    assert (place / "value").read_text() == "false\n"
