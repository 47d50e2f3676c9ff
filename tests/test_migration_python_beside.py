"""What a Python program does beside the tools, and what is said of it: files, other programs, passwords, Python 2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_python import bash, program, said

from cloudhsm_sim.errors import RefusedError
from migration import words
from migration.read import read

if TYPE_CHECKING:
    from pathlib import Path

GENERATE = "child.sendline('genSymKey -t 31 -s 32 -l x')\nchild.expect('Command:')\n"
HANDLE = GENERATE + "h = child.before.split('Handle: ')[1].split()[0]\n"
CMU = """import csv, json, subprocess
lines = ['loginHSM CO admin adminpw1']
"""
RUN = "subprocess.run(['/opt/cloudhsm/bin/cloudhsm_mgmt_util', 'x.cfg'], input='\\n'.join(lines), text=True)\n"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("open('log', 'a').write(child.before)\n", "what it writes into a file is left out: open('log', 'a').write"),
        ("with open('log', 'w') as f:\n    print(child.before, file=f)\n", "is left out: print(child.before, file=f)"),
        ("with open('l', 'w') as f:\n    f.write(h)\n", "what is done with $h is left out: f.write(h)"),
        (
            "import csv\ncsv.writer(open('l', 'w')).writerow([1])\n",
            "into a file is left out: csv.writer",
        ),
        ("import pathlib\npathlib.Path('l').write_text(child.before)\n", "what it writes into a file is left out"),
        ("subprocess.run(['openssl', 'rand', '-out', 'r.bin', '32'])\n", "openssl is run, which is left out"),
        ("os.system('tar cf k.tar k')\n", "tar is run, which is left out: tar cf k.tar k"),
    ],
)
def test_what_is_not_carried_over_is_noted(text: str, what: str) -> None:
    found = program(HANDLE + text + "child.sendline('exit')\n")
    assert what in said(found)
    assert "by_hand 'line" not in bash(found)


@pytest.mark.parametrize(
    "text",
    [
        "subprocess.run(['openssl', 'genrsa', '-out', 'k.pem'])\n",
        "open('k.pem', 'w').write('x')\n",
        "import shutil\nshutil.copy('other', 'k.pem')\n",
        "os.rename('other', 'k.pem')\n",
    ],
)
def test_a_file_that_a_later_command_reads_stops_the_translation_before_it(text: str) -> None:
    found = program(text + "child.sendline('findKey')\nchild.sendline('importPubKey -l x -f k.pem')\n")
    shown = bash(found)
    assert shown.index("hsm_all_keys") < shown.index("by_hand 'line") < shown.index("importPubKey -l x")
    assert "is left out" in said(found)


def test_programs_that_only_show_something_are_no_matter() -> None:
    assert said(program("subprocess.run(['sleep', '1'])\nos.path.exists('x')\nprint(child.before)\n")) == ""


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("u.csv", "name,pw\nbob,password1\n", "for r in csv.DictReader(open('u.csv')):\n    add(r['name'], r['pw'])\n"),
        ("u.csv", "name,pw\nbob,password1\n", ("with open('u.csv') as f:\n    r = csv.reader(f)\n    next(r)\n"
         "    for name, pw in r:\n        add(name, pw)\n")),
        ("u.csv", "bob;password1\n", "for r in csv.reader(open('u.csv'), delimiter=';'):\n    add(*r)\n"),
        ("u.json", '{"users": [{"n": "bob", "p": "password1"}]}', ("for u in json.load(open('u.json'))['users']:\n"
         "    add(u['n'], u['p'])\n")),
        ("u.json", '[["bob", "password1"]]', "for n, p in json.loads(open('u.json').read()):\n    add(n, p)\n"),
        ("u.txt", "# users\nbob:password1\n\n", ("for l in open('u.txt'):\n    l = l.strip()\n"
         "    if l and not l.startswith('#'):\n        add(*l.split(':'))\n")),
    ],
)  # fmt: skip
def test_a_data_file_beside_the_program_is_read(tmp_path: Path, name: str, content: str, text: str) -> None:
    (tmp_path / name).write_text(content)
    add = "def add(name, pw):\n    lines.append('createUser CU %s %s' % (name, pw))\n    lines.append('y')\n"
    (tmp_path / "x.py").write_text(CMU + add + text + RUN)
    found = read(str(tmp_path / "x.py"))
    assert "hsm user create --username bob --role crypto-user --password password1" in bash(found)
    assert bash(found).count("hsm user create") == 1
    assert said(found) == f"what {name} holds is written into the translation, as it was when the program was read"


def test_a_file_that_the_program_makes_itself_is_not_read_now(tmp_path: Path) -> None:
    (tmp_path / "u.txt").write_text("old\n")
    text = "open('u.txt', 'w').write('x')\nfor l in open('u.txt'):\n    lines.append('createUser CU %s p' % l)\n"
    (tmp_path / "x.py").write_text(CMU + text + RUN)
    assert "old" not in bash(read(str(tmp_path / "x.py")))


@pytest.mark.parametrize(
    "text",
    [
        "import x\nx.go(child.before)('loginHSM -u CU -s alice -p secretpw1')\n",
        "def f(c):\n    c.sendline('createUser CU bob secretpw1')\nx(f)\n",
        "match ('a', 1):\n    case (x, 1):\n        child.sendline('changePswd CU bob secretpw1')\n",
        (
            "w = ['loginHSM', '-u', 'CU', '-s', 'a', '-p', 'secretpw1']\nx(lambda: child.sendline(' '.join(w)))\n"
            "subprocess.run(['ssh', 'h', 'key_mgmt_util', 'loginHSM', '-u', 'CU', '-s', 'a', '-p', 'secretpw1'])\n"
        ),
        "child.sendline('loginHSM -u CU -s alice -p secretpw1')\nif sys.argv[1] == 'secretpw1': sys.exit(1)\n"
        + GENERATE,
    ],
)
def test_no_password_is_in_a_message(text: str) -> None:
    found = program(text)
    assert found.hand_work or said(found) or found.endings
    assert "secretpw1" not in said(found)
    assert not any("secretpw1" in ending.text for ending in found.endings)
    assert not [step for step in found.steps if "secretpw1" in step.condition + step.unclear]


def test_a_line_that_is_typed_is_no_text_of_an_output() -> None:
    found = program("import x\nx.send(['loginHSM CO admin adminpw1'])\n")
    assert "looks for" not in said(found)


def test_a_program_for_python_two_is_read() -> None:
    text = """#!/usr/bin/python2
