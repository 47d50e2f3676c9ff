"""What a Python program prints stays in its translation, where bash has all that is in it."""

from __future__ import annotations

import pytest
from migration_support import printed as printed_by
from migration_support import script

from migration.bash import linear
from migration.translate import Translation, translate

HEAD = r"""import os, re, sys, pexpect
child = pexpect.spawn('/opt/cloudhsm/bin/key_mgmt_util', encoding='utf-8')
child.expect('Command:')
child.sendline('loginHSM -u CU -s alice -p password1')
child.expect('Command:')
"""
MADE = f"""{HEAD}child.sendline('genSymKey -t 31 -s 32 -l k')
child.expect(r'Key Handle: (\\d+)')
key = child.match.group(1)
child.expect('Command:')
"""
FOUND = """child.sendline('findKey -l k')
child.expect('Command:')
n = int(re.search(r'present: (\\d+)', child.before).group(1))
"""
USAGE = """import sys
if len(sys.argv) < 2:
    print('usage: %s NAME' % os.path.basename(sys.argv[0]))
    sys.exit(2)
"""
MAIN = """import sys
def main():
    name = sys.argv[1]
    if name == 'root':
        print('not', name)
        return 3
    run(name)
    return 0
"""
RUN = "def run(name):\n" + "".join(f"    {line}\n" for line in HEAD.splitlines()[1:])
RUN += "    child.sendline('deleteKey -k ' + name)\n"


def translated(text: str) -> Translation:
    """Return what becomes of a program."""
    return translate(script(text, "x.py"))


def shown(text: str, *arguments: str) -> tuple[str, str, int]:
    """Return what the translation of a program puts out with arguments, at standard error, and its status."""
    return printed_by(text, "x.py", *arguments)


def told(text: str) -> list[str]:
    """Return what is said of the prints of a program."""
    return [what for _, what in translated(text).remains if what.startswith("prints")]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("print('key', key)", "key 262151\n"),
        ("print(key)", "262151\n"),
        ("print(key, end='')", "262151"),
        ("print('a', key, sep='-', end='.\\n')", "a-262151.\n"),
        ("print(f'key {key}\\n')", "key 262151\n\n"),
        ("print('key {}'.format(key), flush=True)", "key 262151\n"),
        ("print('%s %d' % (key, 3))", "262151 3\n"),
        ("sys.stdout.write('key ' + key + '\\n')", "key 262151\n"),
        ("print()\nprint('two')", "\ntwo\n"),
        ("print('it\\'s `$x` 100% \\\\ $1')", "it's `$x` 100% \\ $1\n"),
        ("print('for', sys.argv[1])", "for al ice\n"),
        ("for n in ('a', 'b'):\n    print(n)\n    print('more')", "a\nmore\nb\nmore\n"),
        ("if sys.argv[1] == 'al ice': print('yes')\nelse: print('no')", "yes\n"),
        ("print(['a', 1], True, None, 1.5, b'x')", "['a', 1] True None 1.5 b'x'\n"),
        ("def say(*what):\n    print('>', *what)\nprint('begin')\nsay('end', key)", "begin\n> end 262151\n"),
        (f"{FOUND}print(n, 'keys')", "2 keys\n"),
        (f"{FOUND}if n > 1:\n    print('several')", "several\n"),
    ],
)
def test_it_prints_what_the_program_prints(printed: str, expected: str) -> None:
    assert shown(f"{MADE}{printed}\n", "al ice") == (expected, "", 0)


@pytest.mark.parametrize("printed", ["print('key', key, file=sys.stderr)", "sys.stderr.write(f'key {key}\\n')"])
def test_standard_error_stays_standard_error(printed: str) -> None:
    assert shown(f"{MADE}{printed}\n")[:2] == ("", "key 262151\n")


def test_messages_stand_where_they_stood_among_the_commands() -> None:
    text = linear.render(translated(f"{HEAD}print('one')\nchild.sendline('deleteKey -k 7')\nprint('two')\n"))
    assert text.index("one") < text.index("key delete") < text.index("two")


