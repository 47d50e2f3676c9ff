"""What becomes of the lines of a shell script that read what a legacy tool printed."""

import pytest
from migration_support import script
from output_support import ALL, AS, FIND, GEN, KMU, LISTED, LOGIN, MADE, body, left

from migration.bash.script import render
from migration.translate import translate


def test_a_list_of_handles_stays_a_list() -> None:
    found = body(f"for h in $({FIND} | grep -A1 'Handles of matching' | tail -1 | tr ',' ' '); do", "echo $h", "done")
    assert found == (
        f"for h in $({LISTED} | hsm_handles -r '[{ALL}] | select(length > 0) | join(\" \")'); do\necho $h\ndone"
    )


def test_the_last_handle_is_not_the_first() -> None:
    found = body(f"h=$({FIND} | grep -A1 'Handles of matching' | tail -n1 | awk '{{print $NF}}')")
    assert found == f"h=$({LISTED} | hsm_handles -r '.data.matched_keys[:15][-1].\"key-reference\" | handle')"


def test_a_loop_behind_a_pipe_gets_a_handle_a_line() -> None:
    lines = (
        f"{FIND} | sed -n '/Handles/{{n;p}}' | tr -d ' \\t' | tr , '\\n' | while read -r h; do",
        f"{KMU} deleteKey -k $h",
        "done",
    )
    assert body(*lines) == (
        f"{LISTED} | hsm_handles -r '.data.matched_keys[:15][].\"key-reference\" | handle' | while read -r h; do\n"
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
        f"{MADE}... > out.log 2>&1 || true\n! {test} out.log > /dev/null && exit 1"
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
        "if ! (\n    hsm_login admin admin adminpw1\n"
        "    hsm user create --username bob --role crypto-user --password password2 || exit 0\n"
        "    hsm user list > /dev/null\n    hsm_logout\n"
        ") | jq -es '.[0].error_code == 0' > /dev/null\n\nthen exit 1; fi"
    )
    listed = body("if " + first.format(" | grep -q eve"), *rest, "then exit 1; fi")
    assert " --role crypto-user --password password2 > /dev/null || exit 0\n    hsm user list\n" in listed


def test_what_an_open_question_takes_is_not_done() -> None:
    """After a failure the old tool asked, and took what was typed behind for the answer."""
    first, *rest = RUN
    found = body(first.format(" > log 2>&1"), *rest, "grep -q 'createUser success' log || exit 1")
    assert "--password password2 2>&1 || exit 0\n    hsm user list > /dev/null\n" in found
    assert "\n) > log || true\n" in found
    ignored = body(first.format(" > log"), *rest[:2], "y", "A", *rest[3:])
    assert "--password password2 || true\n" in ignored
    taken = body("out=$(" + first.format(""), *rest, ")")
    assert taken.startswith("out=$( (\n    hsm_login ")


def test_a_check_of_all_commands_counts_the_answers() -> None:
    first, *rest = (line for line in RUN if line != "listUsers")
    found = body(
        "if " + first.format(" | grep -q 'failed:'"), *rest[:-2], "deleteUser CU bob", *rest[-2:], "then exit 1; fi"
    )
    assert ") | { ! jq -es 'length == 2 and all(.error_code == 0)' > /dev/null; }\n" in found


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
    assert "h=$(hsm_handles -r '.data.key?.\"key-reference\"? | handle' run.log)" in found
    assert "n=$(jq -r '.data.total_key_count? // empty' run.log)" in found
    assert "list --filter attr.label=a\n" in found


def test_a_second_question_about_another_command_is_left_to_a_person() -> None:
    lines = ("out=$(cloudhsm_mgmt_util x.cfg <<EOF", *RUN[1:3], "y", "deleteUser CU eve", "quit", "EOF", ")")
    asked = (
        'echo "$out" | grep -q "createUser success" || exit 1',
        'echo "$out" | grep -q "deleteUser success" || exit 1',
    )
    assert left(*lines, *asked) == [len(lines) + 2]


@pytest.mark.parametrize(
    ("test", "now"),
    [
        ('grep -q "CU .*$NAME "', '(.username | endswith($user)) and .role == "crypto-user"'),
        ('grep -qE "CU[[:space:]]+$NAME"', '(.username | startswith($user)) and .role == "crypto-user"'),
        ('grep -qE "[[:space:]]$NAME[[:space:]]"', ".username == $user"),
        ('grep -q "$NAME"', "(.username | contains($user))"),
        ('grep -qw "$NAME"', r'(.username | test("(?<!\\w)\\Q\($user)\\E(?!\\w)"))'),
    ],
)
def test_a_user_is_looked_for_as_it_was(test: str, now: str) -> None:
    """Also by a part of the name, if that did it."""
    found = body(f"if echo listUsers | cloudhsm_mgmt_util x.cfg | {test}; then exit 1; fi")
    assert found == (
        f"if hsm user list | jq -es --arg user \"$NAME\" 'any(.[0].data.users[]?; {now})' > /dev/null; then exit 1; fi"
    )


