"""One command over all servers it is for: reads go on past a refusal, changes ask what to do."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.asking import choice
from shared import errors
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_mgmt_util.shell import Server, Shell


def not_connected(server: Server) -> str:
    """Return the line for a server that has been lost."""
    return f"Server {server} is not connected\n"


def answers(shell: Shell, name: str, request: Callable[[Server], str], heading: str = "") -> list[str]:
    """Return what the request returns for each server, or what is printed in its place: a refusal asks nothing.

    ``heading`` stands before a refusal, with the server as ``{server}``.
    """
    found = []
    for server in shell.targets:
        try:
            text = request(server)
        except HsmError as refusal:
            if refusal.code is errors.SERVER_UNAVAILABLE:
                text = not_connected(server)
            else:
                text = f"{heading.format(server=server)}{name} failed: {refusal.code.text}\n"
        found.append(text)
    return found


def read(shell: Shell, name: str, request: Callable[[Server], str], heading: str = "") -> None:
    """Print the answers of all servers; ``heading`` is as for ``answers``."""
    shell.console.write("".join(answers(shell, name, request, heading)))


def change(
    shell: Shell,
    name: str,
    request: Callable[[Server], None],
    node_line: str,
    undo: Callable[[Server], None] | None = None,
) -> None:
    """Make a change on each server in turn.

    ``node_line`` names the server that refused, as ``{server}``; it is not printed in server mode. With ``undo`` the
    user may roll back (R/B/I), otherwise abort (R/I/A). A server that is lost is passed over, without a question.
    """
    question, letters, at_end = texts.RETRY_IGNORE_ABORT, "RIA", "A"
    if undo is not None:
        question, letters, at_end = texts.RETRY_ROLLBACK_IGNORE, "RBI", "I"
    say = shell.console.write
    done: list[Server] = []
    waiting = list(shell.targets)
    while waiting:
        server = waiting[0]
        try:
            request(server)
        except HsmError as refusal:
            if refusal.code is errors.SERVER_UNAVAILABLE:
                say(not_connected(server))
                waiting.pop(0)
                continue
            say(f"{name} failed: {refusal.code.text}\n")
            if shell.current is None:
                say(node_line.format(server=server) + "\n")
            say("\n")
            answer = choice(shell, question, letters, at_end)
            if answer == "I":
                waiting.pop(0)
            elif answer == "A":
                return
            elif answer == "B" and undo is not None:
                _undo(shell, done, undo)
                return
        else:
            say(f"{name} success{shell.on_server(server)}\n")
            done.append(server)
            waiting.pop(0)


def _undo(shell: Shell, done: list[Server], undo: Callable[[Server], None]) -> None:
    """Undo the change on the servers that made it, the last first; what cannot be undone is said."""
    for server in reversed(done):
        try:
            undo(server)
        except HsmError as refusal:
            lost = refusal.code is errors.SERVER_UNAVAILABLE
            shell.console.write(not_connected(server) if lost else f"rollBack failed: {refusal.code.text}\n")
