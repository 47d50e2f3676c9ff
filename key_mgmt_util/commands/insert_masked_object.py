"""insertMaskedObject: take in a key that extractMaskedObject wrote."""

from __future__ import annotations

from key_mgmt_util import creation, readers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SYNTAX = Syntax(
    options=(Option("-f", readers.file_now), *creation.SERVERS),
    required=(("-f", "\n\tError: File name (-f) is missing.\n"),),
    help=Help(
        "Takes a masked object into the HSMs of the cluster, under a new handle.",
        f"\nSyntax: insertMaskedObject -h -f <filename> \n\t\t\t   {MIN_SRV_USAGE}\n",
        (
            "-f  file with the masked object",
            "-min_srv  number of HSMs on which the object must be before the command ends",
            "-timeout  seconds to wait for that number",
        ),
    ),
    needs_min_srv=False,
)


def run(shell: Shell, words: list[str]) -> int:
    """Insert the object; owner, shares, quorum and attributes come along."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.insert_new_key(values["-f"])
    handle = outcome.value[0].handle if outcome.value else 0
    line = f"\tNew Key Handle: {handle} \n"
    return creation.report(shell, "Cfm3InsertMaskedObject", outcome, values, line)