def test_a_second_factor_is_no_part_of_an_answer() -> None:
    """So who has none is not known, and not everybody."""
    listed = "echo listUsers | cloudhsm_mgmt_util x.cfg"
    assert left(f"{listed} | awk '$2 == \"CU\" {{print $3}}' | sort -u > f") == []
    assert left(f'{listed} | awk \'$2 == "CU" && $NF == "NO" {{print $3}}\' > f') == [1]
    assert left(f"if {listed} | grep -q 'CU .*alice .* NO$'; then exit; fi") == [1]


def test_a_failure_is_that_of_a_command_that_was_reached() -> None:
    first, *rest = RUN
    typed = (*rest[:3], "deleteUser CU eve", *rest[4:])
    assert left(first.format(" > log"), *typed, "grep -q 'createUser failed' log && exit 1") == []
    assert left(first.format(" > log"), *typed, "grep -q 'deleteUser failed' log && exit 1") == [len(typed) + 2]
    listed = (first.format(" > log"), rest[0], *rest[3:])
    assert left(*listed, "grep -q 'HSM Error' log && exit 1") == [len(listed) + 1]


def test_a_key_that_is_not_there_is_a_failure() -> None:
    asked = f"{KMU} getKeyInfo -k 9"
    assert f"if ! {AS} hsm_pick " in body(f"if {asked} | grep -qi error; then exit 1; fi")
    kept = body(f"out=$({asked})", 'echo "$out" | grep -qi error && exit 1')
    assert f"out=$({AS} hsm_pick 'select(.data.matched_keys != [])' key list " in kept


def test_matches_of_bash_itself() -> None:
    out = f"out=$({GEN})"
    assert body(out, "[[ $out == *SUCCESS* ]] || exit 1").endswith(
        "jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null || exit 1"
    )
    assert body(out, '[[ "$out" != *"Key Created"* ]] && exit 1').endswith(
        "! jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null && exit 1"
    )
    value = 'hsm_handles -r \'.data.key."key-reference" | handle\' <<< "$out"'
    taken = f"[[ $({value}) =~ ^([0-9]+)$ ]] && h=${{BASH_REMATCH[1]}}"
    assert body(out, r"[[ $out =~ Key\ Handle:\ ([0-9]+) ]] && h=${BASH_REMATCH[1]}").endswith(taken)
    assert body(out, "re='Key Handle: ([0-9]+)'", "[[ $out =~ $re ]] && h=${BASH_REMATCH[1]}").endswith(taken)


def test_the_status_is_asked_for_in_the_next_line() -> None:
    assert body(GEN, "if [ $? -ne 0 ]; then exit 1; fi").startswith(f"{MADE}... && true\n")
    assert body(f"{GEN} | grep -q SUCCESS", "rc=$?").startswith(f"{MADE}... > /dev/null && true\n")
    assert body(f"out=$({GEN})", "rc=$?").startswith(f"out=$({MADE}...) && true\n")


def test_a_handle_that_is_tested_may_be_empty() -> None:
    value = "hsm_handles -r '.data.key.\"key-reference\" | handle'"
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


TAKEN = f"h=$({GEN} | awk '/Key Handle/{{print $NF}}')"


def test_a_handle_stays_the_number_that_it_was() -> None:
    """So whatever a script does with it holds: in a label, a file, a test of digits, a sum."""
    lines = (
        '[[ "$h" =~ ^[0-9]+$ ]] || exit 1',
        '[ "$h" -gt 0 ] || exit 1',
        "case $h in *[!0-9]*) exit 1;; esac",
        "echo k1:$h >> db; grep -q '^k1:[0-9]*$' db || exit 1",
        "next=$((h + 1)); digits=${#h}",
    )
    assert body(TAKEN, *lines).split("\n")[1:] == list(lines)
    assert '--label "was_$h" ' in body(TAKEN, f"{KMU} genSymKey -t 31 -s 32 -l was_$h")
    assert '--path "key_$h.pem" ' in body(TAKEN, f"{KMU} exportPubKey -k $h -out key_$h.pem")


def test_blanks_around_a_value_stay() -> None:
    assert body(f"n=$({FIND} | grep Total | cut -d: -f2)") == f"n=$({LISTED} | jq -r '\" \\(.data.total_key_count)\"')"
    found = body(f"h=$({GEN} | grep Handle: | cut -d: -f2)", f"{KMU} deleteKey -k $h")
    assert found.split("\n") == [
        f'h=$({MADE}... | hsm_handles -r \'" \\(.data.key."key-reference" | handle)"\')',
        f'{AS} hsm key delete --filter "key-reference=$((h))"',
    ]
    listed = f"$({FIND} | grep -A1 'Handles of' | tail -1)"
    # A TAB before one that is alone, a blank before the last of several.
    assert left(f"h=$({FIND} | sed -n '/Handles of/{{n;p}}' | tr ',' '\\n' | tail -1)") == [1]
    all_keys = '[.data.matched_keys[:15][]."key-reference" | handle] | select(length > 0) | "\\t" + join(", ")'
    assert body(f"l={listed}") == f"l=$({LISTED} | hsm_handles -r '{all_keys}')"


