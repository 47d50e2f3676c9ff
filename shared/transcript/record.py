"""New transcripts, recorded from a tool while a person or a script types."""

import shlex
import sys
from collections.abc import Iterable, Sequence

from shared.transcript.golden import COMMAND, Golden, parse
from shared.transcript.header import parse_header
from shared.transcript.patterns import to_lines
from shared.transcript.prompts import END_OF_INPUT
from shared.transcript.runner import finish
from shared.transcript.terminal import State, Terminal
from shared.transcript.workspace import Host, Workspace

SOURCE = ("# source: recorded from this project's own tools", "# status: choice")


def record(words: Sequence[str], host: Host, header: Sequence[str], answers: Iterable[str] | None) -> Golden:
    """Return the transcript of the command `words`, run in a fresh installation that `header` sets up.

    `header` is lines of a file without source and status: what is merely recorded is a choice. Of
    `answers`, one is typed at each prompt, then the input ends; None passes the caller's terminal through.
    Raises GoldenError for a malformed header, SetUpError, OSError if the tool cannot be started, and
    TimeoutError if it does not come to a prompt or to its end.
    """
    lines = [*SOURCE, *header]
    command = COMMAND + shlex.join(words)
    with Workspace(parse_header(lines), host) as place:
        section = parse("\n".join([*lines, command])).sections[0]
        terminal = Terminal(place.argv(section, {}), place.env, place.directory)
        try:
            if answers is None:
                _pass_through(terminal)
                note = None
            else:
                note = _answer(terminal, place, answers)
        finally:
            status = terminal.close()
        if note:
            raise TimeoutError(note)
        body = to_lines(place.shown(terminal.screen.text()))
    return parse("\n".join([*lines, command, *body, f"? {status}"]))


def _answer(terminal: Terminal, place: Workspace, answers: Iterable[str]) -> str | None:
    for answer in answers:
        state = terminal.wait(None, place.timeout)
        if state is State.SILENT:
            return f"no prompt within {place.timeout:g} s"
        if state is State.ENDED:
            return None
        terminal.type(place.real(answer))
    return finish(terminal, place.timeout)


def _pass_through(terminal: Terminal) -> None:
    hidden = bytearray()

    def shown(data: bytes) -> bytes:
        terminal.screen.add(data)
        return data

    def typed(data: bytes) -> bytes:
        if data == b"\x04":
            terminal.screen.insert(END_OF_INPUT + "\n")
        elif not terminal.child.getecho():
            hidden.extend(data)
            # A person's Enter is CR, a script's is often LF.
            line, enter, rest = hidden.replace(b"\n", b"\r").partition(b"\r")
            if enter:
                terminal.screen.insert(line.decode("utf-8", "surrogateescape"))
                hidden[:] = rest
        return data

    terminal.child.interact(escape_character=None, output_filter=shown, input_filter=typed)
    before = len(terminal.screen.text())
    # The last output may still wait when the process is already gone.
    terminal.wait(None, 1.0)
    sys.stdout.write(terminal.screen.text()[before:])
