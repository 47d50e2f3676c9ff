"""What the eight commands of key unwrap share."""

from __future__ import annotations

from cloudhsm_cli.arguments import APPROVAL, Option, Syntax
from cloudhsm_cli.data import data_options, given
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.keys import approved, client, filter_option, key_command, selected
from cloudhsm_cli.new_keys import LABEL, SESSION, attributes_option, quorum_options, sharing_option, template, wish
from cloudhsm_cli.wrapping import own_options, parameters
from shared import mechanisms as m
from shared.hsm.intake import Wanted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

CLASSES = {
    "aes": (m.CLASS_SECRET, m.KEY_AES),
    "des3": (m.CLASS_SECRET, m.KEY_DES3),
    "ec-private": (m.CLASS_PRIVATE, m.KEY_EC),
    "generic-secret": (m.CLASS_SECRET, m.KEY_GENERIC),
    "rsa-private": (m.CLASS_PRIVATE, m.KEY_RSA),
}


def syntax(mechanism: str) -> Syntax:
    """Return the options of a mechanism's command."""
    return Syntax(
        filter_option(what="to unwrap with"),
        *data_options("data", "the wrapped key data"),
        attributes_option("the unwrapped key"),
        sharing_option("the unwrapped key"),
        *quorum_options(),
        Option(
            "--key-type-class",
            "KEY_TYPE_CLASS",
            "Key type and class of wrapped key",
            required=True,
            choices=tuple(CLASSES),
        ),
        LABEL,
        SESSION,
        APPROVAL,
        *own_options(mechanism, unwrapping=True),
    )


def command(mechanism: str) -> Callable[[Shell, Values], Data]:
    """Return what a mechanism's command does: make a key out of its wrapped form, and return it."""

    @key_command
    def run(shell: Shell, values: Values) -> Data:
        kind = CLASSES[values.text("--key-type-class")]
        wanted = wish(values, template(values, kind[0]))
        chosen = parameters(mechanism, values)
        wrapped = given(values, "data")
        keys = client(shell, values)
        wrapping = selected(keys, values, to_use=True)
        with approved(keys, values.get("--approval")):
            made = keys.unwrap(wrapped, wrapping, chosen, Wanted(*kind, wanted.template), wanted)
        return {"key": whole(made)}

    return run
