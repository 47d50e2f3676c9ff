"""Shell scripts: what becomes of their lines, where a slip of the reader would do something else without a word."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script

from migration.bash import inplace
from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

KMU = "/opt/cloudhsm/bin/key_mgmt_util singlecmd loginHSM -u CU -s alice -p password1"
CMU = "/opt/cloudhsm/bin/cloudhsm_mgmt_util /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg"


def become(text: str, first: str = "#!/bin/bash") -> str:
    """Return what a script becomes, without the functions before it; KMU and CMU stand for the tools."""
    told = translate(script(f"{first}\n{text.replace('KMU', KMU).replace('CMU', CMU)}\n", "x.sh"))
    return inplace.render(told).text


def left(text: str, first: str = "#!/bin/bash") -> list[int]:
    """Return the lines of a script that are left to a person."""
    told = translate(script(f"{first}\n{text.replace('KMU', KMU).replace('CMU', CMU)}\n", "x.sh"))
    return [line for line, _ in told.remains]


@pytest.mark.parametrize(
    ("word", "now"),
    [
        ("tmp-$$", '"tmp-$$"'),
        ('"tmp-$$.x"', '"tmp-$$.x"'),
        ("k${$}", '"k$$"'),
        ("$$k", '"${$}k"'),
        ('"$1key"', '"${1}key"'),
        ('"$12"', '"${1}2"'),
        ("'k$$'", "'k$$'"),
    ],
)
def test_a_number_of_the_process_and_an_argument_before_letters_are_read(word: str, now: str) -> None:
    assert f"--label {now} " in become(f"KMU genSymKey -t 31 -s 32 -l {word}")


def test_a_file_that_is_named_after_the_process_is_written() -> None:
    assert 'hsm_pick_to "/tmp/a.$$" ' in become("KMU getAttribute -o 12 -a 3 -out /tmp/a.$$")


@pytest.mark.parametrize("word", ["$dir/$name.bin", "$dir/x-$name.bin", "${dir}/$name.bin", "$dir.$name.$n.bin"])
def test_every_variable_of_a_word_without_quotes_is_read(word: str) -> None:
    text = become(f"dir=d name=n n=$RANDOM\nKMU exportPubKey -k 6 -out {word} > {word}")
    assert f'--path "{word.replace("{", "").replace("}", "")}"' in text
    assert f"> {word}" in text


def test_a_value_of_two_variables_is_an_assignment() -> None:
    assert "file=$dir/$name.log\n" in become("file=$dir/$name.log\nKMU findKey > $file")


@pytest.mark.parametrize("line", ["KMU genSymKey -t 31 -s 32 -l x$/$a.b"])
def test_words_that_are_not_told_apart_are_left_to_a_person(line: str) -> None:
    assert left(line) == [2]


def test_a_value_without_a_line_end_has_none() -> None:
    text = become("read -r h < <(KMU genSymKey -t 31 -s 32 -l a | awk '/Key Handle/ {print $NF}' | tr -d '\\n')")
    assert "hsm_handles -rj '.data.key" in text
    assert "jq -rj '.data.total_key_count' > n.txt" in become(
        "KMU findKey | awk '/Total/ {print $NF}' | tr -d '\\n' > n.txt"
    )
    assert "hsm_handles -r '" in become(
        "h=$(KMU genSymKey -t 31 -s 32 -l a | awk '/Key Handle/ {print $NF}' | tr -d '\\n')"
    )


@pytest.mark.parametrize(
    ("pipeline", "is_left"),
    [
        ("awk '/CU/ {print $3}'", True),
        ("awk '/CU/ {print $3}' | wc -l", True),
        ("awk '/CU/ {print $3}' | sort", True),
        ("awk '/CU/ {print $3}' | sort -u", False),
        ("awk '/CU/ {print $3}' | sort | uniq", False),
        ("awk '$2 == \"CU\" && !seen[$3]++ {print $3}'", False),
    ],
)
def test_names_that_came_once_for_each_hsm_are_left_to_a_person(pipeline: str, *, is_left: bool) -> None:
    text = f"for name in $(CMU <<< listUsers | {pipeline}); do echo $name; done"
    assert bool(left(text)) == is_left
    assert not left("KMU listUsers | awk '/CU/ {print $4}' > names")


@pytest.mark.parametrize("kind", ["CO", "CU"])
@pytest.mark.parametrize("order", ["sort", "sort -u", "sort -r", "tac"])
def test_names_that_were_sorted_are_sorted(kind: str, order: str) -> None:
    assert f"| {order} > names" in become(f"KMU listUsers | awk '$3 == \"{kind}\" {{print $4}}' | {order} > names")


@pytest.mark.parametrize(
    ("pipeline", "now"),
    [
        ("grep -A1 'Handles of' | tail -1 | tr ',' ' '", "[:15][]"),
        ("grep -A1 'Handles of' | tail -1 | awk '{print $NF}'", "[:15][-1]"),
        ("grep -A1 'Handles of' | tail -1 | cut -d, -f1", "matched_keys[0]"),
        ("sed -n '/Handles of/,/^$/p' | grep -oE '[0-9]+'", 'matched_keys[]."key-reference"'),
        ("awk '/Total/ {print $NF}'", "total_key_count"),
    ],
)
def test_of_a_list_on_several_lines_only_the_lines_are_taken_that_were(pipeline: str, now: str) -> None:
    assert now in become(f"for h in $(KMU findKey | {pipeline}); do echo $h; done")


def test_filters_behind_a_value_stay() -> None:
    last = become("h=$(KMU findKey | grep -A1 'Handles of' | tail -1 | grep -oE '[0-9]+' | sort -rn | head -1)")
    assert '[:15][]."key-reference" | handle\' | sort -rn | head -1)' in last
    kept = become(
        "out=$(KMU findKey)\necho \"$out\" | grep -A1 'Handles of' | tail -1 | grep -oE '[0-9]+' | sort -n > list"
    )
    assert """handle' <<< "$out" | sort -n > list""" in kept
    # More than one line of handles has a comma behind it, which would be a line more.
    assert left("n=$(KMU findKey | grep -A1 'Handles of' | tail -1 | tr ',' '\\n' | wc -l)") == [2]


