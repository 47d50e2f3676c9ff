"""getCert: certificates that chain, are kept, and are refused where the HSM has none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sign_support import Bench, openssl

from shared import errors
from shared.cluster.certificates import Certificates
from shared.cluster.directory import create_backup, create_cluster, set_state
from shared.cluster.trust import trusts
from shared.crypto import certificates
from shared.installation.trust import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUCCESS = "\n\tCfm3GetCert() returned 0 :HSM Return: SUCCESS\n"


def refused(code: errors.Code = errors.INVALID_DATA) -> str:
    return f"\n\tCfm3GetCert() failed with erro code {code.number} :{code.text}\n"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    bench = Bench(tmp_path, monkeypatch, nodes=2)
    yield bench
    bench.close()


def initialized(bench: Bench) -> None:
    """Let the cluster trust the installation's customer CA."""
    for row in bench.rows():
        assert trusts(bench.realm, row.id, fingerprint(bench.place.customer_ca))


def get(bench: Bench, *subjects: int) -> None:
    shell = bench.kmu()
    for subject in subjects:
        assert shell.do(f"getCert -f c{subject} -s {subject}") == SUCCESS
        assert len(bench.read(f"c{subject}")) <= 4096


def test_the_manufacturer_s_chain(bench: Bench) -> None:
    get(bench, 1, 2, 16)
    assert openssl("verify", "-CAfile", "c1", "c2") == b"c2: OK\n"
    assert openssl("verify", "-CAfile", "c1", "-untrusted", "c2", "c16") == b"c16: OK\n"
    openssl("verify", "-x509_strict", "-CAfile", "c1", "-untrusted", "c2", "c16")


def test_the_customer_s_chain(bench: Bench) -> None:
    initialized(bench)
    get(bench, 4, 8, 16)
    assert openssl("verify", "-CAfile", "c4", "c8") == b"c8: OK\n"
    assert openssl("x509", "-in", "c4") == openssl("x509", "-in", bench.place.customer_ca)
    # Both sides certify the same key, and neither chain leads to the other root.
    assert openssl("x509", "-in", "c8", "-noout", "-pubkey") == openssl("x509", "-in", "c16", "-noout", "-pubkey")
    openssl("verify", "-CAfile", "c4", "c16", status=2)


def test_the_hardware_is_named_by_its_serial_number(bench: Bench) -> None:
    get(bench, 2)
    subject = openssl("x509", "-in", "c2", "-noout", "-subject").decode()
    assert bench.rows()[0].serial in subject


def test_they_are_made_once(bench: Bench) -> None:
    initialized(bench)
    get(bench, 1, 2, 4, 8, 16)
    before = {name: bench.read(name) for name in ("c1", "c2", "c4", "c8", "c16")}
    get(bench, 1, 2, 4, 8, 16)
    assert {name: bench.read(name) for name in before} == before


def test_each_hsm_has_its_own_hardware_and_the_cluster_s_key(bench: Bench) -> None:
    get(bench, 2, 16)
    first = bench.read("c2"), openssl("x509", "-in", "c16", "-noout", "-pubkey")
    set_state(bench.realm, bench.rows()[0].id, "stopped")
    get(bench, 1, 2, 16)
    assert bench.read("c2") != first[0]
    assert openssl("x509", "-in", "c16", "-noout", "-pubkey") == first[1]
    assert openssl("verify", "-CAfile", "c1", "-untrusted", "c2", "c16") == b"c16: OK\n"


def test_a_clone_has_the_same_key(bench: Bench) -> None:
    initialized(bench)
    get(bench, 4, 16)
    key = openssl("x509", "-in", "c16", "-noout", "-pubkey")
    root = bench.read("c4")
    backup = create_backup(bench.realm, "demo")
    create_cluster(bench.realm, "clone", ["10.0.9.1"], backup=backup.id)
    bench.address("10.0.9.1")
    get(bench, 4, 8, 16)
    assert openssl("x509", "-in", "c16", "-noout", "-pubkey") == key
    assert bench.read("c4") == root
    assert openssl("verify", "-CAfile", "c4", "c8") == b"c8: OK\n"


