"""What a shell script does with a tool's output: in a pipe, in a variable, in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from migration import outputs, words
from migration.bash.answers import asked
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.matches import glob_test, regex_test
from migration.readers.shell.pipes import STATEMENT, STATUS, VALUE
from migration.reading import kinds, meaning
from migration.reading.samples import HARMLESS
from migration.script import CHECK, Reading, Rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.dialogue import Builder
    from migration.places import Places
    from migration.readers.shell.pipes import Filters
    from migration.readers.shell.tree import Node
    from migration.reading.kinds import Meaning
    from migration.script import Call
    from migration.words import Word

_READERS = re.compile(
    r"(?:sudo )?(?:grep|egrep|fgrep|sed|awk|cut|tr|head|tail|wc|test|jq|sort|diff|cmp|perl|python3?)\b"
)
_HOLDERS = ("if_statement", "case_statement", "for_statement", "while_statement", "function_definition")
_TESTED = re.compile(r"-[zn] *\"?\$\{?(\w+)|\"?\$\{?(\w+)\}?\"? *!?==? *(?:\"\"|''|\])")
_COMMANDS = ("command", "pipeline", "redirected_statement")
_FORMS = {
    **dict.fromkeys((kinds.HANDLE, kinds.PUBLIC, kinds.PRIVATE, kinds.FIRST, kinds.LAST), "0x[0-9a-f]+"),
    **dict.fromkeys((kinds.COUNT, kinds.USERS), "[0-9]+"),
}
_ONE_LINE = (kinds.HANDLE, kinds.PUBLIC, kinds.PRIVATE, kinds.FIRST, kinds.LAST)


class Asked(NamedTuple):
    """What is asked of a call's output where it is made: a reading, or why a person must look at it.

    ``end`` is where its filters end, ``redirects`` are theirs; ``shown`` says that the output is only seen, ``rest``
    that something else takes it on.
    """

    reading: Reading | None
    gap: str = ""
    end: int = 0
    redirects: str = ""
    shown: bool = False
    rest: bool = False


class _Answer(NamedTuple):
    """A variable or file that holds a call's output: where it got it, the number of the call, its status' purpose."""

    place: int
    node: Node
    call: int
    purpose: str


class Output:
    """The outputs of a script's calls, and who reads them."""

    def __init__(  # noqa: PLR0917 - what a reader has collected
        self,
        builder: Builder,
        places: Places,
        calls: list[Call],
        rewrites: list[Rewrite],
        nodes: Sequence[Node],
        lookup: Callable[[str], Word | None],
    ) -> None:
        self._builder = builder
        self._places = places
        self._calls = calls
        self._rewrites = rewrites
        self._nodes = nodes
        self._lookup = lookup
        self._variables: dict[str, list[_Answer]] = {}
        self._files: dict[str, list[_Answer]] = {}
        self._tested = {
            found[1] or found[2]
            for node in nodes
            if node.type == "test_command"
            for found in _TESTED.finditer(shell_words.source(node))
        }
        self._functions = shell_sources.showing_functions(nodes)
        self._read: dict[int, set[int]] = {}
        self._done = bytearray(max((node.end_byte for node in nodes), default=0))
        self._seen = [0, 0]

    def tested(self, name: str) -> bool:
        """Return whether the script looks whether a variable is empty."""
        return name in self._tested

    def piped(self, node: Node, behind: Sequence[Node], steps: Sequence[int], *, arguments: bool) -> Asked:
        """Return what the commands behind a call ask of its output; ``node`` is the whole pipeline."""
        told = " ".join(
            shell_words.source(behind[0].parent or behind[0])[behind[0].start_byte - node.start_byte :].split()
        )
        gap = f"its output goes to: {told}"
        found = shell_pipes.filters_of(behind)
        if found is None or not steps:
            return Asked(None, gap)
        purpose = shell_pipes.use(node)
        redirects, silent = shell_pipes.redirects_of(node, found)
        status = purpose == STATUS or silent or shell_pipes.status_follows(node)
        if purpose == VALUE and not silent:
            status = False
        asked_for = self._meaning(steps, found, arguments=arguments, status=status)
        if asked_for is None and purpose == STATEMENT and not status:
            asked_for = self._meaning(steps, found, arguments=arguments, status=True, quiet=True)
        if asked_for is None:
            in_function = any(found.type == "function_definition" for found in shell_tree.above(node))
            shown = purpose == STATEMENT and not status and not redirects and found.rest is None
            if shown and not in_function and found.stages and not self._is_silent(steps, found, arguments=arguments):
                return Asked(None, end=found.end, shown=True)
            return Asked(None, gap)
        if found.rest is not None and not (
            asked_for.kind in _ONE_LINE or (asked_for.kind == kinds.LIST and asked_for.extra == "\n")
        ):
            return Asked(None, gap)
        return Asked(asked_for, end=found.end, redirects=redirects, rest=found.rest is not None)

    def _is_silent(self, steps: Sequence[int], found: Filters, *, arguments: bool) -> bool:
        run = meaning.ran([self._builder.steps[step] for step in steps])
        return meaning.is_silent(run, shell_pipes.trial(found.stages).test, words=arguments)

    def _meaning(
        self, steps: Sequence[int], found: Filters, *, arguments: bool, status: bool, quiet: bool = False
    ) -> Reading | None:
        tried = shell_pipes.trial(found.stages)
        return self._reading(steps, tried.test, tried.variables, arguments=arguments, status=status, quiet=quiet)

    def _reading(
        self,
        steps: Sequence[int],
        test: meaning.Test,
        variables: dict[str, Word],
        *,
        arguments: bool,
        status: bool,
        quiet: bool = False,
    ) -> Reading | None:
        run = meaning.ran([self._builder.steps[step] for step in steps])
        if quiet and not meaning.is_silent(run, test, words=arguments):
            return None
        told = meaning.meaning(run, test, words=arguments, status=status)
        if told is None or (variables and told.kind != kinds.USER):
            return None
        if arguments and len(run) > 1 and run[told.step].name == "loginHSM":
            # The login is no command of its own then, and what fails could be the other one.
            return None
        return Reading(told.kind, steps[told.step], told.extra, _named(told, variables), told.after_login)

    def keep(self, name: str, node: Node, call: int) -> None:
        """Note that a variable holds a call's output."""
        self._variables.setdefault(name, []).append(_Answer(node.start_byte, node, call, VALUE))

    def written(self, redirects: str, node: Node, call: int, purpose: str) -> None:
        """Note that a call writes its output to files."""
        for found in re.finditer(r"(?<![&\d])(?:1|&)?>>?\|? *\"?([\w./$\{\}-]+)\"?", redirects):
            if found[1] != "/dev/null":
                self._files.setdefault(found[1], []).append(_Answer(node.start_byte, node, call, purpose))

    def checks(self) -> None:
        """Find what reads a tool's output elsewhere: filters of a variable or a file, tests, regular expressions."""
        for node in self._nodes:
            if node.type in _COMMANDS and not self._is_done(node):
                self._filters(node)
            elif node.type == "test_command" and not self._is_done(node):
                self._test(node)
        for node in self._nodes:
            if node.type in ("simple_expansion", "expansion") and not self._is_done(node):
                self._use(node)
        for node in self._nodes:
            if node.type in ("command", "redirected_statement", "test_command") and not self._is_done(node):
                self._rest(node)

    def _is_done(self, node: Node) -> bool:
        """Return whether something in a node is replaced already."""
        for calls, place in ((self._calls, 0), (self._rewrites, 1)):
            for done in calls[self._seen[place] :]:
                self._done[done.start : done.end] = b"x" * (done.end - done.start)
            self._seen[place] = len(calls)
        return self._done.find(b"x", node.start_byte, node.end_byte) >= 0

    def _answer(self, known: dict[str, list[_Answer]], name: str, node: Node) -> _Answer | None:
        """Return the call whose output a name holds at a node; None if it may be that of several."""
        answers = known.get(name, [])
        before = [answer for answer in answers if answer.place < node.start_byte]
        if len(answers) == 1:
            return answers[0]
        if not before:
            return None
        holder = next((above for above in shell_tree.above(before[-1].node) if above.type in _HOLDERS), None)
        inside = holder is None or holder.start_byte <= node.start_byte < holder.end_byte
        return before[-1] if inside else None

    def _filters(self, node: Node) -> None:
        """Take filters that read a variable or a file which holds an answer."""
        if (
            node.type != "pipeline"
            and node.parent is not None
            and node.parent.type in ("pipeline", "redirected_statement")
        ):
            return
        stages = node.named_children if node.type == "pipeline" else [node]
        source = shell_sources.source_of(stages, self._variables, self._files)
        if source is None:
            return
        answer = self._answer(self._variables if source.is_variable else self._files, source.name, node)
        if answer is None or not self._ask(node, source.filters, answer, source.spelled):
            self._by_hand(node)

    def _ask(self, node: Node, behind: Filters | None, answer: _Answer, source: str) -> bool:
        if behind is None or behind.rest is not None:
            return False
        purpose = shell_pipes.use(node)
        status = purpose == STATUS or behind.silent or (purpose == STATEMENT and shell_pipes.status_follows(node))
        call = self._calls[answer.call]
        session = self._builder.steps[call.steps[-1]].session
        reading = self._meaning(call.steps, behind, arguments=session.words, status=status)
        if reading is None and purpose == STATEMENT and not status:
            reading = self._meaning(call.steps, behind, arguments=session.words, status=True, quiet=True)
        if reading is None or not self._keeps(answer, reading):
            return False
        redirects = f" {behind.redirects}" if behind.redirects else ""
        ending = " && true" if purpose == STATEMENT and shell_pipes.status_follows(node) else ""
        text = f"{asked(reading, source, several=self._several(answer))}{redirects}{ending}"
        self._replace(node, text, reading)
        if purpose == VALUE:
            self.capture(node, reading)
        return True

    def _keeps(self, answer: _Answer, reading: Reading, *, tests: bool = False) -> bool:
        """Let a call keep the answer that is asked for, and go on if its failure is; False if it keeps another."""
        call = self._calls[answer.call]
        own = reading.kind in (kinds.OK, kinds.FAILED)
        if reading.kind in (kinds.ALL_OK, kinds.ANY_FAILED) or call.gap or call.answer not in (-1, reading.step):
            return False
        if own and not self._read.setdefault(answer.call, set()) <= {reading.step}:
            return False
        self._read.setdefault(answer.call, set()).add(reading.step)
        goes_on = (tests or own) and answer.purpose != STATUS
        ending = call.ending or (" || true" if goes_on else "")
        chosen = reading.step if own or not self._is_unmistakable(call, reading) else call.answer
        self._calls[answer.call] = call._replace(answer=chosen, ending=ending)
        return True

    def _several(self, answer: _Answer) -> bool:
        """Return whether a call keeps the answers of several commands."""
        call = self._calls[answer.call]
        steps = [self._builder.steps[step] for step in call.steps]
        answering = [step for step in steps if step.name not in (*HARMLESS, "loginHSM")]
        return call.answer < 0 and len(answering) > 1 and not steps[-1].session.words

    def _is_unmistakable(self, call: Call, reading: Reading) -> bool:
        """Return whether no other answer of a call holds what is asked for."""
        run = meaning.ran([self._builder.steps[step] for step in call.steps])
        return meaning.sources(run, reading.kind) == 1

    def _replace(self, node: Node, text: str, reading: Reading) -> None:
        self._rewrites.append(Rewrite(node.start_byte, node.end_byte, text))
        self._builder.mark(self._places.line(node.start_byte), CHECK, remark(reading, self._builder))

    def _test(self, node: Node) -> None:
        """Take ``[[ $out =~ ... ]]`` and ``[[ $out == *...* ]]``."""
        found = re.fullmatch(r"\[\[ \"?\$\{?(\w+)\}?\"? (=~|==|=|!=) (.*) \]\]", shell_words.source(node), re.DOTALL)
        answer = self._answer(self._variables, found[1], node) if found else None
        if not found or answer is None:
            return
        call, source = self._calls[answer.call], f'<<< "${found[1]}"'
        arguments = self._builder.steps[call.steps[-1]].session.words
        pattern, named = found[3], re.fullmatch(r"\$\{?(\w+)\}?", found[3])
        if named and found[2] == "=~":
            pattern = words.literal(self._lookup(named[1])) or pattern
        test = regex_test(pattern) if found[2] == "=~" else glob_test(pattern)
        if test is None:
            return
        if test.value is not None:
            taken = self._reading(call.steps, test.value, {}, arguments=arguments, status=False)
            form = _FORMS.get(taken.kind, "") if taken is not None else ""
            if taken is not None and form and self._keeps(answer, taken, tests=True):
                value = asked(taken, source, several=self._several(answer))
                self._replace(node, f"[[ $({value}) =~ ^({form})$ ]]", taken)
                return
            if any("BASH_REMATCH" in shell_words.source(above) for above in shell_tree.above(node)[:3]):
                return
        reading = self._reading(call.steps, test.status, {}, arguments=arguments, status=True)
        if reading is not None and self._keeps(answer, reading):
            text = asked(reading, source, several=self._several(answer))
            self._replace(node, f"! {text}" if found[2] == "!=" else text, reading)

    def _use(self, node: Node) -> None:
        """Look at a variable that holds an answer: it is only shown, or a person must look at it."""
        name = next((shell_words.source(part) for part in node.named_children if part.type == "variable_name"), "")
        if name not in self._variables:
            return
        command = next(
            (above for above in shell_tree.above(node) if above.type in ("command", "declaration_command")), None
        )
        if (command is not None and node.type == "simple_expansion") or shell_sources.is_plain(node):
            program = shell_words.source(command.children[0]) if command is not None and command.children else ""
            in_pipe = command is not None and any(above.type == "pipeline" for above in shell_tree.above(command))
            shows = program in shell_sources.SHOWING or program in self._functions
            if command is not None and shows and not in_pipe and shell_pipes.use(command) == STATEMENT:
                return
        self._by_hand(shell_sources.whole(node))

    def _rest(self, node: Node) -> None:
        """Look at what reads a file with an answer, or looks for what only a legacy tool prints."""
        text = shell_words.source(node)
        if node.type == "redirected_statement":
            if shell_sources.given(node, self._variables, self._files) is not None:
                self._by_hand(node)
            return
        if node.type == "test_command":
            if outputs.LEGACY.search(text):
                self._by_hand(node)
            return
        if node.parent is not None and node.parent.type == "redirected_statement" and self._is_done(node.parent):
            return
        whole = shell_tree.ancestor(node, "pipeline") or node
        file = any(words.shown(word) in self._files for word in shell_pipes.command_words(node)[1:])
        if (file and _READERS.match(text)) or (outputs.LEGACY.search(text) and _READERS.match(text)):
            self._by_hand(whole)

    def _by_hand(self, node: Node) -> None:
        if self._is_done(node):
            return
        test = next((above for above in shell_tree.above(node) if above.type == "test_command"), node)
        node = node if self._is_done(test) else test
        line = self._places.line(node.start_byte)
        told = " ".join(shell_words.source(node).split())
        word = node.type not in (*_COMMANDS, "test_command")
        needed = word or node.type == "test_command" or shell_pipes.use(node) != STATEMENT
        self._builder.mark(line, CHECK, "reads a tool's output")
        self._builder.by_hand(line, f"reads what a legacy tool printed, which is JSON now: {told}")
        gap = f"reads what a legacy tool printed: {told}"
        self._rewrites.append(Rewrite(node.start_byte, node.end_byte, "", gap, needed, word))

    def capture(self, node: Node, reading: Reading) -> None:
        """Note the variables that take a value which is made at a node."""
        if reading.kind not in (*_ONE_LINE, kinds.LIST):
            return
        for name in shell_sources.takers(node):
            self._builder.capture(reading.step, name, reading.kind)
            for loop in self._nodes:
                over = shell_words.source(loop) if loop.type == "for_statement" else ""
                if re.match(rf"for \w+ in \"?\$\{{?{name}\b", over):
                    self._builder.capture(reading.step, over.split()[1], reading.kind)


def remark(reading: Reading, builder: Builder) -> str:
    """Return what a plan says of a check that is translated."""
    name = builder.steps[reading.step].name
    if reading.after_login:
        return f"asks whether {name} went well; it was true as soon as the login had"
    return "reads a tool's output"


def _named(told: Meaning, variables: dict[str, Word]) -> Word:
    pieces = re.split(f"({'|'.join(map(re.escape, variables))})", told.name) if variables else [told.name]
    return words.join(variables.get(piece) or words.text(piece) for piece in pieces)
