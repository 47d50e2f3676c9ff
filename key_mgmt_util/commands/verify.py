"""verify: check the signature of a file with a public key."""

from __future__ import annotations

from key_mgmt_util import readers, results, signatures
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell

API = "Cfm3Verify"
VERIFIED = {"3.x": "\n\tSignature verifition successful\n", "1.x": "\n\tSignature verification successful\n"}
INVALID_LENGTH = "\n\tInvalid signature length\n"
INVALID_SIGNATURE = "\n\tInvalid signature\n"
FAILED_RSA = "\n\tFailed to verify signature\n"
FAILED_EC = "\n\tFailed to do ECDSA verify \n"

SYNTAX = Syntax(
    options=(
        Option("-f", readers.file_now),
        Option("-s", readers.file_now),
        Option("-k", readers.int32),
        Option("-m", readers.int32),
    ),
    required=(
        ("-f", "\n\tError: Message file (-f) is missing.\n"),
        ("-s", "\n\tError: Signature file (-s) is missing.\n"),
        ("-k", "\n\tError: Private Key (-k) is missing.\n"),
        ("-m", "\n\tError: Mechanism (-m) is missing.\n"),
    ),
    help=Help(
        "Checks the signature of a file.",
        "\nSyntax: verify -h -f <msg file> -s <signature file> -k <key handle> -m <verify mechanism>\n",
        (
            "-f  file that was signed",
            "-s  file with the signature",
            "-k  handle of the public key",
            "-m  signature mechanism:",
            *signatures.mechanism_lines(12),
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print whether the signature is good."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    code, text = errors.RET_OK, VERIFIED[shell.profile]
    try:
        _verify(shell, values)
    except signatures.Failure as failure:
        code, text = failure.code, failure.text
    shell.console.write(text + results.result(API, code, shell.profile))
    return code.number


def _verify(shell: Shell, values: dict[str, Any]) -> None:
    """Raise Failure if the signature is not good."""
    handle, mechanism, message, signature = values["-k"], values["-m"], values["-f"], values["-s"]
    chosen = signatures.choose(shell, handle, mechanism, message, "verification")
    if chosen.field_bytes:
        signature = _ec_signature(shell, chosen, signature)
    elif len(signature) != len(chosen.key.modulus):
        raise signatures.Failure(errors.RET_INVALID_INPUT, INVALID_LENGTH)
    outcome = shell.client.verify(handle, mechanism, message, signature)
    if outcome.value is None:
        raise signatures.Failure(outcome.code, FAILED_EC if chosen.field_bytes else "")
    if not outcome.value:
        raise _mismatch(mechanism)


def _ec_signature(shell: Shell, chosen: signatures.Chosen, signature: bytes) -> bytes:
    """Return the DER form alone. The client fetches the public key first, as it verifies by that."""
    exported = shell.client.export_public(chosen.key.handle)
    if exported.value is None:
        raise signatures.Failure(exported.code, results.result("Cfm3ExportPublicKey", exported.code, shell.profile))
    der = signatures.der_signature(signature, chosen.field_bytes)
    if der is None:
        raise signatures.Failure(errors.ERR_INVALID_INPUT, INVALID_SIGNATURE)
    return der


def _mismatch(mechanism: int) -> signatures.Failure:
    from shared.crypto.signing import MECHANISMS
    from shared.mechanisms import KEY_EC

    if MECHANISMS[mechanism].key_type == KEY_EC:
        return signatures.Failure(errors.ERR_INVALID_INPUT, FAILED_EC)
    if MECHANISMS[mechanism].pss:
        return signatures.Failure(errors.ERR_BAD_PKCS_DATA)
    return signatures.Failure(errors.ERR_INVALID_INPUT, FAILED_RSA)
