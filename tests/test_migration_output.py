"""What becomes of the lines of a shell script that read what a legacy tool printed."""

import pytest
from migration_support import script

from migration.bash.script import render
from migration.translate import translate

LOGIN = "loginHSM -u CU -s alice -p password1"
KMU = f"key_mgmt_util singlecmd {LOGIN}"
AS = "hsm_as crypto-user alice password1"
MADE = f"{AS} hsm key generate-symmetric aes --label a --key-length-bytes 32 --attributes "
LISTED = f"{AS} hsm_all_keys key list --filter attr.label=a"
GEN, FIND = f"{KMU} genSymKey -t 31 -s 32 -l a", f"{KMU} findKey -l a"


def body(*lines: str) -> str:
    """Return what becomes of lines of bash, the prelude left out, attributes of keys shortened."""
    text = "\n".join(lines) + "\n"
    whole = render(translate(script(f"#!/bin/bash\n# begins\n{text}", "x.sh")))
    made = whole.split("# begins\n", 1)[1]
    kept = (line for line in made.split("\n") if not line.lstrip().startswith("#"))
    usages = "encrypt=true decrypt=true wrap=true unwrap=true sign=false verify=false"
    return "\n".join(kept).replace(usages, "...").strip("\n")


def left(*lines: str) -> list[int]:
    """Return the lines that are left to a person, from 1."""
    return [line for line, _ in translate(script("\n".join(lines) + "\n", "x.sh")).remains]


def test_a_list_of_handles_stays_a_list() -> None:
    found = body(f"for h in $({FIND} | grep -A1 'Handles of matching' | tail -1 | tr ',' ' '); do", "echo $h", "done")
    assert found == (
        f'for h in $({LISTED} | jq -r \'[.data.matched_keys[]."key-reference"] | join(" ")\'); do\necho $h\ndone'
    )


def test_the_last_handle_is_not_the_first() -> None:
    found = body(f"h=$({FIND} | grep -A1 'Handles of matching' | tail -n1 | awk '{{print $NF}}')")
    assert found == f"h=$({LISTED} | jq -r '.data.matched_keys[-1].\"key-reference\" // empty')"


def test_a_loop_behind_a_pipe_gets_a_handle_a_line() -> None:
    lines = (
        f"{FIND} | sed -n '/Handles/{{n;p}}' | tr -d ' \\t' | tr , '\\n' | while read -r h; do",
        f"{KMU} deleteKey -k $h",
        "done",
    )
    assert body(*lines) == (
        f"{LISTED} | jq -r '.data.matched_keys[].\"key-reference\"' | while read -r h; do\n"
        f'{AS} hsm key delete --filter "key-reference=$h"\ndone'
    )
    assert left(lines[0].replace(" | tr , '\\n'", ""), *lines[1:]) == [1]


@pytest.mark.parametrize("before", ["if ", "if ! ", "while ! ", "true && ! "])
def test_a_negation_stands_before_what_was_asked(before: str) -> None:
    after = {"if": "; then exit 1; fi", "wh": "; do sleep 1; done", "tr": " && exit 1"}[before[:2]]
    assert body(f"{before}{GEN} | grep -q SUCCESS{after}") == f"{before}{MADE}... > /dev/null{after}"
    assert body(f"{before}{FIND} | grep -q 'present: 0'{after}") == (
        f"{before}{LISTED} | jq -es '.[0].data.total_key_count == 0' > /dev/null{after}"
    )


def test_a_negated_check_of_a_variable_or_a_file() -> None:
    test = "jq -es '.[0].error_code == 0'"
    assert body(f"out=$({GEN})", "if ! echo \"$out\" | grep -q 'HSM Return: SUCCESS'; then exit 1; fi") == (
        f'out=$({MADE}... || true)\nif ! {test} <<< "$out" > /dev/null; then exit 1; fi'
    )
    assert body(f"{GEN} > out.log 2>&1", "if ! grep -q SUCCESS out.log; then exit 1; fi") == (
        f"{MADE}... > out.log 2>&1 || true\nif ! {test} out.log > /dev/null; then exit 1; fi"
    )
    assert body(f"{GEN} > out.log", "cat out.log | grep -qi error && exit 1") == (
        f"{MADE}... > out.log || true\n! {test} out.log > /dev/null && exit 1"
    )


