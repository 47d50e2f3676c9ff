"""Ordinary sloppiness of shell scripts that a translation must not turn into something else."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_shell import CMU, KMU, become, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

# The handle as it stands behind "Handles of matching keys:", which \\s finds on the next line.
TAKES = "tr -d '\\n' | grep -o 'Handles of matching keys:\\s*[0-9]*' | cut -f 2"
FIRST = "'.data.matched_keys[0].\"key-reference\" | handle'"


@pytest.mark.parametrize("quiet", ["2>/dev/null", "2> errors", "2>&1"])
def test_a_redirection_of_a_tool_that_is_fed_by_a_pipe_leaves_the_filter_behind_it(quiet: str) -> None:
    """``a | b 2> c | d`` is no ``{ a | b; } 2> c | d``."""
    found = become(f'if ! echo listUsers | CMU {quiet} | grep -qE "CU[[:space:]]+$1[[:space:]]"; then exit 2; fi')
    assert '| jq -es --arg user "$1" \'any(.[0].data.users[]?; .username == $user and .role == "crypto-user")' in found
    assert "grep" not in found
    assert left(f"n=$(echo listUsers | CMU {quiet} | tr -d '\\r' 2> /dev/null | grep -c Zone)") == [2]


@pytest.mark.parametrize("passes", ["true", ":"])
@pytest.mark.parametrize("source", ["KMU findKey -l x |", "out=$(KMU findKey -l x)\ntr -d '\\r' <<< \"$out\" |"])
def test_a_value_is_not_lost_where_its_status_is_passed_over(source: str, passes: str) -> None:
    before, _, last = source.rpartition("\n")
    for text in (f"h=$({last} {TAKES} || {passes})", f"find() {{\n{last} {TAKES} || {passes}\n}}\nh=$(find x)"):
        found = become(f"{before}\n{text}".strip())
        assert FIRST in found
        assert f"|| {passes}" in found


def test_a_value_is_not_lost_where_its_status_is_asked_for_too() -> None:
    made = "KMU genSymKey -t 31 -s 32 -l x"
    found = become(f"out=$({made})\nh=$(echo \"$out\" | grep -o 'Key Handle: [0-9]*' | grep -o '[0-9]*$' || echo none)")
    assert '| handle // empty\' <<< "$out" || echo none)' in found
    assert found.startswith("out=$(hsm_as ")
    assert "|| true)\n" in found
    assert left(f"h=$({made} | grep 'Key Handle' || echo none)") == [2]
    asked = become("h=$(KMU findKey -l x | grep -q 'present: 0' && echo no || echo yes)")
    assert "jq -es '.[0].data.total_key_count == 0' > /dev/null && echo no || echo yes)" in asked


def test_a_status_that_is_asked_for_in_a_branch() -> None:
    found = become("if true; then\n  res=$(KMU findKey 2>&1)\n  if [ $? -ne 0 ]; then exit 2; fi\nfi")
    assert "2>&1) && true\n  if [ $? -ne 0 ]" in found


def test_blanks_and_line_ends_that_are_taken_out_of_an_answer_are_no_matter() -> None:
    matches = "[[ $out =~ Total\\ number\\ of\\ keys\\ present:\\ ([0-9]+) ]]"
    found = become(f"out=$(KMU findKey -l x | tr -d '\\n')\nif {matches}; then n=${{BASH_REMATCH[1]}}; fi")
    assert "if [[ $(jq -r '.data.total_key_count' <<< \"$out\") =~ ^([0-9]+)$ ]]; then" in found
    assert left("out=$(KMU findKey -l x | tr -d '\\n')\necho \"$out\" | grep -q Zebra && exit 1") == [3]
    # What is left to a person gives what a tool printed, which the script still reads.
    assert left(f"out=$(KMU findKey -l x | sed 's,Total,&,;s,$,|,')\nif {matches}; then exit 1; fi") == [2, 3]


def test_a_log_of_success_does_not_outlive_it() -> None:
    found = become('KMU sign -f "$1" -k 7 -m 1 -out s > log\ngrep -q "Signature creation successful" log || exit 1')
    assert "\n{ hsm_as " in found
    assert "printf '{\"error_code\": 0}\\n'; } > log 2>&1 || true\n" in found


def test_only_the_answer_that_is_asked_for_is_in_a_file_with_its_error() -> None:
    typed = "KMU > out 2>&1 <<END\nloginHSM -u CU -s a -p b\nfindKey -l x\ngetKeyInfo -k $KEK\nEND\n"
    found = become(
        typed.replace("KMU", "/opt/cloudhsm/bin/key_mgmt_util") + "grep -q 'LoginHSM returned: 0x00' out || exit 1"
    )
    assert "hsm key list --max-items 1 2>&1 || exit 0\n" in found
    assert "\n) > out || true\n" in found


CREATES = """create() {
CMU <<END
loginHSM CO admin $PW
createUser CU $1 $2
y
quit
END
}
"""


def test_a_function_around_what_is_typed_is_asked_where_it_is_called() -> None:
    asks = "out=$(create bob secret12)\nif ! echo \"$out\" | grep -q 'createUser success'; then"
    found = become(f"{CREATES}{asks} exit 1; fi")
    assert "out=$(create bob secret12 || true)\nif ! jq -es '.[0].error_code == 0' <<< \"$out\"" in found
    assert "if create bob secret12 | jq -es '.[0].error_code == 0'" in become(
        f"{CREATES}if create bob secret12 | grep -q 'createUser success'; then exit 1; fi"
    )
    told = become(f'{CREATES}{asks}\necho "bob: $(echo "$out" | grep -m1 \'failed:\')"\nfi')
    assert '--password "$2" 2>&1\n' in told
    assert 'echo "bob: $(printf \'%s\\n\' "$out")"' in told


def test_a_refusal_is_seen_where_the_script_shows_it_or_ends() -> None:
    tells = 'if ! echo "$out" | grep -q "returned: 0x00"; then echo "$out" | grep -i error; fi'
    found = become(f"out=$(KMU deleteKey -k 7)\n{tells}")
    assert " 2>&1 || true)\n" in found
    assert "then printf '%s\\n' \"$out\"; fi" in found
    assert "2>&1" not in become('out=$(KMU deleteKey -k 7)\necho "$out" | grep -i error')


def test_a_variable_holds_what_it_was_given_last() -> None:
    """Be it by a call, or by a function around one."""
    found = become(
        "find() {\nKMU findKey -l $1\n}\nout=$(KMU genSymKey -t 31 -s 32 -l x)\n"
        "echo \"$out\" | grep -q 'returned: 0x00' || exit 1\nout=$(find x)\n"
        "echo \"$out\" | grep -q 'present: 0' && exit 4"
    )
    assert "jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null || exit 1" in found
    assert "jq -es '.[0].data.total_key_count == 0' <<< \"$out\" > /dev/null && exit 4" in found


TYPED = """/opt/cloudhsm/bin/key_mgmt_util > out 2>&1 <<END
loginHSM -u CU -s a -p b
genSymKey -t 31 -s 32 -l x
findKey -l x
getKeyInfo -k $KEK
END
grep -q 'LoginHSM returned: 0x00' out || exit 1
"""


def test_the_login_is_asked_beside_the_answers_of_what_was_typed_behind_it() -> None:
    handle = "h=$(grep 'Key Created' out | grep -oE '[0-9]+$')\n"
    count = "n=$(grep 'Total number of keys present' out | awk '{print $NF}')"
    found = become(TYPED + handle + count)
    assert "hsm key list --max-items 1 > /dev/null && printf '{\"error_code\": 0}\\n' || exit 0\n" in found
    assert "verify=false 2>&1\n" in found
    assert "--filter attr.label=x 2>&1\n" in found
    # What is no JSON would spoil the file.
    assert "--verbose > /dev/null\n" in found
    assert "h=$(hsm_handles -r '.data.key?.\"key-reference\"? | handle' out)\n" in found
    assert "n=$(jq -r '.data.total_key_count? // empty' out)" in found
    assert left(f"{TYPED}grep -q 'GenerateSymmetricKey returned: 0x00' out || exit 2") == [9]


def test_the_login_and_the_one_command_behind_it_are_asked_of_one_output() -> None:
    """In a here-document between backquotes, whose word the mark stands behind."""
    found = become(
        'say() { echo "$@"; }\nalert() { say "ALERT: $@"; logger "$@"; }\nR=`CMU <<END\nloginHSM CO admin $PW\n'
        'changePswd CU $U $NEW\ny\nA\nquit\nEND`\nif echo "$R" | grep -q "loginHSM failed"; then exit 2; fi\n'
        "if echo \"$R\" | grep -q 'changePswd failed'; then\n"
        'alert "$U: `echo "$R" | grep \'changePswd failed\' | cut -d: -f2-`"\nfi'
    )
    assert "hsm key list --max-items 1 > /dev/null && printf '{\"error_code\": 0}\\n' || exit 0\n" in found
    assert '--password "$NEW" 2>&1 || true\n' in found
    assert "if ! jq -es '.[0].error_code == 0' <<< \"$R\" > /dev/null; then exit 2; fi\n" in found
    assert "if ! jq -es '.[1].error_code == 0' <<< \"$R\" > /dev/null; then\n" in found
    assert 'alert "$U: $(printf \'%s\\n\' "$R")"' in found
    assert "END" not in found


def test_what_is_not_given_is_nothing_where_it_is_asked_for() -> None:
    text = '[ -z "$PASS" ] && usage\n[[ -n $A && -n ${B} ]] || usage\ntest -z "$C" && usage\n[ "$D" = "" ] && usage\n'
    now = text.replace("$PASS", "${PASS-}").replace("$A", "${A-}").replace("${B}", "${B-}")
    now = now.replace("$C", "${C-}").replace("$D", "${D-}")
    assert become(text[:-1]) == now
    assert become(f"set -u\n{text[:-1]}") == f"set -u\n{text}"
    assert become('f() {\n[ -n "$2" ] && cat "$2"\necho "$1"\n}') == 'f() {\n[ -n "${2-}" ] && cat "$2"\necho "$1"\n}\n'
    assert become('[ "$X" = yes ] && usage') == '[ "$X" = yes ] && usage\n'


def test_a_function_that_ends_with_a_test_of_no_matter_ends_nothing() -> None:
    text = 'say() {\necho "$1"\n[ -n "$2" ] && cat "$2"\n}\nsay hello'
    assert '&& cat "$2" || true\n}' in become(text)
    assert "|| true" not in become(f"{text}\nif say more; then exit 1; fi")
    assert "|| true" not in become(f"set -e\n{text}")


def test_numbers_of_users_that_are_compared_are_said_to_be_one() -> None:
    """So a check whether the HSMs are in step passes now, whatever they hold."""
    took = "grep 'Number of users found:' | cut -d: -f2"
    told = translate(script(f"#!/bin/sh\nn=$(echo listUsers | {CMU} | {took} | sort -u)\n", "x.sh"))
    assert [line for line, text in told.remains if "do not show" in text] == [2]
    assert left(f"n=$(echo listUsers | CMU | {took} | head -1)") == []


def test_the_head_tells_that_an_hsm_that_is_away_is_no_matter_now() -> None:
    line = "# cloudhsm_mgmt_util did not come up, and did nothing, where an HSM did not answer"
    assert line in render(translate(script(f"#!/bin/sh\necho listUsers | {CMU}\n", "x.sh")))
    assert line not in render(translate(script(f"#!/bin/sh\n{KMU} findKey\n", "x.sh")))


def test_settings_of_the_old_client_are_there_where_the_new_one_is() -> None:
    present = 'command -v "${CLOUDHSM_CLI:-cloudhsm-cli}" > /dev/null'
    config = "/opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"
    assert become(f"C={config}\n[ -f $C ] || exit 3").endswith(f"\n{present} || exit 3\n")
    assert become(f"[[ ! -s {config} ]] && exit 3") == f"! {present} && exit 3\n"
    assert become(f"test -r {config} || exit 3") == f"{present} || exit 3\n"
    assert left(f"grep -q 10.0.2.4 {config} || exit 3") == [2]


def test_a_stop_keeps_the_shells_around_it_from_going_on(tmp_path: Path) -> None:
    """A function that makes a key where it finds none must not take the stop for none."""
    text = """#!/bin/bash
