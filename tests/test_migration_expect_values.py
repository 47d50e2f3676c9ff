"""What the variables of an expect script hold where they are used, and what depends on whether a command failed."""

from __future__ import annotations

import subprocess

import pytest
from migration_support import script

from migration.bash import linear
from migration.translate import translate

LOGIN = 'spawn cloudhsm_mgmt_util x.cfg\nsend "loginHSM CO admin adminpw1\\r"\n'
KEYS = 'spawn key_mgmt_util\nsend "loginHSM -u CU -s alice -p password1\\r"\n'
ASKED = 'expect "(y/n)?"; send "y\\r"\n'


def make(label: str, name: str) -> str:
    """Return what makes a key and takes its handle."""
    return f'send "genSymKey -t 31 -s 32 -l {label}\\r"; expect -re {{Key Handle: (\\d+)}}\nset {name} {OUT}\n'


OUT = "$expect_out(1,string)"


def commands(*pieces: str) -> list[str]:
    """Return the lines of the translation that are no comments, which bash must be able to read."""
    text = linear.render(translate(script("".join(pieces), "x.exp")))
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    return [line for line in text.split("\n") if line and not line.startswith("#")]


def stopped(*pieces: str) -> list[str]:
    """Return what is done up to the first thing that is left to a person, which is the last of it."""
    found = commands(*pieces)
    place = next((place for place, line in enumerate(found) if line.startswith("by_hand")), len(found))
    return found[: place + 1]


def deleted(*pieces: str) -> list[str]:
    """Return the labels of the keys that are deleted."""
    held: dict[str, str] = {}
    labels, label = [], ""
    for line in commands(*pieces):
        assert not line.startswith(("by_hand", ": "))
        if "generate-symmetric" in line:
            label = line.split("--label ")[1].split()[0]
        elif "$(hsm_handle" in line:
            held[line.partition("=")[0]] = label
        elif "key delete" in line:
            labels.append(held[line.partition("key-reference=$")[2].rstrip('"')])
    return labels


DELETE = 'send "deleteKey -k ${}\\r"\n'


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (
            make("one", "prev")
            + make("two", "cur")
            + DELETE.format("prev")
            + "set prev $cur\n"
            + DELETE.format("prev"),
            ["one", "two"],
        ),
        (
            'set prev ""\nforeach l {one two three} {\n'
            + make("$l", "cur")
            + f'if {{$prev ne ""}} {{ {DELETE.format("prev")} }}\nset prev $cur\n}}\n',
            ["one", "two"],
        ),
        (
            f"proc mk {{l}} {{ {make('$l', 'h')}return $h }}\n{make('keep', 'h')}set tmp [mk other]\n"
            + DELETE.format("h")
            + DELETE.format("tmp"),
            ["keep", "other"],
        ),
        (
            make("one", "h") + "set h_2 $h\n" + make("two", "h") + DELETE.format("h_2") + DELETE.format("h"),
            ["one", "two"],
        ),
    ],
)
def test_a_handle_is_the_one_that_the_variable_holds_there(text: str, labels: list[str]) -> None:
    assert deleted(KEYS, text) == labels


def test_what_a_loop_over_handles_sets_is_not_what_it_held_before() -> None:
    text = (
        'send "findKey -l a\\r"\nexpect -re {number of keys present: (\\d+)}\n'
        "expect -re {keys present \\d+\\s+handles of matching keys:\\s+([\\d, ]+)}\n"
        f'set all {OUT}\nset prev ""\nforeach h [split $all ","] {{ if {{$prev ne ""}} {{ {DELETE.format("prev")} }}\n'
        "set prev $h }\n"
    )
    assert not any(line.lstrip().startswith("hsm key delete") for line in stopped(KEYS, text))


CREATE = f'send "createUser CU bob passw0rd1\\r"; {ASKED}'
MORE = f'send "createUser CU eve passw0rd1\\r"; {ASKED}'
PASS = '"(R/I/A):" { send "A\\r"; set rc 1 }'


@pytest.mark.parametrize(
    "text",
    [
        f'set rc 0\n{CREATE}expect -brace {{ "success" {{}} {PASS} }}\nif {{$rc == 0}} {{ {MORE} }}\n',
        f"set rc 0\n{CREATE}expect -brace {PASS}\nif {{$rc == 0}} {{ {MORE} }}\n",
        (
            f'set rc 0\n{CREATE}expect -brace {{ "success" {{}} "failed" {{ set rc 1 }} }}\n'
            f'expect -brace {{ "(R/I/A):" {{ send "A\\r"; exp_continue }} "aws" }}\nif {{$rc == 0}} {{ {MORE} }}\n'
        ),
        f'set s old\n{CREATE}expect -brace {{ "success" {{ set s new }} "(R/I/A):" {{ send "A\\r" }} }}\n'
        + MORE.replace("eve", "user_$s"),
        (
            f'set ok {{}}\n{CREATE}expect -brace {{ "success" {{ lappend ok eve }} "(R/I/A):" {{ send "A\\r" }} }}\n'
            f"foreach u $ok {{ {MORE.replace('eve', '$u')} }}\n"
        ),
        (
            f'proc note {{}} {{ global rc; set rc 1 }}\nset rc 0\n{CREATE}expect -brace {{ "success" {{}} '
            f'"(R/I/A):" {{ send "A\\r"; exp_continue }} "failed" {{ note }} }}\nif {{$rc == 0}} {{ {MORE} }}\n'
        ),
        (
            f'proc mk {{}} {{ {CREATE}expect -brace {{ "(R/I/A):" {{ send "A\\r"; exp_continue }} "success" {{}} '
            f'"aws-cloudhsm>" {{ return }} }}\n{MORE}}}\nmk\n'
        ),
        (
            f'foreach u {{bob eve}} {{ {CREATE.replace("bob", "$u")}expect -brace {{ "(R/I/A)" {{ send "A\\r" }} '
            f'"success" {{ break }} }}\n}}\n'
        ),
        f'{CREATE}expect -brace {{ "(R/I/A):" {{ send "A\\r"; exp_continue }} "success" {{}} "aws-cl" {{ exit 1 }} }}\n'
        + MORE,
    ],
)
def test_what_depends_on_whether_a_command_failed_is_not_done_unasked(text: str) -> None:
    found = stopped(LOGIN, text)
    assert found[-1].startswith("by_hand")
    assert [line.split()[4] for line in found if line.startswith("hsm user")] == ["bob"]