@pytest.mark.parametrize(
    ("before", "words", "now"),
    [
        ("n=$(KMU findKey | grep Total | cut -d: -f2)", "-l key-$n", 'hsm_piece "$n"'),
        ("n=$(KMU findKey | awk '/Total/ {print $NF}')", "-l key-$n", ""),
        ("n=$(KMU findKey | grep -A1 'Handles of' | tail -1 | cut -d, -f1 | tr -d '\\t')", "-l $n", 'hsm_word "$n"'),
        ("", "-l $1", 'hsm_word "$1"'),
        ("", '-l "$1"', ""),
        ("", '-l "$1"-$1', 'hsm_piece "$1"'),
        ("for n in a b; do :; done", "-l $n", ""),
        ("for n in $list; do :; done", "-l $n", ""),
        ("for n in 'a b'; do :; done", "-l $n", 'hsm_word "$n"'),
        ("n=x; read -r n", "-l $n", 'hsm_word "$n"'),
        ("n=${x}_$(date +%s)\nx=one", "-l $n", ""),
        ("n='a b'", "-l x$n", 'hsm_piece "$n"'),
        ("", "-l $(basename $f)", 'HSM_WORD_1="$(basename $f)"; hsm_word "$HSM_WORD_1"'),
        ("IFS=,\nfor n in $list; do :; done", "-l $n", 'hsm_word "$n"'),
    ],
)
def test_what_stood_without_quotes_is_one_word_or_left_to_a_person(before: str, words: str, now: str) -> None:
    text = become(f"{before}\nKMU genSymKey -t 31 -s 32 {words}")
    assert f"{{ {now}; hsm_as" in text if now else "hsm_word" not in text and "hsm_piece" not in text


@pytest.mark.parametrize(
    ("words", "now"),
    [('-l "$1"', ""), ('-l x-"$1"', ""), ("-l $1", 'hsm_word "$1"'), ('-l "$1"-$1', 'hsm_piece "$1"')],
)
@pytest.mark.parametrize(
    "around",
    [
        "n=$({})",
        'n="$({})"',
        'n="$(echo "$({})")"',
        'echo "$({})"',
        '[ "$({})" = 0 ] || exit 1',
        "n=`{}`",
        'echo "all $(for x in 1 2; do {}; done)"',
    ],
)
def test_quotes_around_a_call_are_none_of_its_words(around: str, words: str, now: str) -> None:
    """In ``"$(... "$1")"`` the inner quotes are quotes of their own, and the outer ones are none for the words."""
    text = become(around.format(f"KMU findKey {words} | awk '/Total/ {{print $NF}}'"))
    assert f"{now}; hsm_as" in text if now else "hsm_word" not in text and "hsm_piece" not in text


def test_what_is_typed_at_a_tool_is_cut_at_blanks() -> None:
    text = become("name=$1\nCMU <<EOF\nloginHSM CO admin adminpw1\ncreateUser CU $name x$2\ny\nquit\nEOF")
    assert '    hsm_word "$name"\n    hsm_piece "$2"\n    hsm user create' in text


