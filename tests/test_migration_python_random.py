"""Random programs: what the reader says that they type is what they type when Python runs them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from migration_support import script
from random_programs import Maker

from migration import words
from migration.readers.python.doubts import GUARD
from migration.translate import translate

if TYPE_CHECKING:
    from migration.script import Script

HEAD = """import subprocess, sys, functools
from contextlib import contextmanager
def do(label):
    subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'findKey', '-l', str(label)])
    return label
xs, d, n, s = ['a', 'b', 'c'], {'k': 'v', 'l': 'w'}, 0, 'txt'
class Box:
    count = 0
    def __init__(self, name='z'):
        self.name, self.items = name, []
    def __enter__(self):
        do('in-' + self.name)
        return self
    def __exit__(self, *e):
        do('out-' + self.name)
    def put(self, x):
        self.items.append(x)
        self.count += 1
    def run(self):
        for i in self.items:
            do(i)
class Sub(Box):
    def put(self, x):
        super().put(x + '!')
box, sub = Box(), Sub('y')
@contextmanager
def around(name):
    do('begin-' + name)
    try:
        yield name + 'x'
    finally:
        do('end-' + name)
def gen(k):
    for i in range(k):
        yield 'g%d' % i
def noisy(k):
    for i in range(k):
        do('n%d' % i)
        yield 'y%d' % i
def early(x):
    if x == 'b':
        return 'early'
    do('late-' + x)
    return x.upper()
def counter():
    c = [0]
    def step():
        c[0] += 1
        return c[0]
    return step
tick = counter()
def wrap(f):
    @functools.wraps(f)
    def inner(*a, **k):
        do('pre')
        r = f(*a, **k)
        do('post')
        return r
    return inner
@wrap
def wrapped(x):
    return do('w' + x)
def maybe(z):
    do(z)
    if len(sys.argv) > 1:
        return 'argument'
    return z + 'R'
