"""What is at /opt/cloudhsm on this machine, and how it is kept out of the reach of both sides.

A script finds the client in more ways than its text shows, so where one is installed the copy is mounted over it, in a
namespace that only that side sees.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from cloudhsm_sim.errors import RefusedError

HOME = "/opt/cloudhsm"
OPTION = "--beside-client"
# Of a namespace of its own, for root and for everybody else.
_WAYS = (("--mount",), ("--map-root-user", "--mount"))
_MOUNT = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
_SECONDS = 20


def hiding(*, beside_client: bool) -> tuple[str, ...]:
    """Return the words of ``unshare`` that hide /opt/cloudhsm, none if nothing is to be hidden.

    Raises:
        RefusedError: something is there that cannot be hidden, and ``beside_client`` does not say to go on beside it.
    """
    if not _is_used(HOME):
        return ()
    reason = _within() or "no mount over it is possible here"
    way = None if _within() else next(filter(_works, _WAYS), None)
    if way is not None:
        return way
    if beside_client:
        return ()
    raise RefusedError(
        f"{HOME} is in use on this machine and cannot be hidden from the script ({reason}), which may reach the tools "
        f"there: rehearse on another machine, or with {OPTION} if it is only used where {HOME} is written out"
    )


def behind(argv: list[str], way: tuple[str, ...], prefix: str) -> list[str]:
    """Return what runs a program so that /opt/cloudhsm is the folder ``prefix`` for it."""
    if not way:
        return argv
    return [_found("unshare"), *way, "--", "/bin/sh", "-c", _MOUNT, "sh", prefix, HOME, *argv]


def _is_used(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except FileNotFoundError:
        return False
    except OSError:
        # Whatever it is that cannot be looked into, a script may reach it.
        return True


def _within() -> str:
    """Return why nothing can be mounted over /opt/cloudhsm: this program itself is there."""
    home = os.path.realpath(HOME)
    for path in (sys.executable, sys.prefix, __file__):
        if os.path.commonpath([home, os.path.realpath(path)]) == home:
            return "this program is installed there itself"
    return ""


def _works(way: tuple[str, ...]) -> bool:
    """Try: kernels, containers and security modules refuse it in ways of their own."""
    try:
        ended = subprocess.run(  # noqa: S603 - the words are ours
            behind(["true"], way, os.path.dirname(os.path.abspath(__file__))),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def _found(program: str) -> str:
    return shutil.which(program) or program
