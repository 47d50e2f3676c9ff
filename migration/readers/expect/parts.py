"""What the reader of expect scripts carries along."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration.readers.expect.conditions import both

if TYPE_CHECKING:
    from migration.dialogue import Dialogue
    from migration.dialogue import State as DialogueState
    from migration.readers.expect import values
    from migration.readers.expect.tcl import Token
    from migration.script import Test

RETURN, BREAK, CONTINUE, EXIT, ERROR = "return", "break", "continue", "exit", "error"
# What ends the program, and what only leaves a block of it.
FATAL = frozenset({EXIT, ERROR})
LEAVES = frozenset({RETURN, BREAK, CONTINUE})


class Proc(NamedTuple):
    """A procedure: its parameters with their defaults, and its body."""

    parameters: tuple[tuple[str, str | None], ...]
    body: Token


class Flow(NamedTuple):
    """How a block ends: by what for certain, with which status, and by what perhaps.

    ``reason`` says when what follows is done, if something may leave the block before; ``told`` that it ends so as all
    went well, and perhaps in another way where not. ``when`` is the reason as bash asks it, None if it cannot.
    """

    ends: str = ""
    status: str = ""
    may: frozenset[str] = frozenset()
    reason: str = ""
    told: bool = False
    when: Test | None = None

    def unless(self, may: frozenset[str], *, caught: bool) -> Flow:
        """Return how a block ends that something may leave before: where this ends the script, it is left otherwise.

        What is ``caught`` does not end the script.
        """
        leaves = may & LEAVES
        if self.ends not in FATAL or not leaves or (caught and self.ends == ERROR):
            return self
        return Flow(CONTINUE if CONTINUE in leaves else min(leaves))


class State(NamedTuple):
    """All that a piece of script may change: the variables, the tool at hand and all that run, each as it is."""

    variables: values.State
    dialogue: Dialogue | None
    spawned: dict[str, Dialogue | None]
    dialogues: list[tuple[Dialogue, DialogueState]]


class Way(NamedTuple):
    """One of several ways that a script may take: what holds on it, how it ends, the state behind it.

    ``test`` is how bash asks for the condition, as far as it can, ``span`` with which arguments it holds.
    """

    condition: str
    flow: Flow
    state: State
    test: Test | None = None
    span: frozenset[int] = frozenset()


class LeftError(Exception):
    """What stands in brackets ends more than itself."""

    def __init__(self, flow: Flow) -> None:
        """Begin with how it ends."""
        super().__init__(flow.ends)
        self.flow = flow


class Frame(NamedTuple):
    """Where a piece of script is read: the condition, the line that calls it, the procedures that are followed.

    ``silent`` says that it is done only where something failed, ``plain`` that it is done once, whatever happens;
    ``when`` is the condition as bash asks it, ``caught`` that what fails there does not end the script, ``settled``
    that nothing of it is to be told: it is never done, or is said as a whole.
    """

    condition: str = ""
    line: int = 0
    active: tuple[str, ...] = ()
    silent: bool = False
    loop: tuple[str, str] | None = None
    plain: bool = True
    when: Test | None = None
    caught: bool = False
    settled: bool = False

    @property
    def asked(self) -> str:
        """The condition for people, without what stands before it."""
        return self.condition.removeprefix("only if ") or "nothing leaves this before"

    def under(self, condition: str, when: Test | None = None) -> Frame:
        """Return the frame of what is done under a condition, too; both are asked by bash, or none is."""
        if not self.condition:
            return self._replace(condition=condition, plain=False, when=when)
        plain = condition.removeprefix("only if ")
        more = plain != condition and "only if " in self.condition
        told = f"{self.condition} and {plain}" if more else f"{self.condition}, {condition}"
        if not condition or f"{self.condition} ".endswith((f"only if {plain} ", f" and {plain} ")):
            told = self.condition
        return self._replace(condition=told, plain=False, when=self.when and when and both(self.when, when))


class Guard(NamedTuple):
    """A place where the script ends, perhaps: everything behind the first ``before`` steps depends on it.

    ``test`` is what bash can ask in its place, ``loop`` the loop of bash in which it stands. ``place`` is that of the
    argument with which the script goes on in any case; -1 if there is none. ``failed`` are the steps whose failure is
    passed over and that it asks for.
    """

    line: int
    text: str
    before: int
    status: str
    test: Test | None = None
    loop: tuple[str, str] | None = None
    place: int = -1
    failed: frozenset[int] = frozenset()


class Aside(NamedTuple):
    """What the script does beside the tools: the words in it tell what it is about.

    ``channel`` is the variable of a file that is opened to write it, ``known`` says that it names all that it changes.
    """

    line: int
    text: str
    words: frozenset[str]
    before: int
    channel: str = ""
    known: bool = False


def negated(condition: str) -> str:
    """Return the condition that holds where another does not."""
    plain = condition.removeprefix("only if ")
    for one, other in (("it reads ", "it does not read "), ("it does not read ", "it reads ")):
        if plain.startswith(one):
            return f"only if {other}{plain.removeprefix(one)}"
    inner = re.fullmatch(r"not \((.*)\)", plain)
    if inner and ") and not (" not in plain:
        return f"only if {inner[1]}"
    return f"only if not ({plain})" if condition.startswith("only if ") else f"only if not {condition}"
