"""Shell scripts: files that hold commands or answers, and here-documents for other programs."""

from __future__ import annotations

import pytest
from test_migration_shell import become, left


@pytest.mark.parametrize(
    "text",
    [
        "ssh host bash -s <<EOF\nKMU findKey\nEOF",
        "bash <<'EOF'\nKMU findKey\nEOF",
        'k="KMU"\ncat > later.sh <<EOF\n$k findKey\nEOF',
        'at now <<< "KMU findKey"',
        'k="KMU findKey"\nbash <<< "$k"',
        'k="KMU"\necho "$k findKey" > later.sh',
        'k="KMU"\n{ crontab -l; echo "0 0 * * * $k findKey"; } | crontab -',
    ],
)
def test_a_call_in_what_another_program_is_given_is_left_to_a_person(text: str) -> None:
    assert left(f"KMU listUsers\n{text}") == [2 + text.startswith("k=") + 1]


def test_a_here_document_that_only_shows_the_name_of_a_tool_stays() -> None:
    text = "cat >&2 <<EOF\nKMU findKey\nEOF\n: <<'EOF'\nKMU findKey\nEOF\ncat > in <<EOF\nlistUsers\nEOF"
    text += "\necho 'KMU findKey'\necho 'cloudhsm_mgmt_util, key_mgmt_util' > log\necho 'KMU findKey' >&2"
    assert left(f"KMU listUsers\n{text}\nCMU < in") == []


@pytest.mark.parametrize(
    "file",
    [
        *(
            "out",
            "'out'",
            "'my out'",
            '"my out"',
            "$OUT",
            "${OUT}",
            '"${OUT}"',
            '"${OUT}.log"',
            '"${OUT}x"',
            '"$D"/out',
        ),
        *(
            "~/out",
            "~/$D/out",
            "out@1.log",
            "./out:1",
            "${OUT:-x}",
            '"${A[0]}"',
            '"o.$(hostname)"',
            "out-$$",
            "my\\ out",
        ),
    ],
)
def test_a_file_of_answers_is_known_however_its_name_is_spelled(file: str) -> None:
    reads = f"n=$(tail -1 {file})\nwhile read l; do :; done < {file}\nexec 4< {file}\ny=$(cat {file})\n[ $y ]"
    assert left(f"KMU findKey > {file}\n{reads}") == [3, 4, 5, 7]


@pytest.mark.parametrize(
    ("file", "now"),
    [
        ('"${OUT}x"', '"${OUT}x"'),
        ('"$D"/out', '"$D/out"'),
        ("'my out'", "'my out'"),
        ("~/out", '"${HOME}/out"'),
        ("out", "out"),
    ],
)
def test_a_file_of_answers_is_asked_by_the_name_that_it_has(file: str, now: str) -> None:
    text = become(f"KMU findKey > {file}\nif grep -q 'Cfm3FindKey returned: 0x00' {file}; then :; fi")
    assert f" {now} > /dev/null; then" in text


@pytest.mark.parametrize(
    "writes",
    [
        "KMU findKey | tee other out",
        'KMU findKey >& "out"',
        "{ KMU findKey; KMU findKey; } | tee -a other out",
        "KMU findKey > o\ncp o out",
        "KMU findKey > o\nmv -f o out",
    ],
)
def test_a_file_of_answers_is_known_wherever_they_go(writes: str) -> None:
    assert left(f"{writes}\nn=$(tail -1 out)") == [writes.count("\n") + 3]


def test_an_array_of_answers_is_not_asked() -> None:
    assert left('x=($(KMU findKey))\n[ "${x[3]}" = a ] && echo y') == [3]


@pytest.mark.parametrize("read", ["$(cat out)", "`cat out`", "$(<out)", '"$(cat out)"'])
def test_a_variable_that_holds_a_file_of_answers_is_not_asked(read: str) -> None:
    text = f"KMU findKey > out\ny={read}\ncase $y in *[1-9]*) echo x ;; esac\n[[ $y == *1* ]] && echo y"
    assert left(text) == [4, 5]


