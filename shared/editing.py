"""The face for a person at a terminal: line editing, history and completion by cmd2, which sees no line.

cmd2's parser, shortcuts, redirection, aliases, macros, built-in commands and startup scripts are all bypassed: what
is typed goes raw to the shell, as from the plain reader. Import this only when editing was asked for.
"""

from __future__ import annotations

import os

# Asking the terminal for the cursor's position would wait a second where none answers; cmd2 reads this at import.
os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")

from cmd2 import Cmd
from prompt_toolkit.completion import Completer, Completion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document


def run_editor(prompt: Callable[[], str], names: Callable[[], list[str]], on_line: Callable[[str], bool]) -> None:
    """Read lines from the terminal and hand each to ``on_line``, raw, until that returns True or input ends.

    ``prompt`` is asked for the prompt of each line. ``names`` are completed: a command's name, or a name, a blank and
    an option of that command; they are asked for at the first completion. History is kept in memory only.

    Raises:
        KeyboardInterrupt: Ctrl-C, at the prompt or in a command, as with the plain reader.
    """
    _Editor(prompt, names, on_line).cmdloop()


class _Editor(Cmd):
    """A cmd2 application in which every line is one call of ``on_line``."""

    def __init__(
        self, prompt: Callable[[], str], names: Callable[[], list[str]], on_line: Callable[[str], bool]
    ) -> None:
        super().__init__(
            allow_cli_args=False,
            allow_clipboard=False,
            allow_redirection=False,
            auto_suggest=False,
            shortcuts={},
            terminators=[],
        )
        self._ask = prompt
        self._on_line = on_line
        self._end: type[BaseException] | None = None
        self.main_session.completer = NameCompleter(names)
        # Both would parse the line while it is being typed.
        self.main_session.lexer = None
        self.main_session.multiline = False

    def _read_command_line(self, _: str) -> str:
        """Read a line; keep the end of input and an interrupt apart from anything that can be typed."""
        above, end, self.prompt = self._ask().rpartition("\n")
        # The lines above the one that is edited are no part of what is redrawn.
        self.stdout.write(above + end)
        self.stdout.flush()
        try:
            return super()._read_command_line(self.prompt)
        except (EOFError, KeyboardInterrupt) as end:
            self._end = type(end)
            return ""

    def onecmd_plus_hooks(
        self,
        line: str,
        *,
        add_to_history: bool = True,  # noqa: ARG002 - the session keeps what was typed
        raise_keyboard_interrupt: bool = False,  # noqa: ARG002 - an interrupt always ends the loop
        py_bridge_call: bool = False,  # noqa: ARG002 - there is no Python bridge
    ) -> bool:
        """Carry out one line in place of cmd2's own parsing and dispatch; return whether to stop."""
        if self._end is KeyboardInterrupt:
            raise KeyboardInterrupt
        return self._end is not None or self._on_line(line)


class NameCompleter(Completer):
    """Completes the first word from the names, and words that begin with a dash from that command's options."""

    def __init__(self, names: Callable[[], list[str]]) -> None:
        self._names = names
        self._known: list[str] | None = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """Yield what may stand in place of the word before the cursor."""
        if self._known is None:
            self._known = self._names()
        words = document.text_before_cursor.split(" ")
        first, last = next((word for word in words if word), ""), words[-1]
        if not any(words[:-1]):
            candidates = [name for name in self._known if " " not in name]
        else:
            candidates = [name.partition(" ")[2] for name in self._known if last and name.startswith(f"{first} ")]
        for candidate in candidates:
            if candidate.startswith(last):
                yield Completion(candidate, start_position=-len(last))
