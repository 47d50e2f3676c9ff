"""What a shell script does with a tool's output: in a pipe, in a variable, in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import outputs, words
from migration.bash.answers import asked
from migration.readers.shell import cases, dumped, several, shown
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.asking import Asking
from migration.readers.shell.brackets import Brackets, Question
from migration.readers.shell.captures import Captures
from migration.readers.shell.dumped import Dumped
from migration.readers.shell.edits import Edits
from migration.readers.shell.following import Following
from migration.readers.shell.matches import glob_test
from migration.readers.shell.mixed import Mixed
from migration.readers.shell.pipes import STATEMENT, STATUS, VALUE
from migration.readers.shell.remarks import compared, remark
from migration.readers.shell.sources import Answer, Source
from migration.reading import kinds, meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migration.dialogue import Builder
    from migration.places import Places
    from migration.readers.shell.pipes import Filters
    from migration.readers.shell.tree import Node
    from migration.reading.kinds import Reading
    from migration.script import Call, Rewrite, Step
    from migration.words import Word

_READERS = re.compile(
    r"(?:sudo )?(?:grep|egrep|fgrep|sed|awk|cut|tr|head|tail|wc|test|jq|sort|diff|cmp|perl|python3?)\b"
)
# The call of what getAttribute has written.
_ATTRIBUTE = -2
# Stands for all answers of a call.
_ALL = -1
_COMMANDS = ("command", "pipeline", "redirected_statement")
_NUMBERS = (*(kind for kind in kinds.ONE_LINE if kind != kinds.OPENING), kinds.COUNT, kinds.USERS)


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
        self._calls = calls
        self._nodes = nodes
        self._text = "\n".join(builder.texts)
        self.edits = Edits(builder, places, calls, rewrites, max((node.end_byte for node in nodes), default=0))
        self.asking = Asking(builder, nodes)
        self._lookup = lookup
        self._brackets = Brackets(nodes, lookup, self._question)
        self._variables: dict[str, list[Answer]] = {}
        self._files: dict[str, list[Answer]] = {}
        self._mixed = Mixed([], [], lookup)
        # Variables of which the script looks whether they are empty.
        self.tested = shell_sources.tested(nodes)
        self._functions = shell_sources.showing_functions(nodes)
        self._read: dict[int, set[int]] = {}
        self._dumped = Dumped()
        self._fine: set[int] = set()
        self._refusals = shown.Refusals()
        self._passed: set[int] = set()
        # Calls of whose output a person must find out something.
        self._unclear: set[int] = set()
        self._purposes: dict[int, str] = {}
        self.captures = Captures(builder, nodes)
        # Calls that are left to a person, and whose lines go on to who reads them.
        self.unread: set[int] = set()
        # Functions whose calls are calls of a tool.
        self.transparent: set[str] = set()

    def keep(self, name: str, node: Node, call: int, respaced: tuple[tuple[Word, ...], ...]) -> None:
        """Note that a variable holds a call's output, as it has come through filters."""
        self.hold(name, Answer(node.start_byte, node, call, VALUE, respaced=respaced))

    def hold(self, name: str, answer: Answer) -> None:
        """Note what a variable holds."""
        self._variables.setdefault(name, []).append(answer)

    def written(self, redirects: str, node: Node, call: int, purpose: str) -> None:
        """Note that a call writes its output to files."""
        for file, adds in shell_sources.targets(redirects):
            place = Answer(node.start_byte, node, call, purpose, adds)
            self._files.setdefault(file, []).append(place)

    def checks(self) -> None:
        """Find what reads a tool's output elsewhere: filters of a variable or a file, tests, regular expressions."""
        self._mixed = Mixed(self._nodes, self._calls, self._lookup)
        following = Following(self, self._builder, self._nodes, self._calls, self._purposes)
        self._copied(following)
        following.follow(self.transparent)
        self._filtered()
        for node in self._nodes:
            subject = node.child_by_field_name("value") if node.type == "case_statement" else None
            if subject is not None and not self.edits.is_done(subject):
                for start, end, text in cases.translated(node, self._case):
                    self.edits.put(start, end, text, "reads a tool's output")
        for node in self._nodes:
            if node.type in ("simple_expansion", "expansion") and not self.edits.is_done(node):
                self._use(node)
        for node in self._nodes:
            if node.type in ("command", "redirected_statement", "test_command") and not self.edits.is_done(node):
                self._rest(node)
            for name in shown.files(node):
                self._refusals.tell(self._files.get(name, []), node)
        for answers in self._files.values():
            self._refusals.leave(answers)
        self._refusals.keep(self._calls, self.edits, self._passed)
        self._keep_unclear()

    def _keep_unclear(self) -> None:
        """Keep the answers behind that of the login, of which a person must find out something."""
        for number in self._unclear:
            call = self._calls[number] if number >= 0 else None
            if call is not None and call.steps and self.asking.begins(call.steps, call.answer):
                self._calls[number] = call._replace(beside=True)

    def _copied(self, following: Following) -> None:
        """Note where files with answers go, and files to which the whole script prints, with what it says itself."""
        for node, variable, file in shell_sources.copies(self._nodes, self._files):
            following.opaque(node, variable)
            if file:
                self._files.setdefault(file, []).append(Answer(node.start_byte, node, -1, STATEMENT))
        for node, redirects in shell_sources.from_here_on(self._nodes):
            self.written(redirects, node, -1, STATEMENT)

    def _filtered(self) -> None:
        for node in self._nodes:
            if node.type in _COMMANDS and not self.edits.is_done(node):
                self._filters(node)
            elif node.type == "test_command" and not self.edits.is_done(node):
                question = self._brackets.translated(node)
                if question is not None:
                    self.edits.replace(node, *question)

    def attributes(self, steps: Sequence[Step]) -> None:
        """Note the files that getAttribute writes, and those of commands that are not read or have no equivalent."""
        for file in self._dumped.note(steps):
            self._files.setdefault(file, []).append(Answer(0, self._nodes[0], _ATTRIBUTE, STATEMENT))
        for file in {*dumped.named(self._text)} - {*self._files}:
            self._files[file] = [Answer(0, self._nodes[0], -1, STATEMENT)]

    def made(self, number: int, purpose: str) -> None:
        """Note what the output and status of a call are for."""
        self._purposes[number] = purpose

    def _case(self, name: str, pattern: str, node: Node) -> str:
        """Return what asks whether a variable matches a pattern of ``case``, empty if that is not known."""
        test = glob_test(pattern)
        question = self._question(name, test.status, node, True) if test is not None else None
        return question.text if question is not None else ""

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
        answer = shell_sources.answer_of(self._variables if source.is_variable else self._files, source.name, node)
        if answer is not None and not source.is_variable and self._mixed.holds_more(source.name, answer, node):
            answer = None
        if answer is not None and answer.call == _ATTRIBUTE:
            reader = self._dumped.read(source.name, source.filters)
            if reader == "":
                self._fine.add(node.start_byte)
                return
            if reader is not None and node.type != "redirected_statement":
                self.edits.replace(node, f"{reader} {source.spelled}", "reads a tool's output")
                return
        if answer is None or not (
            self._ask(node, source.filters, answer, source.spelled)
            or self._begun(node, stages, source, answer)
            or self._shows(node, stages, source, answer)
        ):
            self._unclear |= {answer.call} if answer is not None else set()
            self.edits.reads_output(node)

    def _shows(self, node: Node, stages: Sequence[Node], source: Source, answer: Answer) -> bool:
        """Let all of an answer be seen, and logged by a tee, of which filters only choose what is."""
        tee = shell_words.source(stages[-1]) if re.match(r"tee\b", shell_words.source(stages[-1])) else ""
        shorter = shell_sources.source_of(stages[:-1], self._variables, self._files) if tee and stages[1:] else source
        if answer.call < 0 or answer.respaced or shorter is None or shorter.filters is None:
            return False
        is_told = shown.is_told(node, shorter.filters, self._functions) or (
            (not self.asking.ends or shell_pipes.is_passed_over(node))
            and shown.is_reason(node, shorter.filters, self._functions, self._nodes, self._text)
        )
        if not is_told and not shown.is_seen(node, shorter.filters):
            return False
        call = self._calls[answer.call]
        arguments = self._builder.steps[call.steps[-1]].session.words
        if not is_told and not self.asking.shows(
            node, call.steps, shorter.filters, arguments=arguments, logged=bool(tee)
        ):
            return False
        judged = several.judged(call, self._builder.steps)
        alone = judged in ([], [call.answer]) or (call.beside and len(judged) == 1)
        if not (arguments or alone) and (call.answer >= 0 or answer.call in self._refusals.hidden):
            # One of several answers is kept, for what asks for it, and it need not be the one that is shown.
            return False
        self._refusals.tell([answer], node)
        read = self._read.get(answer.call, set())
        self._read[answer.call] = (read or {_ALL}) if alone else {*read, _ALL}
        text = shown.whole(shorter, node)
        self.edits.replace(node, f"{text} | {tee}" if tee else text, "shows a tool's output")
        self.written(f"{text} {shell_sources.tees(tee)}", node, -1, STATEMENT)
        return True

    def _begun(self, node: Node, stages: Sequence[Node], source: Source, answer: Answer) -> bool:
        """Take the first filters of several that put out a value, which the others take as before."""
        every = source.filters
        if every is None or every.through or answer.call < 0 or answer.respaced:
            return False
        call = self._calls[answer.call]
        arguments = self._builder.steps[call.steps[-1]].session.words
        for count in range(len(stages) - 1, 0, -1):
            first = shell_sources.source_of(stages[:count], self._variables, self._files)
            if first is None or first.filters is None or not shell_pipes.is_plain(stages[count]):
                break
            head = first.filters._replace(rest=stages[count])
            reading = self.asking.begun(node, call.steps, head, every, arguments=arguments) if head.stages else None
            if reading is not None and self._keeps(answer, reading):
                text = asked(reading, source.spelled, several=self._several(answer, reading))
                self.edits.put(node.start_byte, head.end, text, remark(reading, self._builder))
                if not reading.strict:
                    quiet = asked(reading, source.spelled, several=True)
                    self._refusals.quiet(answer.call, node.start_byte, head.end, quiet)
                    self._refusals.take(answer.call, node.start_byte, head.end, feeds=True)
                self.edits.say(node, compared(reading, node))
                return True
        return False

    def _ask(self, node: Node, behind: Filters | None, answer: Answer, source: str) -> bool:
        if behind is None or behind.rest is not None or behind.through or answer.call < 0:
            return False
        behind = behind._replace(stages=(*answer.respaced, *behind.stages))
        purpose = shell_pipes.use(node)
        call = self._calls[answer.call]
        session = self._builder.steps[call.steps[-1]].session
        gives = purpose == STATUS and self.asking.gives(node, call.steps, behind, arguments=session.words)
        asks = (purpose == STATUS and not gives) or (purpose == STATEMENT and shell_pipes.status_follows(node))
        status = behind.silent or asks
        reading = self.asking.filtered(call.steps, behind, arguments=session.words, status=status)
        if reading is None and purpose == STATEMENT and not status:
            reading = self.asking.filtered(call.steps, behind, arguments=session.words, status=True, quiet=True)
            if reading is not None and self.asking.shows(node, call.steps, behind, arguments=session.words):
                # It puts out what has failed.
                return False
        if reading is None and purpose == VALUE:
            reading = self.asking.counted(node, call.steps, behind, arguments=session.words)
        # A value that the script looks at, whether there is one, tells it of a failure.
        tests = reading is not None and (gives or (purpose == VALUE and shell_tree.assigned(node) in self.tested))
        if reading is None or not self._keeps(answer, reading, tests=tests):
            return False
        placed = self.asking.placed(reading, node, call.steps, behind, arguments=session.words)
        if placed is None:
            return False
        reading = placed
        redirects = f" {behind.redirects}" if behind.redirects else ""
        follows = purpose == STATEMENT and not self.asking.ends and shell_pipes.status_follows(node)
        ending = " && true" if follows else " || true" if tests and not reading.strict else ""
        text = f"{asked(reading, source, several=self._several(answer, reading))}{redirects}{ending}"
        self.edits.replace(node, text, remark(reading, self._builder))
        if reading.is_value and not reading.strict:
            quiet = f"{asked(reading, source, several=True)}{redirects}{ending}"
            self._refusals.quiet(answer.call, node.start_byte, node.end_byte, quiet)
        self.edits.say(node, compared(reading, node))
        if reading.is_value and not (reading.strict or ending):
            self._refusals.take(answer.call, node.start_byte, node.end_byte)
        if purpose == VALUE:
            self.captures.take(node, reading)
        return True

    def _keeps(self, answer: Answer, reading: Reading, *, tests: bool = False) -> bool:
        """Let a call keep the answer that is asked for, and go on if its failure is; False if it keeps another."""
        call = self._calls[answer.call]
        own = reading.kind in (kinds.OK, kinds.FAILED)
        if reading.kind in (kinds.ALL_OK, kinds.ANY_FAILED) or call.gap:
            return False
        judged = several.judged(call, self._builder.steps)
        if len(judged) > 1 and (reading.strict or not reading.is_value or reading.step != judged[0]):
            self._refusals.hidden.add(answer.call)
        clear, read = (
            several.is_unmistakable(call, reading, self._builder.steps),
            self._read.setdefault(answer.call, set()),
        )
        chosen = reading.step if own or not clear else call.answer
        if call.answer not in (-1, reading.step) or (chosen >= 0 and not read <= {reading.step}):
            # Something else of the file or variable is asked for, which must stay in it.
            login = reading.step if own else call.answer
            if call.answer >= 0 and own and judged == [reading.step]:
                login, clear = call.answer, True
            # What was asked before knows of answers of others, if there are any.
            knows = call.answer in (-1, login) and (clear if call.answer >= 0 else len(judged) > 1)
            if not (knows and self.asking.begins(call.steps, login)):
                return False
            chosen, call = login, call._replace(beside=True)
        read.add(reading.step)
        # Where the script asks for the status of the assignment, it goes on by itself.
        asks = not self.asking.ends and shell_pipes.status_of_value(answer.node)
        goes_on = (tests or own) and answer.purpose != STATUS and not asks
        if (tests or own) and (answer.purpose == STATUS or asks or call.ending == " && true"):
            # The old tool had a status of its own for a login only.
            call = call._replace(logins=True)
        ending = call.ending or (" || true" if goes_on else "")
        if answer.given and goes_on and answer.place not in self._passed:
            # What else calls the function asks for itself.
            self._passed.add(answer.place)
            self.edits.put(answer.node.end_byte, answer.node.end_byte, " || true", "reads a tool's output")
        self._calls[answer.call] = call._replace(answer=chosen, ending=call.ending if answer.given else ending)
        return True

    def gives(self, number: int, reading: Reading) -> bool:
        """Let a typed call put out the one answer that is asked for; False if it puts out another one already."""
        call = self._calls[number]
        if call.answer not in (-1, reading.step) or not self._read.get(number, set()) <= {reading.step}:
            return False
        self._read.setdefault(number, set()).add(reading.step)
        return True

    def _several(self, answer: Answer, reading: Reading) -> bool:
        # A call may have been changed since by what was asked of it.
        return several.keeps_several(self._calls[answer.call], reading, self._builder.steps)

    def _question(self, name: str, test: meaning.Test, node: Node, status: bool) -> Question | None:
        """Return what asks for the status of a test of a variable, or for the number that it takes out of it."""
        answer = shell_sources.answer_of(self._variables, name, node)
        if answer is None or answer.call < 0:
            return None
        call = self._calls[answer.call]
        arguments = self._builder.steps[call.steps[-1]].session.words
        test = meaning.behind(shell_pipes.trial(answer.respaced).test, test) if answer.respaced else test
        reading = self.asking.reading(call.steps, test, {}, arguments=arguments, status=status)
        if reading is None or not (status or reading.kind in _NUMBERS):
            return None
        if not self._keeps(answer, reading, tests=not status):
            return None
        reading = reading if status else reading._replace(end="\n")
        text = asked(reading, f'<<< "${name}"', several=self._several(answer, reading))
        return Question(text, remark(reading, self._builder))

    def _use(self, node: Node) -> None:
        """Look at a variable that holds an answer: it is only shown, or a person must look at it."""
        name = next((shell_words.source(part) for part in shell_tree.walk(node) if part.type == "variable_name"), "")
        if name not in self._variables:
            return
        command = shown.shower(node, self._functions)
        if command is None:
            self.edits.reads_output(shell_sources.whole(node))
        elif shell_words.source(command.children[0]) not in shell_sources.ENDING:
            self._refusals.tell(self._variables[name], command)

    def _rest(self, node: Node) -> None:
        """Look at what reads a file with an answer, or looks for what only a legacy tool prints."""
        text = shell_words.source(node)
        if node.type == "redirected_statement":
            if shell_sources.given(node, self._variables, self._files) is not None:
                self.edits.reads_output(node)
            return
        if node.type == "test_command":
            if outputs.LEGACY.search(text.replace("\\ ", " ")):
                self.edits.reads_output(node)
            return
        if node.parent is not None and node.parent.type == "redirected_statement" and self.edits.is_done(node.parent):
            return
        whole = shell_tree.ancestor(node, "pipeline") or node
        if whole.start_byte in self._fine:
            return
        # A file may be read by another path than that by which it was written.
        written = {name.rpartition("/")[2] for name in self._files}
        file = any(words.shown(word).rpartition("/")[2] in written for word in shell_pipes.command_words(node)[1:])
        file = file or dumped.is_among(node, self._files)
        reads = _READERS.match(text) or (whole.type == "pipeline" and text.startswith("cat "))
        if (file and reads) or (outputs.LEGACY.search(text) and _READERS.match(text)):
            self.edits.reads_output(whole)