def test_the_usage_is_told_where_the_program_ends_for_want_of_arguments() -> None:
    out, _, status = shown(f"import os\n{USAGE}{HEAD}child.sendline('deleteKey -k ' + sys.argv[1])\n")
    assert (out, status) == ("usage: x NAME\n", 2)
    assert shown(f"import os\n{USAGE}{HEAD}child.sendline('deleteKey -k ' + sys.argv[1])\n", "7")[0] == ""


@pytest.mark.parametrize(
    ("ends", "out", "said"),
    [
        ("print('not ' + sys.argv[1])\n    sys.exit(1)", "not root\n", ""),
        ("sys.exit('not ' + sys.argv[1])", "", "not root\n"),
        ("raise SystemExit('not so')", "", "not so\n"),
    ],
)
def test_what_is_told_before_an_end_that_bash_asks_for_is_told_there(ends: str, out: str, said: str) -> None:
    text = f"import sys\nif sys.argv[1] == 'root':\n    {ends}\n{HEAD}child.sendline('deleteKey -k ' + sys.argv[1])\n"
    found = shown(text, "root")
    assert (found[0], found[2]) == (out, 1)
    assert found[1].startswith(f"{said}x: line 2: ends the program")
    assert shown(text, "7") == ("", "", 0)


def test_a_status_that_main_returns_comes_behind_its_message() -> None:
    text = f"{RUN}{MAIN}sys.exit(main())\n".replace("def run", "import pexpect\ndef run")
    assert (shown(text, "root")[0], shown(text, "root")[2]) == ("not root\n", 3)
    assert shown(text, "7") == ("", "", 0)


@pytest.mark.parametrize(
    "printed",
    [
        "print(os.getcwd())",
        "print(*sys.argv)",
        "print(key, **{'end': ''})",
        "if os.getuid():\n    print('no root')",
        "print('on', os.environ.get('HOST_OF'))",
    ],
)
def test_what_only_the_program_knows_is_not_printed_and_told(printed: str) -> None:
    assert shown(f"{MADE}{printed}\n", "a")[0] == ""
    assert told(f"{MADE}{printed}\n") == ["prints what the translation does not know, and does not print"]


@pytest.mark.parametrize("printed", ["print(child.before)", "for l in child.before.splitlines(): print(l)"])
def test_what_the_tools_print_is_told_to_be_json(printed: str) -> None:
    assert told(f"{MADE}{printed}\n") == ["prints what the tools gave: the translation prints JSON in its place"]


@pytest.mark.parametrize("kept", ["action='store_true'", ""])
def test_an_option_that_is_none_or_false_is_not_printed_as_nothing(kept: str) -> None:
    parser = f"import argparse\np = argparse.ArgumentParser()\np.add_argument('--x', {kept})\na = p.parse_args()\n"
    assert told(f"{MADE}{parser}print(a.x)\n") == ["prints what the translation does not know, and does not print"]


@pytest.mark.parametrize(
    "failing",
    [
        "try:\n    child.sendline('deleteKey -k 7')\nexcept pexpect.TIMEOUT:\n    print('failed')\n    sys.exit(1)",
        "if child.expect(['Return: SUCCESS', 'Return: ']) == 1:\n    print('failed')\n    sys.exit(1)",
    ],
)
def test_what_is_told_of_a_failure_is_no_part_of_it(failing: str) -> None:
    before = "child.sendline('genSymKey -t 31 -s 16 -l b')\n"
    assert shown(f"{HEAD}{before}{failing}\n")[0] == ""
    assert told(f"{HEAD}{before}{failing}\n") == []


def test_two_searches_do_not_lend_each_other_their_numbers() -> None:
    other = FOUND.replace("-l k", "-l other").replace("n = int", "m = int")
    assert "printf" not in linear.render(translated(f"{HEAD}{FOUND}{other}print('found', m)\n"))
    assert told(f"{HEAD}{FOUND}{other}print('found', m)\n") != []


@pytest.mark.parametrize("ends", ["print('no key')\n    sys.exit(1)", "sys.exit('no key')"])
def test_what_is_told_where_a_search_finds_nothing_is_told_there(ends: str) -> None:
    text = f"{HEAD}{FOUND}if n == 0:\n    {ends}\nchild.sendline('deleteKey -k 7')\n"
    out, err, status = printed_by(text, "x.py", found=0)
    assert (out + err).startswith("no key\n")
    assert status == 1
    assert shown(text) == ("", "", 0)
