"""Shell scripts: what is asked of an answer that is kept, in a variable or in a file."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_shell import KMU, become, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PAIR = "out=$(KMU genECCKeyPair -i 2 -l a)"
GROUPS = r"public\ key\ handle:\ ([0-9]+)\ +private\ key\ handle:\ ([0-9]+)"
SESSION = "key_mgmt_util <<EOF > out\nloginHSM -u CU -s alice -p password1\n{}\nexit\nEOF"


def test_all_groups_of_a_match_are_taken() -> None:
    text = become(f"{PAIR}\nif [[ $out =~ {GROUPS} ]]; then\npub=${{BASH_REMATCH[1]}} priv=${{BASH_REMATCH[2]}}\nfi")
    assert "[[ \"$(hsm_handles -r '.data.public_key" in text
    assert r'<<< "$out")" =~ ^([0-9]+)\ ([0-9]+)$ ]]' in text
    assert "priv=${BASH_REMATCH[2]}" in text


def test_a_group_that_nobody_takes_keeps_its_place() -> None:
    text = become(f"{PAIR}\n[[ $out =~ {GROUPS} ]] || exit 1\npriv=${{BASH_REMATCH[2]}}")
    assert "[[ \"$(hsm_handles -r '.data.private_key" in text
    assert '<<< "$out")" =~ ^()([0-9]+)$ ]] || exit 1' in text


@pytest.mark.parametrize(
    ("pattern", "taken"),
    [
        (GROUPS, "${BASH_REMATCH[0]}"),
        (GROUPS, "${BASH_REMATCH[@]}"),
        (GROUPS, "${BASH_REMATCH[3]}"),
        (r"(private)\ key\ handle:\ ([0-9]+)", "${BASH_REMATCH[1]}"),
    ],
)
def test_what_a_match_takes_beside_numbers_is_left_to_a_person(pattern: str, taken: str) -> None:
    assert left(f"{PAIR}\n[[ $out =~ {pattern} ]] || exit 1\necho {taken}") == [3]


def test_the_status_of_an_assignment_that_is_asked_for_stays() -> None:
    asks = "echo \"$out\" | grep -q 'Cfm3FindKey returned: 0x00' || exit 1"
    login = "|| hsm_as crypto-user alice password1 hsm key list --max-items 1 > /dev/null)"
    assert f"hsm_all_keys key list {login} && true\n" in become(f"out=$(KMU findKey)\nrc=$?\n{asks}")
    assert f"hsm_all_keys key list {login}; then" in become(f"if ! out=$(KMU findKey); then exit 2; fi\n{asks}")
    assert "hsm_all_keys key list || true)\n" in become(f"out=$(KMU findKey)\n{asks}")
    # There a failure of the login ended the script, and the status was 0.
    assert "hsm_all_keys key list || true)\n" in become(f"set -e\nout=$(KMU findKey)\nrc=$?\n{asks}")


def test_what_is_read_of_a_file_stays_in_it() -> None:
    commands = "genSymKey -t 31 -s 32 -l a\ngenRSAKeyPair -m 2048 -e 65537 -l b\ngenECCKeyPair -i 2 -l c"
    reads = (
        "aes=$(grep 'Symmetric Key Created' out | sed 's/.*Handle: //')",
        "priv=$(grep -m1 'private key handle' out | sed 's/.*handle: //')",
    )
    text, other = (f"{SESSION.format(commands)}\n{first}\n{second}" for first, second in (reads, reversed(reads)))
    assert left(text) == left(other) == [10]
    assert "sign=false verify=false\n" in become(text)
    assert "sign=false verify=false > /dev/null\n" in become(other)


@pytest.mark.parametrize(
    "reads",
    [
        "n=$(grep 'Number of users found' out | cut -d: -f2 | sort -u | wc -l)",
        "n=$(grep 'Number of users found' out | sort | uniq | wc -l)",
        "if [ $(grep 'Number of users' out | cut -d: -f2 | uniq | wc -l) -ne 1 ]; then exit 1; fi",
    ],
)
def test_whether_the_hsms_agree_is_left_to_a_person(reads: str) -> None:
    assert left(f"CMU <<< listUsers > out\n{reads}") == [3]


@pytest.mark.parametrize("filters", ["grep -i error", "grep returned", "tail -1", "sed 's/^/  /'", "head -5 >&2"])
def test_what_is_only_seen_of_a_kept_answer_is_seen_whole(filters: str) -> None:
    behind = " >&2" if ">" in filters else ""
    text = become(
        f'KMU deleteKey -k 9 > out\ncat out | {filters}\nout=$(KMU deleteKey -k 9 2>&1)\necho "$out" | {filters}'
    )
    assert f"> out\ncat out{behind}\n" in text
    assert f"\nprintf '%s\\n' \"$out\"{behind}\n" in text


@pytest.mark.parametrize(
    ("first", "reads"),
    [
        ("", 'f() { echo "$out" | grep -i error; }'),
        ("", '{ echo "$out" | grep -i error; } > log'),
        ("", 'echo "$out" | grep -i error | mail root'),
        ("", 'echo "$out" | grep -i error\nif [ $? -eq 0 ]; then exit 1; fi'),
        ("set -e\n", "echo \"$out\" | grep 'DeleteKey returned: 0x00'"),
    ],
)
def test_what_is_more_than_seen_of_a_kept_answer_is_left_to_a_person(first: str, reads: str) -> None:
    text = become(f"{first}out=$(KMU deleteKey -k 9 2>&1)\n{reads}")
    assert "printf '%s\\n' \"$out\"" not in text


def test_what_filters_choose_for_a_log_is_the_whole_answer_there() -> None:
    assert "hsm key delete --filter key-reference=0x0000000000000009 | tee -a log\n" in become(
        "KMU deleteKey -k 9 | grep returned | tee -a log"
    )
    assert "key-reference=0x0000000000000009 >> log\n" in become("KMU deleteKey -k 9 | tail -3 >> log")
    assert left("KMU deleteKey -k 9 | grep returned >> log\nn=$(tail -1 log)") == [3]
    kept = 'out=$(KMU deleteKey -k 9)\necho "$out" | grep returned | tee -a log'
    assert "printf '%s\\n' \"$out\" | tee -a log\n" in become(kept)
    assert left(kept.replace("deleteKey -k 9", "findKey")) == [3]
    assert left(f"{kept}\nn=$(tail -1 log)") == [4]
    # Handles are for somebody.
    assert left("KMU findKey | grep -A2 'Handles of' | tee list") == [2]
    assert left("KMU deleteKey -k 9 | grep returned | tee -a log | mail root") == [2]


def test_a_column_that_is_shown_of_a_kept_answer_is_left_to_a_person() -> None:
    assert left("out=$(KMU listUsers)\necho \"$out\" | awk '{ print $3 }'") == [3]


@pytest.mark.parametrize(("digits", "least"), [("{2,}", 10), ("{3,}", 100), ("{4,}", 1000), ("{6,}", 100000)])
def test_handles_of_so_many_digits_are_taken(digits: str, least: int) -> None:
    filters = f"sed -n '/Handles of/,/^$/p' | grep -oE '[0-9]{digits}'"
    text = f"for h in $(KMU findKey | {filters}); do :; done"
    assert not left(text)
    assert f'"key-reference" | handle | select(. >= {least})\'' in become(text)
    assert "select" not in become(text.replace(digits, "+"))
    # Others have digits, too.
    assert left("for h in $(KMU findKey | grep -oE '[0-9]{6,}'); do :; done") == [2]
    assert left(text.replace("{", "{0,")) == [2]


FIRST_WORD = (
    "awk '/Handles of matching keys/ {getline; print $1}'",
    "grep -A1 'Handles of' | tail -1 | awk '{print $1}'",
    "awk 'f {print $1; exit} /Handles of/ {f=1}'",
)


TOGETHER = (
    "awk '/Handles of matching keys/ {getline; gsub(/[^0-9]/, \"\"); print}'",
    "grep -A1 'Handles of' | tail -1 | tr -d '[:space:],'",
)


@pytest.mark.parametrize(
    ("filters", "found", "word"),
    [
        *((filters, [6], "6") for filters in (*FIRST_WORD, *TOGETHER)),
        *((filters, [], "") for filters in (*FIRST_WORD, *TOGETHER)),
        *((filters, [7, 8, 9], "7,") for filters in FIRST_WORD),
        *((filters, range(20, 40), "20,") for filters in FIRST_WORD),
        *((filters, [7, 8, 9], "789") for filters in TOGETHER),
        *((filters, range(20, 40), "".join(map(str, range(20, 35)))) for filters in TOGETHER),
    ],
)
def test_what_stood_around_handles_stays(tmp_path: Path, filters: str, found: Sequence[int], word: str) -> None:
    keys = [{"key-reference": f"0x{handle:016x}"} for handle in found]
    answer = json.dumps({"error_code": 0, "data": {"matched_keys": keys, "total_key_count": len(keys)}})
    cli = tmp_path / "cli"
    cli.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    cli.chmod(0o755)
    for text in (f"h=$(KMU findKey | {filters})", f'out=$(KMU findKey)\nh=$(echo "$out" | {filters})'):
        assert not left(text)
        whole = render(translate(script(f'#!/bin/bash\n{text.replace("KMU", KMU)}\necho "<$h>"\n', "x.sh")))
        ran = subprocess.run(
            ["bash", "-c", whole],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "CLOUDHSM_CLI": str(cli)},
        )
        assert ran.stdout == f"<{word}>\n", ran.stderr


@pytest.mark.parametrize(
    ("reads", "role"),
    [
        ("n=$(grep -c CU users)", "crypto-user"),
        ("n=`awk '$3 == \"CO\"' users | wc -l`", "admin"),
        ("n=$(grep -w CU users | wc -l)", "crypto-user"),
    ],
)
def test_users_of_a_type_are_counted(reads: str, role: str) -> None:
    assert f""".data.users | map(select(.role == "{role}")) | length' users""" in become(
        f"KMU listUsers > users\n{reads}"
    )
    assert left(f"set -e\nKMU listUsers > users\n{reads}") == [4]
    assert left(f"CMU <<< listUsers > users\n{reads}") == [3]


