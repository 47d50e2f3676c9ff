"""Helpers for tests of cloudhsm_mgmt_util: the shell in this process, over pipes, and the tool on a terminal."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from typing import Any

import pexpect
from model_support import ROOT, World

from cloudhsm_mgmt_util.shell import Server, Shell
from shared.console import Console
from shared.hsm import Hsm
from shared.hsm.inspection import state_digest
from shared.installation import Installation
from shared.installation.cfg import ServerEntry

PROMPT = "aws-cloudhsm>"
LEAVING = "disconnecting from servers, please wait...\n"
CONTINUE = "Do you want to continue(y/n)?"
RIA = "Retry/Ignore/Abort?(R/I/A):"
RBI = "Retry/rollBack/Ignore?(R/B/I):"

ADMIN_LINE = "loginHSM CO admin adminpw1"
NOBODY = "HSM Error: No user is logged in to do this operation"
NOT_ALLOWED = "HSM Error: The current logged in user is not authorized to do this operation"

MOST_ENDS = 4

Step = str | Callable[[], object]


class Script(Console):
    """A console whose input is a script: lines, and things that happen between two of them."""

    def __init__(self, sink: int, steps: Iterable[Step]) -> None:
        super().__init__(os.open(os.devnull, os.O_RDONLY), sink)
        self._steps = list(steps)
        self._ends = 0

    def read_line(self, prompt: str = "") -> str | None:
        """Return the next line of the script; None behind its end."""
        self.write(prompt)
        self.flush()
        while self._steps:
            step = self._steps.pop(0)
            if isinstance(step, str):
                return step
            step()
        # At a question, for each server that refuses, and at the prompt; a shell that asks on has not understood.
        self._ends += 1
        assert self._ends <= MOST_ENDS
        return None


def servers_of(world: World, session: int | None = None, *, encrypted: bool = True) -> list[Server]:
    """Return connections to all HSMs of a world over one session, as the tool makes them."""
    chosen = world.realm.open_session("test") if session is None else session
    servers = []
    for number, row in enumerate(world.rows):
        entry = ServerEntry(row.ip, row.ip, 2225, True, "")
        server = Server(number, entry, Hsm(world.realm, row.id, chosen))
        server.encrypted = encrypted
        servers.append(server)
    return servers


def play(world: World, *steps: Step, servers: list[Server] | None = None) -> str:
    """Return what the shell prints over a script that ends with the end of input, without its last line."""
    session = world.realm.open_session("test") if servers is None else None
    with tempfile.TemporaryFile() as sink:
        console = Script(sink.fileno(), steps)
        try:
            shell = Shell(console, world.realm, servers or servers_of(world, session))
            shell.interact()
            console.flush()
        finally:
            os.close(console.source)
            if session is not None:
                world.realm.close_session(session)
        sink.seek(0)
        text = sink.read().decode("utf-8", "surrogateescape")
    # The guide of 2017 shows two empty lines before the last one.
    leaving = f"\n\n{LEAVING}" if world.realm.profile == "1.x" else LEAVING
    assert text.endswith(leaving)
    return text.removesuffix(leaving)


def digests(world: World) -> list[str]:
    """Return what tells apart two states of each HSM, by node."""
    return [state_digest(world.store, row.id) for row in world.rows]


def tool_argv(place: Installation, *more: str) -> list[str]:
    """Return the command line of the tool with an installation's own configuration file."""
    start = "import sys; from cloudhsm_mgmt_util.main import main; sys.exit(main())"
    return [sys.executable, "-c", start, *more, place.mgmt_cfg]


def tool_env(place: Installation, **more: str) -> dict[str, str]:
    """Return the environment in which the tool finds an installation."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDHSM_SIM_")}
    return env | {"CLOUDHSM_SIM_HOME": place.prefix, "PYTHONPATH": str(ROOT), "TERM": "dumb", **more}


@contextmanager
def terminal(place: Installation, *more: str, wait: bool = True) -> Any:
    """Give the block the tool on a terminal, at its first prompt, and take it away afterwards."""
    argv = tool_argv(place, *more)
    child = pexpect.spawn(argv[0], argv[1:], env=tool_env(place), timeout=20, dimensions=(24, 200))
    child.delaybeforesend = None
    try:
        if wait:
            child.expect_exact(PROMPT)
        yield child
    finally:
        child.close(force=True)


def ask(child: Any, line: str, until: str = PROMPT) -> str:
    """Type a line and return what the tool prints until a prompt, its echo left out."""
    child.send(line + "\n")
    child.expect_exact(until)
    return str(child.before.decode("utf-8", "surrogateescape")).replace("\r\n", "\n").removeprefix(line + "\n")
