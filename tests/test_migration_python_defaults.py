"""What argparse makes of options that are not given, and of options that exclude each other."""

from __future__ import annotations

import pytest
from migration_support import script
from test_migration_python import HEAD, program, said
from test_migration_python_options import run_new, run_old

from migration.translate import translate

START = "import argparse\nparser = argparse.ArgumentParser()\n"
SHOWN = "child.sendline('genSymKey -t 31 -s 32 -l %s' % {})\n"
LABEL = "parser.add_argument('--label', default='own')\n"
KEEP = "parser.add_argument('--keep', action='{}'{})\n"
KEPT = "args = parser.parse_args()\nif args.keep:\n    child.sendline('genSymKey -t 31 -s 32 -l kept')\n"
GROUP = """group = parser.add_mutually_exclusive_group({})
group.add_argument('-m', '--make', action='store_true')
group.add_argument('-l', '--label', default='x')
parser.add_argument('--other', action='store_true')
args = parser.parse_args()
"""


@pytest.mark.parametrize("given", [[], ["--label", "mine"]])
@pytest.mark.parametrize(
    "lines",
    [
        LABEL,
        f"{LABEL}parser.set_defaults(label='later')\n",
        f"parser.set_defaults(label='before')\n{LABEL}",
        "parser.set_defaults(label='before')\nparser.add_argument('--label')\n",
        f"{LABEL}parser.set_defaults(label='first')\nparser.set_defaults(label='second', more='1')\n",
        "parser.add_argument('--label', dest='text', default='own')\nparser.set_defaults(text='dest', label='x')\n",
        "parser.set_defaults(size=32, label='only')\nparser.add_argument('--label')\n",
    ],
)
def test_what_is_not_given_is_what_was_said_last(lines: str, given: list[str]) -> None:
    name = "text" if "dest=" in lines else "label"
    text = f"{START}{lines}args = parser.parse_args()\n{SHOWN.format(f'args.{name}')}"
    assert run_new(text, given) == run_old(text, given)


def test_what_no_option_sets_is_what_is_said() -> None:
    text = f"{START}{LABEL}parser.set_defaults(more='fixed')\nargs = parser.parse_args()\n{SHOWN.format('args.more')}"
    assert run_new(text, []) == run_old(text, []) == (0, "fixed")


@pytest.mark.parametrize("given", [[], ["--keep"]])
@pytest.mark.parametrize("default", ["", ", default=True", ", default=False", ", default=None"])
@pytest.mark.parametrize("action", ["store_true", "store_false"])
def test_a_switch_has_a_value_of_its_own(action: str, default: str, given: list[str]) -> None:
    text = f"{START}{KEEP.format(action, default)}{KEPT}"
    assert run_new(text, given) == run_old(text, given)


def test_set_defaults_is_for_switches_too() -> None:
    text = f"{START}{KEEP.format('store_true', '')}parser.set_defaults(keep=True)\n{KEPT}"
    assert run_new(text, []) == run_old(text, []) == (0, "kept")


@pytest.mark.parametrize("required", ["", "required=True"])
@pytest.mark.parametrize(
    "given",
    [
        [],
        ["--make"],
        ["-m", "-m"],
        ["--label", "a", "--label=b"],
        ["-la", "--other"],
        ["-m", "--label", "a"],
        ["--label=a", "-m"],
        ["-la", "--make"],
    ],
)
def test_options_that_exclude_each_other(required: str, given: list[str]) -> None:
    text = f"{START}{GROUP.format(required)}{SHOWN.format('args.label')}"
    assert run_new(text, given) == run_old(text, given)


def test_groups_of_one_name_are_several() -> None:
    second = GROUP.format("").replace("--make", "--new").replace("--label", "--tag").replace("'-m', ", "")
    text = START + GROUP.format("").replace("args =", "_ =") + second.replace("'-l', ", "").replace("--other", "--last")
    for given in ([], ["--make", "--tag", "a"], ["--new", "--tag", "a"], ["--new", "--label", "a"]):
        whole = text.replace("_ = parser.parse_args()\n", "") + SHOWN.format("args.label + '/' + args.tag")
        assert run_new(whole, given) == run_old(whole, given)


@pytest.mark.parametrize(
    "lines",
    [
        f"{LABEL}if os.environ.get('X'):\n    parser.set_defaults(label='x')\n",
        f"{LABEL}parser.set_defaults(**os.environ)\n",
        "parser.add_argument('--label', action='store_true', default='x')\n",
        "parser.add_mutually_exclusive_group(required=True).add_argument('--label')\n",
        "g = parser.add_mutually_exclusive_group()\ng.add_argument('--x')\ng.add_argument('label', nargs='?')\n",
    ],
)
def test_what_is_not_followed_is_left_to_a_person(lines: str) -> None:
    text = f"{START}{lines}args = parser.parse_args()\n{SHOWN.format('args.label')}"
    found = translate(script(HEAD + text, "x.py"))
    assert "not followed" in said(program(text))
    assert any(work.needed for work in found.script.hand_work)
