"""How a shell script calls the legacy tools, and what feeds them: programs, functions, pipes, expect scripts inside."""

from pathlib import Path

import pytest
from migration_support import script
from output_support import ALL, AS, FIND, GEN, KMU, LISTED, LOGIN, MADE, body, left

from migration.bash.script import render
from migration.read import read_source
from migration.source import Source
from migration.translate import translate


@pytest.mark.parametrize(
    "before", ["timeout 60 ", "timeout -k 5 60 ", "nice -n 10 ", "env X=y ", "sudo -u root ", "stdbuf -oL "]
)
def test_programs_that_only_run_a_tool_fall_away(before: str) -> None:
    assert body(f"{before}{GEN}") == f"{MADE}..."


def test_a_tool_in_an_array_is_called() -> None:
    call = '"${K[@]}" genSymKey -t 31 -s 32 -l a'
    assert body(f"K=({KMU})", call).endswith(f"\n{MADE}...")


@pytest.mark.parametrize(
    "line",
    [
        f'bash -c "{GEN}"',
        f"bash -c '{GEN}'",
        f'ssh host "{GEN}"',
        f"run {GEN}",
        f"eval {GEN}",
        f'echo "{GEN}" | sh',
        f"find . -exec {KMU} deleteKey -k 9 ';'",
        f"{FIND} | grep -A1 Handles | tail -1 | tr ',' '\\n' | xargs -P 2 -n1 {KMU} deleteKey -k",
        'T="key_mgmt_util singlecmd"; bash -c "$T findKey"',
    ],
)
def test_other_calls_of_a_tool_are_left_to_a_person(line: str) -> None:
    assert left(line) == [1]


def test_what_names_a_tool_and_calls_none_stays() -> None:
    assert (
        left('echo "uses key_mgmt_util"', "pgrep key_mgmt_util || true", "T=/opt/cloudhsm/bin/key_mgmt_util", GEN) == []
    )


@pytest.mark.parametrize(
    ("line", "now"),
    [
        ("[ -x /opt/cloudhsm/bin/key_mgmt_util ] || exit 1", "command -v {} > /dev/null || exit 1"),
        ("[ ! -f /opt/cloudhsm/bin/key_mgmt_util ] && exit 1", "! command -v {} > /dev/null && exit 1"),
        (
            "if ! command -v key_mgmt_util > /dev/null; then exit 1; fi",
            "if ! command -v {} > /dev/null; then exit 1; fi",
        ),
        ("which cloudhsm_mgmt_util || exit 1", "command -v {} > /dev/null || exit 1"),
    ],
)
def test_whether_a_tool_is_there_is_asked_of_the_new_one(line: str, now: str) -> None:
    assert body(line) == now.format('"${CLOUDHSM_CLI:-cloudhsm-cli}"')


def test_a_file_that_is_read_in_and_calls_a_tool_is_said(tmp_path: Path) -> None:
    (tmp_path / "lib.sh").write_text(f"k() {{ {KMU} findKey; }}\n")
    (tmp_path / "other.sh").write_text("x=1\n")
    source = Source(str(tmp_path / "x.sh"), str(tmp_path), f". ./lib.sh\n. ./other.sh\n. /no/such\n{GEN}\n", "shell")
    assert [line for line, _ in translate(read_source(source)).remains] == [1]


def test_functions_of_the_new_script_are_not_redefined() -> None:
    assert left("hsm_login() { echo mine; }", GEN) == [1]


def test_a_here_string_is_read() -> None:
    found = body(f"out=$({GEN})", "h=$(awk '/Key Handle/ {print $NF}' <<< \"$out\")")
    assert found.endswith('\nh=$(hsm_handles -r \'.data.key."key-reference" | handle\' <<< "$out")')


def test_words_behind_a_redirection_belong_to_the_command() -> None:
    call = GEN.replace(" genSymKey", " > log genSymKey")
    assert body(call) == body(f"> log {GEN}") == body(f"{GEN} > log")
    test = "jq -es '.[0].error_code == 0' log"
    assert body(f"{GEN} > log", "grep SUCCESS > /dev/null log || exit 1").endswith(f"\n{test} > /dev/null || exit 1")


