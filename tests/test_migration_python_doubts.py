"""What becomes of a Python program that fails where a search finds nothing, or an output is another."""

from __future__ import annotations

import pytest
from test_migration_python import HEAD, bash, program, said

KMU = """import re, subprocess, sys
def kmu(*w):
    return subprocess.check_output(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s',
        'alice', '-p', 'password1', *w], text=True)
def found(label):
    block = kmu('findKey', '-l', label).partition('Handles of matching keys:')[2].partition('Cluster')[0]
    return re.findall(r'\\d{3,}', block)
"""
CHECK = "hsm_take '.data.total_key_count > 0' > /dev/null"
LATER = "kmu('genSymKey', '-t', '31', '-s', '32', '-l', 'x')\n"


@pytest.mark.parametrize(
    "text",
    [
        "keys = found('x')\nkeys[0][:2]\n",
        "re.search(r'keys:\\s+(\\d+)', kmu('findKey', '-l', 'x')).group(1)[:2]\n",
        "kmu('findKey', '-l', 'x').split('Handles of matching keys:')[1]\n",
        "a, b = found('y'), found('x')\nb[0]\n",
    ],
)
def test_a_search_that_finds_nothing_ends_the_translation_where_it_ends_the_program(text: str) -> None:
    shown = bash(program(text + LATER, KMU))
    assert shown.count(CHECK) == 1
    assert shown.index("attr.label=x") < shown.index(CHECK) < shown.index("generate-symmetric")
    assert "by_hand" not in shown


@pytest.mark.parametrize("behind", ["", "kmu('deleteKey', '-k', h)\n"])
def test_a_search_whose_handle_is_taken_is_not_checked_twice(behind: str) -> None:
    shown = bash(program("h = found('x')[0]\n" + behind + LATER, KMU))
    assert "hsm_handle '.data.matched_keys[0]" in shown
    assert CHECK not in shown


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    found('x')[0]\nexcept IndexError:\n    pass\n",
        "keys = found('x')\nif keys:\n    keys[0]\n",
        "keys = found('x')\nkeys[0] if keys else None\n",
        "keys = found('x')\nkeys[:1]\n",
    ],
)
def test_a_search_that_may_find_nothing_is_not_checked(text: str) -> None:
    assert CHECK not in bash(program(text + LATER, KMU))


def test_what_fails_for_more_than_nothing_found_is_left_to_a_person() -> None:
    found = program("keys = found('x')\nkeys[1]\n" + LATER, KMU)
    assert "fails where the output is another: keys[1]" in said(found)
    assert bash(found).index("by_hand 'line") < bash(found).index("generate-symmetric")


def test_a_wait_for_handles_ends_the_translation_where_there_are_none() -> None:
    text = "child.sendline('findKey -l x')\nchild.expect('Handles of matching keys:')\nchild.sendline('findKey')\n"
    found = program(text, HEAD)
    assert CHECK in bash(found)
    assert said(found) == ""


MATCHED = "m = re.search(r'keys:\\s*(\\d+)', kmu('findKey', '-l', 'x'))\n"
FIRST = """def first(label):
    m = re.search(r'matching keys:\\s*(\\d+)', kmu('findKey', '-l', label))
    if not m:
        return None
    return m.group(1)
"""
LISTED = """def listed(label):
    out = kmu('findKey', '-l', label)
    if 'Handles of' not in out:
        return []
    return re.findall(r'\\d{3,}', out.split('matching keys:')[1].split('Cluster')[0])
"""
LINE = """def line(label):
    lines = kmu('findKey', '-l', label).splitlines()
    for number, text in enumerate(lines):
        if 'Handles of' in text:
            return lines[number + 1].strip().split(',')[0]
    return None
"""


