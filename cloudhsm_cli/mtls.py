"""What the commands of mutual TLS have in common: whose they are, and how trust anchors are shown."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.roles import ADMIN, INCONSISTENT
from cloudhsm_cli.texts import CommandError, NotLoggedInError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.connection import Connection
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.store.records import TrustAnchor


def connected(shell: Shell, values: Values) -> Connection:
    """Return the connection to a cluster that knows mutual TLS; CommandError if it does not."""
    connection = shell.connect(values)
    if connection.config.hsm_type != "hsm2m":
        raise CommandError(texts.HSM2M_ONLY)
    return connection


def as_admin(shell: Shell, values: Values) -> Connection:
    """Return the connection with an admin logged in; CommandError if it is none, HsmError if the login is refused."""
    connected(shell, values)
    try:
        connection = shell.authenticated(values)
    except NotLoggedInError as error:
        raise CommandError(texts.POLICY_ADMIN) from error
    if connection.role != ADMIN:
        raise CommandError(texts.POLICY_ADMIN)
    return connection


def anchors(connection: Connection) -> list[list[TrustAnchor]]:
    """Return the trust anchors of every HSM."""
    return connection.fleet.all(lambda hsm: hsm.trust_anchors())


def folded(lists: list[list[TrustAnchor]]) -> list[dict[str, Data]]:
    """Return an entry for every trust anchor that an HSM has, by reference."""
    holders: dict[tuple[int, str], int] = {}
    for found in lists:
        for anchor in found:
            key = (anchor.reference, anchor.certificate)
            holders[key] = holders.get(key, 0) + 1
    return [
        {
            "certificate-reference": reference_text(reference),
            "certificate": certificate,
            "cluster-coverage": "full" if holders[reference, certificate] == len(lists) else INCONSISTENT,
        }
        for reference, certificate in sorted(holders)
    ]


def reference_text(reference: int) -> str:
    """Return a reference as it is shown."""
    return f"0x{reference:02x}"
