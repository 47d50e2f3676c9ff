"""What a recorded session tells beside its commands: what its shell had set, what failed, which keys it made."""

from __future__ import annotations

import pytest
from migration_support import script

from migration import words
from migration.bash import linear
from migration.languages import language
from migration.map.rule import NO_EFFECT
from migration.translate import translate

LOGIN = "singlecmd loginHSM -u CU -s app -p password1"
KMU = f"/opt/cloudhsm/bin/key_mgmt_util {LOGIN}"
SESSION = "Command:  loginHSM -u CU -s app -p password1\n"
NO_KEY = "\tCfm3DeleteKey returned: 0x30000080 \n\n\tHSM CLUSTER ERROR: Key/Token not found\n\n"
WRAPPED = "Command:  unWrapKey -f k.wrapped -w 6 -m 4\n\tKey Unwrapped.  Key Handle: 18 \n"


def typed(text: str) -> list[list[str]]:
    """Return the words of all commands of a text but the logins."""
    steps = [step for step in script(text).steps if step.name != "loginHSM"]
    return [[words.shown(word) for word in step.words] for step in steps]


@pytest.mark.parametrize(
    ("before", "call"),
    [
        (f'K="{KMU}"', "$K deleteKey -k 7"),
        (f"export K='{KMU}'", "${K} deleteKey -k 7 | tail -3"),
        ("KMU=/opt/cloudhsm/bin/key_mgmt_util H=7", f'"$KMU" {LOGIN} deleteKey -k "$H"'),
        ("BIN=/opt/cloudhsm/bin\n$ KMU=$BIN/key_mgmt_util", f"$KMU {LOGIN} deleteKey -k 7"),
        (f"alias kmu='{KMU}'", "kmu deleteKey -k 7"),
        ("H=5\n$ H=7", f"{KMU} deleteKey -k $H > /dev/null"),
    ],
)
def test_a_session_tells_what_a_variable_of_its_shell_holds(before: str, call: str) -> None:
    assert typed(f"$ {before}\n$ {call}\n") == [["deleteKey", "-k", "7"]]


def test_a_variable_is_none_within_single_quotes_and_one_word_within_double_ones() -> None:
    text = f"""$ L='two words'\n$ {KMU} genSymKey -t 31 -s 32 -l "$L" -id '$L'\n"""
    assert typed(text) == [["genSymKey", "-t", "31", "-s", "32", "-l", "two words", "-id", "$L"]]


@pytest.mark.parametrize(
    "call",
    [
        f"{KMU} deleteKey -k $H",
        f'{KMU} genSymKey -t 31 -s 32 -l "$NAME"',
        f"{KMU} deleteKey -k $(cat handle)",
        f"{KMU} deleteKey -k `cat handle`",
        f"H=$(cat handle)\n$ {KMU} deleteKey -k $H",
        f"H=7\n$ H=$(cat handle)\n$ {KMU} deleteKey -k $H",
        f"$TOOL {LOGIN} deleteKey -k 7",
        f'kmu() {{ {KMU} "$@"; }}\n$ kmu deleteKey -k 7',
    ],
)
def test_a_value_that_nothing_in_a_session_shows_is_left(call: str) -> None:
    # The tool shows the command that was given as its arguments: nothing was typed at it.
    read = script(f"$ {call}\nCommand: deleteKey  -k  7 \n")
    assert all(step.name == "loginHSM" for step in read.steps)
    assert "by_hand 'line " in linear.render(translate(read))


@pytest.mark.parametrize("variable", ["$H", '"$H"', "${H}"])
def test_a_variable_of_a_shell_in_a_list_is_left(variable: str) -> None:
    text = f"{KMU} deleteKey -k {variable}\n{KMU} findKey -l 'all'\n"
    assert typed(text) == [["findKey", "-l", "all"]]
    assert [work.line for work in script(text).hand_work] == [1]


@pytest.mark.parametrize("goes_on", ["Command:  findKey\n", "Command:  exit\n"])
def test_what_was_refused_in_a_session_does_not_end_the_translation(goes_on: str) -> None:
    login, refused, behind = script(f"{SESSION}Command:  deleteKey -k 7\n{NO_KEY}{goes_on}").steps
    assert (login.may_fail, refused.may_fail, behind.may_fail) == (False, True, False)
    told = "Command:  getAttribute -o 7 -a 3 -out f\n\tCfm3GetAttribute returned: 0x00 : HSM Return: SUCCESS\n"
    assert not script(SESSION + told).steps[1].may_fail