@pytest.mark.parametrize(
    "text",
    [
        MATCHED + "if m is None:\n    sys.exit('none')\nh = m.group(1)",
        MATCHED + "if not m: raise SystemExit('none')\nh = m[1]",
        FIRST + "h = first('x')\nif h is None:\n    print('none')\n    sys.exit(1)",
        FIRST + "h = first('x')\nassert h",
        MATCHED + "h = m and m.group(1)\nif not h:\n    sys.exit('none')",
        LISTED + "keys = listed('x')\nif not keys:\n    sys.exit('none')\nh = keys[0]",
        LINE + "h = line('x')\nif not h:\n    raise RuntimeError('none')",
        LISTED + "keys = listed('x')\nh = keys[0] if keys else None\nif h is None: sys.exit(1)",
        "def die(text):\n    print(text)\n    sys.exit(1)\n" + LINE + "h = line('x')\nif not h: die('none')",
    ],
)
def test_a_program_that_ends_as_nothing_is_found_ends_so_in_the_translation(text: str) -> None:
    read = program(f"{text}\nkmu('deleteKey', '-k', h)\n", KMU.partition("def found")[0])
    shown = bash(read)
    assert ("by_hand" in shown, said(read)) == (False, "")
    # What the program says then the translation says, too; without that it ends where it takes the handle.
    says = "'none'" in text and "raise RuntimeError" not in text
    assert shown.count("=$(hsm_handle '.data.matched_keys[0].\"key-reference\"')\n") == (not says)
    assert (" none" in shown and 'if [[ "$keys_found" -eq 0 ]]' in shown) is says


def test_a_main_function_that_returns_as_nothing_is_found_ends_the_translation() -> None:
    text = FIRST + (
        "def main():\n    h = first('x')\n    if not h:\n        print('none')\n        return 1\n"
        "    kmu('deleteKey', '-k', h)\n    return 0\nsys.exit(main())\n"
    )
    shown = bash(program(text, KMU))
    assert "by_hand" not in shown
    assert shown.index("hsm_handle '.data.matched_keys[0]") < shown.index("key delete")


def test_a_loop_over_keys_ends_before_it_where_the_program_does() -> None:
    text = (
        LISTED
        + "keys = listed('x')\nif not keys:\n    sys.exit('none')\nfor h in keys:\n    kmu('deleteKey', '-k', h)\n"
    )
    shown = bash(program(text, KMU))
    assert "by_hand" not in shown
    assert shown.index("-eq 0") < shown.index("exit 1") < shown.index('for h in "${keys[@]}"')


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        # It is not the number of the keys that the test asks for.
        ("keys = found('x')\nif len(keys[1:]) > 1: sys.exit(1)\n", "if len(keys[1:]) > 1"),
        ("keys = found('x')[:15]\nif len(keys) > 1: sys.exit(1)\n", "if len(keys) > 1"),
        ("a, b = found('y'), found('x')\nif len(a + b) > 1: sys.exit(1)\n", "if len(a + b) > 1"),
        ("for k in found('y'):\n    keys = found('x')\n    if keys: sys.exit(3)\n", "if keys"),
        (
            "def main(word):\n    if len(word) < 7: return 1\n    LATER    return 0\nsys.exit(main(sys.argv[1]))\n",
            "if len(word) < 7",
        ),
    ],
)
def test_another_end_of_the_program_is_left_to_a_person_once(text: str, asked: str) -> None:
    found = program(text.replace("LATER", LATER) + ("" if "LATER" in text else LATER), KMU)
    shown = bash(found)
    assert shown.count("by_hand 'line") == 1
    assert shown.index(f"ends the program {asked}, which is not checked") < shown.index("generate-symmetric")


