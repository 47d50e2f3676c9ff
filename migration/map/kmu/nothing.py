"""What has no equivalent, and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map.rule import Note, Row, none

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

_EXPORT = (
    "no key leaves in clear: import your RSA public key with key import pem, key wrap rsa-aes --path F, and unwrap it "
    "offline; or JCE with configure-jce --enable-clear-key-extraction-in-software"
)
_MASKED = "no masked objects: between cloned clusters key replicate (5.12.0)"
_FILE_WRAP = "it encrypted a file, not a key: use OpenSSL"
# Of each command: what to do instead, and the number of the difference.
INSTEAD = {
    "genDSAKeyPair": ("DSA is not supported: use EC or RSA", 45),
    "dsaGenKeyPair": ("DSA is not supported: use EC or RSA", 45),
    "genPBEKey": ("no key is derived from a password: it was deprecated in SDK 3 already", 45),
    "getPartitionInfo": ("CloudWatch has HsmKeysTokenOccupied, HsmSessionCount and others", 12),
    "Error2String": ("errors are texts", 13),
    "listAttributes": ("the page on key attributes lists names; numbers are not used", 45),
    "listECCCurveIds": ("key generate-asymmetric-pair ec --help lists the curves", 45),
    "getCert": ("aws cloudhsmv2 describe-clusters --query 'Clusters[].Certificates' has the certificates", 12),
    "IsValidKeyHandlefile": (
        "read the handle in the PEM file with OpenSSL, and look for it with key list --filter key-reference=0x..",
        29,
    ),
    "createPublicKey": ("make a PEM file of modulus and exponent with OpenSSL, then key import pem (5.11.0)", 40),
    "exSymKey": (_EXPORT, 40),
    "exportPrivateKey": (_EXPORT, 40),
    "aesWrapUnwrap": (_FILE_WRAP, 40),
    "aesUnwrapPkcs8Buffer": (_FILE_WRAP, 40),
    "extractMaskedObject": (_MASKED, 23),
    "insertMaskedObject": (_MASKED, 23),
    "unWrapKeyWithSize": ("use unWrapKey with -noheader, which has an equivalent", 41),
}
ROWS = tuple(Row(name, "", "", text) for name, (text, _) in INSTEAD.items())


def rule(command: Parsed, scene: Scene) -> Result:  # noqa: ARG001 - the signature of all rules
    """Say what to do instead."""
    text, item = INSTEAD[command.name]
    return none(text, Note("", item))
