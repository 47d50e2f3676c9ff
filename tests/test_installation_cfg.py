"""The two configuration files: their bytes, what scripts do to them, and writes that are all or nothing."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from shared.installation import InstallationError, cfg, cluster_info, templates

CLIENT = """\
{
    "client": {
        "CriticalAlertScript": "",
        "create_object_minimum_nodes": 1,
        "daemon_id": 1,
        "e2e_owner_crt_path": "/opt/cloudhsm/etc/customerCA.crt",
        "enable_3des_key_reuse": "no",
        "log_level": "INFO",
        "reconnect_attempts": -1,
        "reconnect_interval": 3,
        "socket_type": "UNIXSOCKET",
        "sslreneg": 0,
        "tcp_port": 1111,
        "workers": 1,
        "zoneid": 0
    },
    "dualfactor": {
        "certificate": "certificate.crt",
        "dualfactor_ch_ssl_ciphers": "default",
        "dualfactor_ssl": "yes",
        "enable": "no",
        "pkey": "pkey.pem",
        "port": 2225
    },
    "loadbalance": {
        "enable": "yes",
        "prefer_same_zone": "no",
        "relative_idleness_weight": 1,
        "sucess_rate_weight": 1
    },
    "server": {
        "hostname": "10.10.4.20",
        "port": 2223
    },
    "ssl": {
        "CApath": "/opt/cloudhsm/etc/certs",
        "certificate": "/opt/cloudhsm/etc/client.crt",
        "pkey": "/opt/cloudhsm/etc/client.key",
        "server_ch_ssl_ciphers": "default",
        "server_ssl": "yes"
    }
}"""
MGMT = """\
{
    "scard": {
        "certificate": "cert-sc",
        "enable": "no",
        "pkey": "pkey-sc",
        "port": 2225
    },
    "servers": [
        {
            "CAfile": "",
            "CApath": "/opt/cloudhsm/etc/certs",
            "certificate": "/opt/cloudhsm/etc/client.crt",
            "e2e_encryption": {
                "enable": "yes",
                "owner_cert_path": "/opt/cloudhsm/etc/customerCA.crt"
            },
            "enable": "yes",
            "hostname": "10.10.4.20",
            "name": "10.10.4.20",
            "pkey": "/opt/cloudhsm/etc/client.key",
            "port": 2225,
            "server_ssl": "yes",
            "ssl_ciphers": ""
        }
    ]
}"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    client, mgmt = tmp_path / "cloudhsm_client.cfg", tmp_path / "cloudhsm_mgmt_util.cfg"
    client.write_bytes(cfg.render(templates.client_cfg("/opt/cloudhsm", "3.x")))
    mgmt.write_bytes(cfg.render(templates.mgmt_cfg("/opt/cloudhsm")))
    return client, mgmt


def names(path: Path) -> list[tuple[str, str, int]]:
    return [(server.name, server.hostname, server.port) for server in cfg.read_servers(str(path))]


def test_bytes_are_those_of_a_real_client(files: tuple[Path, Path]) -> None:
    client, mgmt = files
    cfg.set_address(str(client), str(mgmt), "10.10.4.20")
    assert client.read_text() == CLIENT
    assert mgmt.read_text() == MGMT


def test_stock_server_is_server1_and_nowhere(files: tuple[Path, Path]) -> None:
    client, mgmt = files
    assert names(mgmt) == [("server1", "", 2225)]
    assert cfg.read_client(str(client)).hostname == ""


def test_the_file_of_2018_has_less() -> None:
    client = templates.client_cfg("/opt/cloudhsm", "1.x")["client"]
    assert "create_object_minimum_nodes" not in client
    assert "enable_3des_key_reuse" not in client
    assert client["reconnect_interval"] == 30


