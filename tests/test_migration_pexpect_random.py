"""Random pexpect programs: what the reader says that they type is what the tools receive when Python runs them."""

from __future__ import annotations

import itertools
import re
import sys
from typing import TYPE_CHECKING, NamedTuple

import pexpect
import pytest
from migration_support import script
from pexpect_stub import Spawn, TooMuchError, World, run
from random_programs import Maker

from migration import words
from migration.readers.python.doubts import GUARD
from migration.reading import kinds
from migration.translate import translate

if TYPE_CHECKING:
    from types import FrameType

    from migration.script import Capture, Script, Step

HEAD = r"""import pexpect, re, sys
from contextlib import contextmanager, closing
KMU = '/opt/cloudhsm/bin/key_mgmt_util'
CMU = '/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg'
PROMPT = 'Command:'
LOGIN = 'loginHSM -u CU -s alice -p password1'
child = pexpect.spawn(KMU, encoding='utf-8', timeout=5)
child.expect(PROMPT)
child.sendline(LOGIN)
child.expect(PROMPT)
def cmd(line, sign=PROMPT):
    child.sendline(line)
    child.expect(sign)
    return child.before
def made(label):
    out = cmd('genSymKey -t 31 -s 32 -l ' + label)
    m = re.search(r'Key Handle: (\d+)', out)
    return m.group(1) if m else None
def caught(label):
    child.sendline('genSymKey -t 31 -s 16 -l %s' % label)
    i = child.expect([r'Key Handle: (\d+)', 'HSM Error', pexpect.TIMEOUT, pexpect.EOF])
    if i != 0:
        raise RuntimeError(label)
    found = child.match.group(1)
    child.expect(PROMPT)
    return found
def found(label):
    out = cmd('findKey -l ' + label)
    return re.findall(r'\d+', out.split('matching keys:')[1]) if 'matching keys:' in out else []
def count(label):
    return int(re.search(r'present: (\d+)', cmd('findKey -l ' + label)).group(1))
def retried(line, times=3):
    for n in range(times):
        child.sendline(line)
        if child.expect(['SUCCESS', 'Error', pexpect.TIMEOUT]) == 0:
            child.expect(PROMPT)
            return True
        child.expect(PROMPT)
    return False
def once(line):
    return pexpect.run(KMU + ' singlecmd ' + LOGIN + ' ' + line, encoding='utf-8')
class Kmu:
    def __init__(self, user='alice'):
        self.child = pexpect.spawn(KMU, encoding='utf-8')
        self.child.expect(PROMPT)
        self.made = []
        self.run('loginHSM -u CU -s %s -p password1' % user)
    def run(self, line):
        self.child.sendline(line)
        i = self.child.expect([PROMPT, pexpect.EOF])
        return self.child.before
    def key(self, label):
        out = self.run('genSymKey -t 31 -s 24 -l {}'.format(label))
        self.made.append(out.split('Handle:')[1].split()[0])
        return self.made[-1]
    def __enter__(self):
        return self
    def __exit__(self, *e):
        self.child.sendline('exit')
        self.child.expect(pexpect.EOF)
        self.child.close()
@contextmanager
def managed(password='adminpw1'):
    c = pexpect.spawn(CMU, timeout=3)
    c.expect('aws-cloudhsm>')
    c.sendline('loginHSM CO admin ' + password)
    c.expect('aws-cloudhsm>')
    try:
        yield c
    finally:
        c.sendline('quit')
        c.close()
def user(c, name):
    c.sendline('createUser CU %s password2' % name)
    c.expect('y/n')
    c.sendline('y')
    c.expect('aws-cloudhsm>')
labels, handles, d, n, h = ['a', 'b'], [], {}, 0, made('zero')
"""
TEXTS = ("'p'", "labels[0]", "'l%d' % n", "f'{labels[-1][:5]}-{n}'", "'-'.join(labels[:2])[:9]", "str(len(handles))")
HANDLES = (
    "h", "made(T)", "caught(T)", "handles[-1]", "d.get('k', h)", "(found(T) or [h])[0]", "[x for x in handles][0]",
)  # fmt: skip
SIGNS = (
    "PROMPT", "'SUCCESS'", "[PROMPT, pexpect.EOF]", "['HSM Error', PROMPT]", "['Error', 'SUCCESS', pexpect.TIMEOUT]",
    "'Cfm3FindKey returned: 0x00'", "r'returned: (0x\\w+)'", "[pexpect.TIMEOUT, pexpect.EOF, PROMPT]", "'never'",
    "['never', 'Command:  ']", "[r'Key Handle: (\\d+)', r'present: (\\d+)', PROMPT]",
)  # fmt: skip
LINES = (
    "'findKey -l ' + T", "'genSymKey -t 31 -s 32 -l ' + T", "'deleteKey -k ' + H", "'getKeyInfo -k %s' % H",
    "'listUsers'",
    "'getAttribute -o ' + H + ' -a 3 -out a.txt'", "'genRSAKeyPair -m 2048 -e 65537 -l ' + T", "'logoutHSM'", "LOGIN",
    "'genSymKey -t 31 -s 32 -l of-%s' % H",
)  # fmt: skip
TESTS = (
    "n > 1", "h", "handles", "len(handles) > 1", "'SUCCESS' in cmd(L)", "'Error' not in cmd(L)", "retried(L)",
    "count(T) > 0", "count(T) == 0", "count(T) >= 2", "found(T)", "not found(T)", "len(found(T)) == 1",
    "len(sys.argv) > 1", "'Key Handle' in cmd(L)", "child.isalive()", "re.search(r'0x[1-9a-f]', cmd(L))",
    "child.expect(S) == 0", "h in found(T)", "h == made(T)", "n == 0 or retried(L)",
)  # fmt: skip
ACTS = (
    "cmd(L)", "cmd(L)", "cmd(L, S)", "h = H", "handles.append(H)", "d['k'] = H", "n += 1", "retried(L)",
    "labels.append(T)",
    "once(L)", "handles = found(T)", "handles += [H, H]", "n = count(T)", "child.sendline(L)", "child.expect(S)",
    "child.sendline()", "h = child.match and child.match.group(1)", "handles.reverse()", "labels.pop(0)",
    "out = once(L); h = re.search(r'Handle: (\\d+)', out).group(1) if 'Handle:' in out else h",
    "cmd('deleteKey -k ' + H)",
    "h = re.findall(r'\\d{3,}', child.before)[-1]", "child.sendline(L); child.expect(S); cmd(L)",
    "child.send(L + '\\n')",
    "h = child.before.split('Handle:')[-1].strip().split()[0]", "h = child.after.split(':')[-1].strip()",
    "handles.sort()",
)  # fmt: skip