import pexpect
child = pexpect.spawn('/opt/cloudhsm/bin/key_mgmt_util')
print "begin",
try:
    child.sendline('findKey -l a%d' % (5 / 2))
except pexpect.TIMEOUT, e:
    print 'failed', e
    raise RuntimeError, 'no'
if child: print 'done'  # said
"""
    found = script(text, "x.py")
    assert [part.text for part in found.steps[0].words[-1]] == ["a2"]
    assert "is a program for Python 2" in said(found)
    assert "is no Python that can be read: " in said(script("import pexpect\nchild = = 1\n", "x.py"))


def test_the_time_of_the_run_is_that_of_the_new_script() -> None:
    found = program(
        "import time\nlabel = 'k-' + time.strftime('%Y%m%d')\nchild.sendline('genSymKey -t 31 -s 32 -l ' + label)\n"
    )
    assert "stamp=\"$(date '+%Y%m%d')\"" in bash(found)
    assert '--label "k-$stamp"' in bash(found)
    assert said(found) == ""
    found = program("import time\nchild.sendline('findKey -l ' + time.strftime('%B'))\n")
    assert "must be set before" in said(found)


def test_calls_that_are_seen_and_not_followed_are_named_if_nothing_else_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("import build, pexpect\nbuild.tool().sendline('findKey')\n")
    with pytest.raises(RefusedError, match=re.escape("no legacy command in it could be followed: line 2: which tool")):
        _translate(path)
    path.write_text("import pexpect\nprint(1)\n")
    with pytest.raises(RefusedError, match="no legacy command is in it"):
        _translate(path)


def _translate(path: Path) -> None:
    from argparse import Namespace

    from migration.commands import translate

    translate.run(Namespace(file=str(path), output=str(path.with_suffix(".sh")), force=False, allow_gaps=False))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("'getAttribute -o %s -a 3 -out attr_%s.txt' % (h, h)", ' "attr_$h.txt" '),
        ("'genSymKey -t 31 -s 32 -l was_%s' % h", '--label "was_$h" '),
        ("'genSymKey -t 31 -s 32 -l ' + h", '--label "$h" '),
        ("'deleteKey -k ' + h", '"key-reference=$h"'),
    ],
)
def test_a_handle_in_another_text_is_the_number_that_it_was(typed: str, expected: str) -> None:
    found = program(HANDLE + f"child.sendline({typed})\n")
    assert expected in bash(found)
    assert said(found) == ""


def test_a_handle_of_a_loop_is_that_number_in_another_text_too() -> None:
    found = program(
        "out = subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'findKey', '-l', 'k'])\n"
        "for k in re.findall(r'\\d+', out.split('keys:')[1].split('Cluster')[0]):\n"
        "    subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'findKey', '-l', 'of-' + k])\n"
    )
    assert 'attr.label=of-$k"' in bash(found)


def test_what_stands_in_quotes_in_a_program_for_python_2_is_typed_as_it_stands() -> None:
    text = """#!/usr/bin/python2
