"""key replicate: copy a key into a clone of its cluster."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option, Syntax, Values
from cloudhsm_cli.key_object import whole
from cloudhsm_cli.keys import filter_option, key_command, keys_of, selected
from cloudhsm_cli.shell import PIN_VARIABLE, ROLE_VARIABLE
from cloudhsm_cli.texts import CommandError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.connection import Connection
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
    source = _connection(shell, values.text("--source-cluster-id"), ROLE_VARIABLE, PIN_VARIABLE)
    destination = _connection(
        shell, values.text("--destination-cluster-id"), f"DESTINATION_{ROLE_VARIABLE}", f"DESTINATION_{PIN_VARIABLE}"
    )
    if source.cluster == destination.cluster:
        raise CommandError(key_texts.SAME_CLUSTER)
    keys = keys_of(source)
    there = keys.replicate(selected(keys, values), keys_of(destination))
    return {"key": whole(there), "message": "Successfully replicated key"}


def _connection(shell: Shell, cluster_id: str, role_variable: str, pin_variable: str) -> Connection:
    """Return the connection to a cluster of the configuration file, with somebody logged in."""
    values = Values()
    values.given["--cluster-id"] = [cluster_id]
    return shell.authenticate(shell.connect(values), role_variable, pin_variable)