RUN = (
    "cloudhsm_mgmt_util x.cfg <<EOF{}",
    "loginHSM CO admin adminpw1",
    "createUser CU bob password2",
    "y",
    "listUsers",
    "quit",
    "EOF",
)


def test_a_check_is_of_the_command_that_it_names() -> None:
    first, *rest = RUN
    found = body("if ! " + first.format(" | grep -q 'createUser success'"), *rest, "then exit 1; fi")
    assert found == (
        "if ! {\n    hsm_login admin admin adminpw1\n"
        "    hsm user create --username bob --role crypto-user --password password2\n"
        "    hsm user list > /dev/null\n    hsm_logout\n"
        "} | jq -es '.[0].error_code == 0' > /dev/null\n\nthen exit 1; fi"
    )
    listed = body("if " + first.format(" | grep -q bob"), *rest, "then exit 1; fi")
    assert " --role crypto-user --password password2 > /dev/null\n    hsm user list\n" in listed


def test_a_check_of_all_commands_counts_the_answers() -> None:
    first, *rest = (line for line in RUN if line != "listUsers")
    found = body(
        "if " + first.format(" | grep -q 'failed:'"), *rest[:-2], "deleteUser CU bob", *rest[-2:], "then exit 1; fi"
    )
    assert "} | { ! jq -es 'length == 2 and all(.error_code == 0)' > /dev/null; }\n" in found


def test_a_login_is_tried_with_a_command() -> None:
    found = body(
        "if cloudhsm_mgmt_util x.cfg <<EOF | grep -q 'loginHSM success'",
        "loginHSM CO admin adminpw1",
        "quit",
        "EOF",
        "then exit 1; fi",
    )
    assert "    hsm key list --max-items 1\n    hsm_logout\n} | jq -es '.[0].error_code == 0' > /dev/null" in found


def test_several_things_are_taken_out_of_the_output_of_one_run() -> None:
    found = body(
        "key_mgmt_util <<EOF > run.log",
        LOGIN,
        "genSymKey -t 31 -s 32 -l a",
        "findKey -l a",
        "exit",
        "EOF",
        "h=$(grep 'Key Handle' run.log | grep -o '[0-9]*')",
        "n=$(grep 'Total number' run.log | grep -o '[0-9]*')",
    )
    assert "h=$(jq -r '.data.key?.\"key-reference\"? // empty' run.log)" in found
    assert "n=$(jq -r '.data.total_key_count? // empty' run.log)" in found
    assert "list --filter attr.label=a\n" in found


def test_a_second_question_about_another_command_is_left_to_a_person() -> None:
    lines = ("out=$(cloudhsm_mgmt_util x.cfg <<EOF", *RUN[1:3], "y", "deleteUser CU eve", "quit", "EOF", ")")
    asked = (
        'echo "$out" | grep -q "createUser success" || exit 1',
        'echo "$out" | grep -q "deleteUser success" || exit 1',
    )
    assert left(*lines, *asked) == [len(lines) + 2]


def test_a_user_is_looked_for_by_name() -> None:
    found = body('if echo listUsers | cloudhsm_mgmt_util x.cfg | grep -q "CU .*$NAME "; then exit 1; fi')
    assert found == (
        'if hsm user list | jq -es --arg user "$NAME" \'any(.[0].data.users[]?; .username == $user and .role == '
        '"crypto-user")\' > /dev/null; then exit 1; fi'
    )


