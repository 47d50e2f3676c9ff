"""Which sessions still have a process: a byte of a lock file each, held until the process ends however it ends."""

from __future__ import annotations

import fcntl
import os
import sys

# The sizes of struct flock on 64-bit Linux: type, whence, padding, start, length, pid with padding.
_SIZES = (2, 2, 4, 8, 8, 8)


class Liveness:
    """Locks on the bytes of one file. Open-file-description locks also tell apart sessions of one process.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._held: dict[int, int] = {}
        self._probe = self._open()

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def claim(self, session: int) -> None:
        """Hold a session's byte for as long as this process lives or until ``release``."""
        descriptor = self._open()
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _lock(fcntl.F_WRLCK, session))
        self._held[session] = descriptor

    def release(self, session: int) -> None:
        """Let go of a session's byte."""
        os.close(self._held.pop(session))

    def alive(self, session: int) -> bool:
        """Return whether some process holds the session's byte."""
        answer = fcntl.fcntl(self._probe, fcntl.F_OFD_GETLK, _lock(fcntl.F_WRLCK, session))
        return int.from_bytes(answer[: _SIZES[0]], sys.byteorder) != fcntl.F_UNLCK

    def close(self) -> None:
        """Let go of everything."""
        for session in list(self._held):
            self.release(session)
        os.close(self._probe)


def _lock(kind: int, session: int) -> bytes:
    values = (kind, os.SEEK_SET, 0, session, 1, 0)
    return b"".join(value.to_bytes(size, sys.byteorder) for value, size in zip(values, _SIZES, strict=True))