_MOST_LINES = 3_000
_WITHS = ("user(c, 'bob')", "c.sendline('listUsers')", "c.sendline('deleteUser CU carol'); c.expect('success')")
_KEYS = ("k.run(L)", "h = k.key(T)", "handles.append(k.key(T)); k.run('deleteKey -k ' + k.made[0])")
_SOURCES = ("labels", "handles", "found(T)", "range(2)", "[made(x) for x in labels]", "d.values()")
_KINDS = ("pexpect.TIMEOUT", "pexpect.EOF", "Exception", "(pexpect.TIMEOUT, pexpect.EOF)", "RuntimeError")
_BEGINS = ("h = str(e)", "cmd('deleteKey -k %s' % e)", "pass")


class _Maker(Maker):
    """Makes programs out of the pieces above."""

    most, ends = 2, 0.08

    def filled(self, text: str) -> str:
        """Return a text with an expression in each gap."""
        for sign, choices in (("L", LINES), ("S", SIGNS), ("H", HANDLES), ("T", TEXTS)):
            text = re.sub(rf"\b{sign}\b(?!')", lambda _, choices=choices: self.random.choice(choices), text)
        return text

    def statement(self, depth: int, *, loop: bool) -> list[str]:  # noqa: PLR0911 - one return a kind
        """Return the lines of a statement."""
        choice = self.random.random()
        pick = self.random.choice
        if depth <= 0 or choice < 0.45:
            leaves = loop and self.random.random() < 0.12
            return [pick(["break", "continue"]) if leaves else self.filled(pick(ACTS))]
        inside = self.block(depth, loop=loop or choice < 0.6)
        more = ["else:", *self.block(depth, loop=loop)] if self.random.random() < 0.4 else []
        if choice < 0.6:
            return [f"for e in {self.filled(pick(_SOURCES))}:", f"    {pick(_BEGINS)}", *inside, *more]
        if choice < 0.74:
            return [f"if {self.filled(pick(TESTS))}:", *inside, *more]
        if choice < 0.82:
            last = self.filled("child.sendline(L)"), self.filled("i = child.expect(S)")
            return [*last, "if i == 0:", *inside, "elif i == 1:", *self.block(depth, loop=loop), *more]
        if choice < 0.88:
            return ["try:", *inside, f"except {pick(_KINDS)}:", *self.block(depth, loop=loop)]
        if choice < 0.94:
            return [f"with Kmu({pick(['', repr('carol')])}) as k:", f"    {self.filled(pick(_KEYS))}", *inside]
        return ["with managed() as c:", f"    {pick(_WITHS)}", *inside]


class _Ran(NamedTuple):
    """What the tools of a program have received, and whether it went well."""

    world: World
    good: bool
    error: str = ""