def test_matches_of_bash_itself() -> None:
    out = f"out=$({GEN})"
    assert body(out, "[[ $out == *SUCCESS* ]] || exit 1").endswith(
        "jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null || exit 1"
    )
    assert body(out, '[[ "$out" != *"Key Created"* ]] && exit 1').endswith(
        "! jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null && exit 1"
    )
    taken = '[[ $(jq -r \'.data.key."key-reference"\' <<< "$out") =~ ^(0x[0-9a-f]+)$ ]] && h=${BASH_REMATCH[1]}'
    assert body(out, r"[[ $out =~ Key\ Handle:\ ([0-9]+) ]] && h=${BASH_REMATCH[1]}").endswith(taken)
    assert body(out, "re='Key Handle: ([0-9]+)'", "[[ $out =~ $re ]] && h=${BASH_REMATCH[1]}").endswith(taken)


def test_the_status_is_asked_for_in_the_next_line() -> None:
    assert body(GEN, "if [ $? -ne 0 ]; then exit 1; fi").startswith(f"{MADE}... && true\n")
    assert body(f"{GEN} | grep -q SUCCESS", "rc=$?").startswith(f"{MADE}... > /dev/null && true\n")
    assert body(f"out=$({GEN})", "rc=$?").startswith(f"out=$({MADE}...) && true\n")


def test_a_handle_that_is_tested_may_be_empty() -> None:
    value = "jq -r '.data.key.\"key-reference\"'"
    line = f"h=$({GEN} | awk '/Key Handle/{{print $NF}}')"
    assert body(line) == f"h=$({MADE}... | {value})"
    assert body(line, '[ -z "$h" ] && exit 1').startswith(f"h=$({MADE}... | {value} || true)\n")


@pytest.mark.parametrize(
    "line",
    [
        'case "$out" in *SUCCESS*) exit 0;; *already*) exit 1;; esac',
        "h=${out##*: }",
        'while read -r line; do echo "- $line"; done <<< "$out"',
        'echo "$out" | tee copy | grep -q SUCCESS',
        'parse "$out"',
        "echo \"$out\" | awk '{ print $3 }' > report",
        '[ -z "$out" ] && exit 1',
        "x=($out)",
        "for word in $out; do echo $word; done",
        "grep -q 'already created' <<< \"$out\" && exit 1",
    ],
)
def test_other_uses_of_an_output_are_left_to_a_person(line: str) -> None:
    assert left(f"out=$({GEN})", line) == [2]


@pytest.mark.parametrize("line", ['echo "$out"', 'echo "made: $out" >&2', 'fail() { echo "$*"; exit 1; }; fail "$out"'])
def test_what_only_shows_an_output_stays(line: str) -> None:
    assert left(f"out=$({GEN})", line) == []
    assert body(f"out=$({GEN})", line).endswith(line)


def test_nothing_goes_on_without_a_check() -> None:
    lines = [f"{GEN} > log", "if grep -q 'already there' log; then exit 1; fi", f"h=$({GEN} | tail -1)"]
    found = translate(script("\n".join(lines) + "\n", "x.sh"))
    text = render(found, allow_gaps=True)
    assert text.count("\nif by_hand_first 'line 2:") == text.count("\nh=$(by_hand_first 'line 3:") == 1
    assert "kill -s TERM" in text
    shown = render(translate(script(f"{GEN} | tail -1 > log\n", "x.sh")), allow_gaps=True)
    assert "\nby_hand 'line 1:" in shown
    assert "kill -s TERM" not in shown


def test_what_is_only_shown_is_shown_whole() -> None:
    assert body(f"{FIND} | grep Total") == LISTED
    assert left(f"{FIND} | grep Total > totals") == [1]
    assert left(f"{FIND} | grep -q 'Error: Key handle'") == [1]
    assert left(f"show() {{ {FIND} | grep Total; }}") == [1]


def test_output_of_one_of_several_calls_is_left_to_a_person() -> None:
    lines = (
        "if true; then",
        f"out=$({GEN})",
        "else",
        f"out=$({FIND})",
        "fi",
        'echo "$out" | grep -q SUCCESS || exit 1',
    )
    assert left(*lines) == [6]
    again = (
        f"out=$({GEN})",
        'echo "$out" | grep -q SUCCESS || exit 1',
        f"out=$({FIND})",
        'echo "$out" | grep -q Handles || exit 1',
    )
    assert left(*again) == []
