"""What a Python program asks of the output of cloudhsm_mgmt_util."""

from __future__ import annotations

import pytest
from test_migration_python import bash, program, said

from migration import words

CMUHEAD = """import os, re, subprocess, sys
import pexpect
child = pexpect.spawn('/opt/cloudhsm/bin/cloudhsm_mgmt_util x.cfg', encoding='utf-8')
child.expect('aws-cloudhsm>')
def run(line, yes=False):
    child.sendline(line)
    if yes:
        child.expect('y/n')
        child.sendline('y')
    child.expect('aws-cloudhsm>')
    return child.before
run('loginHSM CO admin adminpw1')
"""


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("out = run('createUser CU a password1', True)\nif 'failed' in out: sys.exit(1)\n", False),
        (("child.sendline('createUser CU a password1')\nchild.sendline('y')\nchild.expect('aws-cloudhsm>')\n"
         "if 'failed' in child.before: sys.exit(1)\n"), True),
        (("child.sendline('createUser CU a password1')\nchild.sendline('y')\nchild.expect('aws-cloudhsm>')\n"
         "if 'createUser failed' in child.before: sys.exit(1)\n"), False),
        ("if re.search('fail', run('listUsers'), re.I): sys.exit(1)\n", True),
        ("if 'failed' in run('listUsers'): sys.exit(1)\n", False),
        (("child.sendline('listUsers')\nchild.sendline('info')\nchild.expect('aws-cloudhsm>')\n"
         "child.expect('aws-cloudhsm>')\nif 'Fail' in child.before: sys.exit(1)\n"), True),
    ],
)  # fmt: skip
def test_a_word_of_a_question_tells_no_failure(text: str, *, stops: bool) -> None:
    found = program(f"{text}run('deleteUser CU b')\n", CMUHEAD)
    assert ("by_hand 'line" in bash(found)) is stops


@pytest.mark.parametrize(("line", "stops"), [("createUser CU a password1\\ny", True), ("logoutHSM", False)])
def test_a_word_of_a_question_in_all_that_a_tool_prints_tells_no_failure(line: str, *, stops: bool) -> None:
    text = f"""import subprocess, sys
done = subprocess.run(['/opt/cloudhsm/bin/cloudhsm_mgmt_util', 'x.cfg'], capture_output=True, text=True,
    input='loginHSM CO admin adminpw1\\n{line}\\nquit\\n')
if 'failed' in done.stdout: sys.exit(1)
subprocess.run(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'listUsers'])
"""
    assert ("by_hand 'line" in bash(program(text, ""))) is stops


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("child.sendline('createUser CU a password1')\nchild.expect('aws-cloudhsm>')\n", "where a y or an n is asked"),
        ("run('deleteUser CU a', True)\n", "which deleteUser does not ask"),
        ("run('createUser CU a password1', True)\n", ""),
        ("child.sendcontrol('c')\n", "breaks off what the tool does"),
        ("child.sendcontrol('d')\n", ""),
        ("child.sendline('createUser CU a password1')\nchild.expect(['aws-cloudhsm>', pexpect.TIMEOUT])\n", ""),
        ("try:\n    run('deleteUser CU a', True)\nexcept pexpect.TIMEOUT:\n    pass\n", ""),
    ],
)
def test_a_wait_for_what_does_not_come_is_left_to_a_person(text: str, what: str) -> None:
    found = program(f"{text}run('listUsers')\n", CMUHEAD)
    assert what in said(found)
    assert ("by_hand 'line" in bash(found)) is bool(what)
    assert ("hsm user create" in bash(found)) is ("run('createUser" in text)


@pytest.mark.parametrize(
    ("loop", "again"),
    [
        ("for _ in range(3):\n    if 'success' in run('listUsers'):\n        break\n", True),
        ("while True:\n    try:\n        run('listUsers')\n        break\n    except Exception:\n        pass\n", True),
        ("for _ in range(3):\n    run('listUsers')\n    break\n", False),
        ("for _ in range(1):\n    if 'success' in run('listUsers'):\n        break\n", False),
    ],
)
def test_what_is_tried_again_is_said(loop: str, *, again: bool) -> None:
    found = program(loop, CMUHEAD)
    assert ("is done again where something failed, which is left out" in said(found)) is again
    assert bash(found).count("hsm user list") == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("child.send('list')\nchild.send('Users\\n')\n", ["listUsers"]),
        ("child.send('listUsers\\r')\nchild.send('info')\n", ["listUsers"]),
        ("child.send('deleteUser CU ')\nchild.sendline('b')\n", ["deleteUser CU b"]),
    ],
)
def test_a_line_that_is_typed_in_pieces_is_one(text: str, lines: list[str]) -> None:
    found = program(text, CMUHEAD)
    assert [" ".join(map(words.shown, step.words)) for step in found.steps[1:]] == lines


@pytest.mark.parametrize("end", ["p.stdin.close()", "p.communicate()", "p.wait()"])
def test_the_end_of_the_input_ends_a_line(end: str) -> None:
    head = "import subprocess\np = subprocess.Popen(['key_mgmt_util'], stdin=subprocess.PIPE, text=True)\n"
    found = program(f"p.stdin.write('findKey')\nprint(' -l', 'x', file=p.stdin)\np.stdin.write('exit')\n{end}\n", head)
    assert [" ".join(map(words.shown, step.words)) for step in found.steps] == ["findKey -l x", "exit"]
