"""Random programs with branches: the translation does what Python does, as who, and ends as that does."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pexpect
import pytest
from migration_support import script
from pexpect_stub import Spawn, World
from random_programs import Maker

from migration import legacy
from migration.bash import linear
from migration.bash.prelude import functions
from migration.reading import samples
from migration.reading.samples import Ran, Values
from migration.script import KMU
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

BASH = shutil.which("bash") or ""
HEAD = r"""import pexpect, re, subprocess, sys
if len(sys.argv) < 3:
    sys.exit(2)
a, b = sys.argv[1], sys.argv[2]
KMU = '/opt/cloudhsm/bin/key_mgmt_util'
CMU = '/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg'
child = pexpect.spawn(KMU, encoding='utf-8')
child.expect('Command:')
child.sendline('loginHSM -u CU -s carol -p password1')
child.expect('Command:')
def once(*line):
    full = [KMU, 'singlecmd', 'loginHSM', '-u', 'CU', '-s', 'alice', '-p', 'password1']
    full.extend(line)
    return subprocess.check_output(full, text=True)
def say(number, *what):
    print('say', number, *what)
def make(label):
    once('genSymKey', '-t', '31', '-s', '32', '-l', label)
def found(label):
    out = once('findKey', '-l', label)
    m = re.search(r'matching keys:\s+([\d, ]+)', out)
    return [h.strip() for h in m.group(1).split(',')] if m else []
def count(label):
    return int(re.search(r'present: (\d+)', once('findKey', '-l', label)).group(1))
def exists(label):
    return count(label) > 0
def ensure(label):
    if exists(label):
        return False
    make(label)
    return True
def act(label):
    if a == 'x':
        make(label)
        if exists('new'):
            return 'both'
        return
    if b == 'y' and found(label):
        outer(label)
    else:
        drop(label)
def drop(label):
    keys = found(label)
    if keys:
        once('deleteKey', '-k', keys[0])
def first(label):
    m = re.search(r'matching keys:\s+(\d+)', once('findKey', '-l', label))
    if not m:
        return None
    return m.group(1)
def outer(label):
    child.sendline('genSymKey -t 31 -s 16 -l ' + label)
    child.expect('Command:')
def session(user, label):
    c = pexpect.spawn(KMU, encoding='utf-8')
    c.expect('Command:')
    c.sendline('loginHSM -u CU -s %s -p password1' % user)
    c.expect('Command:')
    c.sendline('genSymKey -t 31 -s 24 -l %s' % label)
    c.expect('Command:')
    c.sendline('exit')
    c.expect(pexpect.EOF)
def added(name):
    c = pexpect.spawn(CMU)
    c.expect('aws-cloudhsm>')
    c.sendline('loginHSM CO admin adminpw1')
    c.expect('aws-cloudhsm>')
    c.sendline('createUser CU %s password2' % name)
    c.expect('y/n')
    c.sendline('y')
    c.expect('aws-cloudhsm>')
    c.sendline('quit')
    c.close()
