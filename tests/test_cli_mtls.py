"""Mutual TLS in the CloudHSM CLI: enforcement, and the clients that it keeps out."""

from pathlib import Path
from typing import NamedTuple

import pytest
from cli_support import ADMIN, ALICE, Cli
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from model_support import DATA

from cloudhsm_cli.configure import main as configure
from shared.clock import now
from shared.crypto.certificates import Issuer, certify, new_key
from shared.installation import Installation

REGISTER = ("cluster", "mtls", "register-trust-anchor", "--path")
SET = ("cluster", "mtls", "set-enforcement", "--level")
GET = ("cluster", "mtls", "get-enforcement")
DISCONNECTED = 'Error: "HSM is disconnected"\n'


class Pki(NamedTuple):
    """A certificate authority and a client, in files."""

    root: Path
    client: Path
    key: Path


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def authority(name: str) -> Issuer:
    key = new_key()
    return Issuer(certify(name, key, None, authority=True, moment=now(), days=30), key)


def issue(folder: Path, issuer: Issuer, *, days: int = 30) -> Pki:
    """Return the files of a root and of a client that an authority below it has certified."""
    middle_key, key = new_key(), new_key()
    middle = Issuer(certify("middle", middle_key, issuer, authority=True, moment=now(), days=30), middle_key)
    certificate = certify("client", key, middle, authority=False, moment=now(), days=days)
    return Pki(
        written(folder / "root.pem", issuer.certificate),
        written(folder / "client.pem", certificate + middle.certificate),
        written(folder / "client.key", key),
    )


@pytest.fixture
def hsm2m(cluster2: Installation) -> Installation:
    """Return an installation whose configuration says hsm2m, as people write by hand."""
    cfg = Path(cluster2.cli_cfg)
    cfg.write_text(cfg.read_text().replace('"hsm1"', '"hsm2m"'))
    return cluster2


def use(pki: Pki) -> None:
    assert configure(["--client-cert-hsm-tls-file", str(pki.client), "--client-key-hsm-tls-file", str(pki.key)]) == 0


def test_enforcement_keeps_clients_without_a_certificate_out(hsm2m: Installation, tmp_path: Path, cli: Cli) -> None:
    pki = issue(tmp_path, authority("root"))
    cli.data(*REGISTER, str(pki.root), by=ADMIN)
    cfg = Path(hsm2m.cli_cfg)
    plain = cfg.read_text()
    use(pki)
    assert cli.data(*SET, "cluster", by=ADMIN) == {"message": "Mtls enforcement level set to Cluster successfully"}
    assert cli.data(*GET, by=ALICE) == {"mtls-enforcement-level": "cluster"}
    mutual = cfg.read_text()
    cfg.write_text(plain)
    for words in (("user", "list"), ("cluster", "hsm-info"), (*SET, "none")):
        assert cli.text(*words, by=ADMIN) == (1, "")
        assert cli.says == DISCONNECTED
    cfg.write_text(mutual)
    assert cli.data(*SET, "none", by=ADMIN) == {"message": "Mtls enforcement level set to None successfully"}
    cfg.write_text(plain)
    cli.data("user", "list")


def test_a_client_whom_no_anchor_vouches_for(hsm2m: Installation, tmp_path: Path, cli: Cli) -> None:  # noqa: ARG001
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    root = authority("root")
    pki, foreign = issue(own, root), issue(other, authority("other root"))
    cli.data(*REGISTER, str(pki.root), by=ADMIN)
    late = other / "late"
    late.mkdir()
    refused = (foreign, pki._replace(key=foreign.key), issue(late, root, days=0), pki._replace(client=pki.key))
    for client in refused:
        use(client)
        text = cli.error(*SET, "cluster", by=ADMIN)
        assert text == "Failed to set the mtls enforcement. Current connection must be mtls to set this enforcement."


def test_no_level_is_set_over_a_connection_without_a_certificate_or_without_approval(
    hsm2m: Installation, tmp_path: Path, cli: Cli
) -> None:
    pki = issue(tmp_path, authority("root"))
    cli.data(*REGISTER, str(pki.root), by=ADMIN)
    for level in ("none", "cluster"):
        text = "Failed to set the mtls enforcement. Current connection must be mtls to set this enforcement."
        assert cli.error(*SET, level, by=ADMIN) == text
        assert cli.error(*SET, level, by=("admin", "ADMIN:adminpw1")) == text
    cli.data("user", "create", "--username", "admin2", "--role", "admin", "--password", "password1", by=ADMIN)
    value = ("quorum", "token-sign", "set-quorum-value", "--service", "cluster", "--value", "2")
    assert cli.data(*value, by=ADMIN) == "Set quorum value successful"
    assert hsm2m
    use(pki)
    assert cli.error(*SET, "none", by=ADMIN) == "Quorum approval is required for this operation"


def test_only_the_user_admin_sets_it(hsm2m: Installation, tmp_path: Path, cli: Cli) -> None:  # noqa: ARG001
    pki = issue(tmp_path, authority("root"))
    cli.data("user", "create", "--username", "admin2", "--role", "admin", "--password", "password1", by=ADMIN)
    cli.data(*REGISTER, str(pki.root), by=("admin", "admin2:password1"))
    use(pki)
    text = "An Admin must be logged in to set policy on an HSM"
    assert cli.error(*SET, "cluster", by=("admin", "admin2:password1")) == text
    assert cli.data(*GET, by=ADMIN) == {"mtls-enforcement-level": "none"}


def test_kinds_of_keys(hsm2m: Installation, tmp_path: Path, cli: Cli) -> None:  # noqa: ARG001
    weak = "Invalid Certificate: Certificate key type is not supported"
    keys = (
        (load_pem_private_key((DATA / "wrap-rsa1024.pem").read_bytes(), None), False),
        (ed25519.Ed25519PrivateKey.generate(), False),
        (ec.generate_private_key(ec.SECP256K1()), False),
        (load_pem_private_key((DATA / "rsa2048-1.pem").read_bytes(), None), True),
        (ec.generate_private_key(ec.SECP521R1()), True),
    )
    for number, (key, good) in enumerate(keys):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        certificate = certify(f"root {number}", pem, None, authority=True, moment=now(), days=30)
        path = written(tmp_path / f"{number}.pem", certificate)
        if good:
            cli.data(*REGISTER, str(path), by=ADMIN)
        else:
            assert cli.error(*REGISTER, str(path), by=ADMIN) == weak
    assert len(cli.data("cluster", "mtls", "list-trust-anchors")["trust_anchors"]) == 2
    removal = ("cluster", "mtls", "deregister-trust-anchor", "--certificate-reference")
    assert cli.error(*removal, "0x1", "0x03", by=ADMIN) == "Trust anchor with reference 0x03 does not exist"
    text = "Trust anchor with reference 0x01, 0x02 deregistered successfully"
    assert cli.data(*removal, "0x1", "2", by=ADMIN) == {"message": text}
    assert cli.data("cluster", "mtls", "list-trust-anchors") == {"trust_anchors": []}
