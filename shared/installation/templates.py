"""The configuration files as they are before anybody has changed them.

Source: both files of a running client 3.4 (a public lab's README); the client file of 2018 as a script of
that year shows it. Two values are not known from before ``configure`` has run: the host names are left
empty here, so that no HSM is found before an address has been given. ``server1`` as the first name is from
the guide of 2017.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

STOCK_HOSTNAME = ""
STOCK_NAME = "server1"
CLIENT_PORT = 2223
MGMT_PORT = 2225


def client_cfg(prefix: str, profile: str) -> dict[str, Any]:
    """Return the stock content of cloudhsm_client.cfg, naming files under ``prefix``."""
    client = {
        "CriticalAlertScript": "",
        "create_object_minimum_nodes": 1,
        "daemon_id": 1,
        "e2e_owner_crt_path": f"{prefix}/etc/customerCA.crt",
        "enable_3des_key_reuse": "no",
        "log_level": "INFO",
        "reconnect_attempts": -1,
        "reconnect_interval": 3,
        "socket_type": "UNIXSOCKET",
        "sslreneg": 0,
        "tcp_port": 1111,
        "workers": 1,
        "zoneid": 0,
    }
    if profile == "1.x":
        del client["create_object_minimum_nodes"], client["enable_3des_key_reuse"]
        client["reconnect_interval"] = 30
    return {
        "client": client,
        "dualfactor": {
            "certificate": "certificate.crt",
            "dualfactor_ch_ssl_ciphers": "default",
            "dualfactor_ssl": "yes",
            "enable": "no",
            "pkey": "pkey.pem",
            "port": MGMT_PORT,
        },
        "loadbalance": {
            "enable": "yes",
            "prefer_same_zone": "no",
            "relative_idleness_weight": 1,
            "sucess_rate_weight": 1,
        },
        "server": {"hostname": STOCK_HOSTNAME, "port": CLIENT_PORT},
        "ssl": {
            "CApath": f"{prefix}/etc/certs",
            "certificate": f"{prefix}/etc/client.crt",
            "pkey": f"{prefix}/etc/client.key",
            "server_ch_ssl_ciphers": "default",
            "server_ssl": "yes",
        },
    }


def mgmt_cfg(prefix: str) -> dict[str, Any]:
    """Return the stock content of cloudhsm_mgmt_util.cfg, naming files under ``prefix``."""
    return {
        "scard": {"certificate": "cert-sc", "enable": "no", "pkey": "pkey-sc", "port": MGMT_PORT},
        "servers": [
            {
                "CAfile": "",
                "CApath": f"{prefix}/etc/certs",
                "certificate": f"{prefix}/etc/client.crt",
                "e2e_encryption": {"enable": "yes", "owner_cert_path": f"{prefix}/etc/customerCA.crt"},
                "enable": "yes",
                "hostname": STOCK_HOSTNAME,
                "name": STOCK_NAME,
                "pkey": f"{prefix}/etc/client.key",
                "port": MGMT_PORT,
                "server_ssl": "yes",
                "ssl_ciphers": "",
            }
        ],
    }