trap 'echo cleaned' EXIT
get_or_create() {
    n=$(KMU findKey -l $1 | grep -c 'Version 3')
    if [ "$n" != 1 ]; then
        KMU genSymKey -t 31 -s 32 -l $1 > /dev/null
    fi
    echo "$n"
}
case $1 in
    value) k=$(get_or_create foo) ;;
    pipe) get_or_create foo | cat ;;
    test) if [ "$(get_or_create foo)" = 1 ]; then echo yes; else echo no; fi ;;
    group) ( ( get_or_create foo ) ) ;;
esac
echo end
"""
    tool = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s a -p b"
    new = render(translate(script(text.replace("KMU", tool), "make.sh")))
    (tmp_path / "make.sh").write_text(new, encoding="utf-8")
    program = tmp_path / "cloudhsm-cli"
    program.write_text('#!/bin/sh\necho "$*" >> calls\necho \'{"error_code": 0}\'\n', encoding="utf-8")
    program.chmod(0o755)
    surroundings = {**os.environ, "CLOUDHSM_CLI": str(program)}
    for way in ("value", "pipe", "test", "group"):
        done = subprocess.run(
            ["bash", "make.sh", way], check=False, cwd=tmp_path, env=surroundings, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout) == (3, "cleaned\n"), way
        assert not (tmp_path / "calls").exists()
