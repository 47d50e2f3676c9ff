"""In which order a Python program does what functions, classes, generators and loops hide, and how often."""

from __future__ import annotations

import pytest
from migration_support import script
from test_migration_python import bash, said

HEAD = """import sys, subprocess, contextlib, functools
from contextlib import contextmanager
from dataclasses import dataclass
from concurrent.futures import ThreadPoolExecutor
def do(label):
    return subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'findKey', '-l', label])
@contextmanager
def around(name):
    do(name + '-in')
    try:
        yield name
    finally:
        do(name + '-out')
class Base:
    kind = 'b'
    def __init__(self, name):
        self.name = name
    def __enter__(self):
        do(self.full + '-in')
        return self
    def __exit__(self, *a):
        do(self.full + '-out')
    @property
    def full(self):
        return self.kind + self.name
    def run(self):
        do(self.full)
class Sub(Base):
    kind = 's'
    def run(self):
        super().run()
        do(self.full + '2')
def numbers():
    for i in range(2):
        yield 'n%d' % i
def both():
    do('first')
    yield 'x'
    do('between')
    yield 'y'
    do('last')
def twice(f):
    @functools.wraps(f)
    def wrapper(*a, **k):
        f(*a, **k)
        return f(*a, **k)
    return wrapper
@twice
def doubled(label):
    do(label)
"""


