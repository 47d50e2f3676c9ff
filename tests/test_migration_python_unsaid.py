"""What a Python program does within expressions, classes and ``with``: done, said, or left to a person."""

from __future__ import annotations

import pytest
from migration_support import script

from migration import words
from migration.bash import linear
from migration.translate import translate

HEAD = """import contextlib, subprocess
KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s a -p password1 genSymKey -t 31 -s 32 -l "
def make(label):
    return subprocess.call(KMU + label, shell=True) == 0
"""


def labels(text: str) -> list[str]:
    """Return the labels of the keys that are made."""
    steps = script(HEAD + text, "x.py").steps
    return [words.shown(step.words[-1]) for step in steps if step.name == "genSymKey"]


def said(text: str) -> list[str]:
    """Return what the plan says of a program."""
    return [what for _, what in translate(script(HEAD + text, "x.py")).remains]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("make('a') or make('b')", "not (make('a'))"),
        ("good = make('a') or make('b')", "not (make('a'))"),
        ("not make('a') and make('b')", "not make('a')"),
        ("x = 1 if make('a') else make('b')", "not (make('a'))"),
        ("any(make(x) for x in ('a', 'b'))", "not (make(x))"),
        ("all(not make(x) for x in ('a', 'b'))", "not make(x)"),
    ],
)
def test_what_an_expression_does_only_at_a_failure_is_said(text: str, asked: str) -> None:
    assert labels(text) == ["a"]
    assert said(text) == [f"what is done if {asked} is left out: the translation stops at a failure"]


TWICE = "def twice(f):\n    def inner(*given):\n        {}\n    return inner\ntwice(make)('a')\n"


@pytest.mark.parametrize(
    "inner",
    [
        "f(*given) or f(*given)",
        "if not f(*given): f(*given)",
        "for _ in range(3):\n            if f(*given): return True",
    ],
)
def test_what_a_function_that_is_given_does_only_at_a_failure_is_said(inner: str) -> None:
    assert labels(TWICE.format(inner)) == ["a"]
    assert any("failed, which is left out" in what or "is left out: the" in what for what in said(TWICE.format(inner)))


@pytest.mark.parametrize("text", ["make('a') and make('b')", "all(make(x) for x in ('a', 'b'))"])
def test_of_what_an_expression_does_where_all_goes_well_nothing_is_said(text: str) -> None:
    assert (labels(text), said(text)) == (["a", "b"], [])


@pytest.mark.parametrize(
    "text",
    [
        "min(['a', 'b'], key=make)",
        "sorted(['a', 'b'], key=lambda x: make(x))",
        "names = ['a', 'b']\nnames.sort(key=make)",
        "for x in iter(lambda: make('a'), False): pass",
    ],
)
def test_a_function_that_python_calls_by_itself_is_left(text: str) -> None:
    assert any("is not followed where others call it" in what for what in said(text))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        (("class C:\n    n = 0\n    def __init__(self): C.n += 1\n    def go(self): make(f'k{self.n}')\n"
         "C().go()\nC().go()"), ["k1", "k2"]),
        (("class C:\n    names = []\n    def add(self, name): self.names.append(name)\n"
         "C().add('a')\nC().add('b')\nfor x in C.names: make(x)"), ["a", "b"]),
        ("class C:\n    name = 'old'\nclass D(C): pass\nd = D()\nC.name = 'new'\nmake(d.name)", ["new"]),
        ("class C:\n    name = 'a'\nc, d = C(), C()\nc.name = 'b'\nmake(c.name)\nmake(d.name)", ["b", "a"]),
    ],
)  # fmt: skip
def test_what_a_class_holds_is_that_of_all_its_objects(text: str, made: list[str]) -> None:
    assert labels(text) == made


CLASS = "class C:\n    def __enter__(self): return self\n    def __exit__(self, *_): return {}\n"
GENERATOR = "@contextlib.contextmanager\ndef g():\n    try:\n        yield\n    except ValueError:\n        pass\n"


