"""The plain terminal of both shells: lines in, whole blocks out, and nothing else on the wire.

No escape codes, no redraw: scripts send ahead of the prompt, end lines with CR or LF, and match on raw bytes.
"""

from __future__ import annotations

import errno
import os

_CHUNK = 65536


class Console:
    """Lines from one descriptor, blocks to another.

    ``write`` collects; what has been collected leaves in one write when input is wanted or the block is ended, since
    scripts decide on what one read gives them. Bytes become text as the words of the command line do, so that a
    password is the same wherever it is typed; bytes that are no text survive a round trip.
    """

    def __init__(self, source: int = 0, sink: int = 1) -> None:
        self.source = source
        self._sink = sink
        self._pending: list[str] = []
        self._ahead = b""
        self._after_cr = False
        self._ended = False
        self.interactive = os.isatty(source)

    def write(self, text: str) -> None:
        """Add to the block that is being made."""
        self._pending.append(text)

    def flush(self) -> None:
        """Send the block that is being made; SystemExit if nobody is left to read it, as a signal would end a tool."""
        data = memoryview(os.fsencode("".join(self._pending)))
        self._pending.clear()
        while data:
            try:
                data = data[os.write(self._sink, data) :]
            except BlockingIOError:
                _ready([], [self._sink])
            except OSError as error:
                if error.errno not in (errno.EPIPE, errno.EIO):
                    raise
                raise SystemExit(1) from error

    def read_line(self, prompt: str = "") -> str | None:
        """Send the block with a prompt behind it and return the next line, without its end; None at the end of input.

        CR, LF and CR LF end a line; a last line without an end counts.
        """
        self.write(prompt)
        self.flush()
        while True:
            line = self._take_line()
            if line is not None:
                return os.fsdecode(line)
            chunk = b"" if self._ended else self._read()
            if chunk:
                self._ahead += chunk
            elif self._ahead:
                rest, self._ahead = self._ahead, b""
                return os.fsdecode(rest)
            else:
                return None

    def _read(self) -> bytes:
        try:
            if self.interactive:
                self._wait()
            return os.read(self.source, _CHUNK)
        except BlockingIOError:
            _ready([self.source], [])
            return self._read()
        except OSError:
            # The other side of a pty is gone, which is the end of input.
            self._ended = True
            return b""

    def _wait(self) -> None:
        """Wait for input. An interrupt that comes just before the wait ends it too; a bare read would sleep over it."""
        import select
        import signal

        wake, signalled = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        former = signal.set_wakeup_fd(signalled, warn_on_full_buffer=False)
        try:
            select.select([self.source, wake], [], [])
        finally:
            signal.set_wakeup_fd(former)
            os.close(wake)
            os.close(signalled)

    def _take_line(self) -> bytes | None:
        if self._after_cr and self._ahead:
            self._after_cr = False
            self._ahead = self._ahead.removeprefix(b"\n")
        ends = [position for position in (self._ahead.find(b"\n"), self._ahead.find(b"\r")) if position >= 0]
        if not ends:
            return None
        end = min(ends)
        line, mark, self._ahead = self._ahead[:end], self._ahead[end : end + 1], self._ahead[end + 1 :]
        # An LF that belongs to this CR may not have come yet, and whoever waits for an answer sends none.
        self._after_cr = mark == b"\r"
        return line

    def drop_input(self) -> None:
        """Forget what was typed ahead, as an interrupt does."""
        self._ahead = b""
        self._after_cr = False

    def read_hidden(self, prompt: str) -> str | None:
        """Ask for a password: the echo is off before the prompt is out, and what was typed ahead stays.

        From a pipe it is simply the next line. A newline follows the input, which the terminal did not echo.
        """
        if not self.interactive:
            line = self.read_line(prompt)
        else:
            import termios

            before = termios.tcgetattr(self.source)
            hidden = termios.tcgetattr(self.source)
            hidden[3] &= ~termios.ECHO
            # TCSADRAIN: flushing the input, as getpass does, would drop what a script has typed ahead.
            termios.tcsetattr(self.source, termios.TCSADRAIN, hidden)
            try:
                line = self.read_line(prompt)
            finally:
                termios.tcsetattr(self.source, termios.TCSADRAIN, before)
        self.write("\n")
        return line


def _ready(sources: list[int], sinks: list[int]) -> None:
    """Wait until a descriptor that somebody has made non-blocking takes or gives again."""
    import select

    select.select(sources, sinks, [])