def test_every_field_is_read(files: tuple[Path, Path]) -> None:
    client, mgmt = files
    cfg.set_address(str(client), str(mgmt), "10.0.0.1")
    (server,) = cfg.read_servers(str(mgmt))
    assert (server.e2e, server.owner_cert_path) == (True, "/opt/cloudhsm/etc/customerCA.crt")
    assert repr(server) == "<server 10.0.0.1 at 10.0.0.1:2225>"
    found = cfg.read_client(str(client))
    assert (found.hostname, found.port, found.minimum_nodes, found.daemon_id) == ("10.0.0.1", 2223, 1, 1)
    assert found.owner_cert_path == "/opt/cloudhsm/etc/customerCA.crt"
    assert repr(found) == "<client of 10.0.0.1:2223>"


def test_jq_edits_survive(files: tuple[Path, Path]) -> None:
    client, mgmt = files
    program = (
        '.servers[1] = .servers[0] | .servers[].port = "2226" | .servers[1].hostname = "10.0.0.2"'
        ' | .servers[1].name = "b" | .servers[0].e2e_encryption.enable = "no" | .mine = {"kept": [1, null]}'
    )
    edited = subprocess.run(["jq", "--tab", program, mgmt], capture_output=True, check=True).stdout
    mgmt.write_bytes(edited)
    assert names(mgmt) == [("server1", "", 2226), ("b", "10.0.0.2", 2226)]
    cfg.set_address(str(client), str(mgmt), "10.0.0.1")
    assert names(mgmt) == [("10.0.0.1", "10.0.0.1", 2226), ("b", "10.0.0.2", 2226)]
    assert [server.e2e for server in cfg.read_servers(str(mgmt))] == [False, True]
    assert json.loads(mgmt.read_text())["mine"] == {"kept": [1, None]}


def test_disabled_servers_are_skipped(files: tuple[Path, Path]) -> None:
    _, mgmt = files
    content = json.loads(mgmt.read_text())
    content["servers"].append({"hostname": "10.0.0.9"})
    content["servers"][0]["enable"] = "no"
    mgmt.write_text(json.dumps(content))
    assert names(mgmt) == [("10.0.0.9", "10.0.0.9", 2225)]


def test_the_sister_products_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mgmt.cfg"
    path.write_text(
        '{"servers": [{"name": "s", "hostname": "10.0.0.1", "port": 2225, "enable": "yes",\n'
        '  "owner_cert_path": "/x/ca.crt"}],\n "scard": {"enable": "no", "port": 2225,}}\n'
    )
    (server,) = cfg.read_servers(str(path))
    assert (server.owner_cert_path, server.e2e) == ("/x/ca.crt", False)


def test_servers_are_made_from_the_first(files: tuple[Path, Path]) -> None:
    _, mgmt = files
    content = json.loads(mgmt.read_text())
    content["servers"][0]["ssl_ciphers"] = "mine"
    mgmt.write_text(json.dumps(content))
    cfg.set_servers(str(mgmt), [("10.0.0.1", 2225, "a"), ("10.0.0.2", 2226, "b")])
    assert names(mgmt) == [("a", "10.0.0.1", 2225), ("b", "10.0.0.2", 2226)]
    assert {server["ssl_ciphers"] for server in json.loads(mgmt.read_text())["servers"]} == {"mine"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "no JSON object"),
        ("{}", "servers is missing: expected a list"),
        ('{"servers": {}}', "servers is no list"),
        ('{"servers": [1]}', "servers[0] is no JSON object"),
        ('{"servers": [{}]}', "servers[0].hostname is missing: expected a text"),
        ('{"servers": [{"hostname": 1}]}', "servers[0].hostname is no text"),
        ('{"servers": [{"hostname": "h", "port": "x"}]}', "servers[0].port is no whole number"),
        ('{"servers": [{"hostname": "h", "port": true}]}', "servers[0].port is no whole number"),
        ('{"servers": [{"hostname": "h", "port": -1}]}', "servers[0].port is no whole number"),
        ('{"servers": [{"hostname": "h", "e2e_encryption": 1}]}', "servers[0].e2e_encryption is no object"),
    ],
)
def test_a_wrong_management_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mgmt.cfg"
    path.write_text(content)
    with pytest.raises(InstallationError) as caught:
        cfg.read_servers(str(path))
    assert str(caught.value) == f"malformed configuration file {path}: {message}"


