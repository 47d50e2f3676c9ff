"""What the readers make of scripts: every line once, no traceback, commands, answers, sessions, variables."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from migration_support import form, script
from model_support import ROOT

from migration import words
from migration.bash.script import render
from migration.commands.plan import ranges
from migration.script import COMMAND, CONTEXT, STRENGTH, UNKNOWN, Script
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("tests/legacy/expect", "tests/legacy/shell", "tests/legacy/programs", "golden/migrate/scripts")
SCRIPTS = [path for folder in FOLDERS for path in sorted((ROOT / folder).iterdir()) if path.is_file()]
TRANSCRIPTS = [ROOT / "golden/cmu/approveToken/delete-a-user.golden", ROOT / "golden/kmu/genSymKey"]
TEXTS = {path.name: path.read_text() for path in SCRIPTS}
PIECES = (
    "\n",
    '"',
    "{",
    "}",
    "[",
    "]",
    "$x",
    "\\",
    "'",
    "<<EOF",
    "`",
    "$(",
    "send",
    " | ",
    "\r",
    "y\n",
    "é",
    "expect ",
)
WHOLE = settings(max_examples=60, deadline=None)


def accounts(found: Script) -> None:
    """Hold that every line is accounted for exactly once, and that all outputs can be made."""
    assert [line.number for line in found.lines] == list(range(1, found.text.removesuffix("\n").count("\n") + 2))
    assert all(line.kind in STRENGTH for line in found.lines)
    assert sum(found.counts().values()) == len(found.lines)
    assert all(1 <= step.line <= len(found.lines) for step in found.steps)
    translation = translate(found)
    assert len(translation.outcomes) == len(found.steps)
    render(translation)
    render(translation, allow_gaps=True)
    covered = [part for lines, _, _ in ranges(found) for part in lines.split("-")]
    assert covered[0] == "1"
    assert covered[-1] == str(len(found.lines))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_line_is_accounted_for(path: Path) -> None:
    accounts(script(path.read_text(), path.name))


@WHOLE
@given(st.sampled_from(sorted(TEXTS)), st.integers(0, 2**32), st.integers(1, 6))
def test_a_damaged_script_is_read_all_the_same(name: str, seed: int, times: int) -> None:
    text, chance = TEXTS[name], random.Random(seed)  # noqa: S311 - which damage is done
    for _ in range(times):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 1, 7, 60)))
        text = text[:start] + chance.choice(PIECES) + text[end:]
    if text.strip():
        accounts(script(text, name))


@WHOLE
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1),
    st.sampled_from((".exp", ".sh", ".py", ".golden", "")),
)
def test_any_text_is_read(text: str, suffix: str) -> None:
    if text.strip():
        accounts(script(text, f"script{suffix}"))


def shown(found: Script) -> list[str]:
    """Return the legacy lines of a script."""
    return [" ".join(map(words.shown, step.words)) for step in found.steps]


def spawned(*lines: str) -> Script:
    """Return an expect script that types lines at cloudhsm_mgmt_util."""
    return script("\n".join(["spawn cloudhsm_mgmt_util x.cfg", *lines]) + "\n", "x.exp")


def test_answers_are_no_commands() -> None:
    found = spawned(
        r'send "loginHSM CO admin -hpswd\r"', r'send "adminpw1\r"', r'send "createUser CU eve quitquit\ry\rquit\r"'
    )
    assert shown(found) == ["loginHSM CO admin -hpswd", "createUser CU eve quitquit", "quit"]
    assert words.shown(found.steps[1].session.login.password or ()) == "adminpw1"  # type: ignore[union-attr]


def test_a_forgotten_answer_eats_the_next_command_as_the_tool_does() -> None:
    found = spawned(
        r'send "createUser CU eve password1\r"', r'send "deleteUser CU bob\r"', r'send "n\r"', r'send "quit\r"'
    )
    assert shown(found) == ["createUser CU eve password1", "quit"]
    assert [form(outcome) for outcome in translate(found).outcomes] == ["nothing", "quit"]
    assert found.lines[2].kind == CONTEXT
    assert "asks again" in found.lines[2].remark


def test_a_command_in_a_variable_is_followed_and_others_stay_variables() -> None:
    found = spawned(
        'set login "loginHSM CO admin $pw"', r'send "$login\r"', r'send "deleteUser CU $name\r"', r'send "$unknown x\r"'
    )
    assert shown(found) == ["loginHSM CO admin $pw", "deleteUser CU $name", "$unknown x"]
    outcomes = translate(found).outcomes
    assert outcomes[2].remains
    assert "depends on a variable" in outcomes[2].result.instead


def test_loops_over_lists_are_unrolled_and_others_are_said() -> None:
    found = spawned('foreach u {a b} { send "deleteUser CU $u\\r" }', 'while {$x} { send "deleteUser CU z\\r" }')
    assert shown(found) == ["deleteUser CU a", "deleteUser CU b", "deleteUser CU z"]
    assert found.steps[2].condition.startswith("in while")
    assert translate(found).remains


def test_what_is_no_command_of_tcl_or_runs_a_send_unseen_is_not_understood() -> None:
    found = spawned("handle $x", "source other.exp", 'after 9 {send "listUsers\\r"}', "catch {close}")
    told = {line.number: (line.kind, line.remark) for line in found.lines}
    start = found.text.splitlines().index("handle $x") + 1
    assert [told[number] for number in range(start, start + 4)] == [
        (UNKNOWN, "handle is not known here"),
        (UNKNOWN, "source is not known here"),
        (UNKNOWN, "what after runs is not followed"),
        ("irrelevant", "close: stays behind"),
    ]


def test_procedures_that_call_each_other_come_to_an_end() -> None:
    body = "; ".join(["a; b"] * 4)
    found = spawned(f"proc b {{}} {{ {body} }}", f"proc a {{}} {{ {body} }}", "a", r'send "quit\r"')
    assert shown(found) == ["quit"]
    text = "import pexpect\ndef f(x):\n    f(x); f(x); f(x)\nf(1)\n"
    assert script(text, "x.py").hand_work


def test_what_is_typed_only_at_a_failure_is_left_out_and_said() -> None:
    found = spawned(
        r'send "listUsers\r"',
        r'expect -brace { "Number of users" { send "logoutHSM\r" } "HSM Error" { send "deleteUser CU a\r" }'
        r" timeout { exit 1 } }",
    )
    assert shown(found) == ["listUsers", "logoutHSM"]
    assert any("HSM Error" in work.text and not work.stops for work in found.hand_work)


def test_handles_go_from_the_output_into_variables() -> None:
    found = script(
        "spawn key_mgmt_util\n"
        r'send "genRSAKeyPair -m 2048 -e 65537 -l x\r"' + "\n"
        r"expect -re {public key handle: (\d+)    private key handle: (\d+)}" + "\n"
        'set pub $expect_out(1,string)\nset priv $expect_out(2,string)\nsend "deleteKey -k $priv\\r"\n',
        "x.exp",
    )
    text = render(translate(found))
    assert "pub=$(hsm_handle '.data.public_key.\"key-reference\"')" in text
    assert "priv=$(hsm_handle '.data.private_key.\"key-reference\"')" in text
    assert 'hsm key delete --filter "key-reference=$priv"' in text


def test_here_documents_pipes_and_here_strings_are_typed() -> None:
    found = script(
        "#!/bin/bash\ncloudhsm_mgmt_util c <<-'END' > log\n\tloginHSM CO admin p$w\n\tEND\n"
        "printf 'listUsers\\nquit\\n' | cloudhsm_mgmt_util c\ncloudhsm_mgmt_util c <<< listUsers\n"
        "key_mgmt_util singlecmd findKey\n"
    )
    assert shown(found) == ["loginHSM CO admin p$w", "listUsers", "quit", "listUsers", "findKey"]
    assert words.literal(found.steps[0].words[3]) == "p$w"


def test_a_function_around_singlecmd_is_seen_through() -> None:
    found = script(
        'k() { key_mgmt_util singlecmd loginHSM -u CU -s a -p $P "$@"; }\n'
        "x=$(k findKey -l y | grep -o 'Total number of keys present: [0-9]*' | grep -o '[0-9]*$')\n",
        "x.sh",
    )
    assert shown(found) == ["loginHSM -u CU -s a -p $P", "findKey -l y"]
    assert (
        "x=$(hsm_as crypto-user a \"$P\" hsm_all_keys key list --filter attr.label=y | jq -r '.data.total_key_count')"
        in render(translate(found))
    )


def test_output_that_is_read_in_an_unknown_way_stops_the_translation() -> None:
    found = script("o=$(key_mgmt_util singlecmd listUsers)\necho \"$o\" | awk '{ print $3 }'\n", "x.sh")
    text = render(translate(found))
    assert "by_hand 'line 2:" in text
    assert "kill -s TERM" in text
    assert "kill -s TERM" not in render(translate(found), allow_gaps=True)


def test_the_tool_of_a_line_in_a_list_is_told_by_its_options_and_neighbours() -> None:
    found = script("listUsers\nloginHSM -u CU -s a -p b\nlistUsers\nloginHSM CO admin pw\nlistUsers\nnonsense 1\n")
    assert [step.tool[:3] for step in found.steps] == ["key", "key", "key", "clo", "clo"]
    assert found.lines[5].kind == UNKNOWN


def test_a_transcript_tells_users_and_handles() -> None:
    text = (
        "aws-cloudhsm>listUsers\n   3   CU   carol   NO   0   NO\naws-cloudhsm>shareKey 9 3 1\naws-cloudhsm>quit\n"
        "Command:  genSymKey -t 31 -s 32 -l x\n\tSymmetric Key Created.  Key Handle: 7\nCommand:  deleteKey -k 7\n"
    )
    found = script(text)
    assert found.language == "transcript"
    body = render(translate(found))
    assert "--username carol" in body
    assert 'hsm key delete --filter "key-reference=$key_5"' in body


def test_a_golden_gives_its_users_files_and_placeholders() -> None:
    text = (
        "# status: choice\n# setup: cluster create demo --activate adminpw1 --user CU:alice:password1\n"
        "$ key_mgmt_util\n"
        "Command:  genSymKey -t 31 -s 32 -l x -u 3\n\tSymmetric Key Created.  Key Handle: [handle:k]\n"
        "Command:  deleteKey -k [handle:k]\n? 0\n"
    )
    body = render(translate(script(text, "x.golden")))
    assert "--share-crypto-users alice" in body
    assert 'key-reference=$k"' in body


def test_a_program_that_is_no_python_is_said() -> None:
    found = script("import pexpect\nchild.sendline('x'\n", "x.py")
    assert not found.steps
    assert found.hand_work


def test_functions_and_loops_of_a_program_are_followed() -> None:
    text = (
        "import pexpect\nchild = pexpect.spawn('cloudhsm_mgmt_util x.cfg')\n"
        "def make(name):\n    child.sendline(f'deleteUser CU {name}')\n"
        "for user in ['a', 'b']:\n    make(user)\nif child:\n    child.sendline('logoutHSM')\n"
    )
    found = script(text, "x.py")
    assert shown(found) == ["deleteUser CU a", "deleteUser CU b", "logoutHSM"]
    assert found.steps[2].condition == "only if child"
    assert found.lines[5].kind == COMMAND


def test_a_second_user_without_a_logout_is_said() -> None:
    lines = "loginHSM CO admin adminpw1\n{}loginHSM CU bob password1\nlistUsers\n"
    for logout, said in (("", 1), ("logoutHSM\n", 0)):
        found = script(lines.format(logout))
        assert [work.stops for work in found.hand_work if "still logged in" in work.text] == [False] * said
