"""A process on a pseudo-terminal that costs little to start, however large the process is that starts it."""

import contextlib
import os
import signal
import termios
from collections.abc import Mapping
from typing import Any

import pexpect
from ptyprocess import PtyProcess  # type: ignore[import-untyped] # it comes with pexpect, and has no types

# Python ignores the first, and a shell the others in its background jobs; a tool would inherit that.
_LISTENED = (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


class Child(pexpect.spawn):  # type: ignore[type-arg] # the class is generic for type checkers only
    """pexpect's `spawn`, by `posix_spawn`: a fork copies the page tables, and a test run has many.

    What is typed `ahead` is there before the process is.
    """

    def __init__(self, command: str, args: list[str], *, ahead: bytes = b"", **options: Any) -> None:
        self._ahead = ahead
        super().__init__(command, args, **options)

    def _spawnpty(
        self, args: list[str], *, env: Mapping[str, str], cwd: str, dimensions: tuple[int, int], **_: object
    ) -> Any:
        """Start the words of `args`; the terminal is the process's controlling one, as it is the first it opens.

        Raises OSError if it cannot be started.
        """
        terminal, side = os.openpty()
        try:
            termios.tcsetwinsize(side, dimensions)
            os.write(terminal, self._ahead)
            pid = self.start(args, env, cwd, os.ttyname(side))
        except OSError:
            os.close(terminal)
            raise
        finally:
            os.close(side)
        return PtyProcess(pid, terminal)

    @staticmethod
    def start(args: list[str], env: Mapping[str, str], cwd: str, terminal: str) -> int:
        """Start a process of its own session on the terminal of that name; return its number.

        Raises OSError if it cannot be started.
        """
        with contextlib.chdir(cwd):
            return os.posix_spawn(
                args[0],
                args,
                env,
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
                    (os.POSIX_SPAWN_DUP2, 0, 1),
                    (os.POSIX_SPAWN_DUP2, 0, 2),
                ],
                setsid=True,
                setsigdef=_LISTENED,
            )