h, n, k = [], 1, None
make('first')
added('first')
"""
LABELS = ("'here'", "'gone'", "'old'", "'new'", "'l-%s' % a")
TESTS = (
    "exists(T)", "not exists(T)", "found(T)", "not found(T)", "count(T) == 0", "a == 'x'", "b != 'y'", "a",
    "a == 'x' and b == 'y'", "h", "n == 0", "n", "len(h) > 0", "exists(T) and a == 'x'", "exists(T) or exists(T)",
    "found(T) and found(T)", "ensure(T)",
    "first(T) is None", "k", "first(T)", "k is not None and a", "n + count(T) > 0", "len(h) > 1",
)  # fmt: skip
ACTS = (
    "make(T)", "make(T)", "session('bob', T)", "outer(T)", "ensure(T)", "h = found(T)", "n = count(T)", "added('dave')",
    "n = len(h)", "h += found(T)", "act(T)", "drop(T)", "print(found(T)[0])", "once('deleteKey', '-k', found(T)[0])",
    "once('deleteKey', '-k', first(T) or '262')", "k = first(T)", "h and once('deleteKey', '-k', h[0])",
)  # fmt: skip
# What a program says: with arguments, what a search has found, how much, nothing of these.
SAYINGS = (
    "print('say N', T)", "print(f'say N {k}')", "print('say N', h[0])", "print('say N', a, b, sep=', ', end=' ;\\n')",
    "print('say N %d keys' % len(h))", "sys.stdout.write('say N\\n')", "print('say N', n, file=sys.stderr)",
    "say('N', T)", "print('say N')\nprint('say', [a, 1])", "print('say N', first(T))", "print('say N', count(T))",
)  # fmt: skip
LOOPS = (
    ["for l in ('here', 'one'):", "    if exists(l):", "        continue", "    make(l)", "    print('say', l)"],
    ["for l in ('one', a):", "    print('say', l)", "    print('say more')"],
    ["for l in ('gone', 'two'):", "    if not found(l):", "        make(l)", "        continue", "    outer(l)"],
)
SEARCH = " findKey "
# What the cluster of the program holds; other labels are those of no key.
HELD = {"here": 2, "old": 1, "l-x": 1}
FAKE = r"""
fake() {
    local IFS=' ' count=0
    case $* in
        *label=here*) count=2 ;;
        *label=old* | *label=l-x*) count=1 ;;
    esac
    [ "$*" = 'key list --max-items 1' ] || printf '%s %s\n' "${CLOUDHSM_PIN%%:*}" "$*" >> "$LOG"
    printf '{"error_code": 0, "data": {"total_key_count": %s, "matched_keys": [%s], %s}}\n' $count \
        "$([ $count = 0 ] || printf '{"key-reference": "0x2710"}')" \
        '"key": {"key-reference": "0x3039"}'
}
CLOUDHSM_CLI=fake
"""
_TOLD = {
    "findKey": re.compile(r"^(\S+) key list .*attr\.label=(\S+)"),
    "genSymKey": re.compile(r"^(\S+) key generate-symmetric .*--label (\S+)"),
    "deleteKey": re.compile(r"^(\S+) key (delete) "),
    "createUser": re.compile(r"^(\S+) user create --username (\S+)"),
}


class _Maker(Maker):
    """Makes programs out of the pieces above."""

    most, ends, number = 2, 0.1, 0

    def filled(self, text: str) -> str:
        """Return a text with a label in each gap, and a number in one of what is said."""
        self.number += 1
        text = re.sub(r"\bN\b", str(self.number), text)
        return re.sub(r"\bT\b", lambda _: self.random.choice(LABELS), text)

    def statement(self, depth: int, *, loop: bool) -> list[str]:
        """Return the lines of a statement."""
        choice = self.random.random()
        if depth <= 0 or choice < 0.4:
            return self.filled(self.random.choice(ACTS if choice < 0.25 else SAYINGS)).split("\n")
        if choice < 0.5:
            return self.random.choice(LOOPS)
        if choice < 0.6:
            said = [f"    {self.filled(self.random.choice(SAYINGS[:-2]))}"] if choice < 0.55 and depth > 1 else []
            said = [line for text in said for line in text.replace("\n", "\n    ").split("\n")]
            status = self.random.choice(["0", "1", "3", self.filled("'say N ' + T")])
            return [f"if {self.filled(self.random.choice(TESTS))}:", *said, f"    sys.exit({status})"]
        more = ["else:", *self.block(depth, loop=loop)] if self.random.random() < 0.4 else []
        return [f"if {self.filled(self.random.choice(TESTS))}:", *self.block(depth, loop=loop), *more]


class _World(World):
    """Tools that tell who has typed what."""

    def __init__(self) -> None:
        super().__init__(48611, 0, 2)
        self.users: dict[int, str] = {}
        self.done: list[str] = []
        self.run = 0

    def carried_out(self, tool: str, line: str) -> str:
        """Note what is done, and as who."""
        asked = line.split()
        name = legacy.full_name(tool, (asked or [""])[0]) or ""
        if name == "loginHSM":
            self.users[self.run] = asked[4] if tool == KMU else asked[2]
        elif name == "deleteKey":
            self.done.append(f"{self.users.get(self.run, '')} deleteKey delete")
        elif name in ("findKey", "genSymKey", "createUser"):
            self.done.append(f"{self.users.get(self.run, '')} {name} {asked[2] if name == 'createUser' else asked[-1]}")
        number = len(self.typed)
        self.typed.append((tool, line))
        first = self.first + 100 * number
        held = tuple(range(first, first + HELD.get(asked[-1], 0))) if name == "findKey" else ()
        return samples.command(Ran(tool, name, line), Values(first, first, first + 1, held, (), 2), -1) if name else ""


class _Spawn(Spawn):
    """A tool that says which run it is."""

    world: _World

    def __init__(self, command: str, args: Any = (), **options: Any) -> None:
        self.number = self.world.run = len(self.world.users) + 1
        super().__init__(command, args, **options)

    def _line(self, line: str) -> None:
        self.world.run = self.number
        super()._line(line)


class _Ended(NamedTuple):
    """What was done, as who, how it has ended, and what was said, on standard error behind the rest."""

    done: list[str]
    status: int
    said: list[str]


def _as_python(text: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> _Ended | None:
    """Run a program; None if something is wrong with it."""
    world = _World()

    def check_output(given: list[str], **_: Any) -> str:
        return str(_Spawn(given[0], given[1:], encoding="utf-8").read())

    monkeypatch.setattr(_Spawn, "world", world, raising=False)
    monkeypatch.setattr(pexpect, "spawn", _Spawn)
    monkeypatch.setattr(subprocess, "check_output", check_output)
    monkeypatch.setattr(sys, "argv", ["x", *arguments])
    out, errors, status = io.StringIO(), io.StringIO(), 0
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            exec(compile(text, "x.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - it is the test's own
    except SystemExit as error:
        status = int(error.code or 0) if not isinstance(error.code, str) else 1
        errors.write(error.code if isinstance(error.code, str) else "")
    except KeyError:
        status = 1
    except (IndexError, TypeError, AttributeError):
        return None
    return _Ended(world.done, status, _sayings(out.getvalue(), errors.getvalue()))


def _sayings(*texts: str) -> list[str]:
    """Return what is said, the handles in it alike."""
    return [re.sub(r"\d{4,}", "#", line) for text in texts for line in text.splitlines() if line.startswith("say ")]


def _as_bash(commands: str, arguments: list[str], folder: Path) -> _Ended:
    """Run a translation."""
    log = folder / "log"
    log.write_text("")
    # A function takes the place of the program, which a shell becomes: so many programs would take long to start.
    prelude = functions(commands, allow_gaps=False).replace('    exec "${CLOUDHSM_CLI:', '    "${CLOUDHSM_CLI:')
    whole = f"{prelude}\n{FAKE}\n{commands}"
    command = [BASH, "-euo", "pipefail", "-c", whole, "x.sh", *arguments]
    ran = subprocess.run(
        command, env={"LOG": str(log), "PATH": "/usr/bin:/bin"}, capture_output=True, check=False, text=True
    )
    found = [
        [f"{told[1]} {name} {told[2]}" for name, sign in _TOLD.items() if (told := sign.match(line))]
        for line in log.read_text().splitlines()
    ]
    return _Ended([line for lines in found for line in lines], ran.returncode, _sayings(ran.stdout, ran.stderr))


@pytest.mark.parametrize("start", range(0, 160, 80))
def test_a_random_program_with_branches_does_what_its_translation_does(
    start: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compared = 0
    for seed in range(start, start + 80):
        body = _Maker(seed).program()
        translation = translate(script(HEAD + body, "x.py"))
        commands = linear.render(translation)
        if "by_hand" in commands or any("must be set before" in text for _, text in translation.remains):
            continue
        compared += 1
        lost = any("does not print" in text or "JSON in its place" in text for _, text in translation.remains)
        told = any("ends the program" in text for _, text in translation.remains)
        for arguments in (["x", "y"], ["x", "z"], ["w", "y"]):
            wanted = _as_python(HEAD + body, arguments, monkeypatch)
            with monkeypatch.context() as real:
                real.undo()
            monkeypatch.undo()
            if wanted is not None:
                found = _as_bash(commands, arguments, tmp_path)
                # A search that is not done as an earlier one has found nothing changes nothing.
                assert [line for line in found.done if SEARCH not in line] == [
                    line for line in wanted.done if SEARCH not in line
                ], (body, arguments)
                rest = iter(wanted.said)
                assert found.said == wanted.said or ((lost or told) and all(line in rest for line in found.said)), (
                    body,
                    arguments,
                )
                # A status that is not carried over is said.
                assert told or found.status == wanted.status, (body, arguments)
    assert compared > 1