@pytest.mark.parametrize("signals", ["0 1 2 15", "EXIT TERM", "TERM USR1", "EXIT", "INT"])
def test_what_is_left_to_a_person_ends_a_script_that_traps_signals(tmp_path: Path, signals: str) -> None:
    text = f"trap 'echo cleaned' {signals}\nif [ \"$(KMU findKey | perl -ne 'print 1')\" = 1 ]; then :; fi\ntouch on"
    told = translate(script(f"#!/bin/bash\n{text.replace('KMU', KMU)}\n", "x.sh"))
    done = subprocess.run(["bash", "-c", render(told)], cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode == 3
    assert not (tmp_path / "on").exists()


@pytest.mark.parametrize("word", ["x{1,2}", "x{1..2}", "k*", "k?", "[ab]c", "{a,b}"])
def test_words_that_bash_makes_of_braces_and_patterns_are_left_to_a_person(word: str) -> None:
    assert left(f"KMU genSymKey -t 31 -s 32 -l {word}") == [2]
    assert left(f"KMU genSymKey -t 31 -s 32 -l '{word}'") == []


def test_a_tilde_is_the_home_where_bash_takes_it_for_that() -> None:
    assert '--path "${HOME}/x.pem"' in become("KMU exportPubKey -k 12 -out ~/x.pem")
    assert "--path '~/x.pem'" in become("KMU exportPubKey -k 12 -out '~/x.pem'")
    assert "--label 'a~/b'" in become("KMU genSymKey -t 31 -s 32 -l a~/b")


@pytest.mark.parametrize(
    "sets",
    ["IFS= read -r t", "read -r t < f", "printf -v t %s x", "mapfile -t t < f", ". ./env", "source env", "eval x"],
)
def test_options_in_a_variable_that_may_be_set_elsewhere_are_not_known(sets: str) -> None:
    assert left(f't="-t 31 -s 32"\n{sets}\nKMU genSymKey $t -l x') == [4]
    assert left('. ./env\nt="-t 31 -s 32"\nread -r other\nKMU genSymKey $t -l x') == []


def test_behind_exec_nothing_is_done() -> None:
    assert "key list; exit\necho never" in become("exec KMU findKey\necho never")
    assert "; exit ;;" in become("case $1 in\na) exec KMU findKey ;;\nb) exec CMU <<< listUsers ;;\nesac")
    assert become("exec /opt/cloudhsm/bin/configure -a 10.0.0.1").count("; exit") == 1
    assert left("exec service cloudhsm-client status | grep -q running") == [2]
    assert left("[ -n x ] && exec KMU findKey\necho never") == [2]
    assert "exit" not in become("exec KMU findKey &\nexec KMU findKey | cat")


def test_what_makes_a_label_is_run_once() -> None:
    text = become('KMU genECCKeyPair -i 2 -l "key-$(next_number)"')
    assert text.count('"$(next_number)"') == 1
    assert '--public-label "key-$HSM_WORD_1" --private-label "key-$HSM_WORD_1"' in text


def test_a_word_that_is_none_ends_the_script_before_its_command_wherever_that_stands(tmp_path: Path) -> None:
    (tmp_path / "cli").write_text('#!/bin/sh\necho "$@" >> called\n')
    (tmp_path / "cli").chmod(0o700)
    lines = (
        "KMU genSymKey -t 31 -s 32 -l x$name",
        "h=$(KMU genSymKey -t 31 -s 32 -l x$name | awk '/Key Handle/ {print $NF}')",
        "if KMU genSymKey -t 31 -s 32 -l x$name | grep -q 'Key Created'; then echo made; fi",
        "CMU <<EOF\nloginHSM CO admin adminpw1\ncreateUser CU $name password1\ny\nquit\nEOF",
    )
    for line in lines:
        told = f"#!/bin/bash\nname='a b'\n{line}\n".replace("KMU", KMU).replace("CMU", CMU)
        (tmp_path / "new.sh").write_text(render(translate(script(told, "x.sh"))))
        done = subprocess.run(
            ["bash", "new.sh"],
            cwd=tmp_path,
            env={**os.environ, "CLOUDHSM_CLI": str(tmp_path / "cli")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3, done
        assert "to be done by hand" in done.stderr
        assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    "line",
    [
        "service cloudhsm-client status | grep -q running || exit 1",
        "state=$(systemctl is-active cloudhsm-client)",
        "pgrep cloudhsm_client > /dev/null || exit 1",
        "ps aux | grep -v grep | grep -q cloudhsm_client",
        "sudo pkill -f cloudhsm_client",
        "yum install -y ./cloudhsm-client-latest.el7.x86_64.rpm",
        "LOG=/opt/cloudhsm/run/cloudhsm_client.log; until grep -q Ready $LOG; do sleep 1; done",
        "jq .servers /opt/cloudhsm/etc/cloudhsm_mgmt_util.cfg > new",
    ],
)
def test_what_asks_after_the_client_daemon_is_left_to_a_person(line: str) -> None:
    assert left(f"{line}\nKMU findKey") == [2]


@pytest.mark.parametrize(
    "line",
    [
        "/etc/init.d/cloudhsm-client start",
        "sudo /etc/init.d/cloudhsm-client status",
        "sudo initctl start cloudhsm-client",
        "chkconfig cloudhsm-client on",
        "echo restarting cloudhsm_client",
    ],
)
def test_a_service_that_is_there_no_more_is_not_started(line: str) -> None:
    text = become(f"{line}\nKMU findKey")
    assert not left(f"{line}\nKMU findKey")
    assert "true\n" in text or text.startswith("echo")


def test_a_function_without_quotes_around_what_it_is_given_cuts_it_at_blanks() -> None:
    text = become("run() { KMU $*; }\nrun findKey -l 'one two'\nrun findKey -l \"$1\"")
    assert "attr.label=one" not in text.replace("one two", "")
    assert 'hsm_word "$1"' in text
    assert "--filter 'attr.label=one two'" in become('run() { KMU "$@"; }\nrun findKey -l "one two"')


def test_a_case_is_asked_though_its_branches_take_values() -> None:
    text = become(
        'out=$(KMU genSymKey -t 31 -s 32 -l a)\ncase "$out" in\n*SUCCESS*) '
        "h=$(echo \"$out\" | awk '/Key Handle/ {print $NF}') ;;\n*) exit 1 ;;\nesac"
    )
    assert "error_code == 0" in text
    assert "hsm_handles" in text
    assert "by_hand" not in text


def test_a_status_is_asked_for_within_a_branch_too() -> None:
    text = become('if [ -n "$1" ]; then\nKMU deleteKey -k 6 > /dev/null\nif [ $? -ne 0 ]; then echo kept; fi\nfi')
    assert "> /dev/null && true\n" in text


def test_a_command_that_may_be_another_is_not_taken_for_its_default() -> None:
    assert left("command=${1:-findKey}\nKMU $command -l a") == [3]
    assert left("command=findKey\nfor command in deleteKey; do :; done\nKMU $command -l a") == [4]
    assert not left("command=findKey\nKMU $command -l a")


def test_a_tool_in_a_variable_that_holds_another_is_called_in_quotes_too() -> None:
    text = become(
        'readonly dir="${CLOUDHSM:-/opt/cloudhsm}"\ntool="${dir}/bin/cloudhsm_mgmt_util"\n"$tool" x.cfg <<< listUsers'
    )
    assert "hsm user list" in text


def test_what_other_shells_do_is_left_to_a_person_where_bash_does_not() -> None:
    assert left('echo "a\\tb" > file\nKMU findKey', "#!/bin/sh") == [2]
    assert not left('echo "a\\tb" > file\nKMU findKey')
    assert left("print -- one\nKMU findKey", "#!/bin/ksh") == [2]
    assert "shopt -s lastpipe" in become("echo a | read n\nKMU findKey", "#!/usr/bin/ksh")
    assert left("KMU findKey", "#!/bin/zsh") == [2]


def test_a_status_that_says_more_than_before_is_told() -> None:
    told = script(f"#!/bin/bash\nif {KMU} deleteKey -k $1; then echo gone; fi\n", "x.sh")
    assert "was 0 whatever became" in told.lines[1].remark


@pytest.mark.parametrize(
    "line", ["{} 2> /dev/null", "{{ {}; }} > /dev/null 2>&1", "exec 2> /dev/null\n{}", "{} &> log", "{} >& log"]
)
def test_what_a_stop_says_is_seen_where_standard_error_of_its_line_is_not(line: str, tmp_path: Path) -> None:
    text = f"#!/bin/bash\n{line.format(KMU + ' genSymKey -t 21 -s 24 -l x')}\necho after\n"
    path = tmp_path / "new.sh"
    path.write_text(render(translate(script(text, "x.sh"))))
    done = subprocess.run(["bash", path], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert done.returncode == 3
    assert "to be done by hand: line" in done.stderr
    assert "after" not in done.stdout