@pytest.mark.parametrize(
    ("text", "is_left"),
    [
        ("echo listUsers > in\necho quit >> in", False),
        ("{ echo listUsers; echo quit; } > in", False),
        ("cat > in <<EOF\nlistUsers\nquit\nEOF", False),
        ("if true; then echo listUsers > in; else echo quit > in; fi", True),
        ("echo listUsers >> in", True),
        ("echo listUsers > in\nsed -i s/a/b/ in", True),
        ("echo listUsers > in\nsome_program >> in", True),
        ("n=a\necho createUser CU $n > in\nn=b", True),
        ("n=1\necho createUser CU u$n > in\n(( n++ ))", True),
        ("n=1\necho createUser CU u$n > in\nlet n+=1", True),
        ("echo createUser CU $n > in\nmapfile -t n < names", True),
        ("echo createUser CU $n > in\nIFS= read -r n < names", True),
        ("echo createUser CU $n > in\nprintf -v n %s b", True),
        ("echo createUser CU $1 > in\nshift", True),
        ("echo createUser CU ${n#a} > in\nn=b", True),
        ("echo createUser CU x pw-$(date +%s) > in", True),
        ("echo createUser CU x pw-$RANDOM > in", True),
        ("next() { n=b; }\necho createUser CU $n > in\nnext", True),
        ("echo listUsers > in\n(( n++ ))\necho $n > log\nshift", False),
    ],
)
def test_a_file_of_commands_is_read_as_all_that_was_written_to_it(text: str, *, is_left: bool) -> None:
    lines = text.count("\n") + 3
    assert (left(f"{text}\nCMU < in") == [lines]) == is_left
    if not is_left:
        assert "hsm user list" in become(f"{text}\nCMU < in")


def test_a_file_of_commands_is_left_to_a_person_where_a_variable_in_it_changes_from_turn_to_turn() -> None:
    written = "n=1\necho createUser CU u$n password1 > in\n"
    assert left(f"{written}for i in a b; do\nCMU < in\nn=2\ndone") == [5]
    assert left(f"{written}for i in a b; do\nCMU < in\necho $n\ndone") == []


ANSWER, READS = "KMU genSymKey -t 31 -s 32 -l a", "h=$(grep 'Key Handle' log | awk '{print $NF}')"


@pytest.mark.parametrize(
    "text",
    [
        f"echo start > log\n{ANSWER} >> log\n{READS}",
        f"{ANSWER} > log\necho made >> log\n{READS}",
        f"date > log\n{ANSWER} | tee -a log\n{READS}",
        f"log() {{ echo $1 >> log; }}\n{ANSWER} > log\n{READS}",
        f"echo start | tee log\n{ANSWER} >> log\n{READS}",
        f"cat > log <<EOF\nstart\nEOF\n{ANSWER} >> log\n{READS}",
        # It may be of an earlier run.
        f"{ANSWER} >> log\n{READS}",
        f"for i in 1 2; do\n{ANSWER} | tee -a log\n{READS}\ndone",
    ],
)
def test_answers_behind_other_text_in_a_file_are_left_to_a_person(text: str) -> None:
    assert left(text) == [text.split("\n").index(READS) + 2]


@pytest.mark.parametrize(
    "text",
    [
        f"echo start > log\n{ANSWER} > log\n{READS}\necho made >> log",
        f": > log\n{ANSWER} >> log\n{READS}",
        f"> log\n{ANSWER} | tee -a log\n{READS}",
        f"echo start > log\nrm -f log\n{ANSWER} >> log\n{READS}",
        f"L=$(mktemp)\n{ANSWER} >> $L\n{READS.replace('log', '$L')}",
        f"{ANSWER} >> log.$$\n{READS.replace('log', 'log.$$')}",
    ],
)
def test_a_file_that_holds_one_answer_alone_is_asked(text: str) -> None:
    assert not left(text)
    assert "h=$(hsm_handles -r '.data.key" in become(text)


