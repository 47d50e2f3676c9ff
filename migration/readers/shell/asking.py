"""What filters ask of the output of calls, told by trying them on samples."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from migration import words
from migration.readers.shell import counts, cutting, identified
from migration.readers.shell import pipes as shell_pipes
from migration.readers.shell import sources as shell_sources
from migration.readers.shell import tree as shell_tree
from migration.readers.shell import words as shell_words
from migration.readers.shell.pipes import STATEMENT, STATUS, VALUE
from migration.reading import kinds, meaning, traits
from migration.reading.kinds import Reading

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from migration.dialogue import Builder
    from migration.readers.shell.pipes import Filters
    from migration.readers.shell.tree import Node
    from migration.words import Word

_ERREXIT = re.compile(r"^\s*set +-(?:\w*e|o +errexit)|^#!.*\s-\w*e", re.MULTILINE)
_GOES_ON = re.compile(r"\bset +\+(?:\w*e|o +errexit)")
_PIPEFAIL = re.compile(r"^\s*set +.*\bpipefail\b", re.MULTILINE)
# Values that every answer has: a pipe that they are taken out of fails with the command.
ALWAYS = (kinds.HANDLE, kinds.PUBLIC, kinds.PRIVATE, kinds.COUNT, kinds.USERS)


# What a tool may print whose commands are not known.
_ANY = "1 one\n2 two\n"
# Commands that do nothing where only the login is asked for.
_LOOKS = ("listUsers", "getHSMInfo", "loginStatus")


class Asked(NamedTuple):
    """What is asked of a call's output where it is made: a reading, or why a person must look at it.

    ``end`` is where its filters end, ``redirects`` are theirs; ``shown`` says that the output is only seen, ``rest``
    that something else takes it on, and ``changed`` that this makes something else of it. ``through`` are calls of tee
    before the filters. ``respaced`` are filters that leave all of it but blanks and line ends, for a variable that
    takes it.
    """

    reading: Reading | None
    gap: str = ""
    end: int = 0
    redirects: str = ""
    shown: bool = False
    rest: bool = False
    changed: bool = False
    through: str = ""
    respaced: tuple[tuple[Word, ...], ...] = ()


class Asking:
    """Tries what a script does with the output of its calls."""

    def __init__(self, builder: Builder, nodes: Sequence[Node]) -> None:
        """Take the steps of a script, which are those of its builder, and its nodes."""
        self._builder = builder
        text = "\n".join(builder.texts)
        # Whether a failure ends the script, and whether one within a pipe is one of all of it.
        self._errexit, self.pipefail = (bool(option.search(text)) for option in (_ERREXIT, _PIPEFAIL))
        # Then what follows a failure is not reached, whatever it asks.
        self.ends = self._errexit and not _GOES_ON.search(text)
        self._asked = shell_pipes.asked_functions(nodes)
        self._nodes = nodes
        # Of a call in a function that runs whatever it is given: all that it is given.
        self.runs: dict[tuple[int, ...], list[list[int]]] = {}

    def piped(
        self,
        node: Node,
        behind: Sequence[Node],
        steps: Sequence[int],
        loops: Container[int] = (),
        *,
        arguments: bool,
    ) -> Asked:
        """Return what the commands behind a call ask of its output; ``node`` is the whole pipeline.

        ``loops`` are the places of commands that are loops.
        """
        told = " ".join(
            shell_words.source(behind[0].parent or behind[0])[behind[0].start_byte - node.start_byte :].split()
        )
        gap = f"its output goes to: {told}"
        found = shell_pipes.filters_of(behind, loops)
        if found is None or not steps:
            logged = self._logged(node, behind, steps, arguments=arguments) if steps else None
            return logged or Asked(None, gap)
        if found.through and not found.stages and found.rest is None:
            redirects, silent = shell_pipes.redirects_of(node, found)
            redirects = f"{redirects} > /dev/null".strip() if silent else redirects
            return Asked(None, end=found.end, redirects=redirects, through=found.through)
        purpose = shell_pipes.use(node)
        redirects, silent = shell_pipes.redirects_of(node, found)
        status = purpose == STATUS or silent or shell_pipes.status_follows(node)
        if (purpose == VALUE or self.gives(node, steps, found, arguments=arguments)) and not silent:
            status = False
        asked_for = self.filtered(steps, found, arguments=arguments, status=status)
        if asked_for is not None and asked_for.repeated:
            gap = f"its output, which came once for each HSM, goes to: {told}"
        if asked_for is None and purpose == STATEMENT and not status:
            asked_for = self.filtered(steps, found, arguments=arguments, status=True, quiet=True)
        if asked_for is None and purpose == VALUE:
            asked_for = self.counted(node, steps, found, arguments=arguments)
        if asked_for is None:
            begun = self._begun(node, behind, steps, found, arguments=arguments)
            shown = purpose == STATEMENT and not status and found.rest is None and not _in_function(node)
            if begun is None and shown and self._only_shows(steps, found, redirects, arguments=arguments):
                begun = Asked(None, end=found.end, redirects=redirects, shown=True, through=found.through)
            if begun is None and purpose == VALUE and self._respaces(node, steps, found, arguments=arguments):
                begun = Asked(None, end=found.end, respaced=found.stages)
            return begun or Asked(None, gap)
        rest = found.rest is not None
        asked_for = cutting.line_by_line(asked_for, found.rest) if found.rest is not None else asked_for
        asked_for = asked_for and self.placed(asked_for, node, steps, found, arguments=arguments, piped=True)
        whole = Asked(asked_for, end=found.end, redirects=redirects, rest=rest, through=found.through)
        return whole if asked_for is not None else Asked(None, gap)

    def begins(self, steps: Sequence[int], step: int) -> bool:
        """Return whether a step is the login that a run of typed commands begins with."""
        first = self._builder.steps[steps[0]]
        return step == steps[0] and first.name == "loginHSM" and not first.session.words

    def _respaces(self, node: Node, steps: Sequence[int], found: Filters, *, arguments: bool) -> bool:
        """Return whether a variable takes all of an output, in which filters have only changed blanks and line ends."""
        if found.silent or found.redirects or found.rest is not None or found.through:
            return False
        run = meaning.ran([self._builder.steps[step] for step in steps])
        test = shell_pipes.trial(found.stages).test
        alone = shell_pipes.assignment_of(node) is not None and shell_pipes.is_substituted(node)
        return alone and bool(found.stages) and traits.keeps_text(run, test, words=arguments)

    def gives(self, node: Node, steps: Sequence[int], found: Filters, *, arguments: bool) -> bool:
        """Return whether filters put something out where it is taken, though their status is asked for, too."""
        run = meaning.ran([self._builder.steps[step] for step in steps])
        test = shell_pipes.trial(found.stages).test
        return shell_pipes.is_taken(node) and not traits.is_silent(run, test, words=arguments)

    def goes_on(self, node: Node, behind: Sequence[Node], steps: Sequence[int]) -> tuple[bool, str]:
        """Return whether lines of a call's output go on as they are, and the redirections that take them.

        ``node`` is the whole pipeline, ``behind`` are the commands behind the call.
        """
        others = [stage for stage in behind if not _is_tee(stage)]
        first = "".join(f"| {shell_words.source(stage)}" for stage in itertools.takewhile(_is_tee, behind))
        found = shell_pipes.filters_of(others)
        if found is None or found.rest is not None:
            return False, shell_sources.tees(first)
        test = shell_pipes.trial(found.stages).test
        run = meaning.ran([self._builder.steps[step] for step in steps])
        arguments = bool(steps) and self._builder.steps[steps[-1]].session.words
        if not (traits.chooses_lines(run, test, words=arguments) if run else traits.lets_pass(test, _ANY)):
            return False, shell_sources.tees(first)
        every = "".join(f"| {shell_words.source(stage)}" for stage in behind)
        return True, f"{shell_sources.tees(every)} {shell_pipes.redirects_of(node, found)[0] if behind else ''}"

    def _begun(
        self, node: Node, behind: Sequence[Node], steps: Sequence[int], found: Filters, *, arguments: bool
    ) -> Asked | None:
        """Return the value that the first filters of a pipeline put out, which the others take as before."""
        for head in shell_pipes.beginnings(behind) if not found.through else ():
            value = self.begun(node, steps, head, found, arguments=arguments, piped=True)
            if value is not None:
                return Asked(value, end=head.end, rest=True, changed=True)
        return None

    def begun(
        self, node: Node, steps: Sequence[int], head: Filters, every: Filters, *, arguments: bool, piped: bool = False
    ) -> Reading | None:
        """Return the value that the first filters of all put out, if it is what the others take, byte by byte."""
        value = self.filtered(steps, head, arguments=arguments, status=False)
        run = meaning.ran([self._builder.steps[step] for step in steps])
        test = shell_pipes.trial(every.stages).test
        if value is not None and every.rest is None and traits.is_constant(run, test, words=arguments):
            # Only whether all HSMs answer, and answer alike, can be meant.
            return None
        if value is not None and value.repeated and every.rest is None:
            value = value._replace(repeated=not traits.is_same(run, test, words=arguments))
        if value is None or value.kind not in kinds.VALUES or value.uneven or value.ragged or head.silent:
            return None
        if value.end != "\n":
            return None
        return self.placed(value, node, steps, head, arguments=arguments, piped=piped)

    def _logged(self, node: Node, behind: Sequence[Node], steps: Sequence[int], *, arguments: bool) -> Asked | None:
        """Return that filters choose what is seen and logged by a tee behind them; None if they do something else."""
        found = shell_pipes.filters_of(behind[:-1]) if len(behind) > 1 else None
        last = behind[-1]
        if found is None or found.through or found.silent or found.redirects or found.rest is not None:
            return None
        name = shell_pipes.command_words(last)[:1] if last.type == "command" else []
        if not name or words.literal(name[0]) != "tee" or node.type != "pipeline" or _in_function(node):
            return None
        if shell_pipes.use(node) != STATEMENT or shell_pipes.status_follows(node):
            return None
        through = shell_words.source(last)
        logs = self._only_shows(steps, found, through, arguments=arguments)
        return Asked(None, end=last.end_byte, shown=True, through=through) if logs else None

    def _only_shows(self, steps: Sequence[int], found: Filters, redirects: str, *, arguments: bool) -> bool:
        """Return whether filters do nothing but choose what is seen; of values nothing is chosen for a file."""
        run = meaning.ran([self._builder.steps[step] for step in steps])
        test = shell_pipes.trial(found.stages).test
        if redirects and any(map(meaning.named, run)):
            return False
        known = bool(found.stages) and traits.is_known(run, test, words=arguments)
        return known and not traits.is_silent(run, test, words=arguments)

    def shows(self, node: Node, steps: Sequence[int], found: Filters, *, arguments: bool, logged: bool = False) -> bool:
        """Return whether filters at a node put out lines of what was kept, and nothing ends where they fail.

        If they are ``logged``, in a file, they must be none with values.
        """
        run = meaning.ran([self._builder.steps[step] for step in steps])
        test = shell_pipes.trial(found.stages, pipefail=self.pipefail).test
        if not found.stages or not traits.chooses_lines(run, test, words=arguments):
            return False
        if (logged or shell_pipes.redirects_of(node, found)[0].replace(">&2", "").strip()) and any(
            map(meaning.named, run)
        ):
            return False
        if traits.is_silent_of_failures(run, test, words=arguments):
            return False
        if shell_pipes.is_passed_over(node):
            return True
        return not self._fails(node, found) or traits.is_always_good(run, test, words=arguments)

    def placed(
        self,
        reading: Reading,
        node: Node,
        steps: Sequence[int],
        found: Filters,
        *,
        arguments: bool,
        piped: bool = False,
    ) -> Reading | None:
        """Return a reading of a value as the place takes it: cut into words, or failing where the old one did.

        ``piped`` says that it is taken out of the command's own output, not out of what was kept of it. None if
        nothing can fail in that way.
        """
        if reading.kind == kinds.ID or reading.kind not in kinds.VALUES:
            return self._identified(reading, node, found)
        if found.rest is None and shell_pipes.use(node) == VALUE and shell_pipes.is_split(node):
            reading = cutting.split(reading)
        if found.rest is None and shell_pipes.is_substituted(node):
            # Bash takes the line ends away.
            reading = reading._replace(end="\n")
        if reading.uneven or reading.repeated or len(reading.end) > 1:
            return None
        if not self._fails(node, found):
            return reading
        if reading.kind in (kinds.COUNT_CU, kinds.COUNT_CO):
            # Of none, grep -c fails, and jq does not.
            return None
        run = meaning.ran([self._builder.steps[step] for step in steps])
        test = shell_pipes.trial(found.stages, pipefail=self.pipefail).test
        if reading.kind in (kinds.COUNT, kinds.USERS) and traits.fails_on_nothing(run, test, words=arguments):
            return None
        told = Reading(reading.kind, list(steps).index(reading.step))
        there = piped and arguments and reading.kind in ALWAYS
        return reading._replace(strict=not there and traits.fails_without(run, test, told, words=arguments))

    def _identified(self, reading: Reading, node: Node, found: Filters) -> Reading | None:
        """Return a reading of a user's id if a variable may hold the name for it, any other one as it is."""
        if reading.kind != kinds.ID:
            return reading
        ends = reading.strict and self._fails(node, found) and not shell_pipes.is_passed_over(node)
        if ends or found.rest is not None or not identified.is_taken(node, self._nodes, "\n".join(self._builder.texts)):
            return None
        return reading._replace(strict=False)

    def _fails(self, node: Node, found: Filters) -> bool:
        """Return whether anything depends on whether there is a value."""
        if found.rest is not None:
            return self._errexit and self.pipefail
        if self._errexit or shell_pipes.status_of_value(node) or shell_pipes.status_follows(node):
            return True
        if shell_pipes.use(node) == STATUS:
            return True
        names = (above.child_by_field_name("name") for above in shell_tree.above(node))
        return any(name is not None and shell_words.source(name) in self._asked for name in names)

    def counted(self, node: Node, steps: Sequence[int], found: Filters, *, arguments: bool) -> Reading | None:
        """Return what a number of lines tells that filters put out, if the script asks only whether it is 0."""
        if (
            found.rest is not None
            or found.redirects
            or found.silent
            or not counts.only_whether(node, self._nodes, "\n".join(self._builder.texts))
        ):
            return None
        if self._fails(node, found) and not shell_pipes.is_passed_over(node):
            # grep -c fails where it counts nothing.
            return None
        tried = shell_pipes.trial(found.stages)
        test = counts.whether(tried.test)
        told = self.reading(steps, test, tried.variables, arguments=arguments, status=True)
        return told._replace(counted=True) if told is not None else None

    def filtered(
        self, steps: Sequence[int], found: Filters, *, arguments: bool, status: bool, quiet: bool = False
    ) -> Reading | None:
        """Return what filters ask of the output of steps; with ``quiet`` only if they put out nothing."""
        tried = shell_pipes.trial(found.stages, pipefail=self.pipefail)
        told = self.reading(steps, tried.test, tried.variables, arguments=arguments, status=status, quiet=quiet)
        if told is None and status and len(tried.variables) > 1:

            def read(tried: shell_pipes.Trial) -> Reading | None:
                return self.reading(steps, tried.test, tried.variables, arguments=arguments, status=True, quiet=quiet)

            told = identified.of_type(found.stages, tried.variables, read, pipefail=self.pipefail)
        return told

    def reading(
        self,
        steps: Sequence[int],
        test: meaning.Test,
        variables: dict[str, Word],
        *,
        arguments: bool,
        status: bool,
        quiet: bool = False,
    ) -> Reading | None:
        """Return what a test asks of the output of steps; ``variables`` are those in it, by what stands for them."""
        others = self.runs.get(tuple(steps), [])
        found = self._told(steps, test, variables, arguments=arguments, status=status, quiet=quiet)
        for other in others:
            told = self._told(other, test, variables, arguments=arguments, status=status, quiet=quiet)
            if found is None or told is None or told._replace(step=found.step) != found:
                return None
            if list(other).index(told.step) != list(steps).index(found.step):
                return None
        return found

    def _told(
        self,
        steps: Sequence[int],
        test: meaning.Test,
        variables: dict[str, Word],
        *,
        arguments: bool,
        status: bool,
        quiet: bool,
    ) -> Reading | None:
        run = meaning.ran([self._builder.steps[step] for step in steps], variables)
        if quiet and not traits.is_silent(run, test, words=arguments):
            return None
        told = meaning.meaning(run, test, words=arguments, status=status)
        if told is None or (variables and told.kind not in (kinds.USER, kinds.ID)):
            return None
        if arguments and len(run) > 1 and run[told.step].name == "loginHSM" and run[-1].name not in _LOOKS:
            # The login is no command of its own then, and what fails could be the other one.
            return None
        return told._replace(step=steps[told.step], name=_named(told.name, variables))


def _is_tee(node: Node) -> bool:
    return bool(re.match(r"tee\b", shell_words.source(node)))


def _in_function(node: Node) -> bool:
    return any(found.type == "function_definition" for found in shell_tree.above(node))


def _named(name: Word, variables: dict[str, Word]) -> Word:
    told = words.shown(name)
    pieces = re.split(f"({'|'.join(map(re.escape, variables))})", told) if variables else [told]
    return words.join(variables.get(piece) or words.text(piece) for piece in pieces)