@pytest.mark.parametrize("content", ["[]", "{}", '{"server": 1}', '{"server": {}}', '{"server": {"hostname": ""'])
def test_a_wrong_client_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "client.cfg"
    path.write_text(content)
    with pytest.raises(InstallationError, match=f"^malformed configuration file {path}: "):
        cfg.read_client(str(path))


@pytest.mark.parametrize("damage", ["{", "[]", "{}", '{"servers": []}'])
def test_a_malformed_file_leaves_both_untouched(files: tuple[Path, Path], damage: str) -> None:
    client, mgmt = files
    mgmt.write_text(damage)
    before = client.read_bytes()
    with pytest.raises(InstallationError):
        cfg.set_address(str(client), str(mgmt), "10.0.0.1")
    with pytest.raises(InstallationError):
        cfg.set_cluster(str(client), str(mgmt), "10.0.0.1", [("10.0.0.1", 2225, "a")])
    assert (client.read_bytes(), mgmt.read_text()) == (before, damage)
    assert sorted(os.listdir(client.parent)) == sorted([client.name, mgmt.name])


def test_a_failing_second_write_restores_the_first(files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    client, mgmt = files
    before = client.read_bytes(), mgmt.read_bytes()
    replace = os.replace

    def fail_for_mgmt(source: str, target: str) -> None:
        if target == str(mgmt):
            raise OSError(16, "Device or resource busy", target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_for_mgmt)
    with pytest.raises(InstallationError, match=f"^cannot write {mgmt}: Device or resource busy$"):
        cfg.set_address(str(client), str(mgmt), "10.0.0.1")
    assert (client.read_bytes(), mgmt.read_bytes()) == before
    assert sorted(os.listdir(client.parent)) == sorted([client.name, mgmt.name])


def test_a_failing_first_pair_leaves_nothing_new(
    files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mgmt = files
    replace = os.replace

    def fail_for_client_cfg(source: str, target: str) -> None:
        if target == str(client):
            raise OSError(28, "No space left on device", target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail_for_client_cfg)
    with pytest.raises(InstallationError, match="No space left"):
        cfg.set_ssl(str(client), str(mgmt), (str(tmp_path / "c.crt"), b"c"), (str(tmp_path / "c.key"), b"k"))
    assert sorted(os.listdir(client.parent)) == sorted([client.name, mgmt.name])


def test_a_protected_file_is_not_written_past_its_protection(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mgmt = files
    before = client.read_bytes()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != str(mgmt) and access(path, mode))
    with pytest.raises(InstallationError, match=f"^cannot write {mgmt}: Permission denied$"):
        cfg.set_address(str(client), str(mgmt), "10.0.0.1")
    assert client.read_bytes() == before


def test_mode_and_link_are_kept(files: tuple[Path, Path], tmp_path: Path) -> None:
    client, mgmt = files
    client.chmod(0o640)
    link = tmp_path / "link.cfg"
    link.symlink_to(client)
    cfg.set_address(str(link), str(mgmt), "10.0.0.1")
    assert link.is_symlink()
    assert stat.S_IMODE(client.stat().st_mode) == 0o640
    assert cfg.read_client(str(client)).hostname == "10.0.0.1"


def test_cluster_info_round_trip(tmp_path: Path) -> None:
    path = str(tmp_path / "daemon" / "2" / "cluster.info")
    assert cluster_info.read(path) == []
    members = [("10.0.0.1", 2225, "10.0.0.1"), ("10.0.0.2", 2225, "10.0.0.2")]
    cluster_info.write(path, members)
    assert cluster_info.read(path) == members


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"port": 1}]', '[{"hostname": "h", "port": null}]'])
def test_malformed_cluster_info(tmp_path: Path, content: str) -> None:
    path = tmp_path / "cluster.info"
    path.write_text(content)
    with pytest.raises(InstallationError, match=f"^malformed configuration file {path}: (line|content)"):
        cluster_info.read(str(path))


def test_cluster_info_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "daemon").write_text("")
    with pytest.raises(InstallationError, match=r"^cannot make "):
        cluster_info.write(str(tmp_path / "daemon" / "1" / "cluster.info"), [])