@pytest.mark.parametrize("to", ["exec > log 2>&1", "exec >> log", "exec &> log", "exec > >(tee -a log) 2>&1"])
def test_a_file_to_which_the_whole_script_prints_is_not_read_for_an_answer(to: str) -> None:
    assert left(f"{to}\nKMU findKey -l x\ngrep -q SUCCESS log && touch good") == [4]
    assert left(f"{to}\nKMU findKey -l x\ndate") == []


@pytest.mark.parametrize("before", ["date | tee -a log", "echo begun >> log", 'echo "$(rm lock)"', "rm -f lock"])
def test_what_a_pipe_into_a_call_does_more_than_print_is_not_lost(before: str) -> None:
    assert left(f"{before} | KMU deleteKey -k 5") == [2]


@pytest.mark.parametrize("before", ["yes", "echo y", "printf 'y\\n'", "cat answers", 'echo "$answer"'])
def test_what_only_answers_the_questions_of_a_call_goes(before: str) -> None:
    assert before not in become(f"{before} | KMU deleteKey -k 5").partition("5")[2]
    assert left(f"{before} | KMU deleteKey -k 5") == []


KEYS = "CMU <<EOF\nloginHSM CO admin adminpw1\nfindAllKeys 4 1 $D/keys.4\nquit\nEOF\n"
WRITTEN = '{\necho "loginHSM CO admin $P"\nfor id in $IDS; do echo "findAllKeys $id 1 $D/keys.$id"; done\n} > $D/in\n'


@pytest.mark.parametrize(
    "line",
    [
        "sed -n 4p $D/keys.4 | tr ',' '\\n' | grep -c '(o)'",
        "grep -q '(o)' $D/keys.4 && echo yes",
        "cat $D/keys.* 2> /dev/null | sort -u",
        "cut -c1-64 $D/key?.4",
        "while read -r l; do echo $l; done < $D/keys.4",
    ],
)
def test_who_reads_a_file_of_findallkeys_is_left_to_a_person(line: str) -> None:
    assert left(f"{KEYS}{line}") == [4, 7]


def test_who_reads_a_file_of_commands_that_are_not_read_is_left_to_a_person() -> None:
    read = "sed -n 4p $D/keys.$id | wc -l\ncat $D/keys.* | sort -u"
    assert left(f"{WRITTEN}CMU < $D/in\n{read}") == [6, 7, 8]


@pytest.mark.parametrize(
    "line", ["cat $D/in.*", "grep 'keys.*' $D/in", "rm -f $D/keys.*", "ls $D/*", "cat other/*.4 | wc"]
)
def test_who_reads_other_files_stays(line: str) -> None:
    assert left(f"{KEYS}{line}") == [4]


@pytest.mark.parametrize(
    ("reader", "now"),
    [
        ("tail -n 1 f", "tail -n 1 f"),
        ("tail -1 f | cut -c3-", "tail -1 f | cut -c3-"),
        ("sed -n 2p f", "cat f"),
        ("awk 'NR == 2' f", "cat f"),
        ("grep 0x f", "grep 0x f"),
    ],
)
def test_a_check_value_in_a_file_is_read_as_it_was(reader: str, now: str) -> None:
    """Both tools show three bytes as 0x and six digits."""
    text = f"KMU getAttribute -o 7 -a 371 -out f > /dev/null\nkcv=$({reader})\necho $kcv"
    assert left(text) == []
    assert f"kcv=$({now})" in become(text)


@pytest.mark.parametrize("reader", ["head -1 f", "wc -l f", "awk '/^0x/ && NR == 2' f | cut -c3-"])
def test_what_else_is_asked_of_a_check_value_in_a_file_is_left_to_a_person(reader: str) -> None:
    assert left(f"KMU getAttribute -o 7 -a 371 -out f > /dev/null\nkcv=$({reader})\necho $kcv") == [3]
    assert left("KMU getAttribute -o 7 -a 353 -out f > /dev/null\nkcv=$(tail -1 f)\necho $kcv") == [3]