def test_what_is_left_to_a_person_between_backquotes_stops(tmp_path: Path) -> None:
    text = f'#!/bin/bash\n{KMU} listUsers > users\necho "`grep -c x users` `cut -c1 users`"\necho behind\n'
    ran = subprocess.run(
        ["bash", "-c", render(translate(script(text, "x.sh")), allow_gaps=True)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "CLOUDHSM_CLI": "true"},
        cwd=tmp_path,
    )
    assert ran.returncode == 3
    assert "behind" not in ran.stdout
    assert "to be done by hand: line 3: " in ran.stderr


def test_a_value_that_is_looked_at_tells_of_a_failure_of_its_command() -> None:
    text = become(
        'out=$(KMU genSymKey -t 31 -s 32 -l a)\nh=$(echo "$out" | grep "Key Created" | sed "s/.*Handle: *//")\n'
        'if [ -n "$h" ]; then echo $h; else echo "no key"; RC=2; fi'
    )
    made, taken = (line for line in text.splitlines() if line.startswith(("out=", "h=")))
    assert made.endswith(" || true)")
    assert taken.endswith(" || true)")


def test_a_status_beside_an_answer_is_that_of_the_login_alone() -> None:
    asks = 'if ! grep -q "Cfm3DeleteKey returned: 0x00" <<< "$out"; then echo "not there"; fi'
    text = become(f'out=$(KMU deleteKey -k 7)\nif [ $? -ne 0 ]; then echo "login failed"; exit 2; fi\n{asks}')
    login = "hsm_as crypto-user alice password1 hsm"
    assert f"|| {login} key list --max-items 1 > /dev/null) && true\n" in text
    alone = become('out=$(KMU deleteKey -k 7)\nif [ $? -ne 0 ]; then echo "failed"; exit 2; fi')
    assert "max-items" not in alone