def test_two_new_passwords_that_differ_change_nothing() -> None:
    text = 'send "changePswd CU bob -hpswd\\r"; expect "assword"; send "one12345\\r"; expect "assword"; '
    found = commands(LOGIN, text, 'send "two12345\\r"\n', CREATE)
    assert [line.split()[1:3] for line in found if line.startswith("hsm user")] == [["user", "create"]]


def test_only_y_means_yes() -> None:
    asked = 'send "createUser CU bob passw0rd1\\r"; expect "(y/n)?"; send "yes\\r"\n'
    assert [line.split()[4] for line in stopped(LOGIN, asked, ASKED, MORE) if line.startswith("hsm user")] == [
        "bob",
        "eve",
    ]
    assert not any(line.startswith("hsm user") for line in stopped(LOGIN, asked))


@pytest.mark.parametrize("key", ["\\t", "\\003", "\\x1b", "\\177"])
def test_a_key_that_is_more_than_a_sign_is_left_to_a_person(key: str) -> None:
    text = f'{LOGIN}send "deleteUser CU bob{key}\\r"; expect "(y/n)?"; send "y\\r"\n'
    found = stopped(text)
    assert found[-1].startswith("by_hand")
    assert [work.line for work in script(text, "x.exp").hand_work] == [3]
    assert not any(line.startswith("hsm user") for line in found)


@pytest.mark.parametrize("spelled", ["\\015", "\\x0d", "\\u000d"])
def test_a_line_may_end_with_the_number_of_its_sign(spelled: str) -> None:
    assert [line for line in commands(LOGIN, CREATE.replace("\\r", spelled)) if line.startswith("hsm user")] == [
        line for line in commands(LOGIN, CREATE) if line.startswith("hsm user")
    ]


@pytest.mark.parametrize("name", ["expect_before", "expect_after"])
@pytest.mark.parametrize(("answer", "made"), [("y", ["bob"]), ("n", [])])
def test_what_is_waited_for_beside_all_else_answers(name: str, answer: str, made: list[str]) -> None:
    beside = f'{name} "(y/n)?" {{ send "{answer}\\r"; exp_continue }}\n'
    text = 'send "createUser CU bob passw0rd1\\r"; expect "aws-cloudhsm>"\n'
    found = stopped(LOGIN, beside, text)
    assert [line.split()[4] for line in found if line.startswith("hsm user create")] == made


def test_what_is_done_beside_all_else_and_is_not_followed_is_left_to_a_person() -> None:
    beside = f'expect_before "success" {{ {MORE} }}\n'
    assert stopped(LOGIN, beside, CREATE, 'expect "aws-cloudhsm>"\n')[-1].startswith("by_hand")


PASSING = """proc cmd {line} {
    send -- "$line\\r"
    expect {
        "aws-cloudhsm>" { return $expect_out(buffer) }
        "(R/I/A):" { send "I\\r"; exp_continue }
        timeout { exit 5 }
    }
}
"""
DIE = 'proc die {code} { puts "ERROR"; catch { send "quit\\r"; expect eof }; exit $code }\n'


def test_a_failure_that_is_passed_over_and_ends_the_script_later_ends_the_translation() -> None:
    text = (
        'set out [cmd "deleteUser CU bob"]\nif {[string match "*failed*" $out]} { die 5 }\n'
        'if {[string match "*failed*" [cmd "deleteUser CU eve"]]} { die 5 }\ncmd "deleteUser CU joe"\nputs done\n'
    )
    found = stopped(DIE + PASSING + LOGIN, text)
    assert [line.removeprefix("hsm user delete ") for line in found if line.startswith("hsm user")] == [
        "--username bob --role crypto-user",
        "--username eve --role crypto-user",
        "--username joe --role crypto-user || true",
    ]
    assert found[-2] == "printf '%s\\n' done"


@pytest.mark.parametrize(
    "text",
    [
        # It goes on behind the failure, with more than it prints.
        'if {[string match "*failed*" [cmd "deleteUser CU bob"]]} { puts no } else { cmd "deleteUser CU eve" }\n',
        'if {![string match "*failed*" [cmd "deleteUser CU bob"]]} { cmd "deleteUser CU eve" }\n',
        'if {[string match "*failed*" [cmd "deleteUser CU bob"]]} { cmd "deleteUser CU eve"; exit 1 }\n',
        # It ends with a status that may tell of a failure.
        'set out [cmd "deleteUser CU bob"]\nif {[lsearch $out $env(WORD)] > 3} { exit 4 }\n',
    ],
)
def test_what_is_asked_of_a_failure_that_is_passed_over_is_left_to_a_person(text: str) -> None:
    found = stopped(PASSING + LOGIN, text)
    assert found[-1].startswith("by_hand")
    assert [line.split()[4] for line in found if line.startswith("hsm user")] == ["bob"]