@pytest.mark.parametrize(
    ("before", "around", "left"),
    [
        (CLASS.format("True"), "C()", True),
        (GENERATOR, "g()", True),
        ("", "contextlib.suppress(ValueError)", True),
        (CLASS.format("None"), "C()", False),
        ("", "open('/tmp/log', 'w')", False),
    ],
)
def test_what_follows_an_error_that_a_with_may_handle_is_left(before: str, around: str, *, left: bool) -> None:
    text = f"{before}with {around}:\n    make('a')\n    raise ValueError\nmake('b')\n"
    assert labels(text) == (["a", "b"] if left else ["a"])
    assert any("may handle it and is not followed" in what for what in said(text)) is left


@pytest.mark.parametrize(
    ("test", "is_said"),
    [
        ("os.geteuid() != 0", True),
        ("platform.system() != 'Linux'", True),
        ("not shutil.which('openssl')", True),
        ("not shutil.which('key_mgmt_util')", False),
        ("sys.version_info < (3, 6)", False),
        ("platform.python_version() < '3'", False),
    ],
)
def test_a_test_of_the_machine_that_ends_a_program_is_said_and_stops_nothing(test: str, *, is_said: bool) -> None:
    text = f"import os, platform, shutil, sys\nif {test}:\n    sys.exit(1)\nmake('a')\n"
    expected = [f"ends the program if {test}, which is not checked"] if is_said else []
    assert (labels(text), said(text)) == (["a"], expected)
    assert not any(work.stops for work in script(HEAD + text, "x.py").hand_work)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("subprocess.call = lambda *_, **__: 0", True),
        ("import sys\nsys.excepthook = lambda *_: make('b')", True),
        ("import sys\np = subprocess.Popen(KMU.split()[0], stdin=subprocess.PIPE)\nsys.stdout = p.stdin", True),
        ("import sys\nsys.stdout = open('/tmp/log', 'w')", False),
        ("import socket\nsocket.timeout = 5", False),
    ],
)
def test_what_a_module_is_given_that_has_to_do_with_a_tool_is_left(text: str, *, left: bool) -> None:
    assert any("from here on is not followed" in what for what in said(f"{text}\nmake('a')\n")) is left


OBJECT = "class C:\n    def __init__(self): self.name = 'a'\nc = C()\n"


def test_an_attribute_that_is_set_by_its_name_is_set() -> None:
    assert labels(OBJECT + "for n, v in {'name': 'b'}.items(): setattr(c, n, v)\nmake(c.name)") == ["b"]


@pytest.mark.parametrize(
    "change",
    ["c.__dict__['name'] = 'b'", "c.__dict__.update(name='b')", "vars(c)['name'] = 'b'", "setattr(c, input(), 'b')"],
)
def test_an_attribute_that_may_have_been_set_is_left(change: str) -> None:
    assert labels(f"{OBJECT}{change}\nmake(c.name)") == ["$name"]
    assert any("of an object, which" in what for what in said(f"{OBJECT}{change}\nmake(c.name)"))


TRIES = """def tries(label):
    if not make(label):
        print('no', label)
        return False
    return True
"""
OWN = """class Bad(Exception): pass
def sure(label):
    if not make(label):
        raise Bad(label)
"""
LOST = "not make(label)"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("for x in ('a', 'b'):\n    if not make(x):\n        print('skipped')\n        continue", "not make(x)"),
        (
            "for x in ('a', 'b'):\n    if make(x):\n        print('made')\n    else:\n        print('no')",
            "not (make(x))",
        ),
        (TRIES + "tries('a')\ntries('b')", LOST),
        (TRIES + "made = [tries('a'), tries('b')]", LOST),
        (TRIES + "for x in ('a', 'b'):\n    if tries(x):\n        print(x)", LOST),
        (TRIES + "ok = tries('a')\nif not ok:\n    print('no')\nmake('b')", "not ok"),
        (
            "import sys\ndef main():\n    for x in ('a', 'b'):\n        if not make(x): print('no')\nmain()",
            "not make(x)",
        ),
        (
            OWN + "for x in ('a', 'b'):\n    try:\n        sure(x)\n    except Bad:\n        print('no')",
            "Bad is raised",
        ),
        ("try:\n    make('a')\nexcept OSError:\n    print('no')\nmake('b')", "OSError is raised"),
    ],
)
def test_where_a_program_goes_on_at_a_failure_is_said(text: str, asked: str) -> None:
    assert labels(text) == ["a", "b"]
    assert said(text) == [f"the program goes on if {asked}: the translation stops at a failure"]


