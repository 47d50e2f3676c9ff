"""What is left of an expect script at the end: whatever it does beside the dialogue that nobody has told yet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.readers.dropped import reads
from migration.readers.expect import tcl
from migration.readers.expect.ledger import ENDS, TYPES, WRITES
from migration.readers.expect.parts import Guard
from migration.readers.expect.printing import Printing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migration.dialogue import Builder
    from migration.readers.expect.ledger import Site
    from migration.readers.expect.parts import Frame
    from migration.readers.expect.tcl import Command
    from migration.words import Part, Word

_TOLD = "is left out, as it is done only where something failed"


class Net(Printing):
    """Tells what the parts of the reader have left out."""

    def __init__(self, text: str, builder: Builder, first: int = 0) -> None:
        """Begin with nothing to tell."""
        super().__init__(text, builder, first)
        self.unused, self.numbers = [], []

    def written(self, command: Command, channel: str, frame: Frame) -> None:
        """Take ``puts`` into a file: with the first the opening of the file is told."""
        name = channel.lstrip("$").strip("{}")
        opened = [item for item in self.asides if item.channel == name] if not frame.silent else []
        self.asides = [item for item in self.asides if item not in opened]
        self.aside(command, f"puts into {channel}", frame, known=bool(opened) and all(item.known for item in opened))
        if opened:
            last = self.asides[-1]
            self.asides[-1] = last._replace(words=last.words.union(*(item.words for item in opened)))

    def finish(self) -> None:
        """Say what is left to a person, now that everything is read."""
        self._uncalled_are_settled()
        self._unused()
        self._asides()
        self.settle_prints()
        quiet = self.ledger.quiet()
        for item in quiet:
            if item.site.kind == WRITES:
                self.builder.by_hand(item.line, f"{_TOLD}: {self._shown(item.site)}", stops=False)
            elif item.site.kind == TYPES:
                told = "what is typed here is left out, as it is typed only where something failed"
                self.builder.by_hand(item.line, told, stops=False)
        missed = self.ledger.missed(self.text, self.own)
        ends = [(item.line, item.status) for item in quiet if item.site.kind == ENDS]
        ends += [(self.line(site.start), self._status_of(site)) for site in missed if site.kind == ENDS]
        self._statuses(ends)
        for site in [site for site in missed if site.kind == WRITES]:
            self.builder.by_hand(self.line(site.start), f"is not followed: {self._shown(site)}", stops=False)
        super().finish()

    def _unused(self) -> None:
        """Let what ends the script be asked for where no command uses what it gives, and so asks for it."""
        held = self.variables.parameters()
        waiting = [word for step in self.builder.steps for word in (*step.words, *step.answers)]
        waiting += [words.variable(name) for guard in self.guards if guard.test for name in guard.test.names]
        used: set[Part] = set()
        while waiting:
            new = set(waiting.pop()) - used
            used |= new
            waiting += [held[part.text] or () for part in new if part.text in held]
        self.guards += [guard for held, guard in self.numbers if used & set(held)]
        for told, item in self.unused:
            if not used & set(told):
                if isinstance(item, Guard):
                    self.guards.append(item)
                else:
                    self.asides.append(item)

    def _asides(self) -> None:
        """Say what is done beside the tools, and stop where a command uses it later."""
        for aside in self.asides:
            steps = self.builder.steps[aside.before :]
            files = {text for step in steps for text in map(self._spelled, reads(step))}
            typed = {text for step in steps for word in step.words for text in (words.shown(word), self._spelled(word))}
            used = {word for word in aside.words & typed if re.search(r"[./]", word)} | (aside.words & files)
            if aside.channel == "cd":
                used = {name for name in files if not name.startswith("/")}
            if used:
                text = f"is not carried over, and {', '.join(sorted(used))} is used later: {aside.text}"
                self.builder.by_hand(aside.line, text, before=aside.before)
            else:
                self.builder.by_hand(aside.line, f"is not carried over: {aside.text}", stops=False)

    def _spelled(self, word: Word) -> str:
        return words.shown(self.variables.expanded(word))

    def _statuses(self, ends: Sequence[tuple[int, str]]) -> None:
        """Say with which statuses the script ends where something failed, if the translation does not."""
        for status in dict.fromkeys(status for _, status in ends if status != "1"):
            first, *others = sorted({line for line, other in ends if other == status})
            more = f", as in line {', '.join(map(str, others))}" if others else ""
            why = "though something has failed" if status == "0" else "which tells what has failed"
            told = f"ends with status {status}{more}, {why}, and the translation ends with 1 then"
            self.builder.by_hand(first, told, stops=False)

    def _status_of(self, site: Site) -> str:
        command = next(tcl.commands(self.text, site.start, site.end))
        return command.tokens[1].text if len(command.tokens) > 1 else "0"

    def _uncalled_are_settled(self) -> None:
        for name, proc in self.procs.items():
            if name not in self.called:
                self.ledger.settle(proc.body.start, proc.body.start + len(proc.body.text))

    def _shown(self, site: Site) -> str:
        return " ".join(self.text[site.start : site.end].split())
