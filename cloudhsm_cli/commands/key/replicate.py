"""key replicate: copy a key into a clone of its cluster."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.keys import filter_option, key_command, keys_of, selected
from cloudhsm_cli.texts import CommandError
from shared import errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

SYNTAX = Syntax(
    filter_option(what="on the source cluster"),
    Option("--source-cluster-id", "SOURCE_CLUSTER_ID", "Source cluster ID", required=True),
    Option("--destination-cluster-id", "DESTINATION_CLUSTER_ID", "Destination cluster ID", required=True),
    cluster_id=False,
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Copy the key, under its own reference, and return it as the destination has it."""
    source, destination = shell.replication(values)
    keys = keys_of(source)
    view = selected(keys, values)
    try:
        there = keys.replicate(view, keys_of(destination))
    except HsmError as refusal:
        if refusal.code is errors.POLICY_MISMATCH:
            raise CommandError(texts.NOT_CLONES) from refusal
        raise
    return {"key": whole(there), "message": "Successfully replicated key"}
