"""Which language a script is taken for."""

import pytest

from migration.languages import LanguageError, language

SPAWN = 'spawn /opt/cloudhsm/bin/cloudhsm_mgmt_util\nsend "quit\\r"\n'


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("rotate", "#!/usr/bin/perl -w\n# in place of rotate.sh\n" + SPAWN, "perl"),
        ("rotate.sh", "#!/bin/csh -f\nset k = 1\n", "csh"),
        ("rotate", "#!/usr/bin/env -S LANG=C ruby -w\n", "ruby"),
        ("users.PS1", SPAWN, "PowerShell"),
        ("users.bat", "@echo off\n", "Windows batch"),
        ("users.bat", "listUsers\nquit\n", "Windows batch"),
        ("users.cmd", "set H=7\nquit\n", "Windows batch"),
    ],
)
def test_a_language_that_is_not_read_is_named(path: str, text: str, told: str) -> None:
    with pytest.raises(LanguageError, match=f"^{told}$"):
        language(path, text)


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        ("#!/usr/bin/expect -f", "expect"),
        ("#! /usr/bin/env expect", "expect"),
        ("#!/usr/bin/tclsh", "expect"),
        ("#!/usr/bin/env python3.11", "python"),
        ("#!/usr/bin/env -S FOO=1 bash -x", "shell"),
        ("#!/bin/ash", "shell"),
        ("#!", "expect"),
        ("#!/usr/local/bin/ourshell", "expect"),
    ],
)
def test_the_first_line_goes_before_the_content_if_it_tells(first: str, wanted: str) -> None:
    assert language("script", f"{first}\n{SPAWN}") == wanted


def test_the_first_line_goes_before_the_suffix() -> None:
    assert language("users.py", f"#!/usr/bin/expect\n{SPAWN}") == "expect"
    assert language("users.sh", SPAWN) == "shell"


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ('# the next line restarts with expect \\\nexec expect -f "$0" ${1+"$@"}\n', "expect"),
        ('# -*- tcl -*-\n# \\\nexec /usr/bin/tclsh "$0" "$@"\n', "expect"),
        ("''''exec python3 -u -- \"$0\" ${1+\"$@\"} # '''\n", "python"),
        ('"exec" "python3" "$0" "$@"\n', "python"),
        ('exec expect "$0" "$@"\n', "shell"),
        ('# it goes on \\\nexec expect other.exp "$@"\n', "shell"),
    ],
)
def test_a_script_for_sh_that_hands_itself_over_is_in_the_language_of_that_program(start: str, wanted: str) -> None:
    assert language("users", f"#!/bin/sh\n{start}{SPAWN}") == wanted


def test_a_list_of_commands_may_be_called_as_windows_calls_its_own() -> None:
    assert language("users.cmd", "# once a year\nloginHSM CO admin x\ncreateUser CU a b\ny\n\nquit\n") == "list"
