"""What is known of a script that was read: plain values, for the plan, the translation and whoever rehearses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migration.reading.kinds import Reading
    from migration.words import Part, Word

CMU, KMU, HOST = "cloudhsm_mgmt_util", "key_mgmt_util", "configure"

# What a line is: understood and no matter of the HSMs; what starts a tool, answers or waits for a prompt, or sets a
# variable; not understood; what reads what a tool printed; a command. Of several the strongest counts, the last here.
IRRELEVANT, CONTEXT, UNKNOWN, CHECK, COMMAND = "irrelevant", "context", "not understood", "check", "command"
STRENGTH = (IRRELEVANT, CONTEXT, UNKNOWN, CHECK, COMMAND)


class Line(NamedTuple):
    """One line of the file, from 1, and what it was taken for."""

    number: int
    kind: str
    remark: str = ""


class Login(NamedTuple):
    """Who is logged in: the legacy type as it stands, the name, and the password; None if it is asked for."""

    type: Word
    user: Word
    password: Word | None
    second_factor: Word | None = None


# How a loop names all arguments of the script; behind it may stand from which one on.
ALL_ARGUMENTS = "@"
# What stands before the name of the rows that a loop goes over.
FILE = "<"


class Rows(NamedTuple):
    """The lines of a file behind the first ``skipped``, over which a loop goes.

    ``ends`` says that what stands behind the last line end is a line, too (``all``), also in a file without anything
    (``eof``), or that the text is trimmed (``trim``); ``made`` are variables, each with the code of bash that makes it
    of a line in every turn.
    """

    path: Word
    skipped: int = 0
    ends: str = ""
    made: tuple[tuple[str, str], ...] = ()


class Capture(NamedTuple):
    """A variable of the script that takes something out of a command's output.

    ``what`` is ``handle``, ``public``, ``private``, ``count`` or ``first`` (the first of a list); a name with ``[]``
    behind it is a list.
    """

    variable: str
    what: str


class Session(NamedTuple):
    """Where a step is run: tool, number of its run from 1, configuration file, login, server of server mode.

    ``words`` is True for a run that got its commands as arguments (``singlecmd``).
    """

    tool: str
    run: int
    cfg: str = ""
    login: Login | None = None
    server: Word | None = None
    words: bool = False


class Test(NamedTuple):
    """What bash can ask: what stands between ``[[`` and ``]]``, and the variables of the translation in it.

    ``place`` tells conditions of a script apart that ask the same at several places.
    """

    text: str
    names: tuple[str, ...] = ()
    place: int = 0


@dataclass(frozen=True)
class Step:
    """One legacy command.

    ``name`` is its full name, empty if a variable hides it. ``answers`` are what is typed at its questions, the y of a
    confirmation left out; ``declined`` says that it was answered with n. ``condition`` says when it is run, if not
    always. ``checks`` are jq filters that the script finds true of the answer; ``loop`` is (variable, list) of a loop
    over handles, arguments or rows.
    ``may_fail`` says that the script answers the question after its failure. ``mistake`` says why the
    real tool shows nothing but help over it, ``unclear`` what must be known before it can be translated. ``line`` is
    its line, from 1. ``loose`` are variables and code of a shell script that stood without quotes, and may be no word,
    each with whether it is all of a word. ``perhaps`` are variables that take something out of the answer only if it is
    there: where it is not, the script goes on without them. ``when`` is ``condition`` as bash asks it, if it can.
    """

    line: int
    name: str
    words: tuple[Word, ...]
    session: Session
    answers: tuple[Word, ...] = ()
    captures: tuple[Capture, ...] = ()
    condition: str = ""
    mistake: str = ""
    unclear: str = ""
    declined: bool = False
    may_fail: bool = False
    checks: tuple[str, ...] = ()
    loop: tuple[str, str] | None = None
    created: tuple[int, ...] = ()
    loose: frozenset[tuple[Part, bool]] = frozenset()
    perhaps: frozenset[str] = frozenset()
    when: Test | None = None

    @property
    def tool(self) -> str:
        """The tool that the command is typed at."""
        return self.session.tool


class Call(NamedTuple):
    """A run of a tool in a shell script: the bytes it takes there, its steps, and what becomes of its output.

    ``reading`` is what is asked of the output there, ``answer`` the step whose answer alone is kept for later, -1 if
    all are; ``redirects`` are its redirections as they stand, ``behind`` those of what it goes through, ``ending`` what
    follows the call. A ``gap`` is done by
    hand; ``needed`` says that nothing can go on without it, as its output or its status is asked for. With
    ``logins`` its status is asked for as that of its login alone, as the answer tells of the command; with ``beside``
    the answers of the commands behind the login are kept, too, behind whether that is good. ``each`` is the variable
    of a loop that calls it for each line, ``splits`` what puts on lines what it is called for, if it stands otherwise.
    ``choices`` are the texts that ``chosen``, a variable, may hold, each with the steps that the call has then;
    ``steps`` are the first of these.
    """

    start: int
    end: int
    steps: tuple[int, ...]
    reading: Reading | None = None
    answer: int = -1
    redirects: str = ""
    behind: str = ""
    ending: str = ""
    gap: str = ""
    needed: bool = False
    through: str = ""
    each: str = ""
    splits: str = ""
    takes: bool = False
    wrapper: str = ""
    body: str = ""
    logins: bool = False
    beside: bool = False
    chosen: str = ""
    choices: tuple[tuple[str, tuple[int, ...]], ...] = ()


class Rewrite(NamedTuple):
    """Bytes of a shell script that read a tool's output, and what stands for them; without text it is done by hand.

    ``gap`` and ``needed`` are as those of a call; ``word`` says that a word of a command is replaced, not a command.
    """

    start: int
    end: int
    text: str
    gap: str = ""
    needed: bool = False
    word: bool = False


class HandWork(NamedTuple):
    """What the translation leaves to a person: line, what to do, and whether the translated script stops there.

    ``before`` is the index of the step that comes next, -1 if the line tells; ``needed`` says that nothing can go on
    without it, as everything behind depends on it.
    """

    line: int
    text: str
    stops: bool = True
    before: int = -1
    needed: bool = False


class Printed(NamedTuple):
    """Lines of its own that the script prints: ``before``, ``loop`` and ``when`` as those of a step, or of hand work.

    ``ended`` says that a line end follows each of them, ``errors`` that they go to standard error.
    """

    line: int
    texts: tuple[Word, ...]
    before: int
    loop: tuple[str, str] | None = None
    when: Test | None = None
    ended: bool = True
    errors: bool = False


class Refusal(NamedTuple):
    """A test of bash for arguments that end the script at once, with a status, behind what it says then."""

    test: str
    status: int
    said: tuple[Printed, ...] = ()


class Ending(NamedTuple):
    """A place where the script ends if a test is true: ``before`` as that of hand work, ``loop`` as that of a step.

    ``unless`` is an argument that makes the test false where it is given: who insists on it need not ask.
    """

    line: int
    text: str
    test: Test
    status: str
    before: int
    loop: tuple[str, str] | None = None
    unless: str = ""


class Option(NamedTuple):
    """An option of the script: its flags, the variable that holds it, its value without it, ``given`` that of a switch.

    ``takes`` says that its value stands behind it, ``carried`` that the translation can read it at all. It is one of
    ``choices``, if there are any, and the only one of its ``group`` that is given, if it has one.
    """

    flags: tuple[str, ...]
    variable: str
    start: Word = ()
    given: Word = ()
    takes: bool = False
    required: bool = False
    carried: bool = True
    choices: tuple[str, ...] = ()
    group: str = ""


class Usage(NamedTuple):
    """How the script is called: its options, and how many other arguments it takes, at most -1 for any number.

    ``choices`` are those of other arguments, each with its position, from 1, and its name; ``groups`` are those of
    options that exclude each other, each with whether one of it must be given.
    """

    options: tuple[Option, ...]
    least: int
    most: int
    choices: tuple[tuple[int, str, tuple[str, ...]], ...] = ()
    groups: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Script:
    """A file that was read.

    ``language`` is ``expect``, ``shell``, ``python``, ``list`` or ``transcript``. ``parameters`` are variables that a
    command uses, each with the word that it has at the start, or None if only a run tells. ``optional`` are
    variables of the environment that need not be set where nothing but a test asks for them. ``refusals`` are tests of
    bash for arguments that end the script at once, each with its status then, ``endings`` those for anything else;
    ``printed`` is what it prints itself, in its order;
    ``usage`` is how it reads options, if it does.
    ``constants`` are variables that hold one value wherever a command behind a line uses them, each with that line,
    from 1. ``reread`` are variables in texts that were cut into words again: by a shell, each with the quotes around
    it, or at blanks alone, with one. ``users`` are names by id, ``signatures`` the key of each signature file,
    ``unmade`` lines by the handles of keys that a session shows them to make, where they are left to a person;
    ``names`` are variables that hold the name of a user where they held the id; ``text`` is the whole file as it is
    read, line for line, ``original`` as it stands if that is not the same, ``rows`` are the files over whose lines
    loops go.
    """

    name: str
    language: str
    text: str
    lines: tuple[Line, ...]
    steps: tuple[Step, ...]
    calls: tuple[Call, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    hand_work: tuple[HandWork, ...] = ()
    parameters: Mapping[str, Word | None] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    optional: frozenset[str] = frozenset()
    refusals: tuple[Refusal, ...] = ()
    constants: Mapping[str, tuple[int, Word]] = field(default_factory=dict)
    endings: tuple[Ending, ...] = ()
    printed: tuple[Printed, ...] = ()
    usage: Usage | None = None
    users: Mapping[int, str] = field(default_factory=dict)
    unmade: Mapping[int, int] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    signatures: Mapping[str, Word] = field(default_factory=dict)
    reread: frozenset[tuple[str, str]] = frozenset()
    rows: Mapping[str, Rows] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    original: str = ""

    def counts(self) -> dict[str, int]:
        """Return how many lines there are of each kind."""
        return {kind: sum(line.kind == kind for line in self.lines) for kind in reversed(STRENGTH)}