def test_lines_that_the_grammar_runs_together_are_two() -> None:
    deleted = f"{FIND} | grep -A1 'Handles of' | tail -1 | xargs -n1 {KMU} deleteKey -k > /dev/null"
    asked = f"{GEN} | grep -q SUCCESS && echo $({FIND} | grep Total | cut -d: -f2) || echo no"
    assert body(deleted, asked) == f"{body(deleted)}\n{body(asked)}"


def test_a_comment_between_lines_that_the_grammar_runs_together_ends_at_its_line() -> None:
    before, behind = '[ "$up" -lt "$all" ] && finish 2 "few"', '[ -n "$no" ] && finish 1 "failed: $no- $up are up"'
    program = KMU.partition(" ")[0]
    call = f"$K{GEN.removeprefix(program)}"
    found = body(f"K={program}", before, "# the key", f"{call} > out 2>&1", behind)
    assert f"\n{MADE}... > out 2>&1\n" in found
    assert "$K" not in found


def test_what_stands_behind_a_function_on_its_line_stays() -> None:
    program = KMU.partition(" ")[0]
    found = body(f'k() {{ {program} "$@"; }}; rm -f old', f"k {GEN.removeprefix(program)}")
    assert found == f": 'k was a call of a legacy tool'; rm -f old\n{MADE}..."
    group = f'[ -n "$A" ] && {{ k() {{ {program} "$@"; }}; echo set; }}'
    assert "; echo set; }\n" in body(group, f"k {GEN.removeprefix(program)}")


def test_a_negated_group_is_one() -> None:
    found = body(f"if ! {{ {GEN} | grep -q SUCCESS; }}; then exit 1; fi")
    assert found == f"if ! {{ {MADE}... > /dev/null; }}; then exit 1; fi"


def test_what_feeds_a_tool() -> None:
    typed = ("loginHSM CO admin adminpw1", "createUser CU bob password1", "y", "quit")
    plain = body("cloudhsm_mgmt_util x.cfg <<EOF", *typed, "EOF")
    tool = "cloudhsm_mgmt_util x.cfg"
    feeds = (
        "printf 'loginHSM CO %s %s\\ncreateUser CU bob password1\\ny\\nquit\\n' admin adminpw1 | " + tool,
        f"( echo '{typed[0]}'; sleep 1; printf '%s\\n' '{typed[1]}' y quit ) | {tool}",
        f"{tool} <<< '" + "\n".join(typed) + "'",
    )
    for feed in feeds:
        assert body(feed) == plain
    assert body("cat <<EOF | " + tool, *typed, "EOF") == plain
    assert body(feeds[0] + " | grep -q 'createUser success' && exit 0").endswith("> /dev/null && exit 0")


def test_what_may_fail_does_not_end_the_script() -> None:
    typed = (
        "loginHSM CO admin adminpw1",
        "createUser CU bob password1",
        "y",
        "A",
        "createUser CU eve password1",
        "y",
        "quit",
    )
    found = body("cloudhsm_mgmt_util x.cfg <<EOF", *typed, "EOF")
    assert "--username bob --role crypto-user --password password1 || true\n" in found
    assert "--username eve --role crypto-user --password password1\n" in found


def test_that_a_script_went_on_is_said() -> None:
    assert "The old script went on whatever failed" in render(translate(script(f"{GEN}\n", "x.sh")))
    for head in ("set -e", "set -euo pipefail"):
        assert "went on" not in render(translate(script(f"{head}\n{GEN}\n", "x.sh")))


def test_a_login_that_nothing_is_done_under_is_tried() -> None:
    found = body("cloudhsm_mgmt_util x.cfg <<EOF || exit 4", "loginHSM CO admin adminpw1", "quit", "EOF")
    assert found.startswith(
        "{\n    hsm_login admin admin adminpw1\n    hsm key list --max-items 1 > /dev/null\n    hsm_logout\n"
    )
    again = ("loginHSM CO admin adminpw1", "loginHSM CU alice password1", "listUsers", "quit")
    text = render(translate(script("\n".join(again) + "\n", "list.txt")))
    assert text.count("hsm key list --max-items 1 > /dev/null\n") == 2, "users are listed without a login"


