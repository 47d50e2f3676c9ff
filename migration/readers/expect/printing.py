"""What an expect script prints: carried over where the translation has all that is in it, and told where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.expect.settings import Settings
from migration.readers.printed import merged, printed, tell_lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.parts import Frame
    from migration.readers.expect.tcl import Command, Token

_OPTIONS = ("-nonewline", "-raw", "--")


class Printing(Settings):
    """Follows what is printed."""

    def __init__(self, text: str, builder: Builder, first: int = 0) -> None:
        """Begin with nothing that is printed."""
        super().__init__(text, builder, first)
        # What cannot be carried over, with whether a tool has given it.
        self.lost: list[tuple[int, bool]] = []
        self.environment: set[str] = set()

    def print(self, rest: Sequence[Token], command: Command, frame: Frame) -> None:
        """Take ``puts``, ``send_user`` or ``send_error``."""
        name = command.tokens[0].text.removeprefix("::")
        plain = [token for token in rest if token.braced or token.text not in _OPTIONS]
        if frame.silent or self.variables.is_within or not plain:
            return
        before, self.takings.perhaps = self.takings.perhaps, True
        typed = self.variables.typed(plain[-1], self.at(command.start, frame), told=False)
        self.takings.perhaps = before
        names = words.names(typed)
        self.environment |= {words.bash_name(name) for name in names if name.startswith("env(")}
        text = words.renamed(typed)
        if name == "puts" and len(plain) == len(rest):
            text = words.join([text, words.text("\n")])
        errors = name == "send_error" or (len(plain) > 1 and plain[0].text == "stderr")
        line = self.at(command.start, frame)
        found = printed(line, text, len(self.builder.steps), frame.loop, frame.when, errors=errors)
        known = not frame.condition or frame.when is not None
        if known and not any(name.startswith("[") or self.takings.why(name) for name in names):
            self.builder.printed.append(found)
        elif text:
            self.lost.append((found.line, self.shows(plain[-1])))

    def shows(self, token: Token) -> bool:
        """Return whether a word holds something that a tool has given."""
        if self.takings.of(token) is not None:
            return True
        names = {name.partition("[")[0] for name in words.names(self.variables.word(token))}
        return any(item.variable.removesuffix("[]") in names for step in self.builder.steps for item in step.captures)

    def settle_prints(self) -> None:
        """Keep of what is printed what the translation can print, and tell what it cannot."""
        held = self._held()
        kept = []
        for item in self.builder.printed:
            names = {name for text in item.texts for name in words.names(text)}
            if names <= held | self._of_loop(item.loop):
                kept.append(item)
                self.builder.mark(item.line, script.CONTEXT, "prints")
            else:
                self.lost.append((item.line, any(map(self._taken, names))))
        self.builder.printed = list(merged(kept))
        tell_lost(self.builder, self.lost)

    def _of_loop(self, loop: tuple[str, str] | None) -> set[str]:
        """Return the variables that a loop sets in every turn."""
        read = self.variables.rows.get(loop[1].removeprefix(script.FILE)) if loop else None
        return ({loop[0]} if loop else set()) | ({name for name, _ in read.made} if read else set())

    def _held(self) -> set[str]:
        """Return the variables that the translation has in any case."""
        steps = self.builder.steps
        found = {name for step in steps for word in (*step.words, *step.answers) for name in words.names(word)}
        found |= {item.variable for step in steps for item in step.captures}
        found |= {words.bash_name(name) for name, value in self.variables.parameters().items() if value is not None}
        found |= self.environment | set(map(words.bash_name, self.variables.arguments))
        return {name for name in found if self.takings.why(name) is None}

    def _taken(self, name: str) -> bool:
        captures = (item for step in self.builder.steps for item in step.captures)
        return any(item.variable.removesuffix("[]") == name for item in captures)
