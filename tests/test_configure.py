"""``configure``: what it prints, what it writes, and that a refusal writes nothing."""

import json
import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from model_support import DATA

from cloudhsm_sim.configure import main
from shared.cluster.directory import create_cluster
from shared.installation import Installation, cfg, cluster_info
from shared.installation.layout import lay_out
from shared.realm import Realm

MEMBERS = [("10.0.0.1", 2225, "10.0.0.1"), ("10.0.0.2", 2225, "10.0.0.2")]
USAGE = """\
usage: configure -h | --help
          -a <ENI IP address>
          -m [-i <daemon_id>]
          --ssl --pkey <private key file> --cert <certificate file>
          --cmu <ENI IP address>
configure: error: """


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.delenv("CLOUDHSM_SIM_PROFILE", raising=False)
    place = lay_out(str(tmp_path / "sim"))
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", place.prefix)
    return place


@pytest.fixture
def cluster(place: Installation) -> None:
    realm = Realm.open(place, create=True)
    create_cluster(realm, "cluster", ["10.0.0.1", "10.0.0.2"])
    realm.close()


def hosts(place: Installation) -> tuple[str, list[tuple[str, int, str]]]:
    servers = [(server.hostname, server.port, server.name) for server in cfg.read_servers(place.mgmt_cfg)]
    return cfg.read_client(place.client_cfg).hostname, servers


def contents(place: Installation) -> dict[str, bytes]:
    return {name: Path(place.etc_dir, name).read_bytes() for name in os.listdir(place.etc_dir) if name != "certs"}


