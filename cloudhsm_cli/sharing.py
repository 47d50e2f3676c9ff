"""What key share and key unshare share."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.keys import approved, client, filter_option, selected
from cloudhsm_cli.roles import CRYPTO_USER, ROLES
from cloudhsm_cli.texts import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.shell import Shell


def syntax(what: str) -> Syntax:
    """Return the options, ``what`` saying what is done with the key."""
    return Syntax(
        filter_option(what=what),
        Option("--username", "USERNAME", "A username with which the key is shared", required=True),
        Option("--role", "ROLE", "Role the user has in the cluster", required=True, choices=ROLES),
        APPROVAL,
    )


def share(shell: Shell, values: Values, shared: bool) -> None:
    """Let the user use the key, or end that."""
    keys = client(shell, values)
    if values.text("--role") != CRYPTO_USER:
        raise CommandError(key_texts.NOT_A_ROLE)
    view = selected(keys, values)
    with approved(keys, values.get("--approval")):
        keys.share(view, values.text("--username"), shared)