def test_an_xargs_that_calls_a_tool_is_a_loop() -> None:
    delete = f'while read -r hsm_item; do {AS} hsm key delete --filter "key-reference=$hsm_item"; done'
    handles = f"{FIND} | grep -A1 'Handles of' | tail -1"
    for separator in (" | tr ',' '\\n'", " | tr ',' ' '"):
        for call in (f"xargs -n1 {KMU} deleteKey -k", f"xargs -r -I{{}} {KMU} deleteKey -k {{}}"):
            found = body(f"{handles}{separator} | {call}")
            assert found == f"{LISTED} | hsm_handles -r '{ALL}' | {delete}"
    assert left(f"{handles} | tr ',' ' ' | xargs {KMU} deleteKey -k") == [1]


def test_a_copy_by_tee_stays() -> None:
    assert body(f"{GEN} 2> e | tee f > g") == f"{MADE}... 2> e | tee f > g"
    assert body(f"{GEN} 2>&1 | grep -q SUCCESS") == f"{MADE}... > /dev/null"
    assert body(f'{GEN} 2>&1 | tee -a "$LOG"') == f'{MADE}... 2>&1 | tee -a "$LOG"'
    test = "jq -es '.[0].error_code == 0'"
    assert body(f"{GEN} | tee f | grep -q SUCCESS") == f"{MADE}... | tee f | {test} > /dev/null"
    assert body(f"{GEN} | tee f", "grep -q SUCCESS f || exit 1").endswith(f"\n{test} f > /dev/null || exit 1")


EXPECT = ("expect <<'EOF'", "spawn key_mgmt_util", f'send "{LOGIN}\\r"', 'send "genSymKey -t 31 -s 32 -l a\\r"')


def test_an_expect_script_inside_takes_its_handles() -> None:
    taking = (r"expect -re {Key Handle: (\d+)}", "set h $expect_out(1,string)", r'send "deleteKey -k $h\r"')
    found = body(*EXPECT, *taking, "EOF")
    assert "    h=$(hsm_handle '.data.key.\"key-reference\"') || exit\n" in found
    assert '    hsm key delete --filter "key-reference=$h" || exit\n' in found


def test_what_an_expect_script_inside_does_on_a_condition_is_left_to_a_person() -> None:
    found = body(*EXPECT, r'if {$x} { send "findKey\r" }', "EOF")
    assert "    by_hand 'line 7: only if $x: hsm_all_keys key list'\n" in found
    assert left(*EXPECT, 'while {[gets $f l] >= 0} { send "findKey -l $l\\r" }', "EOF")


RUNS = 'run() { key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1 "$@"%s; }'


def test_a_function_that_runs_what_it_is_given_stays() -> None:
    found = body(
        RUNS % ' 2>&1 | tee -a "$LOG"',
        "h=$(run genSymKey -t 31 -s 32 -l a | awk '/Key Handle/{print $NF}')",
        "run deleteKey -k $h",
    )
    assert found.split("\n") == [
        'run() { hsm_as crypto-user alice password1 "$@" 2>&1 | tee -a "$LOG"; }',
        f"h=$({MADE.replace(AS, 'run')}... | hsm_handles -r '.data.key.\"key-reference\" | handle')",
        'run hsm key delete --filter "key-reference=$h"',
    ]


def test_what_such_a_function_reads_is_asked_of_all_that_it_runs() -> None:
    checked = RUNS % " | grep -q SUCCESS"
    assert body(checked, "run findKey -l a", "run deleteKey -k 9 || exit 1").startswith(
        'run() { hsm_as crypto-user alice password1 "$@" > /dev/null; }\n'
    )
    assert left(RUNS % " | grep -q 'Key Created'", "run genSymKey -t 31 -s 32 -l a", "run deleteKey -k 9") == [1]
    taken = RUNS % " | awk '/Key Handle/{print $NF}'"
    found = body(taken, "h=$(run genSymKey -t 31 -s 32 -l a)")
    assert 'run() { hsm_as crypto-user alice password1 "$@" | hsm_handles -r ' in found
    assert left(taken, "run genSymKey -t 31 -s 32 -l a | grep -q SUCCESS") == [2]


def test_what_such_a_function_does_with_its_arguments_is_said() -> None:
    text = (RUNS % "").replace("{ ", '{ echo "$1"; ', 1)
    assert left(text, "run findKey -l a") == [1]
    assert "by_hand" not in body(text, "run findKey -l a")
    assert left((RUNS % "").replace("{ ", "{ shift; ", 1), "run x findKey -l a") == [1]
    assert left(RUNS % " | tee f", "run findKey -l a", "retry run findKey -l a") == [3]