def test_a_bad_login_that_is_looked_for_is_tried_once() -> None:
    lines = ["KMU_ALONE > out <<EOF", "loginHSM -u CU -s alice -p password1", "genSymKey -t 31 -s 32 -l a"]
    lines += ["genSymKey -t 31 -s 32 -l b", "exit", "EOF", "grep -q 'Cfm3LoginHSM returned: 0x00' out || exit 1"]
    text = become("\n".join(lines).replace("KMU_ALONE", "/opt/cloudhsm/bin/key_mgmt_util"))
    assert "(\n    hsm_login crypto-user alice password1\n    hsm key list --max-items 1 || exit 0\n" in text


def test_what_a_file_does_not_keep_is_not_shown_from_it() -> None:
    session = ["KMU_ALONE > out <<EOF", "loginHSM -u CU -s alice -p password1", "findKey", "exit", "EOF"]
    session = [line.replace("KMU_ALONE", "/opt/cloudhsm/bin/key_mgmt_util") for line in session]
    asks, shows = "grep -q 'Cfm3LoginHSM returned: 0x00' out || exit 1", "grep 'Total number of keys present' out"
    assert left("\n".join([*session, asks, shows])) == [8]
    assert left("\n".join([*session, shows])) == []


def test_what_is_told_of_an_answer_in_a_message_needs_nobody() -> None:
    asks = 'out=$(KMU deleteKey -k 7)\nif ! echo "$out" | grep -q "returned: 0x00"; then'
    message = 'echo "7: ERROR $(grep -o "returned.*" <<< "$out" | cut -c1-60)"'
    assert left(f"{asks}\n{message}\nfi") == []
    assert """echo "7: ERROR $(printf '%s\\n' "$out")\"""" in become(f"{asks}\n{message}\nfi")
    assert left(f"{asks}\n{message} >> report.txt\nfi") == [4]
    assert left(f'{asks}\necho "$(wc -l <<< "$out") lines"\nfi') == [4]


