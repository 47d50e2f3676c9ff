"""No value of a made-up output gets out of the reader of Python programs."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from migration_support import script
from test_migration_python import bash, said

from migration.readers.python import samples

if TYPE_CHECKING:
    from migration.script import Script

HEAD = """import re, subprocess, sys
def kmu(*w):
    return subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s',
        'alice', '-p', 'password1', *w], text=True)
class Box:
    def __init__(self):
        self.held, self.one = [], None
    def put(self, item):
        self.held.append(item)
        self.one = item
box, keys, made, one, old = Box(), [], {}, None, []
def keep(item):
    global one
    one = item
    old.append(item)
"""
GENERATE = "out = kmu('genSymKey', '-t', '31', '-s', '32', '-l', 'k')\n"
LOOP = "for line in out.split('\\n'):\n    if 'Handle' in line:\n        "
TAKEN = "line.split('Handle:')[1].strip()"


def read(text: str) -> Script:
    """Return what is read of a program behind its first lines."""
    return script(HEAD + text, "x.py")


def leaked(found: Script) -> set[int]:
    """Return the handles of samples in a translation."""
    text = bash(found)
    numbers = {int(item) for item in re.findall(r"\d{4,18}", text)}
    numbers |= {int(item, 16) for item in re.findall(r"0x([0-9a-f]+)", text)}
    return numbers & samples.numbers(64)


@pytest.mark.parametrize(
    ("kept", "used"),
    [
        (f"keys.append({TAKEN})", "for k in keys:\n    kmu('deleteKey', '-k', k)\n"),
        (f"keys += [{TAKEN}]", "kmu('deleteKey', '-k', keys[0])\n"),
        (f"keys.insert(0, {TAKEN})", "for k in keys[-1:]:\n    kmu('deleteKey', '-k', k)\n"),
        (f"made['a'] = {TAKEN}", "kmu('deleteKey', '-k', made['a'])\n"),
        (f"made['a'] = {TAKEN}", "for n, k in made.items():\n    kmu('deleteKey', '-k', k)\n"),
        (f"box.put({TAKEN})", "kmu('deleteKey', '-k', box.one)\n"),
        (f"box.put({TAKEN})", "for k in box.held:\n    kmu('deleteKey', '-k', k)\n"),
        (f"keep({TAKEN})", "kmu('deleteKey', '-k', one)\n"),
        (f"keep({TAKEN})", "for k in old:\n    kmu('deleteKey', '-k', k)\n"),
        (f"keys.append({TAKEN})", "for k in keys:\n    kmu(*('deleteKey -k ' + k).split())\n"),
    ],
)
def test_what_is_kept_in_a_loop_over_an_output_is_the_handle(kept: str, used: str) -> None:
    found = read(GENERATE + LOOP + kept + "\n" + used)
    assert re.fullmatch(r"\$\w+", words_of(found, "deleteKey"))
    assert bash(found).count("hsm key delete") == 1
    assert leaked(found) == set()
    assert said(found) == ""


def words_of(found: Script, name: str) -> str:
    """Return the last word of the first command of a name."""
    return "".join(
        f"${part.text}" if part.kind == "variable" else part.text
        for step in found.steps
        if step.name == name
        for part in step.words[-1]
    )


def test_all_handles_that_are_collected_stay_a_loop() -> None:
    found = read(
        "out = kmu('findKey', '-l', 'k')\nfor h in re.findall(r'\\d+', out.split('keys:')[1].split('Cluster')[0]):\n"
        "    keys.append(h)\nfor k in keys:\n    kmu('deleteKey', '-k', k)\n"
    )
    assert 'for k in "${keys[@]}"; do' in bash(found)
    assert leaked(found) == set()


def test_a_list_that_something_else_holds_too_is_forgotten() -> None:
    found = read(
        "out = kmu('findKey', '-l', 'k')\nmade['all'] = keys\n"
        "for h in re.findall(r'\\d+', out.split('keys:')[1].split('Cluster')[0]):\n"
        "    keys.append(h)\nfor k in made['all']:\n    kmu('deleteKey', '-k', k)\n"
    )
    assert "by_hand 'line" in bash(found)
    assert leaked(found) == set()


def test_a_number_of_a_sample_never_becomes_a_word() -> None:
    number = min(samples.numbers(1))
    assert "made-up output" in said(read(f"kmu('deleteKey', '-k', str({number - 1} + 1))\n"))
    assert said(read(f"kmu('deleteKey', '-k', '{number}')\n")) == ""


_OUTPUTS = ("'genSymKey', '-t', '31', '-s', '32', '-l', 'k'", "'findKey', '-l', 'k'", "'genRSAKeyPair', '-m', '2048'")
_SOURCES = (
    "out.splitlines()", "out.split()", "re.findall(r'\\d+', out)", "out.split('\\n')[1:]", "enumerate(out.split())",
    "re.finditer(r'handle\\D*(\\d+)', out)", "[w for w in out.split() if w.isdigit()]", "set(out.split())",
)  # fmt: skip
_TESTS = (
    "True",
    "'andle' in str(x)",
    "str(x).isdigit()",
    "len(str(x)) > 3",
    "x not in keys",
    "not keys",
    "one is None",
)
_TAKES = ("x", "str(x).strip()", "str(x).split(':')[-1].strip()", "str(x)[-6:]", "'%s' % (x,)", "f'{x}'", "int(str(x))")
_KEEPS = (
    "keys.append(V)", "keys += [V]", "keys = keys + [V]", "made[V] = 1", "made['k'] = V", "made.setdefault('k', V)",
    "made.update(k=V)", "box.one = V", "box.put(V)", "keep(V)", "one = V", "keys.insert(0, V)", "keys.extend([V, V])",
    "made.setdefault('k', []).append(V)", "keys.append({'h': V})", "keys.append((V, 1))", "kmu('deleteKey', '-k', V)",
    "one = V; break", "keys.append(V); keys.sort()", "keys.append(V); keys.pop()", "one = (one or '') + str(V)",
    "box.held += [V]", "old[:] = [V]", "old.append(keys); keys.append(V)", "print(V)",
)  # fmt: skip
_USES = (
    "kmu('deleteKey', '-k', str(one))", "for k in keys:\n    kmu('deleteKey', '-k', k)",
    "for k in made:\n    kmu('deleteKey', '-k', k)", "for n, k in made.items():\n    kmu('deleteKey', '-k', k)",
    "kmu('deleteKey', '-k', keys[0])", "kmu('deleteKey', '-k', made['k'])", "kmu('deleteKey', '-k', box.one)",
    "for k in box.held + old:\n    kmu('deleteKey', '-k', '%s' % k)", "[kmu('deleteKey', '-k', k) for k in keys]",
    "kmu('findKey', '-l', 'k-' + '-'.join(map(str, keys)))", "while keys:\n    kmu('deleteKey', '-k', keys.pop())",
    "list(map(lambda k: kmu('deleteKey', '-k', k), keys))", "kmu(*['deleteKey', '-k'] + keys[:1])",
    "kmu('findKey', '-l', str(len(keys)) + hex(int(keys[0])))", "any(kmu('deleteKey', '-k', k) for k in made.values())",
    "for k in sorted(set(keys)):\n    kmu('deleteKey', '-k', k)", "kmu('deleteKey', '-k', next(iter(keys)))",
    "kmu('deleteKey', '-k', str(int(keys[0]) + 0))", "kmu('findKey', '-l', repr(keys) + str(made))",
)  # fmt: skip
_FORMS = (
    "for x in S:\n    if T:\n        K\n",
    "def f(text):\n    global keys, one\n    for x in S:\n        if T:\n            K\nf(out)\n",
    "for line in out.splitlines():\n    for x in line.split():\n        if T:\n            K\n",
    "keys = [V for x in S if T]\n",
    "one = next((V for x in S if T), None)\n",
    "[keys.append(V) for x in S if T]\n",
    "made = {V: 1 for x in S if T}\n",
    "try:\n    for x in S:\n        if T:\n            K\nexcept ValueError:\n    pass\n",
    "i = 0\nfor x in S:\n    i += 1\n    if T and i:\n        K\n",
)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_handle_of_a_sample_is_in_a_translation(data: st.DataObject) -> None:
    text = ""
    for _ in range(data.draw(st.integers(1, 2))):
        form = data.draw(st.sampled_from(_FORMS)).replace("S", data.draw(st.sampled_from(_SOURCES)))
        form = form.replace("T", data.draw(st.sampled_from(_TESTS))).replace("K", data.draw(st.sampled_from(_KEEPS)))
        text += f"out = kmu({data.draw(st.sampled_from(_OUTPUTS))})\n"
        text += form.replace("V", data.draw(st.sampled_from(_TAKES)))
        text += data.draw(st.sampled_from(_USES)) + "\n"
    found = read(text)
    assert leaked(found) == set(), text
    guarded = [step for step in found.steps if "made-up" in step.unclear]
    assert not guarded, text


def test_every_way_to_keep_with_every_use() -> None:
    for number, (keep, use) in enumerate(itertools.product(_KEEPS, _USES)):
        if number % 3:  # neither list's length is a multiple of three, so every way meets every kind of use in turn
            continue
        text = f"out = kmu({_OUTPUTS[0]})\n{LOOP}{keep.replace('V', TAKEN)}\n{use}\n"
        found = read(text)
        assert leaked(found) == set(), text
        assert not [step for step in found.steps if "made-up" in step.unclear], text


@pytest.mark.parametrize("copied", ["list(w)", "tuple(w)", "[x for _, x in enumerate(w)]", "[*reversed(w[::-1])]"])
def test_a_copy_of_a_list_keeps_the_handles_in_it(copied: str) -> None:
    text = f"""{HEAD}
def do(*w):
    return kmu(*{copied})
h = do('genSymKey', '-t', '31', '-s', '32', '-l', 'x').split('Handle: ')[1].split()[0]
do('deleteKey', '-k', h)
"""
    assert "by_hand" not in bash(script(text, "x.py"))