@pytest.mark.parametrize(
    "text",
    [
        "if not make('a'):\n    print('no')\n    sys.exit(1)\nmake('b')",
        "if not make('a'):\n    raise SystemExit('no')\nmake('b')",
        "def die():\n    print('no')\n    sys.exit(1)\nif not make('a'): die()\nmake('b')",
        TRIES + "for x in ('a', 'b'):\n    if not tries(x):\n        sys.exit(1)",
        TRIES + "ok = tries('a')\nif not ok:\n    sys.exit(1)\nif not tries('b'): sys.exit(1)",
        "def main():\n    if not make('a'):\n        print('no')\n        return 1\n    make('b')\nsys.exit(main())",
        "if make('a'):\n    make('b')",
        OWN + "try:\n    sure('a')\n    sure('b')\nexcept Bad as error:\n    print(error)\n    sys.exit(1)",
    ],
)
def test_where_a_program_ends_at_a_failure_as_the_translation_does_nothing_is_said(text: str) -> None:
    assert labels("import sys\n" + text) == ["a", "b"]
    assert said("import sys\n" + text) == []


def test_what_is_done_behind_a_command_that_went_well_and_returned_is_said() -> None:
    text = "def tries(label):\n    if make(label):\n        return\n    make('again')\ntries('a')\ntries('b')"
    assert labels(text) == ["a", "b"]
    assert said(text) == ["what is done if not (make(label)) is left out: the translation stops at a failure"]


SKIPPING = """TOOL = ['/opt/cloudhsm/bin/cloudhsm_mgmt_util', '/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg']
existing = subprocess.run(TOOL, input='listUsers\\nquit\\n', stdout=subprocess.PIPE, text=True).stdout
def go(text): subprocess.run(TOOL, input=text, text=True)
text = 'loginHSM CO admin adminpw1\\n'
"""
CREATED = "'createUser CU %s password1\\ny\\n' % user"


@pytest.mark.parametrize(
    "made",
    [
        f"for user in ('a', 'b'):\n    if user in existing:\n        continue\n    text += {CREATED}",
        f"for user in ('a', 'b'):\n    if user not in existing:\n        text += {CREATED}",
        f"some = ['a']\nwhile some:\n    user = some.pop()\n    if user in existing: continue\n    text += {CREATED}",
        f"def add(user):\n    global text\n    if user in existing: return\n    text += {CREATED}\nadd('a')\nadd('b')",
        (
            "def both():\n    text = ''\n    def add(user):\n        nonlocal text\n"
            f"        if user in existing: return\n        text += {CREATED}\n"
            "    add('a')\n    return text\ntext += both()"
        ),
    ],
)
def test_a_text_that_grows_only_where_a_run_says_so_is_not_typed_as_if_it_always_did(made: str) -> None:
    read = script(f"{HEAD}{SKIPPING}{made}\ngo(text + 'quit\\n')\n", "x.py")
    assert all(step.name != "createUser" for step in read.steps)
    assert "by_hand 'line" in linear.render(translate(read))


def test_a_function_of_the_program_that_is_called_as_one_of_pexpect_is_followed() -> None:
    text = (
        "import pexpect\ndef spawn():\n    child = pexpect.spawn('/opt/cloudhsm/bin/key_mgmt_util')\n    return child\n"
        "child = spawn()\nchild.sendline('findKey')\n"
    )
    assert not any("spawn" in what for what in said(text))


def test_what_is_done_as_no_turn_of_a_loop_went_well_is_said() -> None:
    loop = "for _ in range(3):\n    if make('a'): break\nelse:\n    os.system('mail oncall')\n    sys.exit(1)\n"
    text = f"import os, sys\n{loop}make('b')"
    assert labels(text) == ["a", "b"]
    left = "what is done if nothing ends for _ in range(3) is left out: the translation stops at a failure"
    assert left in said(text)


@pytest.mark.parametrize("behind", ["if x == 'b':\n    make('c')\n", "if x == 'b':\n    sys.exit(4)\nmake('c')\n"])
def test_what_must_be_in_a_variable_of_which_only_a_test_asks_is_said(behind: str) -> None:
    told = "$x must be set before: it is sys.argv[1].title()"
    assert said(f"import sys\nx = sys.argv[1].title()\n{behind}") == [told]
