"""``cloudhsm-sim audit``: what an HSM has logged, in the original's form or as JSON, a line an entry.

An entry is shown once it is sure that nobody has touched it or what was before it; the first of which that cannot be
said ends the output. Who follows a log is told of damage to what has been shown, too: it is looked at again and again.
"""

from __future__ import annotations

import json
import select
import signal
import sys
from itertools import islice
from typing import TYPE_CHECKING

from cloudhsm_sim import entries, output
from cloudhsm_sim.access import clusters
from cloudhsm_sim.arguments import name
from cloudhsm_sim.errors import RefusedError
from shared.audit import DamageError
from shared.audit import entries as logged
from shared.cluster.directory import hsm_named

if TYPE_CHECKING:
    import argparse

    from shared.store.protocol import Store
    from shared.store.records import AuditEntry

_POLL_MILLISECONDS = 250
# How many entries are looked at again between two polls: a long log takes several.
_LOOKED_AT = 500


class _End(Exception):  # noqa: N818 - it is a wish
    """Somebody wants the following to end."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options of ``cloudhsm-sim audit``."""
    parser.add_argument("hsm", metavar="HSM", type=name, help="id or address")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.add_argument("--follow", action="store_true", help="wait for more entries, until SIGINT or SIGTERM")


def run(args: argparse.Namespace) -> int:
    """Print an HSM's log and return 0; raises RefusedError, naming the entry, if the log is not whole."""
    with clusters() as (_, realm):
        hsm = hsm_named(realm.store, args.hsm).id
        try:
            if args.follow:
                _follow(realm.store, hsm, as_json=args.json)
            else:
                _show(realm.store, hsm, None, as_json=args.json)
        except DamageError as damage:
            raise RefusedError(f"the audit log of {hsm} is damaged: {damage}") from damage
    return 0


def _show(store: Store, hsm: str, last: AuditEntry | None, *, as_json: bool) -> AuditEntry | None:
    """Print what follows an entry, and return the last one then."""
    for entry in logged(store, hsm, last):
        if as_json:
            output.write(json.dumps(entries.fields(entry)))
        else:
            output.write(("\n" if last else "") + entries.lines(entry))
        last = entry
    return last


def _follow(store: Store, hsm: str, *, as_json: bool) -> None:
    """Print the log as it grows, until a signal or the end of whoever reads it.

    Raises:
        DamageError: the log, what has been shown of it included, is not whole any more.
        DirectoryError: the HSM is gone.
    """
    ends = (signal.SIGINT, signal.SIGTERM)
    former = [signal.signal(number, _end) for number in ends]
    try:
        reader = select.poll()
        if sys.stdout is not None:
            # For no event but that nobody reads any more.
            reader.register(sys.stdout.fileno(), 0)
        last, looking = None, logged(store, hsm)
        while True:
            hsm_named(store, hsm)
            last = _show(store, hsm, last, as_json=as_json)
            if sys.stdout is not None:
                sys.stdout.flush()
            if next(islice(looking, _LOOKED_AT - 1, None), None) is None:
                looking = logged(store, hsm)
            if reader.poll(_POLL_MILLISECONDS):
                return
    except BrokenPipeError:
        output.drop()
    except _End:
        return
    finally:
        for number, handler in zip(ends, former, strict=True):
            signal.signal(number, handler)


def _end(*_: object) -> None:
    raise _End
