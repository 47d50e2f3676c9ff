"""cloudhsm-cli: single commands and ``interactive``, and what the tool ends with."""

from __future__ import annotations

import os
import sys

from cloudhsm_cli.commandline import Reader, Told
from cloudhsm_cli.connection import Network
from cloudhsm_cli.output import complain
from cloudhsm_cli.shell import FAILED, Shell
from cloudhsm_cli.table import INTERACTIVE
from cloudhsm_cli.texts import DISCONNECTED
from shared.cluster.fleet import DisconnectedError
from shared.console import Console
from shared.installation import InstallationError
from shared.store.protocol import StoreError

TOOL = "cloudhsm-cli"
INTERRUPTED = 130


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run the tool over its arguments and return its exit status.

    It is 0 when the command succeeded, 1 when its answer is an error or the tool cannot work, 2 for wrong usage.
    """
    arguments = sys.argv[1:] if argv is None else argv
    console = Console()
    network = Network(launcher)
    try:
        status = _run(console, network, arguments)
        console.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except DisconnectedError:
        console.flush()
        complain(f"{DISCONNECTED}\n")
        return FAILED
    except (InstallationError, StoreError, OSError) as error:
        # The installation, the store or the output is gone: no command can go on, and none is half done.
        console.flush()
        complain(f"{TOOL}: {error}\n")
        return FAILED
    finally:
        network.close()
    return status


def _run(console: Console, network: Network, arguments: list[str]) -> int:
    if arguments[:1] != [INTERACTIVE[0]]:
        return Shell(console, network).execute(arguments)
    try:
        values = Reader(interactive=False).interactive(arguments[1:])
    except Told as told:
        (complain if told.status else console.write)(told.text)
        return told.status
    editing = values.has("--editing") or os.environ.get("CLOUDHSM_SIM_EDITING") == "1"
    shell = Shell(console, network, interactive=True, cluster_id=values.get("--cluster-id"))
    if editing and console.interactive:
        from cloudhsm_cli.editing import interact

        interact(shell)
    else:
        shell.interact()
    return 0
