"""cluster mtls register-trust-anchor: one of two certificates that vouch for clients.

A certificate that some HSMs have is put on the others, which is said to be an error all the same (session).
"""

from __future__ import annotations

from cloudhsm_cli import mtls, texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.files import read_file
from cloudhsm_cli.texts import CommandError
from shared import errors
from shared.hsm.mtls import MAX_ANCHORS, MAX_CHAIN_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.store.records import TrustAnchor

SYNTAX = Syntax(Option("--path", "PATH", "File with the certificate, and its chain, in PEM", required=True), APPROVAL)


def run(shell: Shell, values: Values) -> Data:
    """Register the certificate on every HSM under one reference."""
    connection = mtls.as_admin(shell, values)
    certificate = _certificate(values.text("--path"))
    lists = mtls.anchors(connection)
    own = [anchor.reference for found in lists for anchor in found if anchor.certificate == certificate]
    if len(own) == len(lists):
        raise CommandError(texts.ANCHOR_EXISTS)
    reference = own[0] if own else _free(lists)
    with shell.approved(connection, values.get("--approval")):
        answers = connection.fleet.each(lambda hsm: hsm.register_anchor(reference, certificate))
        for answer in answers:
            if answer.refusal is not None and answer.refusal.code is errors.INVALID_DATA:
                raise CommandError(texts.ANCHORS_FULL)
            if answer.refusal is not None and answer.refusal.code is not errors.ANCHOR_EXISTS:
                raise answer.refusal
    if own:
        raise CommandError(texts.ANCHOR_REPAIRED)
    shown = mtls.folded(mtls.anchors(connection))
    return {"trust_anchor": next(entry for entry in shown if entry["certificate"] == certificate)}


def _certificate(path: str) -> str:
    from shared.crypto.trust_anchors import WeakKeyError, read_anchor

    content = read_file(path, MAX_CHAIN_BYTES, texts.ANCHOR_TOO_LONG)
    try:
        return read_anchor(content)
    except WeakKeyError as error:
        raise CommandError(texts.ANCHOR_WEAK) from error
    except ValueError as error:
        raise CommandError(texts.ANCHOR_MALFORMED) from error


def _free(lists: list[list[TrustAnchor]]) -> int:
    """Return the lowest reference that no HSM uses."""
    taken = {anchor.reference for found in lists for anchor in found}
    free = [reference for reference in range(1, MAX_ANCHORS + 1) if reference not in taken]
    if not free:
        raise CommandError(texts.ANCHORS_FULL)
    return free[0]