def test_a_writes_one_address_into_both(place: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-a", "10.0.0.1"]) == 0
    assert capsys.readouterr() == (
        f"Updating server config in {place.client_cfg}\nUpdating server config in {place.mgmt_cfg}\n",
        "",
    )
    assert hosts(place) == ("10.0.0.1", [("10.0.0.1", 2225, "10.0.0.1")])


def test_a_in_the_first_client(
    place: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "1.x")
    assert main(["-a", "10.0.0.1"]) == 0
    assert capsys.readouterr().out == (
        f"Inserting '10.0.0.1' into '{place.client_cfg}'\nInserting '10.0.0.1' into '{place.mgmt_cfg}'\n"
    )


@pytest.mark.parametrize("address", ["nonsense", "a b", "10.0.0.1;x"])
def test_a_does_not_look_at_the_address(place: Installation, address: str) -> None:
    assert main(["-a", address]) == 0
    assert hosts(place)[0] == address


def test_arguments_come_from_the_command_line(place: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["configure", "-a", "10.0.0.7"])
    assert main() == 0
    assert hosts(place)[0] == "10.0.0.7"


@pytest.mark.parametrize(("options", "daemon"), [([], 1), (["-i", "2"], 2)])
def test_m_takes_the_servers_from_the_daemon(
    place: Installation, capsys: pytest.CaptureFixture[str], options: list[str], daemon: int
) -> None:
    cluster_info.write(place.cluster_info(daemon), MEMBERS)
    assert main(["-m", *options]) == 0
    assert capsys.readouterr() == (f"Updating '{place.mgmt_cfg}' from cluster state\n", "")
    assert hosts(place) == ("", MEMBERS)


@pytest.mark.parametrize("content", [None, "[]", "garbage"])
def test_m_without_cluster_info(place: Installation, capsys: pytest.CaptureFixture[str], content: str | None) -> None:
    if content is not None:
        Path(place.cluster_info()).write_text(content)
    before = contents(place)
    assert main(["-m"]) == 1
    out, err = capsys.readouterr()
    malformed = f"malformed configuration file {place.cluster_info()}: line 1: expected a value\n"
    assert (out, err) == ("", malformed if content == "garbage" else "Unable to read cluster info\n")
    assert contents(place) == before


@pytest.mark.usefixtures("cluster")
def test_cmu_asks_the_cluster(place: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cmu", "10.0.0.2"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f"Updating server config in {place.client_cfg}",
        f"Updating server config in {place.mgmt_cfg}",
        f"Updating '{place.mgmt_cfg}' from cluster state",
    ]
    assert err == ""
    assert hosts(place) == ("10.0.0.2", MEMBERS)


@pytest.mark.usefixtures("cluster")
def test_cmu_where_nobody_is(place: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(place)
    assert main(["--cmu", "10.9.9.9"]) == 1
    assert capsys.readouterr() == ("", "Unable to read cluster info\n")
    assert contents(place) == before


def test_cmu_before_there_is_any_cluster(place: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cmu", "10.0.0.1"]) == 1
    assert capsys.readouterr() == ("", "Unable to read cluster info\n")
    assert os.listdir(place.data_dir) == []


def test_cmu_with_a_broken_store(place: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    Path(place.database).write_text("no database " * 400)
    assert main(["--cmu", "10.0.0.1"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert place.database in err


@pytest.mark.parametrize("broken", ["client_cfg", "mgmt_cfg"])
@pytest.mark.parametrize("arguments", [["-a", "10.0.0.1"], ["--cmu", "10.0.0.1"]])
@pytest.mark.usefixtures("cluster")
def test_malformed_files_stay_as_they_are(
    place: Installation, capsys: pytest.CaptureFixture[str], broken: str, arguments: list[str]
) -> None:
    Path(getattr(place, broken)).write_text("{\n oops")
    before = contents(place)
    assert main(arguments) == 1
    expected = f"malformed configuration file {getattr(place, broken)}: line 2: expected a name in double quotes"
    out, err = capsys.readouterr()
    assert (out, err) == ("", f'{expected} or "}}"\n')
    assert contents(place) == before


def test_an_unknown_profile_writes_nothing(
    place: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "2.x")
    before = contents(place)
    assert main(["-a", "10.0.0.1"]) == 1
    assert capsys.readouterr().err == "unknown profile '2.x': choose 3.x or 1.x\n"
    assert contents(place) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "one of the arguments -h/--help -a -m --ssl --cmu is required"),
        (["-a"], "argument -a: expected one argument"),
        (["--cmu"], "argument --cmu: expected one argument"),
        (["-a", "10.0.0.1", "-m"], "argument -m: not allowed with argument -a"),
        (["-m", "-i", "x"], "argument -i: invalid int value: 'x'"),
        (["-a", "10.0.0.1", "-i", "1"], "argument -i: only allowed with argument -m"),
        (["--ssl", "--pkey", "k"], "the arguments --ssl, --pkey and --cert go together"),
        (["-a", "10.0.0.1", "--cert", "c"], "the arguments --ssl, --pkey and --cert go together"),
        (["-a", "10.0.0.1", "more"], "unrecognized arguments: more"),
        (["--help-me"], "one of the arguments -h/--help -a -m --ssl --cmu is required"),
    ],
)
def test_wrong_usage(
    place: Installation, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    before = contents(place)
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", f"{USAGE}{message}\n")
    assert contents(place) == before


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_needs_no_installation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path))
    assert main([option]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("configure -h | --help\n          -a <ENI IP address>\n")
    assert err == ""


def test_no_installation(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_HOME", str(tmp_path))
    assert main(["-a", "10.0.0.1"]) == 1
    expected = f"no installation at {tmp_path}: run cloudhsm-sim install --prefix {tmp_path}\n"
    assert capsys.readouterr() == ("", expected)


class Party:
    """A key and a certificate over it, signed by another party or by itself."""

    def __init__(self, name: str, issuer: "Party | None" = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        signer = issuer or self
        now = datetime.now(UTC)
        self.certificate = (
            x509.CertificateBuilder(signer.name, self.name, self.key.public_key(), x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(signer.key, SHA256())
        )

    @property
    def pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self, password: bytes | None = None) -> bytes:
        """Return the key in PEM."""
        return private_pem(self.key, password)


def private_pem(key: PrivateKeyTypes, password: bytes | None = None) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, protection)


@pytest.fixture
def owner(place: Installation) -> Party:
    owner = Party("owner")
    Path(place.customer_ca).write_bytes(Party("another owner").pem + owner.pem)
    return owner


@pytest.fixture
def ssl(tmp_path: Path) -> Callable[[bytes, bytes], int]:
    def run(certificate: bytes, key: bytes) -> int:
        (tmp_path / "new.crt").write_bytes(certificate)
        (tmp_path / "new.key").write_bytes(key)
        return main(["--ssl", "--pkey", str(tmp_path / "new.key"), "--cert", str(tmp_path / "new.crt")])

    return run


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_ssl_takes_what_chains_to_the_owner(
    place: Installation,
    capsys: pytest.CaptureFixture[str],
    owner: Party,
    ssl: Callable[[bytes, bytes], int],
    depth: int,
) -> None:
    middle = Party("middle", owner)
    leaf = [owner, Party("leaf", owner), Party("leaf", middle)][depth]
    chain = leaf.pem + Party("a stray one").pem + middle.pem
    assert ssl(chain, leaf.key_pem()) == 0
    assert capsys.readouterr() == (
        f"Updating server config in {place.client_cfg}\nUpdating server config in {place.mgmt_cfg}\n",
        "",
    )
    assert Path(place.client_crt).read_bytes() == chain
    assert Path(place.client_key).read_bytes() == leaf.key_pem()
    assert stat.S_IMODE(os.stat(place.client_key).st_mode) == 0o600


def test_ssl_names_the_pair_in_both_files(
    place: Installation, owner: Party, ssl: Callable[[bytes, bytes], int]
) -> None:
    for path in (place.client_cfg, place.mgmt_cfg):
        Path(path).write_text(Path(path).read_text().replace("client.key", "another.key"))
    leaf = Party("leaf", owner)
    assert ssl(leaf.pem, leaf.key_pem()) == 0
    assert json.loads(Path(place.client_cfg).read_text())["ssl"]["pkey"] == place.client_key
    assert json.loads(Path(place.mgmt_cfg).read_text())["servers"][0]["pkey"] == place.client_key


def test_ssl_refusals_change_nothing(
    place: Installation,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    owner: Party,
    ssl: Callable[[bytes, bytes], int],
) -> None:
    leaf, other = Party("leaf", owner), Party("leaf", owner)
    forged = Party("leaf", Party("owner"))
    crt, key = tmp_path / "new.crt", tmp_path / "new.key"
    before = contents(place)
    for certificate, private, message in [
        (leaf.pem, other.key_pem(), f"{key} is not the private key of {crt}"),
        (
            leaf.pem,
            (DATA / "rsa2048-1.pem").read_bytes(),
            f"{key} is not the private key of {crt}",
        ),
        (forged.pem, forged.key_pem(), f"{crt} does not chain to {place.customer_ca}"),
        (b"x", leaf.key_pem(), f"{crt} is no certificate in PEM form"),
        (leaf.key_pem(), leaf.key_pem(), f"{crt} is no certificate in PEM form"),
        (leaf.pem, b"", f"{key} is no private key in PEM form"),
        (leaf.pem, leaf.pem, f"{key} is no private key in PEM form"),
        (
            leaf.pem,
            leaf.key_pem(b"secret"),
            f"{key} is encrypted: a private key without a password is needed",
        ),
    ]:
        assert ssl(certificate, private) == 1
        assert capsys.readouterr() == ("", f"{message}\n")
    Path(place.customer_ca).unlink()
    assert ssl(leaf.pem, leaf.key_pem()) == 1
    assert capsys.readouterr().err == f"cannot read {place.customer_ca}: No such file or directory\n"
    assert contents(place) == {name: content for name, content in before.items() if name != "customerCA.crt"}
