"""What a Python program prints: carried over where the translation has all that is in it, and told where not."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migration import script, words
from migration.readers.printed import merged, printed, tell_lost
from migration.readers.python.ends import EXIT, FAIL, RETURN, Flow
from migration.readers.python.flow import Statements
from migration.readers.python.values import (
    FAILED,
    Const,
    Done,
    Map,
    NotKnown,
    Opaque,
    Path,
    Sampled,
    Seq,
    Text,
    concrete,
    is_sampled,
    name_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migration.dialogue import Builder
    from migration.readers.python.arguments import Arguments
    from migration.readers.python.values import Function, Value
    from migration.script import Ending, Printed, Test
    from migration.words import Word

_OWN_NAME = {"sys.argv[0]": "$0", "os.path.basename(sys.argv[0])": "${0##*/}"}
_STREAMS = {"sys.stdout.write": False, "sys.stderr.write": True}


@dataclass(eq=False)
class _Said:
    """What one call prints: its line, that of the outermost call around it, its text in pieces, None if not known.

    ``when`` is how bash asks for its ``condition``, if it can, ``failing`` says that the program ends behind it.
    """

    line: int
    place: int
    pieces: Sequence[Value] | None
    before: int
    condition: str
    errors: bool
    when: Test | None = None
    loop: tuple[str, str] | None = None
    failing: bool = False


class Printing(Statements):
    """Follows what is printed."""

    arguments: Arguments

    def __init__(self, builder: Builder, folder: str, tree: ast.Module) -> None:
        """Begin with nothing that is printed."""
        super().__init__(builder, folder, tree)
        # What is printed before the translation refuses arguments, by the tests for them.
        self.refused_with: dict[str, list[Printed]] = {}
        self._prints: list[_Said] = []
        # How many prints there were before each block that is followed now.
        self._begun: list[int] = []
        # The condition of the block that was followed last.
        self._block = ""
        # What each side of a condition prints itself, all that is printed in it, and how it ends.
        self._sides: dict[int, tuple[list[_Said], list[_Said], Flow]] = {}
        # The sides of each condition, by its test.
        self._bodies: dict[int, tuple[list[ast.stmt], list[ast.stmt]]] = {}
        # The line of the outermost call that is followed now.
        self._at = 0
        # What handles errors of the program's own, at which the translation stops.
        self._at_failures: set[int] = set()
        # Lines that print something where an output is looked at.
        self._looking: set[int] = set()

    def value(self, node: ast.expr) -> Value:
        """Return what an expression gives; the name under which the program was called is that of the new script."""
        asks = isinstance(node, ast.Subscript) or (isinstance(node, ast.Call) and name_of(node) == "basename")
        code = _OWN_NAME.get(ast.unparse(node)) if asks else None
        return super().value(node) if code is None else Text(words.code(code))

    def prints(self, node: ast.Call, given: Sequence[Value], named: dict[str, Value]) -> bool:
        """Take a call that prints; False if it is another."""
        spelled = ast.unparse(node.func)
        spread = not all(key.arg for key in node.keywords)
        if spelled in _STREAMS and given:
            self._say(node, None if spread else [given[0]], errors=_STREAMS[spelled])
            return True
        file = named.get("file", Path("sys.stdout"))
        if spelled != "print" or not isinstance(file, Path) or file.dotted not in ("sys.stdout", "sys.stderr"):
            return False
        between, end = (_plain(named.get(name, Const(usual))) for name, usual in (("sep", " "), ("end", "\n")))
        pieces: list[Value] = [piece for item in given for piece in (between or Const(" "), item)][1:]
        known = not spread and between is not None and end is not None
        self._say(node, [*pieces, end or Const("")] if known else None, errors=file.dotted == "sys.stderr")
        return True

    def exits(self, node: ast.Call | ast.Raise, given: Value) -> Path:
        """Return the end of the program with a status, or with what it prints instead of one."""
        told = isinstance(given, Const) and isinstance(given.value, str)
        known = isinstance(given, Text) and not {*words.names(given.word)} & {*self.names.derived, *self.names.reasons}
        if told or known or (isinstance(given, Sampled) and isinstance(given.values[0], str)):
            self._say(node, [given, Const("\n")], errors=True)
        return super().exits(node, given)

    def _say(self, node: ast.expr | ast.stmt, pieces: Sequence[Value] | None, *, errors: bool) -> None:
        before, line = len(self.builder.steps), self._at or node.lineno
        if self._prints and self._prints[-1].before == before:
            # What is printed again, in another turn of a loop, stands behind what was printed since.
            line = max(line, self._prints[-1].place)
        made = None if pieces is None else [_fixed(item) for item in pieces]
        self._prints.append(_Said(node.lineno, line, made, before, self.condition, errors))

    def function(self, call: ast.Call, function: Function, arguments: list[Value], named: dict[str, Value]) -> Value:
        """Follow a call of a function of the program."""
        before, is_main = self._at, function.node.name == self.main[0] and not self.active
        self._at = before or (0 if is_main else call.lineno)
        found = super().function(call, function, arguments, named)
        self._at = before
        return found

    def effects(self) -> Callable[[], bool]:
        """Return what says whether anything was done to a tool since, and then takes it back."""
        undone, before = super().effects(), list(self._prints)

        def back() -> bool:
            self._looking |= {item.line for item in self._prints if item not in before}
            self._prints[:] = before
            return undone()

        return back

    def conditional(self, reason: str, body: Sequence[ast.stmt], test: Test | None = None, search: int = -1) -> Flow:
        """Follow a block under a condition."""
        self._begun.append(len(self._prints))
        flow = super().conditional(reason, body, test, search)
        said = self._prints[self._begun.pop() :]
        own = [item for item in said if item.condition == self._block]
        handles = flow.ends in (FAIL, EXIT) and reason.endswith(" is raised")
        for item in own if handles or id(body) in self._at_failures else ():
            item.failing = True
        self._sides[id(body)] = own, said, flow
        return flow

    def is_own(self, handler: ast.ExceptHandler) -> bool:
        """Return whether a handler is for an error of the program's own, which it raises where a tool fails."""
        found = super().is_own(handler)
        self._at_failures |= {id(handler.body)} if found else set()
        return found

    def ask(self, begun: int, condition: str, test: Test | None) -> None:
        """Let bash ask for the condition of what is done since, if it can."""
        super().ask(begun, condition, test)
        self._block = condition
        for item in self._prints[self._begun[-1] :]:
            item.when = self.asked_within(item.condition, item.when, condition, test)

    def either(self, node: ast.If, value: Value) -> Flow:
        """Follow both sides of an if; what is printed before the program ends is printed there."""
        endings, refusals = len(self.builder.endings), set(self.refusals)
        self._bodies[id(node.test)] = node.body, node.orelse
        flow = super().either(node, value)
        tests = [test for test in self.refusals if test not in refusals]
        found = self.builder.endings[endings:]
        sides = [side for body in (node.body, node.orelse) if (side := self._sides.get(id(body)))]
        ended = [side for kinds in ((FAIL, EXIT), (RETURN,)) for side in sides if side[2].ends in kinds]
        if len(tests) + len(found) == 1 and ended:
            own, said, _ = ended[0]
            for item in said if found else ():
                # It stands before the end, whatever line that is told at.
                item.place = min(item.place, found[0].line)
            self._told_at_end(own, found, tests)
        return flow

    def says(self, test: ast.expr) -> bool:
        """Return whether the program says something where a test ends it."""
        sides = [self._sides[id(body)] for body in self._bodies.get(id(test), ()) if id(body) in self._sides]
        return any(own and flow.ends for own, _, flow in sides)

    def _told_at_end(self, said: Sequence[_Said], endings: Sequence[Ending], tests: Sequence[str]) -> None:
        """Let something be printed just before the translation ends, or refuses arguments."""
        for item in said:
            item.failing = False
            if endings and item.before == endings[0].before:
                item.when = endings[0].test
        for test in tests:
            for item in said:
                text = self._text(item)
                if text is not None and not words.names(text):
                    told = printed(item.place, text, 0, None, None, errors=item.errors)
                    self.refused_with.setdefault(test, []).append(told)
            self._prints = [item for item in self._prints if item not in said]

    def in_turns(self, node: ast.For, name: str) -> Flow:
        """Follow a loop that is one of bash."""
        count, turned = len(self._prints), set(self.turned)
        flow = super().in_turns(node, name)
        for turn in self.turned - turned:
            for item in self._prints[count:]:
                item.loop = turn, name
        return flow

    def endless(self, head: str, node: ast.While) -> Flow:
        """Follow a loop that is left from within."""
        self._begun.append(len(self._prints))
        flow = super().endless(head, node)
        self._begun.pop()
        return flow

    def only_within(self, count: int, condition: str, head: str) -> None:
        """Take it that only a run tells whether what is done since is done at all."""
        super().only_within(count, condition, head)
        for item in self._prints[self._begun[-1] :]:
            item.condition, item.when = f"in {head}", None

    def settle_prints(self) -> None:
        """Keep of what is printed what the translation can print, and tell what it cannot."""
        kept: list[tuple[_Said, Word]] = []
        lost: list[tuple[int, bool]] = []
        for item in self._prints:
            text = self._text(item) if not item.condition or item.when is not None else None
            if text is not None:
                kept.append((item, text))
                self.names.take_again(item.when.names if item.when else ())
            elif not item.failing:
                lost.append((item.line, any(map(_is_given, item.pieces or ()))))
        held = self._held()
        found: list[Printed] = []
        for item, text in kept:
            names = {*words.names(text), *(item.when.names if item.when else ())}
            if names <= held | ({item.loop[0]} if item.loop else set()):
                self.builder.mark(item.line, script.CONTEXT, "prints")
                shown = words.renamed(text)
                found.append(printed(item.place, shown, item.before, item.loop, item.when, errors=item.errors))
            else:
                lost.append((item.line, False))
        done = {item.line for item, _ in kept}
        lost += [(line, True) for line in sorted(self._looking - done - {line for line, _ in lost})]
        self.builder.printed = list(merged(item for item in found if item.texts))
        tell_lost(self.builder, lost)

    def _text(self, item: _Said) -> Word | None:
        pieces = None if item.pieces is None else [self._shown(value) for value in item.pieces]
        if pieces is None or None in pieces:
            return None
        return words.join(piece for piece in pieces if piece is not None)

    def _shown(self, value: Value) -> Word | None:
        """Return how bash writes what Python prints of a value, None if it is not known."""
        if isinstance(value, Const):
            return words.text(str(value.value)) if value.word is None else value.word
        if isinstance(value, Text):
            return value.word
        if not isinstance(value, Sampled):
            return None
        first = value.values[0]
        if first is not FAILED and all(type(item) is type(first) and item == first for item in value.values):
            return words.text(str(first))
        # What may be nothing is there where a command needs it.
        if (found := self.names.taken(value, known=None in value.values)) is not None:
            return found
        pieces = [self._shown(piece) for piece in value.pieces]
        return None if None in pieces or not pieces else words.join(piece for piece in pieces if piece is not None)

    def _held(self) -> set[str]:
        """Return the variables that the translation has where something is printed."""
        steps = self.builder.steps
        used = {name for step in steps for word in (*step.words, *step.answers) for name in words.names(word)}
        found = used | {item.variable for step in steps for item in step.captures}
        parameters = self.names.parameters
        found |= {name for name, value in parameters.items() if value is not None}
        return (found | set(self.arguments.names)) - set(self._perhaps_none(used))

    def _perhaps_none(self, used: set[str]) -> Iterator[str]:
        """Yield the variables that are empty where Python prints ``None`` or ``False``."""
        usage = self.arguments.usage
        for option in usage.options if usage else ():
            if not option.takes or (not option.start and not option.required and option.variable not in used):
                yield option.variable
        if usage:
            yield from self.arguments.names[usage.least :]
        unset = (name for name in self.names.optional if self.names.parameters.get(name) is None)
        yield from (name for name in unset if name not in used)


def _plain(value: Value) -> Const | None:
    """Return what ``sep`` or ``end`` is, None if only a run tells."""
    if not isinstance(value, Const):
        return None
    return value if isinstance(value.value, str) else None


def _fixed(value: Value) -> Value:
    """Return a value that stays what it is now."""
    if not isinstance(value, Seq | Map):
        return value
    try:
        return Const(str(concrete(value)))
    except NotKnown:
        return Opaque() if is_sampled(value) else Path("")


def _is_given(value: Value) -> bool:
    return is_sampled(value) or isinstance(value, Opaque | Done)
