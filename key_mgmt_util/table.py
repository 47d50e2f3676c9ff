"""Which file holds which command. Names only, so that one command is found without importing the others."""

from __future__ import annotations

from shared.lean import Protocol

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

COMMANDS = {
    "Error2String": "error2string",
    "IsValidKeyHandlefile": "is_valid_key_handlefile",
    "aesUnwrapPkcs8Buffer": "aes_unwrap_pkcs8_buffer",
    "aesWrapUnwrap": "aes_wrap_unwrap",
    "approveToken": "approve_token",
    "createPublicKey": "create_public_key",
    "delToken": "del_token",
    "deleteKey": "delete_key",
    "dsaGenKeyPair": "gen_dsa_key_pair",
    "exSymKey": "ex_sym_key",
    "exportPrivateKey": "export_private_key",
    "exportPubKey": "export_pub_key",
    "extractMaskedObject": "extract_masked_object",
    "findKey": "find_key",
    "findSingleKey": "find_single_key",
    "genDSAKeyPair": "gen_dsa_key_pair",
    "genECCKeyPair": "gen_ecc_key_pair",
    "genPBEKey": "gen_pbe_key",
    "genRSAKeyPair": "gen_rsa_key_pair",
    "genSymKey": "gen_sym_key",
    "getAttribute": "get_attribute",
    "getCaviumPrivKey": "get_cavium_priv_key",
    "getCert": "get_cert",
    "getHSMInfo": "get_hsm_info",
    "getKeyInfo": "get_key_info",
    "getPartitionInfo": "get_partition_info",
    "getPrivKeyfile": "get_cavium_priv_key",
    "getToken": "get_token",
    "help": "help",
    "imSymKey": "im_sym_key",
    "importPrivateKey": "import_private_key",
    "importPubKey": "import_pub_key",
    "insertMaskedObject": "insert_masked_object",
    "listAttributes": "list_attributes",
    "listECCCurveIds": "list_ecc_curve_ids",
    "listTokens": "list_tokens",
    "listUsers": "list_users",
    "loginHSM": "login_hsm",
    "loginStatus": "login_status",
    "logoutHSM": "logout_hsm",
    "rsaGenKeyPair": "gen_rsa_key_pair",
    "setAttribute": "set_attribute",
    "sign": "sign",
    "unWrapKey": "un_wrap_key",
    "unWrapKeyWithSize": "un_wrap_key_with_size",
    "verify": "verify",
    "wrapKey": "wrap_key",
}
UNLISTED = {"aesUnwrapPkcs8Buffer", "dsaGenKeyPair", "getPrivKeyfile", "rsaGenKeyPair", "unWrapKeyWithSize"}


class Command(Protocol):
    """What a command's file offers."""

    def run(self, shell: Shell, words: list[str]) -> int:
        """Carry the command out over the words behind its name and return its code, 0 when help was shown."""


def find(name: str) -> Command:
    """Return the command of a name; any unknown name is ``help`` (Cavium Cfm2Util source)."""
    # What import_module does, without the module that it is in.
    command: Command = __import__(f"key_mgmt_util.commands.{COMMANDS.get(name, 'help')}", fromlist=["run"])
    return command