@pytest.mark.parametrize(
    ("text", "asked", "status"),
    [
        ("keys = found('x')\nif not keys: sys.exit(3)\n", "-eq 0", 3),
        ("keys = found('x')\nif keys: sys.exit()\n", "-gt 0", 0),
        ("keys = found('x')\nif len(keys) > 0: sys.exit('there')\n", "-gt 0", 1),
        ("keys = found('x')\nprint(1 if keys else 0)\nassert not keys\n", "-gt 0", 1),
        ("a, b = found('y'), found('x')\nif not b: sys.exit(3)\n", "-eq 0", 3),
        (
            "def gone(label): return not found(label)\nif gone('y'): sys.exit(0)\nif gone('x'): sys.exit(3)\n",
            "-eq 0",
            3,
        ),
        ("keys = found('x')\nif len(keys) > 1: sys.exit(4)\n", "-gt 1", 4),
        ("keys = found('x')\nif len(keys) != 1: sys.exit(1)\n", "-ne 1", 1),
        ("keys = found('x')\nif not len(keys) == 1: sys.exit('not one')\n", '( "$keys_found" -eq 1 )', 1),
        ("keys = found('x')\nn = len(keys)\nif n >= 3: sys.exit(5)\n", "-ge 3", 5),
        ("keys = found('x')\nassert len(keys) <= 2\n", '( "$keys_found" -le 2 )', 1),
        ("a, b = found('y'), found('x')\nif len(b) > 1: sys.exit(4)\n", "-gt 1", 4),
        (
            "def main():\n    k = found('x')\n    if len(k) > 1: return 4\n    LATER    return 0\nsys.exit(main())\n",
            "-gt 1",
            4,
        ),
        ("def die(status): sys.exit(status)\nkeys = found('x')\nif not keys: die(3)\n", "-eq 0", 3),
        (
            "def main():\n    keys = found('x')\n    if not keys: return 2\n    LATER    return 0\nsys.exit(main())\n",
            "-eq 0",
            2,
        ),
        ("keys = found('x')\nkmu('genSymKey', '-t', '16', '-s', '32', '-l', 'y')\nif not keys: exit(1)\n", "-eq 0", 1),
    ],
)
def test_bash_ends_where_a_search_has_found_keys_or_none(text: str, asked: str, status: int) -> None:
    found = program(text.replace("LATER", LATER) + ("" if "LATER" in text else LATER), KMU)
    shown = bash(found)
    searched, ended = shown.index("attr.label=x"), shown.rindex(f" {asked} ]]; then")
    assert searched < ended < shown.index(f"    exit {status}\nfi", ended) < shown.index("-l x", ended)
    assert "by_hand" not in shown


@pytest.mark.parametrize(
    ("test", "asked"),
    [
        ("found('x')", '"$keys_found" -gt 0'),
        ("not found('x')", '"$keys_found" -eq 0'),
        ("'present: 0' in kmu('findKey', '-l', 'x')", '"$keys_found" -eq 0'),
        ("len(found('x')) > 1", ""),
        ("found('x') and found('y')", ""),
        ("found('x') or len(sys.argv) > 1", ""),
    ],
)
def test_bash_asks_whether_a_search_has_found_keys_as_the_program_does(test: str, asked: str) -> None:
    shown = bash(program(f"if {test}:\n    {LATER}", KMU))
    assert (f"if [[ {asked} ]]; then" in shown) == bool(asked)
    assert ("by_hand" in shown) == (not asked)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_bash_asks_how_many_keys_a_search_has_found(sign: str) -> None:
    shown = bash(program(f"keys = found('x')\nif len(keys) {sign} 2:\n    {LATER}", KMU))
    spelled = {"<": "-lt", "<=": "-le", ">": "-gt", ">=": "-ge", "==": "-eq", "!=": "-ne"}[sign]
    assert f'if [[ "$keys_found" {spelled} 2 ]]; then' in shown
    assert "keys_found=$(hsm_take '.data.total_key_count')\n" in shown
    assert "by_hand" not in shown


@pytest.mark.parametrize(
    "test",
    ["len(keys) in (2, 5)", "len(found('x')) == 2", "40 < len(keys)", "len(keys) not in [20]", "2 != len(keys)"],
)
def test_a_number_of_keys_that_no_sample_has_is_not_taken_for_one_that_never_is_found(test: str) -> None:
    shown = bash(program(f"keys = found('x')\nif {test}:\n    {LATER}", KMU))
    assert "by_hand 'line" in shown
    assert "is left out" not in shown


def test_a_key_that_is_used_where_it_is_the_only_one_is_there() -> None:
    text = f"keys = found('x')\nif len(keys) == 1:\n    kmu('deleteKey', '-k', keys[0])\nelse:\n    {LATER}"
    shown = bash(program(text, KMU))
    assert "by_hand" not in shown
    assert shown.index('"$keys_found" -eq 1') < shown.index("key delete") < shown.index("generate-symmetric")


