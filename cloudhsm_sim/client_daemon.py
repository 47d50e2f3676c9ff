"""``cloudhsm_client``: the client daemon, as far as scripts can see it.

It looks the cluster up, leaves what it found in cluster.info for ``configure -m``, says that it is ready
and stays in the foreground until it is told to end. The tools of the simulator reach the cluster without
it.

Source: the lines that start scripts wait for, and the form of the log in the guide's page on client-side
durability; when cluster.info is written and the error lines are choices of this project.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from shared import clock
from shared.installation import Installation, InstallationError, cfg, client_log, cluster_info
from shared.installation.files import replace_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

READY = ("Updating cluster to server version", "Ready !")
USAGE = "usage: cloudhsm_client <config file>"


def main(argv: list[str] | None = None, *, launcher: str | None = None) -> int:
    """Run the daemon until SIGTERM, SIGINT or SIGHUP; return 0, or 1 if it could not start.

    ``argv`` is the path of the client's configuration file; ``launcher`` the path of the program that the
    user called, by which the installation may be found.
    """
    arguments = sys.argv[1:] if argv is None else argv
    try:
        clock.now()
    except ValueError:
        sys.stderr.write(f"cloudhsm_client: {clock.OVERRIDE} is no number of seconds since 1970\n")
        return 1
    # From here on a signal waits until it is asked for: none can fall between the pid file and the wait.
    ends = _ending_signals()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    try:
        place = _start(arguments, launcher)
        try:
            _log(sys.stdout, "INF", READY)
            signal.sigwait(ends)
        finally:
            _forget(place)
    except (InstallationError, OSError) as error:
        _log(sys.stderr, "ERR", [str(error)])
        return 1
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
    return 0


def _ending_signals() -> set[signal.Signals]:
    """Return the signals that end the daemon: not those that nohup or a shell's ``&`` had ignored for it."""
    asked = {signal.SIGINT, signal.SIGHUP}
    return {signal.SIGTERM, *(one for one in asked if signal.getsignal(one) is not signal.SIG_IGN)}


def _start(arguments: list[str], launcher: str | None) -> Installation:
    """Find the cluster, write down who is in it and that this daemon runs, and return the installation."""
    if len(arguments) != 1:
        raise InstallationError(USAGE)
    client = cfg.read_client(arguments[0])
    place = Installation.find(launcher)
    members = cluster_info.ask(place, client.hostname)
    if not members:
        raise InstallationError(f"Connection to server {client.hostname} on port {client.port} failed")
    cluster_info.write(place.cluster_info(client.daemon_id), members)
    replace_files([(place.client_pid, f"{os.getpid()}\n".encode(), 0o600)])
    with suppress(FileNotFoundError):
        os.unlink(place.client_stopped)
    return place


def _forget(place: Installation) -> None:
    """Take the pid file away, unless a daemon started later has put its own number there."""
    with suppress(FileNotFoundError), open(place.client_pid, encoding="ascii") as file:
        if file.read().strip() == str(os.getpid()):
            os.unlink(place.client_pid)


def _log(stream: TextIO, level: str, texts: Sequence[str]) -> None:
    """Write log lines in the form of the original, all in one piece."""
    stream.write("".join(client_log.line(level, "libevmulti_init", f" {text}") for text in texts))
    stream.flush()