def test_a_clone_has_the_certificates_of_its_backup_without_the_customer_s_key(bench: Bench) -> None:
    initialized(bench)
    get(bench, 4, 8)
    root, cluster = bench.read("c4"), bench.read("c8")
    for path in (bench.place.customer_ca, bench.place.customer_key):
        (bench.folder / path).unlink()
    backup = create_backup(bench.realm, "demo")
    create_cluster(bench.realm, "clone", ["10.0.9.1"], backup=backup.id)
    bench.address("10.0.9.1")
    get(bench, 4, 8)
    assert (bench.read("c4"), bench.read("c8")) == (root, cluster)


@pytest.mark.parametrize("subject", [0, 3, 4, 5, 8, 24, 32, 64, 128, 4294967295])
def test_what_the_hsm_does_not_have(bench: Bench, subject: int) -> None:
    bench.write("c", b"old")
    assert bench.kmu().do(f"getCert -f c -s {subject}") == refused()
    assert bench.read("c") == b"old"


def test_a_customer_s_certificate_that_is_another_one_now(bench: Bench) -> None:
    initialized(bench)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-keyout", "k", "-out", "other")
    (bench.folder / "other").replace(bench.place.customer_ca)
    assert bench.kmu().do("getCert -f c -s 4") == refused()
    assert bench.kmu().do("getCert -f c -s 8") == refused()


def test_the_certificate_that_was_trusted_first_is_kept(bench: Bench) -> None:
    initialized(bench)
    get(bench, 4, 8)
    root, cluster = bench.read("c4"), bench.read("c8")
    for path in (bench.place.customer_ca, bench.place.customer_key):
        (bench.folder / path).write_bytes(b"damaged")
    get(bench, 4, 8)
    assert (bench.read("c4"), bench.read("c8")) == (root, cluster)


@pytest.mark.parametrize("kind", ["missing", "another", "encrypted", "damaged"])
def test_the_customer_s_key_cannot_be_used(bench: Bench, kind: str) -> None:
    initialized(bench)
    file = bench.folder / bench.place.customer_key
    if kind == "missing":
        file.unlink()
    elif kind == "another":
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", file)
    elif kind == "encrypted":
        openssl("pkey", "-in", file, "-aes256", "-passout", "pass:secret", "-out", "enc")
        (bench.folder / "enc").replace(file)
    else:
        file.write_bytes(b"damaged")
    get(bench, 4)
    assert bench.kmu().do("getCert -f c -s 8") == refused()


@pytest.mark.parametrize("algorithm", [("rsa:2048",), ("rsa:3072",), ("ed25519",)])
def test_a_customer_ca_that_somebody_made_with_openssl(bench: Bench, algorithm: tuple[str, ...]) -> None:
    place = bench.place
    words = ["-keyout", place.customer_key, "-out", place.customer_ca, "-days", "3652", "-subj", "/CN=my CA"]
    openssl("req", "-x509", "-newkey", *algorithm, "-nodes", *words)
    initialized(bench)
    get(bench, 4, 8)
    assert openssl("verify", "-CAfile", "c4", "c8") == b"c8: OK\n"


@pytest.mark.parametrize("extension", ["subjectKeyIdentifier=none", "basicConstraints=critical,CA:TRUE"])
def test_a_customer_ca_without_an_identifier(bench: Bench, extension: str) -> None:
    place = bench.place
    words = ["-keyout", place.customer_key, "-out", place.customer_ca, "-subj", "/CN=my CA", "-addext", extension]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", *words)
    initialized(bench)
    get(bench, 4, 8)
    assert openssl("verify", "-CAfile", "c4", "c8") == b"c8: OK\n"


