"""What is typed at a tool and is no command of it: the translation stops at it in a list, and says it elsewhere."""

from migration_support import script

from migration.bash.script import render
from migration.translate import translate

HEREDOC = """#!/bin/bash
/opt/cloudhsm/bin/key_mgmt_util <<EOF
loginHSM -u CU -s alice -p password1
findkeys -l x
exit
EOF
"""


def test_a_list_with_numbered_lines_stops_at_each() -> None:
    found = translate(script("loginHSM -u CU -s alice -p password1\n1. findKey -l x\n2. deleteKey -k 7\nlogoutHSM\n"))
    assert found.passed_over == []
    text = render(found)
    assert "by_hand 'line 2: 1. is no command of key_mgmt_util'" in text
    assert "by_hand 'line 3: 2. is no command of key_mgmt_util'" in text


def test_what_a_tool_was_given_and_refused_is_said_and_passed_over() -> None:
    found = translate(script(HEREDOC, "x.sh"))
    assert found.passed_over == [(4, "findkeys is no command of key_mgmt_util")] == found.remains
    head = render(found).partition("set -euo")[0]
    assert (
        "# To look at; the script does not stop there:\n#   line 4: findkeys is no command of key_mgmt_util\n" in head
    )