# What an expect script tells of in the middle, so that all of it is left to a person.
DOUBT = """expect -c '
spawn CMU
expect {
    "aws-cloudhsm>" { }
    "maintenance" { exit 1 }
}
send "listUsers\\r"
expect eof
'"""


@pytest.mark.parametrize("call", [DOUBT, "expect report.exp", "CMU < commands.txt", f"{DOUBT} | tr -d '\\r'"])
@pytest.mark.parametrize(
    "reads",
    [
        "out=$({})\nif ! echo \"$out\" | grep -q 'FIPS mode'; then exit 1; fi",
        "out=$({})\nstate=$(echo \"$out\" | awk '/^0 /{{ print $5 }}')",
        "out=$({})\n[[ $out == *alice* ]] && exit 1",
        "{} > raw.txt\nn=$(grep -c alice raw.txt)",
        "{} | tee raw.txt\nawk '{{ print $3 }}' raw.txt",
        'show() {{\n{}\n}}\nout=$(show)\necho "$out" | grep -q alice || exit 1',
    ],
)
def test_what_reads_the_output_of_a_call_that_is_left_to_a_person_is_left_too(call: str, reads: str) -> None:
    text = reads.format(call)
    assert text.count("\n") + 2 in left(text)


def test_a_value_that_a_person_takes_out_of_an_output_stays_one() -> None:
    assert left("h=$(expect find.exp | awk '/Handle:/ { print $NF }')\n[ -z \"$h\" ] && exit 4") == [2]


def test_what_a_person_must_find_out_of_an_output_is_in_it() -> None:
    """Beside the answer to the login, of which alone the script asks what is known."""
    typed = "loginHSM CO admin $PW\ncreateUser CU bob $P\ny\nquit\nEOF\n"
    text = f"out=$(CMU <<EOF\n{typed})\ngrep -q 'loginHSM failed' <<< \"$out\" && exit 2\n"
    made = 'hsm user create --username bob --role crypto-user --password "$P"'
    assert f"{made} > /dev/null\n" in become(f"{text}echo made")
    found = become(f"{text}[ $(grep -c 'createUser success' <<< \"$out\") -eq $N ] && echo made")
    assert f"{made}\n" in found
    assert "hsm key list --max-items 1 > /dev/null && printf" in found
    assert "jq -es '.[0].error_code == 0' <<< \"$out\"" in found