def test_a_read_of_the_management_utility_that_failed_does_not_end_the_translation() -> None:
    failed = "aws-cloudhsm>getAttribute 7 3\ngetAttribute failed: HSM Error: Invalid object handle\n"
    assert [step.may_fail for step in script(f"{failed}aws-cloudhsm>getAttribute 8 3\n").steps] == [True, False]
    # What is tried again until it goes well must go well.
    again = "aws-cloudhsm>deleteUser CU a\ndeleteUser failed: HSM Error\nRetry/rollBack/Ignore?(R/B/I):R\n"
    assert [step.may_fail for step in script(f"{again}deleteUser success on server 0(h)\n").steps] == [False]


def test_a_command_over_which_the_session_shows_help_did_nothing() -> None:
    shown = "\nDescription\n===========\n\nSyntax: unWrapKey -h -f <key file name>\n"
    text = f"{SESSION}Command:  unWrapKey -f k -w 6 -m 4 -l copy\n{shown}"
    assert translate(script(text)).outcomes[1].result.verdict == NO_EFFECT


def test_a_key_that_a_person_makes_is_not_selected_by_the_number_it_had() -> None:
    read = script(f"{SESSION}{WRAPPED}Command:  deleteKey -k 18\nCommand:  deleteKey -k 19\n")
    made, deleted, other = translate(read).outcomes[1:]
    assert (made.remains, deleted.remains, other.remains) == (True, True, False)
    assert "line 2 made" in deleted.result.instead


def test_a_number_that_a_later_key_has_is_that_of_the_later_key() -> None:
    made = "Command:  genSymKey -t 31 -s 32 -l a\n\tSymmetric Key Created.  Key Handle: 18\n"
    later = translate(script(f"{SESSION}{WRAPPED}{made}Command:  deleteKey -k 18\n")).outcomes[-1]
    assert not later.remains
    left = translate(script(f"{SESSION}{made}{WRAPPED}Command:  deleteKey -k 18\n")).outcomes[-1]
    assert left.remains


@pytest.mark.parametrize(
    "prompt",
    [
        "$", "#", "%", "$>", "[root@h ~]#", "[ec2-user@ip-10-0-0-1 bin]$",
        "ubuntu@ip-10-0-0-1:~$", "root@h:/opt/x#", "bash-4.2$",
        "-bash-4.2#", "sh-4.2$", "(venv) ubuntu@h:~/a_b$", "ec2-user:~/environment $",
        "PS C:\\Program Files>", "a@h ~>",
    ],
)  # fmt: skip
def test_what_is_typed_at_the_prompt_of_a_shell_is_a_command(prompt: str) -> None:
    text = f"{prompt} {KMU} deleteKey -k 7 | grep Delete\n\tCfm3DeleteKey returned: 0x00 : HSM Return: SUCCESS\n"
    read = script(f"{text}aws-cloudhsm>listUsers\n")
    assert [step.name for step in read.steps] == ["loginHSM", "deleteKey", "listUsers"]
    assert read.hand_work == ()


@pytest.mark.parametrize("prompt", ["ubuntu@ip-10-0-0-1:~$", "[root@h ~]#", "-bash-4.2$", "(venv) ec2-user@h:~$"])
def test_a_session_that_shows_nothing_but_a_shell_is_one(prompt: str) -> None:
    assert language("session", f"{prompt} {KMU} deleteKey -k 7 | grep Delete\n") == "transcript"


def test_a_call_behind_a_prompt_that_looks_like_none_is_left() -> None:
    read = script(f"user ~> {KMU} deleteKey -k 7\nCommand: deleteKey  -k  7 \n$ ls\n")
    assert ([step.name for step in read.steps], [work.line for work in read.hand_work]) == ([], [1])


@pytest.mark.parametrize("begin", ["cat > rotate.sh <<E", "for k in 7 8; do", "echo '"])
def test_a_line_that_a_shell_asks_for_more_is_no_command_of_its_own(begin: str) -> None:
    read = script(f"$ {begin}\n> {KMU} deleteKey -k 7\n> E\naws-cloudhsm>listUsers\n")
    assert [step.name for step in read.steps] == ["listUsers"]
    assert [work.line for work in read.hand_work if work.stops] == [2]


@pytest.mark.parametrize("prompt", ["Command:  ", "Command: "])
def test_what_is_typed_at_a_tool_that_was_started_in_another_way_is_a_command(prompt: str) -> None:
    text = f"$ kmu() {{ /opt/cloudhsm/bin/key_mgmt_util; }}\n$ {KMU} deleteKey -k $H\n$ kmu\n"
    typed_there = f"{prompt}loginHSM -u CU -s app -p password1\n{prompt}deleteKey -k 8\n{prompt}exit\n"
    read = script(f"{text}{typed_there}$ ls\naws-cloudhsm>listUsers\n")
    assert [step.name for step in read.steps] == ["loginHSM", "deleteKey", "exit", "listUsers"]


