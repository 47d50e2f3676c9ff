"""Keys in the CloudHSM CLI where HSMs, tools, clusters and options differ."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cli_keys_support import AES, EC, RSA, alice, installation
from cli_support import Session, session
from model_support import ALICE, World, activate

from cloudhsm_cli.connection import Network
from shared import attributes as a
from shared import errors
from shared import mechanisms as m
from shared.cluster import directory
from shared.cluster.material import MaterialClient
from shared.hsm.keys import Template
from shared.installation.cli_cfg import cluster, render, stock
from shared.realm import Realm
from shared.store.records import Cluster, Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.installation import Installation

UNAVAILABLE = "Cannot perform the requested key operation as the key must be available on at least 2 HSMs."
REFUSED = "The requested key operation is not allowed for this key or by the mode of the cluster"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as place:
        yield place


@pytest.fixture
def realm(place: Installation) -> Iterator[Realm]:
    realm = Realm.open(place)
    yield realm
    realm.close()


def shown(shell: Session, label: str) -> Any:
    """Return the object of the only key with a label."""
    (found,) = shell.data(f"key list -v --filter attr.label={label}")["matched_keys"]
    return found


def set_option(place: Installation, name: str) -> None:
    """Switch an option of the only cluster on."""
    with open(place.cli_cfg, encoding="utf-8") as file:
        content = json.load(file)
    content["clusters"][0]["cluster"]["options"][name] = True
    with open(place.cli_cfg, "wb") as file:
        file.write(render(content))


def configure(place: Installation, *addresses: list[str]) -> None:
    """Write clusters into the configuration file; several are called cluster-1, cluster-2."""
    ids = [f"cluster-{number}" for number in range(1, len(addresses) + 1)] if len(addresses) > 1 else [""]
    entries = [cluster(names, place.customer_ca, name) for names, name in zip(addresses, ids, strict=True)]
    with open(place.cli_cfg, "wb") as file:
        file.write(render(stock(place.prefix) | {"clusters": entries}))


def test_what_differs_between_hsms_is_told(realm: Realm) -> None:
    with alice() as shell:
        shell.data(AES.format(label="k", size=16, more="--share-crypto-users bob"))
        row = realm.store.rows(Key, "hsm")[0]
        realm.store.change(row, flags=a.with_flag(row.flags, a.ENCRYPT, True))
        found = shown(shell, "k")
        assert found["attributes"]["encrypt"] == "inconsistent"
        assert found["key-info"]["cluster-coverage"] == "inconsistent"
        assert found["key-info"]["key-owners"] == [{"username": "alice", "key-coverage": "full"}]
        realm.store.remove(Key, hsm=row.hsm, handle=row.handle)
        found = shown(shell, "k")
        assert found["attributes"]["encrypt"] is False
        assert found["key-info"]["key-owners"] == [{"username": "alice", "key-coverage": "inconsistent"}]
        assert found["key-info"]["shared-users"] == [{"username": "bob", "key-coverage": "inconsistent"}]
        assert found["key-info"]["cluster-coverage"] == "inconsistent"


def test_a_new_key_may_be_told_its_class_but_no_other(tmp_path: Path) -> None:
    with installation(tmp_path), alice() as shell:
        shell.data(AES.format(label="k", size=16, more="--attributes class=secret-key"))
        for other in ("public-key", "key"):
            refused = shell.error(AES.format(label="k", size=16, more=f"--attributes class={other}"))
            assert refused == "Attribute class cannot be supplied via optional attributes"


def test_the_availability_check_is_about_use_and_can_be_switched_off(tmp_path: Path) -> None:
    with installation(tmp_path, nodes=1) as place:
        with alice() as shell:
            assert shell.error(AES.format(label="k", size=16, more="")).startswith(UNAVAILABLE)
        set_option(place, "disable_key_availability_check")
        with alice() as shell:
            shell.data(EC.format(curve="secp256r1", label="e", more="--private-attributes sign=true"))
        with open(place.cli_cfg, encoding="utf-8") as file:
            text = file.read().replace("true", "false", 2).replace('"enable": false', '"enable": true')
        with open(place.cli_cfg, "w", encoding="utf-8") as file:
            file.write(text)
        sign = "crypto sign ecdsa --key-filter attr.label=e attr.class=private-key --hash-function sha256 --data YWJj"
        with alice() as shell:
            assert shell.error(sign).startswith(UNAVAILABLE)
            shell.data("key set-attribute --filter attr.label=e attr.class=private-key --name label --value f")
            shell.data("key delete --filter attr.label=f")
        (log,) = Path(place.run_dir).glob("cloudhsm-cli.log.*")
        known = "the availability requirements - The key must be available on at least 2 HSMs before being used."
        (line,) = [line for line in log.read_text().splitlines() if "availability requirements" in line]
        assert line.endswith(known)
        assert " Key 0x0000" in line


def test_weak_hashes_can_be_switched_on(place: Installation) -> None:
    sign = "crypto sign ecdsa --key-filter attr.label=e attr.sign=true --hash-function sha1 --data YWJj"
    with alice() as shell:
        shell.data(EC.format(curve="secp256r1", label="e", more="--private-attributes sign=true"))
        assert shell.error(sign).startswith("Digest security strength (80)")
    set_option(place, "enable_ecdsa_with_weak_hash_function")
    with alice() as shell:
        assert "signature" in shell.data(sign)


def test_templates_bind_what_a_key_wraps_and_unwraps(place: Installation) -> None:
    assert place
    with alice() as shell:
        shell.data(AES.format(label="w", size=32, more="--attributes wrap=true unwrap=true"))
        shell.data(AES.format(label="p", size=16, more=""))
        setting = "key set-attribute --filter attr.label=w --name {} --value {}"
        wrap = "key wrap aes-pkcs5-pad --payload-filter attr.label=p --wrapping-filter attr.label=w"
        shell.data(setting.format("wrap-template", "encrypt=true,sign=true"))
        assert shell.error(wrap) == REFUSED
        shell.data("key set-attribute --filter attr.label=p --name encrypt --value true")
        wrapped = shell.data(wrap)["wrapped_key_data"]
        shell.data(setting.format("unwrap-template", "sign=false,extractable=false"))
        unwrap = f"key unwrap aes-pkcs5-pad --filter attr.label=w --key-type-class aes --label u --data {wrapped}"
        told = shell.data(unwrap)["key"]["attributes"]
        assert (told["sign"], told["verify"], told["extractable"]) == (False, True, False)


def test_keys_go_from_tool_to_tool(place: Installation, realm: Realm) -> None:
    """A 3DES key of the older tools is wrapped and comes back; their search finds what is made here."""
    assert place
    client = MaterialClient(realm, realm.store.rows(Cluster)[0].id, realm.open_session("test"))
    client.login("CU", "alice", ALICE)
    assert client.generate_secret(m.KEY_DES3, 24, Template(b"three")).value
    with alice() as shell:
        shell.data(AES.format(label="w", size=32, more="--attributes wrap=true unwrap=true"))
        wrapped = shell.data("key wrap aes-zero-pad --payload-filter attr.label=three --wrapping-filter attr.label=w")
        made = shell.data(
            "key unwrap aes-zero-pad --filter attr.label=w --key-type-class des3 --label back "
            f"--data {wrapped['wrapped_key_data']}"
        )["key"]
        known = shown(shell, "three")["attributes"]
        assert (made["attributes"]["key-type"], made["attributes"]["check-value"]) == ("des3", known["check-value"])
    found = client.read_key(int(made["key-reference"], 16)).value
    assert found is not None
    assert (found.label, found.value_len) == (b"back", 24)


def test_the_older_tools_live_with_keys_that_they_do_not_know(tmp_path: Path) -> None:
    with installation(tmp_path, m.HSM2M, m.NON_FIPS) as place, alice() as shell:
        shell.data(EC.format(curve="ed25519", label="ed", more="--private-attributes sign=true"))
        shell.data(
            "key generate-asymmetric-pair ml-dsa --mldsa-algorithm ML-DSA-44 --public-label ml --private-label ml"
        )
        realm = Realm.open(place)
        client = MaterialClient(realm, realm.store.rows(Cluster)[0].id, realm.open_session("test"))
        client.login("CU", "alice", ALICE)
        for handle in range(6, 10):
            key = client.read_key(handle).value
            assert key is not None
            assert key.key_type in (m.KEY_ED25519, m.KEY_ML_DSA)
            assert client.sign(handle, 17, b"data").code is errors.POLICY_MISMATCH
            assert client.verify(handle, 17, b"data", b"signature").code is errors.POLICY_MISMATCH
        assert client.export_public(6).value
        for label in ("ed", "ml"):
            shell.data(AES.format(label=f"w{label}", size=32, more="--attributes wrap=true"))
            payload = f"attr.label={label} attr.class=private-key"
            wrap = f"key wrap aes-zero-pad --payload-filter {payload} --wrapping-filter attr.label=w{label}"
            assert shell.error(wrap) == REFUSED
        realm.close()


@pytest.fixture
def clone(place: Installation, realm: Realm) -> World:
    """Return the world of a clone; the configuration names both clusters."""
    backup = directory.create_backup(realm, "demo")
    made = directory.create_cluster(realm, "clone", ["10.0.9.1", "10.0.9.2", "10.0.9.3"], backup=backup.id)
    configure(place, ["10.0.0.1"], ["10.0.9.1"])
    return World(realm, made)


def test_a_replication_that_fails_in_part(clone: World) -> None:
    network = Network(None)
    shells = [Session(network, cluster_id) for cluster_id in ("cluster-1", "cluster-2")]
    for shell in shells:
        shell.log_in("alice", "crypto-user", "alicepw1")
    replicate = "key replicate --filter attr.label=k --source-cluster-id cluster-1 --destination-cluster-id cluster-2"
    shells[0].data(AES.format(label="k", size=16, more=""))
    clone.fault(1, "insertMaskedObject", errors.INVALID_DATA)
    assert shells[0].error(replicate) == "Key replicate failed on 1 of 3 connections"
    assert shells[0].data(replicate)["message"] == "Successfully replicated key"
    assert shown(shells[1], "k")["key-info"]["cluster-coverage"] == "full"
    network.close()


def test_a_session_key_goes_with_its_session(place: Installation) -> None:
    assert place
    with alice() as shell:
        shell.data(AES.format(label="s", size=16, more="--session"))
        assert shell.data("key list --filter attr.token=false")["total_key_count"] == 1
    with alice() as shell:
        assert shell.data("key list")["total_key_count"] == 0


def test_a_file_without_a_name_is_neither_read_nor_written(place: Installation) -> None:
    assert place
    reason = "No such file or directory"
    with alice() as shell:
        shell.data("key generate-asymmetric-pair ec --public-label p --private-label q --curve secp256r1")
        text = shell.error("key generate-file --encoding pem --path '' --filter attr.label=p")
        assert text == f"Unable to write : {reason}"
        text = shell.error("key import pem --path '' --label x --key-type-class ec-public")
        assert text == f"Unable to read : {reason}"


def test_a_new_file_has_the_mode_that_the_umask_leaves(place: Installation, tmp_path: Path) -> None:
    assert place
    written = tmp_path / "new.pem"
    before = os.umask(0o077)
    try:
        with alice() as shell:
            shell.data("key generate-asymmetric-pair ec --public-label p --private-label q --curve secp256r1")
            shell.data(f"key generate-file --encoding pem --path {written} --filter attr.label=p")
    finally:
        os.umask(before)
    assert written.stat().st_mode & 0o777 == 0o600


def test_a_template_is_no_filter(place: Installation) -> None:
    assert place
    with alice() as shell:
        text = shell.error("key list --filter attr.wrap-template=sign=true")
        assert text == "Attribute wrap-template cannot be used in a filter"


def test_a_key_made_by_nobody_or_an_admin(place: Installation) -> None:
    assert place
    line = RSA.format(label="r", more="")
    with session() as shell:
        assert shell.error(line) == "User must be logged in to perform this operation"
        shell.log_in("admin", "admin", "adminpw1")
        assert shell.error(line) == "User is not authorized to perform this operation"


def test_another_cluster_s_type_is_told_by_its_hsms(place: Installation, realm: Realm) -> None:
    assert place
    second = directory.create_cluster(realm, "second", ["10.0.5.1", "10.0.5.2"], hsm_type=m.HSM2M, mode=m.NON_FIPS)
    activate(World(realm, second))
    configure(place, ["10.0.5.1"])
    with alice() as shell:
        shell.data(EC.format(curve="ed25519", label="ed", more=""))
        state = shell.data("cluster hsm-info")["hsms"][0]["fips-state"]
    assert state == "0 [non-FIPS mode with single factor authentication]"
    with pytest.raises(directory.DirectoryError):
        directory.create_cluster(realm, "third", 1, mode=m.NON_FIPS)
