"""Which file holds the rule of which command. Names only."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from migration.script import CMU, HOST, KMU

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migration.map.rule import Row, Rule

_CMU = {
    "approveToken": "approve_token",
    "changePswd": "change_pswd",
    "createUser": "create_user",
    "delToken": "del_token",
    "deleteUser": "delete_user",
    "enable_e2e": "enable_e2e",
    "exit": "nothing",
    "findAllKeys": "find_all_keys",
    "getAttribute": "get_attribute",
    "getCert": "nothing",
    "getHSMInfo": "get_hsm_info",
    "getKeyInfo": "get_key_info",
    "getMValue": "get_m_value",
    "getToken": "get_token",
    "help": "help",
    "info": "info",
    "listAttributes": "nothing",
    "listTokens": "list_tokens",
    "listUsers": "list_users",
    "loginHSM": "login_hsm",
    "logoutHSM": "logout_hsm",
    "quit": "quit",
    "registerMofnPubKey": "register_mofn_pub_key",
    "registerQuorumPubKey": "register_quorum_pub_key",
    "server": "nothing",
    "setAttribute": "set_attribute",
    "setMValue": "set_m_value",
    "shareKey": "share_key",
    "syncKey": "nothing",
    "syncUser": "nothing",
}
_KMU = {
    "approveToken": "approve_token",
    "delToken": "del_token",
    "deleteKey": "delete_key",
    "exit": "exit",
    "exportPubKey": "export_pub_key",
    "findKey": "find_key",
    "findSingleKey": "find_single_key",
    "genECCKeyPair": "gen_ecc_key_pair",
    "genRSAKeyPair": "gen_rsa_key_pair",
    "genSymKey": "gen_sym_key",
    "getAttribute": "get_attribute",
    "getCaviumPrivKey": "get_cavium_priv_key",
    "getPrivKeyfile": "get_cavium_priv_key",
    "getKeyInfo": "get_key_info",
    "getToken": "get_token",
    "imSymKey": "im_sym_key",
    "importPrivateKey": "import_private_key",
    "importPubKey": "import_pub_key",
    "loginHSM": "login_hsm",
    "loginStatus": "login_status",
    "quit": "exit",
    "rsaGenKeyPair": "gen_rsa_key_pair",
    "setAttribute": "set_attribute",
    "sign": "sign",
    "unWrapKey": "un_wrap_key",
    "verify": "verify",
    "wrapKey": "wrap_key",
}
# The same in both tools.
_SHARED = {
    "getHSMInfo": "get_hsm_info",
    "help": "help",
    "listTokens": "list_tokens",
    "listUsers": "list_users",
    "logoutHSM": "logout_hsm",
}
_HOST = {"configure": "configure", "cloudhsm_client": "client", "service": "client"}


def find(tool: str, name: str) -> Rule:
    """Return the rule of a command."""
    if tool == HOST:
        place = f"host.{_HOST[name]}"
    elif tool == CMU:
        place = f"cmu.{_CMU[name]}"
    elif name in _SHARED:
        place = f"cmu.{_SHARED[name]}"
    else:
        place = f"kmu.{_KMU.get(name, 'nothing')}"
    return cast("Rule", import_module(f"migration.map.{place}"))


def rows() -> Iterator[tuple[str, Row]]:
    """Yield the lines of the matrix, each with its tool, those of every file once."""
    groups = (
        (HOST, [f"host.{module}" for module in dict.fromkeys(_HOST.values())]),
        (CMU, [f"cmu.{module}" for module in dict.fromkeys(_CMU.values())]),
        (
            KMU,
            [
                *(f"cmu.{module}" for module in _SHARED.values()),
                *(f"kmu.{module}" for module in dict.fromkeys(_KMU.values())),
                "kmu.nothing",
            ],
        ),
    )
    for tool, modules in groups:
        for module in modules:
            for row in cast("Rule", import_module(f"migration.map.{module}")).ROWS:
                yield tool, row