def test_a_command_line_of_a_session_goes_on_in_the_next() -> None:
    assert typed(f"$ {KMU} \\\n> genSymKey -t 31 \\\n>   -s 32 -l a | grep Handle\n") == [
        ["genSymKey", "-t", "31", "-s", "32", "-l", "a"]
    ]


def test_what_was_refused_of_a_run_with_arguments_does_not_end_the_translation() -> None:
    text = f"$ {KMU} deleteKey -k 7\n{NO_KEY}$ {KMU} findKey\n$ cat log\n{NO_KEY}"
    assert [step.may_fail for step in script(text).steps] == [False, True, False, False]


def test_a_run_with_arguments_whose_login_was_refused_did_nothing() -> None:
    refused = "\tCfm3LoginHSM returned: 0x40000049 \n"
    found = translate(script(f"$ {KMU} deleteKey -k 7\n{refused}$ {KMU} deleteKey -k 8\n")).outcomes
    assert [outcome.result.verdict == NO_EFFECT for outcome in found] == [True, True, False, False]


def test_a_key_that_a_line_which_is_left_has_made_is_not_selected_by_the_number_it_had() -> None:
    made = "\tSymmetric Key Created.  Key Handle: 18\n"
    first = f"$ {KMU} genSymKey -t 31 -s 32 -l a | tail -1\n"
    loop = f"{first}$ for l in b; do {KMU} genSymKey -t 31 -s 32 -l $l; done\n{made}"
    *_, deleted = translate(script(f"{loop}$ {KMU} deleteKey -k 18\n")).outcomes
    assert deleted.remains
    assert "line 2 made" in deleted.result.instead


IMPORT = "Command:  importPrivateKey -l www -f web.key -w 6\n"


def beside(text: str) -> list[tuple[int, bool]]:
    """Return the lines that are said to be left out, each with whether the translation stops there."""
    return sorted((work.line, work.stops) for work in script(text).hand_work if "left out" in work.text)


@pytest.mark.parametrize(
    "command",
    [
        "openssl genrsa -out web.key 2048 2>/dev/null",
        "sudo -u root rm -f ./web.key",
        "cd keys && cp old.key web.key",
        "echo $KEY > web.key",
        "scp bastion:keys/web.key .",
        "mv *.key /tmp",
        "F=web.key\n$ openssl genrsa -out $F 2048",
        "cat > web.key <<E\n> -----BEGIN PRIVATE KEY-----\n> E",
        "for f in www web; do\n> openssl genrsa -out web.key 2048\n> done",
        f"{KMU} findKey && rm web.key",
    ],
)
def test_a_command_beside_the_tools_that_makes_or_removes_a_file_is_left_before_who_reads_it(command: str) -> None:
    line = 2 + command.startswith("F=")
    assert beside(f"$ ls\n$ {command}\n{SESSION}{IMPORT}$ rm -f web.key\n") == [
        (line, True),
        (line + command.count("\n") + 3 - command.startswith("F="), False),
    ]
    text = linear.render(translate(script(f"$ {command}\n{SESSION}{IMPORT}")))
    assert text.index("left out") < text.index("hsm_import_private")


@pytest.mark.parametrize(
    "command",
    [
        "ls -l web.key",
        "cat web.key 2>/dev/null | head -1",
        "cd /opt/cloudhsm/bin",
        "echo web.key",
        "exit",
        "sudo -u root ls web.key",
        f"{KMU} findKey > web.key",
        f"{KMU} findKey | tee web.key",
    ],
)
def test_what_a_session_only_looks_at_is_not_said(command: str) -> None:
    assert not beside(f"$ {command}\n{SESSION}{IMPORT}")


def test_a_signature_that_the_translation_makes_itself_is_not_said() -> None:
    sign = "$ openssl dgst -sha256 -sign a.key -out a.sig a.token\n"
    assert not beside(f"{sign}aws-cloudhsm>loginHSM CO a password1\naws-cloudhsm>approveToken approval.txt\n")
    assert beside(f"{sign}aws-cloudhsm>listUsers\n") == [(1, False)]


@pytest.mark.parametrize(
    "command",
    [
        "openssl rsa -in a.key -passin pass:Hidden1 -out b.key",
        "mysql --password=Hidden1 -e x",
        "mysql -uroot -pHidden1 -e x",
        "openssl aes-256-cbc -k Hidden1 -in a -out b",
        "curl -u app:Hidden1 h",
        "echo Hidden1 > pin",
        "psql -U app password1",
    ],
)
def test_a_password_does_not_show_in_what_is_said_of_a_session(command: str) -> None:
    said = [work.text for work in script(f"$ {command}\n{SESSION}").hand_work]
    assert len(said) == 1
    assert "Hidden1" not in said[0]
    assert "password1" not in said[0]
