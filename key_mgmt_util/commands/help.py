"""help: the listing of commands, which any unknown name prints too."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

# Order, names and headings are the guide's; the descriptions are ours.
_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("", (("exit", "Ends the program"), ("help", "Shows this listing"))),
    (
        "Configuration and Admin Commands",
        (
            ("getHSMInfo", "Shows the figures of the HSM"),
            ("getPartitionInfo", "Shows the figures of the partition"),
            ("listUsers", "Lists the users of the partition"),
            ("loginStatus", "Tells who is logged in"),
            ("loginHSM", "Logs in to the HSM"),
            ("logoutHSM", "Logs out from the HSM"),
        ),
    ),
    (
        "M of N commands",
        (
            ("getToken", "Starts an MxN service and gets its token"),
            ("delToken", "Deletes tokens"),
            ("approveToken", "Approves an MxN service"),
            ("listTokens", "Lists the tokens of the partition"),
        ),
    ),
    ("Key Generation Commands", ()),
    (
        "Asymmetric Keys:",
        (
            ("genRSAKeyPair", "Makes an RSA key pair"),
            ("genDSAKeyPair", "Makes a DSA key pair"),
            ("genECCKeyPair", "Makes an EC key pair"),
        ),
    ),
    (
        "Symmetric Keys:",
        (("genPBEKey", "Makes a PBE DES3 key"), ("genSymKey", "Makes a symmetric key")),
    ),
    (
        "Key Import/Export Commands",
        (
            ("createPublicKey", "Makes an RSA public key from its numbers"),
            ("importPubKey", "Imports an RSA/DSA/EC public key"),
            ("exportPubKey", "Exports an RSA/DSA/EC public key"),
            ("importPrivateKey", "Imports an RSA/DSA/EC private key"),
            ("exportPrivateKey", "Exports an RSA/DSA/EC private key"),
            ("imSymKey", "Imports a symmetric key"),
            ("exSymKey", "Exports a symmetric key"),
            ("wrapKey", "Wraps a key with the key of a handle"),
            ("unWrapKey", "Unwraps a key with the key of a handle"),
        ),
    ),
    (
        "Key Management Commands",
        (
            ("deleteKey", "Deletes a key"),
            ("setAttribute", "Sets an attribute of an object"),
            ("getKeyInfo", "Tells with whom a key is shared"),
            ("findKey", "Finds keys"),
            ("findSingleKey", "Finds one key by its handle"),
            ("getAttribute", "Reads an attribute of an object"),
        ),
    ),
    ("Certificate Setup Commands", (("getCert", "Gets a certificate of the partition"),)),
    (
        "Key Transfer Commands",
        (
            ("insertMaskedObject", "Inserts a masked object"),
            ("extractMaskedObject", "Extracts a masked object"),
        ),
    ),
    (
        "Management Crypto Commands",
        (
            ("sign", "Makes a signature"),
            ("verify", "Checks a signature"),
            ("aesWrapUnwrap", "Wraps or unwraps with NIST AES wrap"),
        ),
    ),
    (
        "Helper Commands",
        (
            ("Error2String", "Tells the text of an error code\nsaving a key handle in fake PEM format"),
            ("getCaviumPrivKey", "Saves the handle of an RSA private key\nin fake PEM format"),
            ("IsValidKeyHandlefile", "Tells whether a private key file has\nan HSM key handle or a real key"),
            ("listAttributes", "Lists the attributes for getAttribute"),
            ("listECCCurveIds", "Lists the ids of the ECC curves of the HSM"),
        ),
    ),
)
_CONTINUED = "\n" + " " * 26


def listing() -> str:
    """Return the listing as it is printed."""
    text = (
        f"\n\nHelp Commands Available:\n\n{'Syntax: <command> -h':<57}\n"
        "\n\n   Command               Description\n   =======               ===========\n"
    )
    for heading, entries in _GROUPS:
        text += f"\n\n\t{heading}" if heading else ""
        for name, description in entries:
            text += f"\n   {name:<23}" + description.replace("\n", _CONTINUED)
    return text + "\n\n"


def run(shell: Shell, _: list[str]) -> int:
    """Print the listing."""
    shell.console.write(listing())
    return 0
