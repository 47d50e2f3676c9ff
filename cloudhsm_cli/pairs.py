"""What the commands that make key pairs share."""

from __future__ import annotations

from cloudhsm_cli.arguments import Option
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.new_keys import SESSION, attributes_option, quorum_options, sharing_option, template, wish
from shared.mechanisms import CLASS_PRIVATE, CLASS_PUBLIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from shared.cluster.keyview import KeyView
    from shared.cluster.modern import Wish
    from shared.hsm.keys import Template

_PRIVATE = "private-key"


def pair_options(kind: str, *own: Option) -> tuple[Option, ...]:
    """Return the options of a command for pairs of a kind, its own ones behind the labels."""
    return (
        Option("--public-label", "PUBLIC_LABEL", "Label for the public key", required=True),
        Option("--private-label", "PRIVATE_LABEL", "Label for the private key", required=True),
        SESSION,
        *own,
        attributes_option(f"the generated {kind} public key", "--public-attributes"),
        attributes_option(f"the generated {kind} private key", "--private-attributes"),
        sharing_option(f"the {kind} private key"),
        *quorum_options(_PRIVATE),
    )


def asked(values: Values) -> tuple[Wish, Template]:
    """Return what is asked of the private key, and of the public one."""
    public = template(values, CLASS_PUBLIC, label="--public-label", attributes="--public-attributes")
    private = template(values, CLASS_PRIVATE, label="--private-label", attributes="--private-attributes")
    return wish(values, private, _PRIVATE), public


def answer(pair: Sequence[KeyView]) -> dict[str, Data]:
    """Return the data of a new pair."""
    public, private = pair
    return {"public_key": whole(public), "private_key": whole(private)}
