"""What a CMU command works with: the servers of the configuration, the mode, and how a line becomes a command."""

from __future__ import annotations

from cloudhsm_mgmt_util import table, texts
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.cluster.certificates import Certificates
    from shared.console import Console
    from shared.hsm import Hsm
    from shared.installation.cfg import ServerEntry
    from shared.realm import Realm

GLOBAL_PROMPT = "aws-cloudhsm>"


class Server:
    """One entry of the configuration, and the HSM that answers at its address."""

    def __init__(self, number: int, entry: ServerEntry, hsm: Hsm) -> None:
        self.number = number
        self.entry = entry
        self.hsm = hsm
        self.encrypted = False

    def __str__(self) -> str:
        return f"{self.number}({self.entry.name})"


class Shell:
    """The state of one run. ``current`` is the server of server mode, None in global mode.

    ``certificates`` are those of the installation that the realm belongs to, if it belongs to one.
    """

    def __init__(
        self, console: Console, realm: Realm, servers: list[Server], certificates: Certificates | None = None
    ) -> None:
        self.console = console
        self.realm = realm
        self.profile = realm.profile
        self.servers = servers
        self.certificates = certificates
        self.current: Server | None = None
        self.ended = False
        self._input_ended = False

    @property
    def prompt(self) -> str:
        """Return the prompt of the mode, without a blank behind it."""
        return GLOBAL_PROMPT if self.current is None else f"server{self.current.number}>"

    @property
    def mode(self) -> str:
        """Return ``G`` in global mode, ``S`` in server mode."""
        return "G" if self.current is None else "S"

    @property
    def targets(self) -> list[Server]:
        """Return the servers that a command is for: all of them, or the one of server mode."""
        return self.servers if self.current is None else [self.current]

    def on_server(self, server: Server) -> str:
        """Return what stands behind ``success`` or ``failed`` for a server: nothing in server mode."""
        return "" if self.current else f" on server {server}"

    def server_numbered(self, word: str) -> Server | None:
        """Return the server of a number as it was typed, or None."""
        number = decimal(word)
        return self.servers[number] if number is not None and number < len(self.servers) else None

    def execute(self, line: str) -> None:
        """Carry out one line; an unknown word, an ambiguous one or a wrong number of arguments changes nothing."""
        # A TAB on a terminal asks for a completion, and there is none; a file may have TABs between words.
        words = line.replace("\t", "" if self.console.interactive else " ").split(" ")
        words = [word for word in words if word]
        if not words:
            return
        say = self.console.write
        found = table.matches(words[0], self.mode, self.profile)
        if len(found) != 1:
            text = texts.AMBIGUOUS_COMMAND if found else texts.UNKNOWN_COMMAND
            say(text.format(word=words[0]))
            return
        command = table.load(found[0])
        arguments = words[1:]
        least, most = command.ARGUMENTS
        if not least <= len(arguments) <= most:
            say(self.synopsis(found[0]))
        elif table.COMMANDS[found[0]].unencrypted or self._all_encrypted():
            command.run(self, arguments)

    def synopsis(self, name: str) -> str:
        """Return the line that shows a command's arguments, in 1.x without the words that it does not know."""
        syntax = table.load(name).SYNTAX
        if self.profile == "1.x":
            syntax = syntax.replace("|-hpswd", "").replace(" [-2fa </path/to/authdata>]", "")
        return syntax + "\n"

    def _all_encrypted(self) -> bool:
        """Say which of the servers that the command is for lack encryption; in 1.x it was up to the user."""
        if self.profile == "1.x":
            return True
        plain = [server for server in self.targets if not server.encrypted]
        for server in plain:
            self.console.write(texts.E2E_NEEDED.format(server=server))
        return not plain

    def ask(self, question: str) -> str | None:
        """Return the answer to a question; None at the end of input, after which the program ends."""
        return self._noted(self.console.read_line(question))

    def ask_hidden(self, question: str) -> str | None:
        """Return an answer that is not shown; None at the end of input, after which the program ends."""
        return self._noted(self.console.read_hidden(question))

    def _noted(self, answer: str | None) -> str | None:
        self._input_ended |= answer is None
        return answer

    def leave(self) -> None:
        """Say so and end."""
        self.console.write(texts.DISCONNECTING[self.profile])
        self.ended = True

    def obey(self, line: str | None) -> None:
        """Carry out a line, or end if there is none; an interrupt of it leads back to the prompt."""
        try:
            if line is not None:
                self.execute(line)
            if self._input_ended and not self.ended:
                self.leave()
        except KeyboardInterrupt:
            self.interrupted()

    def interrupted(self) -> None:
        """Drop what was typed and go on at a new line."""
        self.console.drop_input()
        self.console.write("\n")

    def interact(self) -> None:
        """Read and carry out lines until ``quit`` or the end of input, which is one.

        Without a terminal there is no prompt, as with the line editor that the real tool is linked to.
        """
        while not self.ended:
            try:
                line = self.ask(self.prompt if self.console.interactive else "")
            except KeyboardInterrupt:
                self.interrupted()
            else:
                self.obey(line)
