"""What the Python reader makes of programs: texts, handles out of an output, what is done only at a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from migration_support import script

from migration import words
from migration.bash import linear
from migration.readers.python import samples as python_samples
from migration.translate import translate

if TYPE_CHECKING:
    from migration.script import Script

HEAD = """import os, re, subprocess, sys
import pexpect
child = pexpect.spawn('/opt/cloudhsm/bin/key_mgmt_util', encoding='utf-8')
child.expect('Command:  ')
"""
SINGLE = """import re, subprocess, sys
KMU = ['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s', 'a', '-p', 'password1']
"""
GENERATE = "child.sendline('genSymKey -t 31 -s 32 -l x')\n"


def typed(text: str, head: str = HEAD) -> list[str]:
    """Return the legacy lines of a program."""
    return [" ".join(map(words.shown, step.words)) for step in script(head + text, "x.py").steps]


def program(text: str, head: str = HEAD) -> Script:
    """Return what is read of a program behind its first lines."""
    return script(head + text, "x.py")


def bash(found: Script) -> str:
    """Return the commands of the translation."""
    return linear.render(translate(found))


def said(found: Script) -> str:
    """Return all that the plan leaves to a person."""
    return "\n".join(text for _, text in translate(found).remains)


@pytest.mark.parametrize(
    ("statement", "labels"),
    [
        ("for i in range(2):\n    label('app-%d' % i)", ["app-0", "app-1"]),
        ("for i in range(1, 3):\n    label('app-%02d' % i)", ["app-01", "app-02"]),
        ("label('%(s)s-%(n)03d%%' % {'s': 'a', 'n': 7})", ["a-007%"]),
        ("label('%s-%x-%5.1f' % ('a', 255, 1.25))", ["a-ff-"]),
        ("for i, n in enumerate(['a', 'b'], 1):\n    label('{0}-{i:02d}{{}}'.format(n, i=i))", ["a-01{}", "b-02{}"]),
        ("label('{0[k]}-{1.real}'.format({'k': 'v'}, 3))", ["v-3"]),
        ("label('{a}-{b}'.format(**{'a': 1, 'b': 2}))", ["1-2"]),
        ("i = 7\nlabel(f'{i:03d}-{i!r}-{\"x\":>3}')", ["007-7-"]),
        ("label('-'.join(['a', str(1), 'b']) + '-' 'c')", ["a-1-b-c"]),
        ("for n, s in {'a': 1, 'b': 2}.items():\n    label(n + '%d' % s)", ["a1", "b2"]),
        ("for n in [x.upper() for x in ('a', 'b') if x != 'b']:\n    label(n)", ["A"]),
        ("n = 'a'\nn += 'b'\nlabel(n)\nn = 'c'\nlabel(n)", ["ab", "c"]),
        ("i = 0\nwhile i < 2:\n    label('k%d' % i)\n    i += 1", ["k0", "k1"]),
        ("(a, b), *c = ('x', 'y'), 1, 2\nlabel(a + b + str(len(c)))", ["xy2"]),
        ("label(b'bytes'.decode())", ["bytes"]),
        ("make = lambda n: label('l-' + n)\nmake('a')", ["l-a"]),
        (
            "for i in range(4):\n    if i == 1:\n        continue\n    if i == 3:\n        break\n    label(str(i))",
            ["0", "2"],
        ),
    ],
)
def test_texts_that_are_known_are_worked_out_as_python_does(statement: str, labels: list[str]) -> None:
    given = f"def label(text):\n    child.sendline('genSymKey -t 31 -s 32 -l ' + text)\n{statement}\n"
    assert [line.split()[6] for line in typed(given)] == labels
    assert not said(program(given))


def test_numbers_of_curves_and_sizes_come_out_of_percent_signs() -> None:
    found = program("for c, n in ((2, 'a'), (14, 'b')):\n    child.sendline('genECCKeyPair -i %d -l %s' % (c, n))\n")
    assert "--curve prime256v1" in bash(found)
    assert "--curve secp384r1" in bash(found)
    assert not said(found)


def test_a_variable_stays_one_and_in_another_form_it_is_said() -> None:
    found = program("n = sys.argv[1]\nchild.sendline('genSymKey -t 31 -s 32 -l %s-%d' % (n, int(n)))\n")
    assert '--label "$n-$n"' in bash(found)
    assert not said(found)
    found = program("n = sys.argv[1]\nchild.sendline('genSymKey -t 31 -s 32 -l %s-%02d%%' % (n, int(n)))\n")
    assert '--label "$n-$n_02d%"' in bash(found)
    assert ': "${n_02d:?must be set}"' in bash(found)
    assert "$n_02d must be set before: it is $n in the form %02d" in said(found)


def test_what_only_a_run_tells_is_never_written_as_text() -> None:
    found = program("import json\nfor u in json.load(open('x'))['u']:\n    child.sendline('deleteKey -k %s' % u)\n")
    assert "by_hand" in bash(found)
    assert "hsm key delete" not in bash(found)
    found = program("x = 'a' if sys.argv[1] else 'b'\nchild.sendline('genSymKey -t 31 -s 32 -l ' + x)\n")
    assert "$x must be set before" in said(found)
    found = program(
        "if len(sys.argv) > 2:\n    x = 'a'\nelse:\n    x = 'b'\nchild.sendline('genSymKey -t 31 -s 32 -l ' + x)\n"
    )
    assert "$x must be set before: it is one value or another, as len(sys.argv) > 2" in said(found)


def test_the_environment_and_the_arguments_are_those_of_the_new_script() -> None:
    found = program(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('user')\np.add_argument('--size', default=32)\n"
        "a = p.parse_args()\npw = os.environ.get('HSM_PW', 'd\"e')\n"
        "child.sendline(f'loginHSM -u CU -s {a.user} -p {pw}')\nchild.sendline(f'genSymKey -t 31 -s {a.size} -l x')\n"
    )
    text = bash(found)
    assert "user=${1:?user is argument 1}" in text
    assert 'HSM_PW="${HSM_PW-d\\"e}"' in text
    assert "size=32\n" in text
    assert "--size) size=${2?a value of $1} && shift 2 ;;" in text
    assert not said(found)
    assert ': "${X:?must be set}"' in bash(program("child.sendline('genSymKey -t 31 -s 32 -l ' + os.environ['X'])\n"))


def test_a_text_that_is_set_once_stays_a_variable() -> None:
    text = bash(program("LABEL = 'app'\nchild.sendline('genSymKey -t 31 -s 32 -l %s-kek' % LABEL)\n"))
    assert "LABEL=app\n" in text
    assert '--label "$LABEL-kek"' in text


@pytest.mark.parametrize(
    "taken",
    [
        "child.expect(r'Key Handle: (\\d+)')\nhandle = child.match.group(1)",
        "child.expect([pexpect.TIMEOUT, r'Key Handle:\\s+([0-9]+)\\r\\n', 'HSM Error'])\nhandle = int(child.match[1])",
        "child.expect('Command:')\nhandle = re.search(r'Key Handle: (\\d+)', child.before).group(1)",
        "child.expect('Command:')\nhandle = child.before.split('Key Handle: ')[1].split()[0]",
        "child.expect_exact('Command:')\nhandle = re.findall('Handle: ([0-9]+)', child.before.decode())[-1]",
        (
            "child.expect('Command:')\nfor line in child.before.splitlines():\n    if 'Key Handle' in line:\n"
            "        handle = line.split(':')[-1].strip()"
        ),
        "child.expect('Command:')\nhandle = [x for x in child.before.splitlines() if 'Handle' in x][0].split()[-1]",
    ],
)
def test_a_handle_that_is_taken_in_any_way_becomes_a_capture(taken: str) -> None:
    found = program(f"{GENERATE}{taken}\nchild.sendline(f'deleteKey -k {{handle}}')\n")
    assert "handle=$(hsm_handle '.data.key.\"key-reference\"')" in bash(found)
    assert 'hsm key delete --filter "key-reference=$handle"' in bash(found)
    assert "must be set" not in bash(found)
    assert not said(found)


@pytest.mark.parametrize(
    "taken",
    [
        "out = subprocess.check_output(KMU + {words}).decode()",
        "out = subprocess.run([*KMU, *{words}], capture_output=True, text=True).stdout",
        "out, _ = subprocess.Popen(KMU + {words}, stdout=subprocess.PIPE).communicate()",
        "def kmu(*words):\n    return subprocess.getoutput(' '.join([*KMU, *words]))\nout = kmu(*{words})",
    ],
)
def test_a_handle_out_of_a_subprocess_becomes_a_capture(taken: str) -> None:
    made = taken.replace("{words}", "['genRSAKeyPair', '-m', '2048', '-e', '65537', '-l', 'x']")
    found = program(
        f"{made}\npublic, private = re.search(r'public key handle: (\\d+)\\s+private key handle: (\\d+)', "
        "out).groups()\n"
        "subprocess.check_call(KMU + ['deleteKey', '-k', private])\n",
        SINGLE,
    )
    assert "private=$(hsm_handle '.data.private_key.\"key-reference\"')" in bash(found)
    assert 'hsm key delete --filter "key-reference=$private"' in bash(found)
    assert not said(found)


def test_each_handle_is_that_of_its_own_command() -> None:
    found = program(
        "handles = {}\nfor n in ('a', 'b'):\n    child.sendline('genSymKey -t 31 -s 32 -l ' + n)\n"
        "    child.expect(r'Key Handle: (\\d+)')\n    handles[n] = child.match.group(1)\n"
        "    child.expect('Command:')\n"
        "child.sendline('wrapKey -noheader -m 4 -k %s -w %s -out f' % (handles['b'], handles['a']))\n"
    )
    text = bash(found)
    assert text.index("--label a") < text.index("handles_a=$(") < text.index("--label b") < text.index("handles_b=$(")
    assert '--payload-filter "key-reference=$handles_b" --wrapping-filter "key-reference=$handles_a"' in text


def test_an_output_that_is_read_too_early_is_that_of_the_command_before() -> None:
    # The first prompt is still to be read, so the output behind it is none of genSymKey's.
    head = HEAD.replace("child.expect('Command:  ')\n", "")
    found = program(f"{GENERATE}child.expect('Command:  ')\nh = child.before.split('Handle: ')[1]\n", head)
    assert not any(step.captures for step in found.steps)
    found = program(
        f"{GENERATE}child.expect('Command:  ')\n{GENERATE}child.expect('Handle: ([0-9]+)')\nh = child.match.group(1)\n",
        head,
    )
    assert [len(step.captures) for step in found.steps] == [1, 0]


@pytest.mark.parametrize(
    "taken",
    [
        "child.expect(r'Key Handle: (\\d)')\nhandle = child.match.group(1)",
        "child.expect('Command:')\nhandle = child.before.split()[12]",
        "child.expect('Command:')\nhandle = unknown(child.before)",
    ],
)
def test_what_may_be_no_handle_is_left_to_a_person_at_its_command(taken: str) -> None:
    found = program(f"{GENERATE}{taken}\nchild.sendline('deleteKey -k ' + handle)\nchild.sendline('exit')\n")
    text = bash(found)
    assert "hsm key delete" not in text
    assert "must be set" not in text
    assert text.index("hsm key generate") < text.index("by_hand 'line")
    assert ": $handle is" in text


def test_a_list_of_handles_never_becomes_its_first() -> None:
    search = "child.sendline('findKey -l x')\nchild.expect('Command:')\n"
    every = search + "handles = child.before.split('keys:')[1].split('Cluster')[0].split(',')\n"
    found = program(every + "for h in handles:\n    child.sendline('deleteKey -k ' + h.strip())\n")
    assert bash(found).count('for h in "${handles[@]}"; do\n') == 1
    assert '    hsm key delete --filter "key-reference=$h"\ndone\n' in bash(found)
    some = program(every + "for h in handles[1:]:\n    child.sendline('deleteKey -k ' + h.strip())\n")
    assert "hsm key delete" not in bash(some)
    assert "$h is another one in each turn of: for h in handles[1:]" in said(some)
    left = program(
        every + "for h in handles:\n    if h > '9': break\n    child.sendline('deleteKey -k ' + h.strip())\n"
    )
    assert "hsm key delete" not in bash(left)
    last = program(every + "last = handles[-1].strip()\nchild.sendline('deleteKey -k ' + last)\n")
    assert "last=$(hsm_handle '.data.matched_keys[-1].\"key-reference\"')" in bash(last)
    first = program(
        search + "m = re.search(r'matching keys:\\s+(\\d+)', child.before)\nh = m.group(1)\n"
        "child.sendline('deleteKey -k ' + h)\n"
    )
    assert "h=$(hsm_handle '.data.matched_keys[0].\"key-reference\"')" in bash(first)


def test_what_depends_on_the_keys_that_are_there_is_a_condition() -> None:
    search = "child.sendline('findKey -l x')\nchild.expect('Command:')\n"
    found = program(search + "if 'Handles of matching' in child.before:\n    sys.exit(0)\n" + GENERATE)
    assert "by_hand" not in bash(found)
    assert 'if [[ "$keys_found" -gt 0 ]]; then' in bash(found)
    found = program(
        search + "n = re.search(r'present: (\\d+)', child.before).group(1)\nif n != '0':\n    sys.exit(1)\n" + GENERATE
    )
    text = bash(found)
    assert text.index("hsm_all_keys") < text.index('if [[ "$n" -gt 0 ]]') < text.index("hsm key generate")
    found = program("child.sendline('findKey -l x')\nchild.expect('Total number of keys present: 5')\n")
    assert found.steps[0].checks == (".data.total_key_count == 5",)
    assert "hsm_take '.data.total_key_count == 5' > /dev/null" in bash(found)


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("i = child.expect(['SUCCESS', 'failed', pexpect.TIMEOUT])\nif i == 1:\n    BAD\nelif i == 0:\n    GOOD", True),
        ("if child.expect(['Error', 'SUCCESS']) == 0:\n    BAD\nelse:\n    GOOD", True),
        ("child.expect('Command:')\nif 'SUCCESS' not in child.before:\n    BAD\n    sys.exit(1)\nGOOD", True),
        ("try:\n    child.expect('SUCCESS')\nexcept pexpect.TIMEOUT:\n    BAD\n    raise\nGOOD", True),
        (
            "try:\n    child.expect('SUCCESS')\nexcept (pexpect.EOF, pexpect.TIMEOUT) as e:\n    BAD\nelse:\n    GOOD",
            True,
        ),
        ("while True:\n    if child.expect(['SUCCESS', 'Error']) == 0:\n        break\n    BAD\nGOOD", True),
        ("if os.path.exists('x'):\n    BAD\nGOOD", False),
    ],
)
def test_what_is_done_only_at_a_failure_is_left_out_and_said(text: str, done: bool) -> None:
    bad, good = "child.sendline('deleteKey -k 7')", "child.sendline('logoutHSM')"
    found = program(GENERATE + text.replace("BAD", bad).replace("GOOD", good) + "\n")
    shown = [" ".join(map(words.shown, step.words)) for step in found.steps]
    if done:
        assert shown == ["genSymKey -t 31 -s 32 -l x", "logoutHSM"]
        assert "while" in text or "left out" in said(found)
        assert not any(step.condition for step in found.steps)
    else:
        assert shown[1:] == ["deleteKey -k 7", "logoutHSM"]
        assert "is run only if os.path.exists('x')" in said(found)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        # Of an `elif` both what is not so and what is so.
        (
            "if a == 'add':\n    DO\nelif a == 'drop':\n    DO\nelse:\n    DO\n",
            [
                "only if a == 'add'",
                "only if not (a == 'add'), only if a == 'drop'",
                "only if not (a == 'add'), only if not (a == 'drop')",
            ],
        ),
        ("if a:\n    if b == 'x':\n        DO\n    DO\n", ["only if a, only if b == 'x'", "only if a"]),
        ("if a:\n    if a:\n        DO\n", ["only if a"]),
        ("for x in a:\n    if b:\n        DO\n    DO\n", ["in for x in a, only if b", "in for x in a"]),
        (
            "while True:\n    line = input()\n    if not line:\n        break\n    if line == a:\n        DO\n",
            ["in while True, only if not (not line), only if line == a"],
        ),
        (
            "for x in a:\n    if x == 'a':\n        continue\n    if x == 'b':\n        DO\n    DO\n",
            ["in for x in a, only if not (x == 'a'), only if x == 'b'", "in for x in a, only if not (x == 'a')"],
        ),
        (
            "def do():\n    if b == 'x':\n        return\n    DO\nif a:\n    do()\n    DO\n",
            ["only if a, only if not (b == 'x')", "only if a"],
        ),
        (
            "if a:\n    try:\n        int(b)\n    except ValueError:\n        DO\n    DO\n",
            ["only if a, only if ValueError is raised", "only if a"],
        ),
    ],
)
def test_a_command_is_done_under_all_conditions_that_stand_around_it(text: str, conditions: list[str]) -> None:
    found = program("a, b = sys.argv[1], sys.argv[2]\n" + text.replace("DO", "child.sendline('deleteKey -k 7')"))
    assert [step.condition for step in found.steps if step.name == "deleteKey"] == conditions


def test_success_of_the_other_tool_is_told_by_its_words() -> None:
    head = "import pexpect, sys\nc = pexpect.spawn('cloudhsm_mgmt_util x')\nc.expect('aws-cloudhsm>')\n"
    found = program(
        "def do(line):\n    c.sendline(line)\n    if c.expect(['y/n', 'aws-cloudhsm>']) == 0:\n"
        "        c.sendline('y')\n        c.expect('aws-cloudhsm>')\n"
        "    if 'success' not in c.before:\n        sys.exit(1)\n"
        "do('loginHSM CO admin adminpw1')\nfor u in ('eve', 'bob'):\n    do('createUser CU %s password1' % u)\n",
        head,
    )
    assert [step.name for step in found.steps] == ["loginHSM", "createUser", "createUser"]
    assert not any(step.condition for step in found.steps)
    assert not said(found)
    found = program("c.sendline('listUsers')\nc.expect('aws')\nif 'eve' in c.before:\n    c.sendline('quit')\n", head)
    assert found.steps[1].condition == "only if 'eve' in c.before"


def test_each_tool_gets_what_is_typed_at_it() -> None:
    found = program(
        "cmu = pexpect.spawn('cloudhsm_mgmt_util x')\nchild.sendline('listUsers')\ncmu.sendline('listUsers')\n"
    )
    assert [step.tool for step in found.steps] == ["key_mgmt_util", "cloudhsm_mgmt_util"]


def test_objects_that_hold_a_tool_are_followed() -> None:
    found = program(
        "class Hsm:\n    def __init__(self, user):\n        self.user = user\n"
        "        self.child = pexpect.spawn('key_mgmt_util')\n        self.child.expect('Command:')\n"
        "    def do(self, line):\n        self.child.sendline(line)\n        self.child.expect('Command:')\n"
        "        return self.child.before.decode()\n    def make(self, label):\n"
        "        return re.search(r'Handle: (\\d+)', self.do('genSymKey -t 31 -s 32 -l ' + label)).group(1)\n"
        "h = Hsm('eve')\nh.do('loginHSM -u CU -s ' + h.user + ' -p password1')\nkey = h.make('x')\n"
        "h.do('deleteKey -k ' + key)\n",
        "import pexpect, re\n",
    )
    assert [step.name for step in found.steps] == ["loginHSM", "genSymKey", "deleteKey"]
    assert 'hsm key delete --filter "key-reference=$key"' in bash(found)
    assert [step.line for step in found.steps] == [14, 15, 16]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("os.system('echo listUsers | /opt/cloudhsm/bin/cloudhsm_mgmt_util c')", "runs a tool through a shell"),
        ("subprocess.call('key_mgmt_util singlecmd findKey | grep x', shell=True)", "runs a tool through a shell"),
        ("subprocess.run(['key_mgmt_util', 'scriptfile', 'x.txt'])", "its commands are in x.txt"),
        ("subprocess.run(['cloudhsm_mgmt_util', 'c'], stdin=open('x'))", "its commands come from a file"),
        ("subprocess.run(['expect', 'x.exp'])", "runs the expect script x.exp"),
        ("subprocess.run(['ssh', 'h', 'key_mgmt_util'])", "runs a tool by way of ssh"),
        (
            "class C(pexpect.spawn):\n    def do(self):\n        self.sendline('findKey')\nC('key_mgmt_util').do()",
            "is not followed",
        ),
        ("open('h', 'w').write(child.before.split('Handle: ')[1].split()[0])", "what is done with $key_5 is left out"),
        (
            "import json\nh = child.before.split('Handle: ')[1].split()[0]\njson.dump({'h': h}, open('f', 'w'))",
            "what is done with $h is left out: json.dump",
        ),
        (
            "h = child.before.split('Handle: ')[1].split()[0]\nprint(f'handle={h}', file=open('f', 'w'))",
            "what is done with $h is left out: print",
        ),
        ("subprocess.run([os.environ['KMU'], 'singlecmd', 'findKey'])", "runs a tool by way of $KMU"),
        ("import build\nsubprocess.run(build.command())", "runs what only the run tells"),
        ("child.interact()", "a person types here"),
        ("ok = sys.argv[1] and child.sendline('deleteKey -k 7')", "is run only as"),
        ("child.sendline('deleteKey -k 7') if sys.argv[1] else None", "is run only if sys.argv[1]"),
        ("[child.sendline('deleteKey -k 7') for x in open('f')]", "is run in [child.sendline"),
        (
            "import threading\nthreading.Thread(target=lambda: child.sendline('deleteKey -k 7')).start()",
            "is not followed",
        ),
    ],
)
def test_what_is_not_followed_is_said(text: str, what: str) -> None:
    assert what in said(program(f"{GENERATE}child.expect('Command:')\n{text}\n"))


def test_a_whole_input_is_typed() -> None:
    found = program(
        "subprocess.run(['cloudhsm_mgmt_util', 'c'], input='loginHSM CO admin %s\\n"
        "createUser CU eve password1\\ny\\nquit\\n' "
        "% sys.argv[1], text=True)\n"
        "p = subprocess.Popen(['key_mgmt_util'], stdin=subprocess.PIPE)\np.stdin.write(b'findKey\\n')\n"
        "print('exit', file=p.stdin)\np.communicate()\n",
        SINGLE,
    )
    assert [step.name for step in found.steps] == ["loginHSM", "createUser", "quit", "findKey", "exit"]
    assert not said(found)


def test_lines_of_one_text_are_typed_and_no_pattern() -> None:
    found = program(
        "import textwrap\n"
        "for line in textwrap.dedent('''\n    loginHSM -u CU -s a -p b\n    findKey\n''').strip().splitlines():\n"
        "    child.send(line + os.linesep)\n"
    )
    assert [step.name for step in found.steps] == ["loginHSM", "findKey"]
    assert not said(found)


def test_names_of_the_shell_are_not_taken() -> None:
    text = bash(program("PATH = 'app'\nchild.sendline('genSymKey -t 31 -s 32 -l ' + PATH)\n"))
    assert "PATH_value=app" in text
    assert "\nPATH=" not in text


@pytest.mark.parametrize(
    "text",
    [
        "x = '%99999999d' % 1\n",
        "x = 'a' * 10 ** 10\n",
        "x = '{:99999999}'.format(1)\n",
        "x = 'a'.ljust(10 ** 9)\n",
        "x = 2 ** 10 ** 10\n",
        "for i in range(10 ** 12):\n    child.sendline('findKey')\n",
        "i = 1\nwhile i:\n    i += 1\n    child.sendline('findKey')\n",
        "child.sendline('findKey')\nchild.expect(r'((\\d+)+,)+x')\n",
        "child.sendline('findKey')\nchild.expect(r'.*.*.*.*.*x')\n",
        "def f():\n for a in range(60):\n  for b in range(60):\n   for c in range(60):\n    x = 1\nf()\n",
        f"x = {'(' * 80}1{')' * 80}\ny = {'-' * 300}1\n",
    ],
)
def test_what_would_take_long_comes_to_an_end(text: str) -> None:
    assert len(program(text).lines) == (HEAD + text).count("\n")


def test_samples_differ_in_every_handle() -> None:
    for name in ("genSymKey", "genRSAKeyPair", "findKey"):
        for numbers in python_samples.parts(name, 3).values():
            assert len(set(numbers)) == python_samples.WORLDS
        for world, text in enumerate(python_samples.output(name, 3)):
            for numbers in python_samples.parts(name, 3).values():
                assert numbers[world] is None or str(numbers[world]) in text


@pytest.mark.parametrize(
    ("guard", "stops"),
    [
        ("if user in ('admin', 'alice'):\n    sys.exit(1)", False),
        ("if user == 'admin': raise SystemExit(1)", False),
        ("assert user != 'admin'", False),
        ("if sys.argv[1] == 'admin': sys.exit('no')", False),
        ("if os.environ.get('STAGE') == 'prod': sys.exit(1)", True),
        ("if os.path.exists('/var/lock/' + user): sys.exit(1)", False),
        ("if not os.path.exists(user + '.pem'): sys.exit(1)", False),
        ("if not os.path.exists('/opt/cloudhsm/bin/key_mgmt_util'): sys.exit(1)", False),
        ("if len(sys.argv) != 2: sys.exit(1)", False),
        ("if len(sys.argv) != 2 or user == 'admin': sys.exit(1)", True),
        ("if not user: sys.exit(1)", False),
        ("if user is None: sys.exit(1)", False),
        ("if user: sys.exit(1)", False),
        ("if user.startswith('x'): sys.exit(1)", True),
        ("if input('sure? ') != 'yes': sys.exit(1)", True),
        ("def check(name):\n    if name == 'admin':\n        sys.exit(1)\ncheck(user)", False),
    ],
)
def test_a_guard_that_is_not_checked_stops_before_what_it_guards(guard: str, *, stops: bool) -> None:
    found = program(f"user = sys.argv[1]\n{guard}\nchild.sendline('findKey -l ' + user)\n")
    text = bash(found)
    assert ("by_hand 'line" in text) is stops
    if stops:
        assert text.index("ends the program if") < text.index("hsm_all_keys")
    assert (said(found) != "") is stops


def test_a_guard_behind_the_last_command_does_not_stop() -> None:
    found = program("child.sendline('findKey')\nif sys.argv[1].startswith('x'): sys.exit(1)\n")
    assert "by_hand" not in bash(found)
    assert "ends the program if" in said(found)