@pytest.mark.parametrize(
    "text",
    [
        f"def ensure(label):\n    if found(label):\n        return\n    {LATER}ensure('x')\nprint()\n",
        f"def ensure(label):\n    if not found(label):\n        {LATER}        return True\nensure('x')\n",
        f"for l in ['x']:\n    if found(l):\n        continue\n    {LATER}",
    ],
)
def test_what_is_done_unless_a_function_or_a_turn_ended_before_is_the_other_side(text: str) -> None:
    shown = bash(program(text, KMU))
    assert shown.index("if [[ ") < shown.index("    hsm key generate-symmetric") < shown.index("\nfi\n")
    assert "by_hand" not in shown


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        # In a branch a search that finds nothing ends the program there, and not where the branch is not taken.
        ("if len(sys.argv) > 1:\n    found('x')[0][:1]\n    LATER", False),
        ("keys = found('x')\nif len(sys.argv) > 1:\n    print(keys[0])\n    LATER", True),
        ("keys = found('x')\nif keys:\n    print(keys[0])\n    LATER", False),
        ("a, b = found('y'), found('x')\nif a:\n    print(b[0])\n    LATER", True),
    ],
)
def test_what_fails_in_a_branch_as_a_search_finds_nothing_is_checked_there(text: str, *, stops: bool) -> None:
    given = "if len(sys.argv) > 1:" in text
    shown = bash(
        program("w = sys.argv[1]\n" * given + text.replace("len(sys.argv) > 1", "w").replace("LATER", LATER), KMU)
    )
    assert ("by_hand" in shown) == stops
    assert (f"    {CHECK}" in shown) == (given and not stops)


LOOK = "m = re.search(r'matching keys:\\s+(\\d+)', kmu('findKey', '-l', 'x'))\n"
USE = "kmu('deleteKey', '-k', m.group(1))\n"
COUNTED = "out = kmu('findKey', '-l', 'x')\nn = int(re.search(r'keys present: (\\d+)', out).group(1))\n"
TRIED = "try:\n    h = re.search(r'keys:\\s+(\\d+)', kmu('findKey', '-l', 'x')).group(1)\nexcept AttributeError:\n"


@pytest.mark.parametrize(
    "text",
    [
        f"{LOOK}if m:\n    {USE}{LATER}",
        f"{LOOK}if not m:\n    sys.exit(4)\n{USE}",
        f"{LOOK}if not m:\n    sys.exit(0)\n{USE}",
        f"{COUNTED}if n == 0:\n    sys.exit(4)\nkmu('deleteKey', '-k', re.findall(r'keys:\\s+(\\d+)', out)[0])\n",
        f"{TRIED}    sys.exit(4)\nkmu('deleteKey', '-k', h)\n",
        f"{TRIED}    sys.exit()\nkmu('deleteKey', '-k', h)\n",
    ],
)
def test_a_search_that_the_program_looks_at_may_find_nothing_up_to_there(text: str) -> None:
    lines = bash(program(text, KMU)).splitlines()
    taken = next(number for number, line in enumerate(lines) if "$(hsm_handle " in line)
    assert lines[taken].endswith(" || true")
    assert CHECK not in lines
    assert any(line.startswith(("by_hand ", 'if [[ "$')) for line in lines[taken:])


@pytest.mark.parametrize(
    "text", [LOOK + USE, f"{LOOK}if m:\n    print(1)\n{USE}", f"{LOOK}{USE}if not m:\n    exit(4)\n"]
)
def test_a_search_that_finds_nothing_never_leaves_a_command_without_its_handle(text: str) -> None:
    shown = bash(program(text, KMU))
    assert "$(hsm_handle " in shown
    assert "|| true" not in shown[shown.index("$(hsm_handle ") :].splitlines()[0]


def test_a_handler_that_ends_the_program_with_a_status_of_its_own_is_said() -> None:
    found = program(f"{TRIED}    sys.exit(4)\nkmu('deleteKey', '-k', h)\n", KMU)
    assert "ends the program if AttributeError is raised, which is not checked" in said(found)


def test_what_is_taken_out_of_a_search_may_be_missing_where_no_command_needs_it() -> None:
    found = program(f"{FIRST}k = first('x')\n{LATER}j = first('y')\nkmu('deleteKey', '-k', j)\n", KMU)
    lines = [line for line in bash(found).splitlines() if "$(hsm_handle " in line]
    assert [line.endswith(" || true") for line in lines] == [True, False]


def test_what_only_the_run_tells_must_not_be_set_before() -> None:
    found = program(f"{FIRST}kmu('deleteKey', '-k', first('x') or '262')\n", KMU)
    assert "must be set before" not in said(found)
    assert "by_hand 'line" in bash(found)