def _run(text: str, world: World, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> _Ran | None:
    """Run a program; None if something is wrong with it."""
    monkeypatch.setattr(Spawn, "world", world, raising=False)
    monkeypatch.setattr(pexpect, "spawn", Spawn)
    monkeypatch.setattr(pexpect, "run", run)
    monkeypatch.setattr(sys, "argv", ["x", *arguments])
    lines = itertools.count()

    def trace(frame: FrameType, *_: object) -> object:
        if frame.f_code.co_filename != "x.py":
            return None
        if next(lines) > _MOST_LINES:
            raise TooMuchError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        exec(compile(text, "x.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - it is the test's own
    except SystemExit as error:
        return _Ran(world, not error.code)
    except (NameError, SyntaxError, TooMuchError):
        return None
    except Exception as error:  # noqa: BLE001 - whatever it is, the program ends with it
        return _Ran(world, good=False, error=repr(error)[:200])
    finally:
        sys.settrace(before)
    return _Ran(world, good=True)


def _value(world: World, number: int, what: str) -> str:
    values = world.values(number)
    known = {
        kinds.HANDLE: values.handle,
        kinds.PUBLIC: values.public,
        kinds.PRIVATE: values.private,
        kinds.COUNT: len(values.found),
        kinds.FIRST: next(iter(values.found), "-"),
        kinds.LAST: next(reversed(values.found), "-"),
    }
    return str(known.get(what, "?"))


class _Bound:
    """What the variables of a translation hold as it is run in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.held: dict[str, str] = {}

    def bind(self, number: int, captures: tuple[Capture, ...]) -> None:
        """Let variables hold what they take out of the answer of a command."""
        self.held |= {item.variable: _value(self.world, number, item.what) for item in captures}

    def text(self, step: Step, parameters: dict[str, words.Word | None]) -> str:
        """Return the line that a step stands for; a question mark for what only a person knows."""
        found = []
        for word in step.words:
            pieces = []
            for part in words.settled(word, lambda name: None if name in self.held else parameters.get(name)):
                name = part.text.removeprefix("$((").removesuffix("))")
                pieces.append(part.text if part.kind == words.TEXT else self.held.get(name, "?"))
            found.append("".join(pieces))
        return " ".join(" ".join(found).split())


def _certain(found: Script) -> list[Step]:
    """Return what is done in any case, up to the first thing that is left to a person."""
    # A function that nothing calls stops the translation without need.
    stopping = [
        work
        for work in found.hand_work
        if (work.stops and "is not called here" not in work.text) or work.text.startswith("waits for")
    ]
    steps: list[Step] = []
    for number, step in enumerate(found.steps):
        stopped = any(work.before <= number if work.before >= 0 else work.line < step.line for work in stopping)
        if stopped or step.name == GUARD or step.condition or step.unclear or step.loop or not step.name:
            break
        steps.append(step)
    return steps


def check(seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """Return what is wrong with what is read of the program of a seed, and how many of its commands were compared."""
    body = _Maker(seed).program()
    found = script(HEAD + body, "x.py")
    certain = _certain(found)
    whole = len(certain) == len(found.steps) and not translate(found).remains
    for number, refused in enumerate((-1, -1, *(first + seed % 5 for first in (2, 5, 9)))):
        world = World(70_001 + seed % 977, (3, 1, 0, 2)[(seed + number) % 4], 2 + seed % 2, refused)
        ran = _run(HEAD + body, world, ["y"] if number else [], monkeypatch)
        if ran is None:
            return "", 0
        if not world.found and "IndexError" in ran.error:
            # That a search finds nothing stops the translation only where the handle is used.
            continue
        expected = _expected(found, certain, world)
        received = world.typed
        if 0 <= refused < len(received):
            # The translation stops at what fails; what a program does then is another matter.
            received, expected = received[: refused + 1], expected[: refused + 1]
        if any("?" in line for _, line in expected):
            return "", 0
        wanted = expected if whole or ran.good else expected[: len(received)]
        if (received if whole else received[: len(expected)]) != wanted:
            told = f"refused {refused}, good {ran.good} {ran.error}\nreceived {received}\nread     {expected}"
            return f"seed {seed}\n{body}\n{told}\n{found.hand_work}", len(certain)
    return "", len(certain) if len(certain) > 3 else 0


def _expected(found: Script, certain: list[Step], world: World) -> list[tuple[str, str]]:
    """Return the lines that steps stand for in a world, each with its tool."""
    bound = _Bound(world)
    lines = []
    for number, step in enumerate(certain):
        lines.append((step.tool, bound.text(step, dict(found.parameters))))
        bound.bind(number, step.captures)
    return lines


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_a_random_pexpect_program_types_what_the_reader_says(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for seed in range(start, start + 20):
        wrong, number = check(seed, monkeypatch)
        assert wrong == ""
        compared += bool(number)
    assert compared > 5