"""
TEXTS = (
    "'p'", "s", "xs[0]", "'%s-%d' % (s, n)", "f'{s}{n:02d}'", "d.get('q', 'other')", "early(xs[0])", "early('b')",
    "box.name", "str(tick())", "','.join(gen(2))", "str(len(xs))", "str(box.count)", "str([x for x in xs if x > 'a'])",
    "str(list(zip(xs, gen(2))))", "wrapped('q')", "('yes' if n > 1 else 'no')", "str(any(x == 'a' for x in xs))",
)  # fmt: skip
LISTS = (
    "xs", "xs[:2]", "gen(3)", "noisy(2)", "d", "d.values()", "[s, 'm']", "map(str.upper, xs)", "filter(None, ['f'])",
    "(x + '1' for x in ('q', 'r'))", "[do(x) for x in xs[:2]]", "box.items", "map(do, ['m1', 'm2'])", "[*xs, 'star']",
    "sorted(xs, reverse=True)", "tuple(gen(2))", "(do(x) for x in xs[:2])",
)  # fmt: skip
TESTS = (
    "n > 1", "s == 'txt'", "'a' in xs", "not xs", "early('q') == 'Q'", "do('') is None", "all(do(x) for x in xs[:2])",
    "box.items", "n == 0 or do('or')", "xs and xs[0] == 'a'", "len(sys.argv) > 1", "not len(sys.argv) > 1",
    "n > 0 or len(sys.argv) > 1",
)  # fmt: skip
ACTS = (
    "do(T)", "do(T)", "s = T", "n += 1", "xs.append(T)", "xs.pop(0)", "xs.insert(0, T)", "d[T] = T", "del xs[0]",
    "d.pop('k', None)", "d.update(k=T)", "d.setdefault('k', T)", "box.put(T)", "sub.put(T)", "box.run()", "sub.run()",
    "wrapped(T)", "xs += [T]", "xs.sort()", "xs.extend(gen(2))", "xs[0] = 'set'", "box.name = T", "list(map(do, xs))",
    "a, *b = xs; do(a); xs = b or ['left']", "(lambda q: do(q))('lam')", "xs.clear()", "getattr(box, 'run')()",
    "s = maybe(T)", "any(do(x) == 'b' for x in xs)",
)  # fmt: skip
WITHS = ("around(s)", "Box('w')", "around('o') as v, Box(v)", "sub", "around(s) as s")


class _Maker(Maker):
    """Makes programs out of the pieces above."""

    most, ends = 3, 0.05

    def filled(self, text: str) -> str:
        """Return a text with an expression in each gap."""
        first, *rest = text.split("T")
        return first + "".join(self.random.choice(TEXTS) + piece for piece in rest)

    def statement(self, depth: int, *, loop: bool) -> list[str]:  # noqa: PLR0911 - one return a kind
        """Return the lines of a statement."""
        choice = self.random.random()
        if depth <= 0 or choice < 0.5:
            leaves = loop and self.random.random() < 0.12
            return [self.random.choice(["break", "continue"]) if leaves else self.filled(self.random.choice(ACTS))]
        inside = self.block(depth, loop=loop or choice < 0.72)
        more = ["else:", *self.block(depth, loop=loop)] if self.random.random() < 0.3 else []
        if choice < 0.64:
            return [f"for e in {self.random.choice(LISTS)}:", "    do(e)", *inside, *more]
        if choice < 0.72:
            return [f"i{depth} = 0", f"while i{depth} < 2:", f"    i{depth} += 1", *inside]
        if choice < 0.86:
            return [f"if {self.random.choice(TESTS)}:", *inside, *more]
        if choice < 0.94:
            return [f"with {self.random.choice(WITHS)}:", *inside]
        if choice < 0.97:
            return ["try:", *inside, "finally:", "    do('fin')"]
        cases = ["    case 'txt' | 0:", *(f"    {line}" for line in inside), "    case _:", "        do('none')"]
        return [f"match {self.random.choice(['s', 'n'])}:", *cases]


class _Ran(NamedTuple):
    """What a program has typed, and whether it went well."""

    labels: list[str]
    good: bool


class _TooMuchError(BaseException):
    """The program does not come to an end."""


def _run(text: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> _Ran | None:
    """Run a program; None if something is wrong with it."""
    labels: list[str] = []

    def check_output(typed: list[str]) -> bytes:
        labels.append(typed[-1])
        if len(labels) > 300 or len(typed[-1]) > 500:
            raise _TooMuchError
        return b""

    def trace(_frame: object, event: str, _argument: object) -> object:
        nonlocal events
        events += event == "line"
        if events > 20_000:
            raise _TooMuchError
        return trace

    events = 0
    monkeypatch.setattr("subprocess.check_output", check_output)
    monkeypatch.setattr(sys, "argv", ["x", *arguments])
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        exec(compile(text, "x.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - it is the test's own
    except (SystemExit, KeyError) as error:
        return _Ran(labels, isinstance(error, SystemExit) and not error.code)
    except (_TooMuchError, Exception):  # noqa: BLE001 - whatever it is, the program is of no use
        return None
    finally:
        sys.settrace(before)
    return _Ran(labels, good=True)


def _read(found: Script) -> tuple[list[str], list[str]]:
    """Return what is typed for certain, and what is typed at all."""
    certain: list[str] = []
    every: list[str] = []
    stopped = False
    for step in found.steps:
        stopped = stopped or step.name == GUARD
        if step.name == "findKey":
            label = words.shown(step.words[2]) if len(step.words) > len(("findKey", "-l")) else ""
            every.append(label)
            if not (stopped or step.condition or step.unclear):
                certain.append(label)
    return certain, every


def _holds(wanted: list[str], some: list[str]) -> bool:
    """Return whether some things are among others, in their order."""
    others = iter(wanted)
    return all(item in others for item in some)


def _refused(found: Script, arguments: list[str]) -> bool:
    """Return whether the translation does not begin with these arguments."""
    tests = [test for test, _ in found.refusals]
    return any(
        subprocess.run(["bash", "-c", f"[[ {test} ]]", "x", *arguments], check=False).returncode == 0 for test in tests
    )


@pytest.mark.parametrize("start", range(0, 210, 30))
def test_a_random_program_types_what_the_reader_says(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for seed in range(start, start + 30):
        body = _Maker(seed).program()
        found = script(HEAD + body, "x.py")
        called = [arguments for arguments in ([], ["y"]) if not _refused(found, arguments)]
        ran = [_run(HEAD + body, arguments, monkeypatch) for arguments in called]
        good = [item for item in ran if item is not None]
        certain, every = _read(found)
        if len(good) < len(ran) or any(work.stops for work in found.hand_work) or any("$" in label for label in every):
            continue
        compared += 1
        for item in good:
            if not translate(found).remains:
                assert item.labels == every, body
            elif item.good:
                assert _holds(item.labels, certain), body
                assert set(item.labels) <= set(every), body
    assert compared > 9