import subprocess, sys  # it isn't Python 3
print "begin"
if len(sys.argv) <> 1 and `1` == '1':
    print >>sys.stderr, 'no <> `x` 010'
for i in xrange(010 - 7L):
    subprocess.call(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'findKey', '-l', 'k 010 <> `7L`'])
"""
    found = script(text, "x.py")
    assert [words.shown(word) for step in found.steps for word in step.words] == ["findKey", "-l", "k 010 <> `7L`"]


@pytest.mark.parametrize(
    ("text", "said_of"),
    [
        ("os.remove('k.pem')\n", True),
        ("import shutil\nshutil.move('k.pem', 'other')\n", True),
        ("w = input('folder')\nrun = 'exportPubKey -k 7 -out %s' % w\nchild.sendline(run)\nos.chmod(w, 0o600)\n", True),
        ("os.remove('other')\n", True),
        ("os.path.getsize('k.pem')\n", False),
    ],
)
def test_what_is_done_with_a_file_of_a_command_is_said(text: str, *, said_of: bool) -> None:
    found = program(f"child.sendline('exportPubKey -k 7 -out k.pem')\n{text}child.sendline('exit')\n")
    assert ("is left out: " in said(found)) is said_of
    assert "by_hand 'line" not in bash(found)


@pytest.mark.parametrize(
    "run",
    ["subprocess.run([KMU, 'singlecmd', 'findKey'])", "subprocess.getoutput(KMU + ' singlecmd findKey')",
     "pexpect.spawn(KMU).sendline('findKey')", "pexpect.spawn('%s' % KMU).sendline('findKey')"],
)  # fmt: skip
def test_a_tool_that_the_environment_may_name_is_the_usual_one(run: str) -> None:
    head = "import os, pexpect, subprocess\nKMU = os.environ.get('KMU', '/opt/cloudhsm/bin/key_mgmt_util')\n"
    found = script(f"{head}{run}\n", "x.py")
    assert [step.name for step in found.steps] == ["findKey"]
    assert said(found) == "$KMU is taken for /opt/cloudhsm/bin/key_mgmt_util"


def test_a_tool_in_a_constant_is_seen_in_a_line_that_a_shell_gets() -> None:
    text = (
        "TOOL = '/opt/cloudhsm/bin/key_mgmt_util'\nlabel = input('label ')\n"
        "subprocess.call('%s singlecmd loginHSM -u CU -s a -p password1 findKey -l %s' % (TOOL, label), shell=True)\n"
    )
    found = program(text, "import subprocess\n")
    assert [step.name for step in found.steps] == ["loginHSM", "findKey"]
    assert "by_hand" not in bash(found)


def test_an_output_that_a_shell_writes_into_a_file_is_left_out() -> None:
    call = "os.system('/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s a -p password1 {}')\n"
    text = call.format("findKey -l x > found.txt 2>&1") + call.format("genSymKey -t 31 -s 32 -l y >> all.log")
    left = "what a tool prints is written into {}, which is left out"
    found = program(text, "import os\n")
    names = [step.name for step in found.steps]
    assert (names, "by_hand" in bash(found)) == (["loginHSM", "findKey", "loginHSM", "genSymKey"], False)
    assert said(found) == f"{left.format('found.txt')}\n{left.format('all.log')}"
    # Who reads it again needs a person.
    again = text + call.format("sign -f found.txt -k 7 -m 1 -out f.sig")
    assert "by_hand 'line" in bash(program(again, "import os\n"))
    taken = text + "h = open('found.txt').read().split()[-1]\n" + call.format("deleteKey -k ' + h + '")
    assert "by_hand 'line" in bash(program(taken, "import os\n"))
    assert "by_hand 'line" in bash(program(call.format("findKey | grep Total > n.txt"), "import os\n"))


def test_a_log_of_a_dialogue_is_left_out() -> None:
    log = "child.logfile_read = open('session.log', 'w')\n"
    start = "import pexpect, sys\nchild = pexpect.spawn('/opt/cloudhsm/bin/key_mgmt_util')\n"
    found = program(f"child.logfile = sys.stdout\n{log}child.sendline('findKey')\n", start)
    assert said(found) == "what it writes into a file is left out: child.logfile_read = session.log"
    assert "by_hand" not in bash(found)


@pytest.mark.parametrize(
    "text",
    [
        "import logging\nlogging.basicConfig(filename='x.log', level=logging.INFO)",
        "import logging.handlers\nh = logging.handlers.RotatingFileHandler('x.log')\nlogging.getLogger().addHandler(h)",
        "from logging import FileHandler, getLogger\ngetLogger().addHandler(FileHandler('x.log'))",
        "import logging.config\nlogging.config.dictConfig({'handlers': {'f': {'filename': 'x.log'}}})",
    ],
)
def test_a_log_that_is_a_file_is_said_once(text: str) -> None:
    found = said(program(f"{text}\nlogging.info('made')\nlogging.error('not made')\n"))
    assert found.count("is left out: ") == 1
    assert "x.log" in found


def test_a_log_that_is_only_seen_is_not_said() -> None:
    text = "import logging\nlogging.basicConfig(level=logging.INFO)\nh = logging.StreamHandler()\n"
    assert "left out" not in said(program(f"{text}logging.getLogger().addHandler(h)\nlogging.info('made')\n"))


@pytest.mark.parametrize(
    "reading",
    [
        "text = open({0}).read()\nprint(len(text))",
        "with open({0}) as file:\n    for line in file:\n        print(line.strip().upper())",
        "import pathlib\nprint(pathlib.Path({0}).read_text().upper())",
        "import json\nprint(json.load(open({0}))['a'])",
        "def show(path):\n    return dict(x.split(':') for x in open(path))\nprint(show({0}))",
    ],
)
@pytest.mark.parametrize("path", ["'attr.txt'", "os.path.join(folder, 'attr')"])
def test_what_is_made_of_a_file_that_a_tool_wrote_is_said(reading: str, path: str) -> None:
    head = "import tempfile\nfolder = tempfile.mkdtemp()\n"
    text = f"{head}child.sendline('getAttribute -o 262147 -a 512 -out ' + {path})\n{reading.format(path)}\n"
    assert said(program(text)).count("what is made of the file of getAttribute, and printed, is left out: ") == 1


def test_what_is_made_of_a_file_that_is_read_by_its_path_is_said() -> None:
    text = (
        "import pathlib\np = pathlib.Path('attr.txt')\nchild.sendline('getAttribute -o 262147 -a 512 -out attr.txt')\n"
    )
    assert "what is made of the file of getAttribute" in said(program(f"{text}print(p.read_text())\n"))


def test_a_file_that_no_tool_wrote_is_not_taken_for_one() -> None:
    text = "child.sendline('getAttribute -o 262147 -a 512 -out attr.txt')\nprint(open('other.txt').read())\n"
    assert "what is made of the file" not in said(program(text))
