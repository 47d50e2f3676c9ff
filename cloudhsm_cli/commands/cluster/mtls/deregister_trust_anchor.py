"""cluster mtls deregister-trust-anchor: certificates that shall no longer vouch for clients."""

from __future__ import annotations

from cloudhsm_cli import mtls, texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.texts import CommandError
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    Option(
        "--certificate-reference",
        "CERTIFICATE_REFERENCE",
        "References of the certificates, as list-trust-anchors shows them",
        required=True,
        multiple=True,
        least=1,
    ),
    APPROVAL,
)


def run(shell: Shell, values: Values) -> Data:
    """Remove the certificates from every HSM; one that is nowhere refuses them all."""
    connection = mtls.as_admin(shell, values)
    references = [_reference(word) for word in values.all("--certificate-reference")]
    known = {anchor.reference for found in mtls.anchors(connection) for anchor in found}
    shown = [mtls.reference_text(reference) for reference in references]
    for reference, text in zip(references, shown, strict=True):
        if reference not in known:
            raise CommandError(texts.NO_ANCHOR.format(reference=text))
    with shell.approved(connection, values.get("--approval")):
        connection.fleet.some(lambda hsm: hsm.deregister_anchors(references), ignored=errors.INVALID_HANDLE)
    return {"message": f"Trust anchor with reference {', '.join(shown)} deregistered successfully"}


def _reference(word: str) -> int:
    digits, base = (word[2:], 16) if word[:2] in ("0x", "0X") else (word, 10)
    try:
        return int(digits, base)
    except ValueError as error:
        raise CommandError(texts.BAD_REFERENCE.format(reference=word)) from error