def labels(text: str) -> list[str]:
    """Return which keys a program looks for, with a question mark for what it does under a condition."""
    found = script(HEAD + text, "x.py")
    return ["".join(part.text for part in step.words[-1]) + ("?" if step.condition else "") for step in found.steps]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("with around('a') as n:\n    do(n)\n", ["a-in", "a", "a-out"]),
        ("with around('a'), around('b') as n:\n    do(n)\n", ["a-in", "b-in", "b", "b-out", "a-out"]),
        ("def f():\n    with around('a') as n:\n        return do(n)\nf()\ndo('z')\n", ["a-in", "a", "a-out", "z"]),
        ("with around('a'):\n    do('x')\n    sys.exit(0)\ndo('never')\n", ["a-in", "x", "a-out"]),
        ("for l in ('a', 'b'):\n    with around(l):\n        if l == 'a':\n            continue\n        do(l)\n",
         ["a-in", "a-out", "b-in", "b", "b-out"]),
        ("with Base('a') as o:\n    o.run()\n", ["ba-in", "ba", "ba-out"]),
        ("with Sub('a') as o:\n    o.run()\n", ["sa-in", "sa", "sa2", "sa-out"]),
        ("list(map(do, ['a', 'b']))\n", ["a", "b"]),
        ("list(map(lambda o: o.run(), [Base('a'), Sub('b')]))\n", ["ba", "sb", "sb2"]),
        ("for r in map(do, ('a', 'b')):\n    print(r)\n", ["a", "b"]),
        ("for l in filter(None, ['a', '', 'b']):\n    do(l)\n", ["a", "b"]),
        ("for l in map(str.upper, ['a']):\n    do(l)\n", ["A"]),
        ("with ThreadPoolExecutor() as pool:\n    list(pool.map(do, ['a', 'b']))\n", ["a", "b"]),
        ("def mk(l):\n    do(l)\n    return True\nany(mk(l) for l in ('a', 'b'))\n", ["a"]),
        ("def mk(l):\n    do(l)\n    return True\nall(mk(l) for l in ('a', 'b'))\n", ["a", "b"]),
        ("def mk(l):\n    do(l)\n    return False\nall(mk(l) for l in ('a', 'b'))\n", ["a"]),
        ("def mk(l):\n    do(l)\n    return len(sys.argv) > 2\nany(mk(l) for l in ('a', 'b'))\n", ["a", "b?"]),
        ("d = {'a': 1, 'b': 2}\ndel d['a']\nfor k in d:\n    do(k)\n", ["b"]),
        ("d = ['a', 'b', 'c']\ndel d[0]\nd.remove('c')\nfor k in d:\n    do(k)\n", ["b"]),
        ("q = ['a', 'b']\nwhile q:\n    do(q.pop(0))\n", ["a", "b"]),
        ("i = 0\nwhile True:\n    i += 1\n    do('w%d' % i)\n    if i >= 2:\n        break\n", ["w1", "w2"]),
        ("d = {}\nd.setdefault('k', []).append('a')\nd['k'] += ['b']\nfor v in d.values():\n    for x in v: do(x)\n",
         ["a", "b"]),
        ("d = {'a': 1}\nd.update(b=2)\nd.pop('a')\nfor k in d:\n    do(k)\n", ["b"]),
        ("match 'b':\n    case 'a':\n        pass\n    case 'b' | 'c':\n        do('bc')\n    case _:\n        pass\n",
         ["bc"]),
        ("match len(sys.argv):\n    case 1:\n        do('one')\n    case _:\n        do('more')\n", ["one?", "more?"]),
        ("for l in numbers():\n    do(l)\n", ["n0", "n1"]),
        ("do(','.join(numbers()))\n", ["n0,n1"]),
        ("for l in both():\n    do(l)\n", ["first", "x", "between", "y", "last"]),
        ("g = both()\n", []),
        ("doubled('a')\n", ["a", "a"]),
        ("getattr(Base('a'), 'run')()\n", ["ba"]),
        ("@dataclass\nclass D:\n    n: str\n    k: str = 'k'\n    def go(self): do(self.n + self.k)\nD('a').go()\n",
         ["ak"]),
        ("def f():\n    n = 'a'\n    def g():\n        nonlocal n\n        n = 'b'\n    g()\n    do(n)\nf()\n", ["b"]),
        ("x = ['a', 'b', 'c']\nfor e in reversed(x):\n    do(e)\n    x.reverse(); x.reverse()\n", ["c", "b", "a"]),
        ("g = map(str.upper, 'ab')\nfor e in g:\n    do(e)\nfor e in g:\n    do(e)\n", ["A", "B"]),
        ("i = iter('abc')\nnext(i)\nfor e in i:\n    do(e)\n    break\nfor e in i:\n    do(e + '2')\n", ["b", "c2"]),
        ("d = {'a': 1, 'b': 2}\nfor k, v in d.items():\n    do(k + str(v))\n    d[k] = 0\n", ["a1", "b2"]),
        ("do([*both()][1])\n", ["first", "between", "last", "y"]),
        ("do(str(len(set(both()))))\n", ["first", "between", "last", "2"]),
        ("for l in ('a', 'b'):\n    do(l)\n    if len(sys.argv) > 2:\n        break\ndo(l)\n", ["a", "b?", "l_2"]),
        ("c = Base('a')\nfor l in ('a', 'b'):\n    if c is not None:\n        break\ndo(l)\n", ["a"]),
        ("def f(x, s=[]):\n    s.append(x)\n    do(','.join(s))\nf('a')\nf('b')\n", ["a", "a,b"]),
        ("l = 'a'\ndef f(x=l):\n    do(x)\nl = 'b'\nf()\n", ["a"]),
        ("l = 'a'\nclass C:\n    def f(self, *, x=l):\n        do(x)\nl = 'b'\nC().f()\n", ["a"]),
        ("fs = [lambda i=i: do(i) for i in 'ab']\nfor f in fs:\n    f()\n", ["a", "b"]),
        ("async def main():\n    do('a')\nimport asyncio\nasyncio.run(main())\n", ["a"]),
    ],
)  # fmt: skip
def test_everything_is_done_where_python_does_it(text: str, expected: list[str]) -> None:
    assert labels(text) == expected


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("match ('a', 1):\n    case (x, 1):\n        do(x)\n", "is not followed: match"),
        (
            "import threading\nthreading.Thread(target=do, args=('a',)).start()\n",
            "do is not followed where others",
        ),
        ("import atexit\natexit.register(do, 'a')\n", "do is not followed where others"),
        ("import x\nx.find()(do('a'))('b')\n", "what is called is not known"),
        ("next(do(l) for l in ('a', 'b'))\n", "is not followed: next"),
        ("@functools.lru_cache\ndef once(l):\n    do(l)\nonce('a')\n", "what @functools.lru_cache makes of once"),
        ("any(do(l) for l in open('x'))\n", "is not followed: any"),
        (
            "x = ['a', 'b', 'c', 'd']\nfor e in reversed(x):\n    do(e)\n    x.reverse()\n",
            "changes what it goes",
        ),
        ("x = ['a']\nfor e, n in zip(x, 'xyz'):\n    do(e)\n    x.append('b')\n", "changes what it goes"),
        ("d = {'a': 1}\nfor k in d:\n    do(k)\n    d['b'] = 1\n", "changes what it goes"),
        (
            "d = {'a': 1, 'b': 2}\nfor k, v in d.items():\n    do(str(v))\n    d['b'] = 3\n",
            "changes what it goes",
        ),
        ("g = both()\nlist(g)\nlist(g)\n", "asked for twice"),
        ("g = both()\ndo(next(g))\n", "is not followed: next"),
        ("fs = [lambda: do(i) for i in 'ab']\nfs[0]()\n", "is not followed: [lambda: do(i)"),
        ("try:\n    raise KeyError\nexcept KeyError:\n    do('a')\ndo('b')\n", "an error is raised and handled here"),
        ("do(''.upper(1))\n", "fails, as far as it is known"),
        ("x = lambda: sys.x\nsubprocess.run(x().split())\n", "runs what only the run tells"),
        ("do(*sys.stdin)\n", "is what *sys.stdin gives, one by one"),
    ],
)
def test_what_may_reach_a_tool_and_is_not_followed_stops_the_translation(text: str, what: str) -> None:
    found = script(HEAD + text, "x.py")
    assert what in said(found)
    assert "by_hand 'line" in bash(found)


def test_a_function_that_nothing_calls_does_not_stop_the_translation() -> None:
    found = script(HEAD + "do('a')\n", "x.py")
    assert not [work for work in found.hand_work if work.stops and "not called" in work.text and "do " in work.text]
    found = script("import pexpect\ndef unused(c):\n    c.sendline('listUsers')\n" + HEAD + "do('a')\n", "x.py")
    assert "function unused types at a tool and is not called here" in said(found)
    assert "by_hand 'line 2" not in bash(found)