def test_a_certificate_that_is_too_long(bench: Bench) -> None:
    place = bench.place
    names = ",".join(f"DNS:{number}.example.com" for number in range(400))
    words = ["-keyout", place.customer_key, "-out", place.customer_ca, "-subj", "/CN=CA"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", *words, "-addext", f"subjectAltName={names}")
    initialized(bench)
    assert bench.kmu().do("getCert -f c -s 4") == refused()


def test_a_key_that_signs_no_certificates() -> None:
    key = certificates.new_key()
    root = certificates.certify("root", key, None, authority=True, moment=0, days=1)
    agreement = openssl("genpkey", "-algorithm", "X25519")
    for bad in (agreement, b"damaged"):
        with pytest.raises(ValueError):  # noqa: PT011 - its text is the library's
            certificates.certify("leaf", key, certificates.Issuer(root, bad), authority=False, moment=0, days=1)


def test_somebody_else_was_faster(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file comes to stand while this process is making its own."""
    make = certificates.new_key
    first = make()
    folder = bench.folder / bench.place.data_dir / "certificates"

    def slow() -> bytes:
        if not (folder / "manufacturer.key").exists():
            (folder / "manufacturer.key").write_bytes(first)
        return make()

    monkeypatch.setattr(certificates, "new_key", slow)
    get(bench, 1)
    assert (folder / "manufacturer.key").read_bytes() == first
    assert certificates.belong_together(bench.read("c1"), first)


def test_what_is_printed_about_files_and_options(bench: Bench) -> None:
    shell = bench.kmu()
    assert shell.do("getCert -f no/such/folder -s 1") == SUCCESS + "\n\tError: Empty file: no/such/folder\n"
    for line, before in (
        ("getCert -s 1", "\n\tCertificate file (-f) is missing \n"),
        ("getCert -f c", "\n\tCertificate Subject (-s) is missing \n"),
        ("getCert -f c -s x", "\n\tCertificate Subject (-s) is missing \n"),
        ("getCert -h", ""),
    ):
        text = shell.do(line)
        assert text.startswith(f"{before}\n\nDescription\n===========\n")
        assert "\nSyntax: getCert -f <cert-file> -s <cert-subject>\n" in text
        assert text.endswith("\n\n")


def test_the_hsm_refuses(bench: Bench) -> None:
    bench.refuse("getCert", errors.KEY_ACCESS_DENIED)
    assert bench.kmu().do("getCert -f c -s 1") == refused(errors.KEY_ACCESS_DENIED)
    shell = bench.kmu()
    for row in bench.rows():
        set_state(bench.realm, row.id, "stopped")
    assert shell.do("getCert -f c -s 1") == refused(errors.INVALID_OPERATION)


def test_keys_are_private(bench: Bench) -> None:
    initialized(bench)
    get(bench, 1, 2, 4, 8, 16)
    folder = bench.folder / bench.place.data_dir / "certificates"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    # Nothing is left of the drafts.
    assert {file.suffix for file in folder.iterdir()} == {".crt", ".key"}


MAKE = """
import sys
from shared.cluster.certificates import Certificates
from shared.hsm.partition import Identity
from shared.installation import Installation
from shared.store.records import Cluster, Hsm
hsm = Hsm("hsm-a", "cluster-a", 0, "", "up", "serial")
cluster = Cluster("cluster-a", "a", "lineage-a", 6, None, 0.0)
sys.stdin.read()
certificates = Certificates.of(Installation(sys.argv[1]))
for subject in (16, 2, 1):
    sys.stdout.buffer.write(certificates.get(Identity(hsm, cluster), subject))
"""


def test_of_several_who_make_them_at_once_the_first_wins(bench: Bench) -> None:
    from model_support import ROOT

    words = [sys.executable, "-c", MAKE, bench.place.prefix]
    children = [subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(6)]
    for child in children:
        assert child.stdin is not None
        child.stdin.close()
        child.stdin = None
    texts = {child.communicate()[0] for child in children}
    assert [child.returncode for child in children] == [0] * 6
    (text,) = texts
    assert text.count(b"BEGIN CERTIFICATE") == 3


def test_a_folder_that_cannot_be_made(bench: Bench) -> None:
    (bench.folder / bench.place.data_dir / "certificates").write_bytes(b"in the way")
    assert bench.kmu().do("getCert -f c -s 1") == refused()
    assert isinstance(Certificates.of(bench.place), Certificates)