def test_what_a_function_prints_is_no_text_any_more() -> None:
    function = (f"find() {{ {FIND}; }}",)
    assert left(*function, "find > f; grep -q Error f") == [2]
    assert left(*function, "find | ./read.py", "find | sort -u") == [2, 3]
    assert left(*function, "find", "find > f", 'out=$(find); echo "$out"') == []
    assert left(f"{{ {FIND}; {GEN}; }} > f", "grep -c SUCCESS f") == [2]


@pytest.mark.parametrize(
    "line",
    [
        f"diff <({FIND}) <({GEN})",
        f"while read -r l; do echo $l; done < <({FIND})",
        f"mapfile -t a < <({FIND})",
        f"x {FIND} $({FIND})",
    ],
)
def test_an_output_that_goes_elsewhere_is_left_to_a_person(line: str) -> None:
    assert left(line) == [1]


def test_a_log_of_several_commands_is_left_to_a_person() -> None:
    assert left(f"{GEN} >> log", f"{FIND} >> log", "grep -q Error log && exit 1") == [3]
    assert left("for i in 1 2; do", f"{GEN} >> log", "done", "grep -q Error log && exit 1") == [4]
    assert left(f"{GEN} > log", f"{FIND} > log", "grep -qi handles log && exit 1") == []


def test_a_case_asks_the_answer() -> None:
    found = body(f"out=$({GEN})", 'case "$out" in *"Key Created"*) echo made;; *) exit 1;; esac')
    test = "jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null"
    assert found.endswith(f'case "$(if {test}; then echo 1; fi)" in 1) echo made;; *) exit 1;; esac')


def test_a_value_that_is_not_there_fails_where_it_did() -> None:
    strict = "grep -A1 'Handles of' | tail -1 | grep -oE '[0-9]+'"
    value = '.[] | .data.matched_keys[:15][]."key-reference" | handle // empty'
    assert (
        body(f"if ! h=$({FIND} | {strict}); then exit 1; fi")
        == f"if ! h=$({LISTED} | hsm_handles -ers '{value}'); then exit 1; fi"
    )
    assert body(f"h=$({FIND} | {strict})") == f"h=$({LISTED} | hsm_handles -r '{ALL}')"


@pytest.mark.parametrize(
    "line",
    [
        f"for l in a b; do {FIND}; done | grep -q 'present: 1' || exit 1",
        f"n=$(for l in a b; do {GEN}; done | grep -c 'Key Created')",
        f"{{ echo; {FIND}; }} | awk '{{print $2}}'",
        f"( {FIND} ) | grep -q x && exit 1",
        f"for l in a b; do {GEN}; done | tee f | while read -r x; do echo $x; done",
        f"while read -r x; do echo $x; done < <(for l in a b; do {FIND}; done)",
        f"out=$(for l in a b; do {FIND}; done); [[ $out == *x* ]] && exit 1",
    ],
)
def test_what_reads_a_group_of_commands_is_left_to_a_person(line: str) -> None:
    assert left(line)
    assert left(f"for l in a b; do {FIND}; done", f"for l in a b; do {FIND}; done | tee f") == []


def test_what_is_thrown_away_behind_a_copy_stays_so() -> None:
    found = body(f"{GEN} | tee f > /dev/null", "grep -q SUCCESS f")
    assert found.startswith(f"{MADE}... 2>&1 | tee f > /dev/null")


def test_a_file_of_an_attribute_holds_the_value_alone() -> None:
    label = f"{KMU} getAttribute -o 9 -a 3 -out f"
    assert left(label, "x=$(tail -n 1 f)", "cat f", "rm f") == []
    assert left(label, "grep -q OBJ_ATTR_LABEL f") == left(label, "x=$(head -1 f)") == [2]
    for taken in (
        "sed -n 2p f",
        "awk 'NR==2' f",
        "grep -A1 OBJ_ATTR_LABEL f | tail -1",
    ):
        assert body(label, f"x=$({taken})").endswith("\nx=$(cat f)")
    assert body(label, 'grep -q "$L" f && exit 1').endswith('\ngrep -q "$L" f && exit 1')
    assert left(label, label.replace("-a 3", "-a 258"), "x=$(tail -1 f)") == [3]
    assert left(label.replace("-a 3", "-a 354"), "x=$(tail -1 f)") == [2]


def test_what_is_picked_out_of_another_answer_is_not_among_those_asked() -> None:
    typed = ("loginHSM CU alice password1", "setAttribute 9 3 again", "y", "getAttribute 9 3", "quit")
    found = body("cloudhsm_mgmt_util x.cfg <<EOF > log", *typed, "EOF", "grep -q 'setAttribute success' log || exit 1")
    assert " --verbose > /dev/null\n    hsm_logout\n) > log || true\n" in found
