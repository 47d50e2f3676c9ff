"""What a command works with: the terminal, the clusters, who is logged in; and how a line becomes a command."""

from __future__ import annotations

import os

from cloudhsm_cli import output, table, texts
from cloudhsm_cli.commandline import USAGE_STATUS, Reader, Told
from cloudhsm_cli.log import Log
from cloudhsm_cli.roles import ROLES, types_of
from cloudhsm_cli.texts import CommandError, NotLoggedInError
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.connection import Connection, Network
    from shared.console import Console

PROMPT = "aws-cloudhsm > "
ROLE_VARIABLE = "CLOUDHSM_ROLE"
PIN_VARIABLE = "CLOUDHSM_PIN"
FAILED = 1
QUIT = "quit"
_QUOTING = "\"'\\"


class InputEnded(Exception):  # noqa: N818 - it is an outcome
    """A question met the end of input, so the command is not carried out."""


class Shell:
    """The state of one run. ``cluster_id`` is the one that interactive mode was started with."""

    def __init__(
        self, console: Console, network: Network, *, interactive: bool = False, cluster_id: str | None = None
    ) -> None:
        self.console = console
        self.ended = False
        self._network = network
        self._interactive = interactive
        self._cluster_id = cluster_id
        self._reader = Reader(interactive=interactive)
        self._held = ""

    def connect(self, values: Values) -> Connection:
        """Return the connection to the cluster that the command is for; nobody need be logged in.

        Raises:
            CommandError: the configuration does not lead to a cluster that answers.
        """
        given = values.get("--cluster-id")
        return self._network.connect(self._cluster_id if given is None else given)

    def authenticated(self, values: Values) -> Connection:
        """Return the connection to the cluster that the command is for, with somebody logged in.

        In single command mode the credentials are those of the environment.

        Raises:
            CommandError: as ``connect``; nobody is logged in; the credentials are malformed.
            HsmError: the login was refused.
        """
        return self.authenticate(self.connect(values), ROLE_VARIABLE, PIN_VARIABLE)

    def authenticate(self, connection: Connection, role_variable: str, pin_variable: str) -> Connection:
        """Make sure that somebody is logged in over a connection; see ``authenticated``."""
        if connection.user:
            return connection
        if self._interactive:
            raise NotLoggedInError(texts.NOT_LOGGED_IN)
        role, pin = os.environ.get(role_variable), os.environ.get(pin_variable)
        if role is None or pin is None:
            raise NotLoggedInError(texts.NO_CREDENTIALS.format(role=role_variable, pin=pin_variable))
        if role not in ROLES:
            raise CommandError(texts.BAD_ROLE.format(role=role_variable))
        name, colon, password = pin.partition(":")
        # A password with a colon cannot be used in this mode (guide).
        if not colon or ":" in password:
            raise CommandError(texts.BAD_PIN.format(pin=pin_variable))
        from shared.crypto.passwords import Password

        connection.fleet.log_in(types_of(role), name, Password(password))
        connection.user, connection.role = name.lower(), role
        return connection

    def replication(self, values: Values) -> tuple[Connection, Connection]:
        """Return the connections to the source and the destination of a replication, somebody logged in on each.

        In single command mode the credentials for the destination are other variables of the environment.

        Raises:
            CommandError, HsmError: as ``authenticated``; both are the same cluster.
        """
        source = self._network.connect(values.text("--source-cluster-id"))
        destination = self._network.connect(values.text("--destination-cluster-id"))
        if source is destination:
            raise CommandError(texts.SAME_CLUSTER)
        self.authenticate(source, ROLE_VARIABLE, PIN_VARIABLE)
        self.authenticate(destination, f"DESTINATION_{ROLE_VARIABLE}", f"DESTINATION_{PIN_VARIABLE}")
        return source, destination

    def approved(self, connection: Connection, *paths: str | None) -> AbstractContextManager[None]:
        """Return a context in which what is done is approved by the token files that were given.

        Raises:
            CommandError: a file cannot be used.
        """
        from cloudhsm_cli.token_files import read_approval

        return connection.fleet.approved([read_approval(path) for path in paths if path is not None])

    @property
    def prompt(self) -> str:
        """Return the prompt; somebody who is logged in to one of several clusters is named in it."""
        if self._cluster_id is not None and self._network.several:
            for connection in self._network.connections():
                if connection.config.id == self._cluster_id and connection.user:
                    return f"{connection.user}@{self._cluster_id} > "
        return PROMPT

    @property
    def continues(self) -> bool:
        """Return whether the next line continues the last one."""
        return bool(self._held)

    def ask(self, question: str) -> str:
        """Return the answer to a question; InputEnded at the end of input."""
        return self._answered(self.console.read_line(question))

    def ask_password(self, question: str = "Enter password:") -> str:
        """Return an answer that is not shown; InputEnded at the end of input."""
        return self._answered(self.console.read_hidden(question))

    def new_password(self, given: str | None) -> str:
        """Return a password that is to be set: what was given, or what is typed twice.

        Raises:
            CommandError: the two differ.
        """
        if given is not None:
            return given
        first = self.ask_password()
        if self.ask_password("Confirm password:") != first:
            raise CommandError(texts.MISMATCH)
        return first

    def _answered(self, answer: str | None) -> str:
        if answer is None:
            self.ended = True
            raise InputEnded
        return answer

    def execute(self, words: Sequence[str]) -> int:
        """Carry out one command, print its answer, and return the status: 0, 1 (an error), 2 (wrong usage)."""
        try:
            command, values = self._reader.command(words)
        except Told as told:
            return self._tell(told)
        logged = ""
        try:
            data, failed = command.run(self, values), ""
        except CommandError as error:
            data = failed = str(error)
            logged = error.logged
        except HsmError as refusal:
            data = failed = texts.of_refusal(refusal)
        except InputEnded:
            data = failed = texts.NO_INPUT
        self._log(command.__name__, logged or failed)
        self.console.write(output.envelope(FAILED if failed else 0, data))
        return FAILED if failed else 0

    def _log(self, module: str, failed: str) -> None:
        """Log how a command ended, if it came as far as the configuration."""
        if self._network.logging is not None:
            log = Log(self._network.logging, self.console.write, self._complain)
            log.write("error" if failed else "info", f"{table.name_of(module)}: {failed or 'success'}")

    def _complain(self, text: str) -> None:
        self.console.flush()
        output.complain(text)

    def _tell(self, told: Told) -> int:
        (self._complain if told.status else self.console.write)(told.text)
        return told.status

    def obey(self, line: str | None) -> None:
        r"""Carry out a typed line, or end if there is none; a ``\`` at its end waits for the next line."""
        try:
            if line is not None and line.endswith("\\"):
                self._held += line[:-1] + " "
                return
            text, self._held = self._held + (line or ""), ""
            try:
                words = split(text)
            except ValueError:
                self._tell(Told(f"error: {texts.UNCLOSED_QUOTE}\n", USAGE_STATUS))
            else:
                if words[:1] == [QUIT]:
                    self._quit(words[1:])
                elif words:
                    self.execute(words)
            self.ended |= line is None
        except KeyboardInterrupt:
            self.interrupted()

    def _quit(self, words: Sequence[str]) -> None:
        try:
            self._reader.quit(words)
        except Told as told:
            self._tell(told)
        else:
            self.ended = True

    def interrupted(self) -> None:
        """Drop what was typed and go on at a new line."""
        self._held = ""
        self.console.drop_input()
        self.console.write("\n")

    def interact(self) -> None:
        """Read and carry out lines until ``quit`` or the end of input.

        Without a terminal there is no prompt; a line that continues another has none either.
        """
        while not self.ended:
            try:
                line = self.console.read_line(self.prompt if self.console.interactive and not self.continues else "")
            except KeyboardInterrupt:
                self.interrupted()
            else:
                self.obey(line)


def split(line: str) -> list[str]:
    """Split a line as a shell does, quotes and all; ValueError if a quote is not closed."""
    if not any(character in line for character in _QUOTING):
        return line.split()
    import shlex

    return shlex.split(line)
