"""Ids of users that a shell script takes out of a listing by the name: the variable holds the name now."""

from __future__ import annotations

import pytest
from test_migration_shell import become, left

MANAGED = "echo listUsers | CMU 2>/dev/null"
GIVES = "\nKMU genSymKey -t 31 -s 32 -l x -u $u"
SHARES = "\nCMU <<EOF\nloginHSM CU alice password1\nshareKey 7 $u 1\ny\nquit\nEOF\n"
ONE = "'[.data.users?[]? | select(.username == $user).username][0] // empty'"


@pytest.mark.parametrize(
    ("takes", "now"),
    [
        (f"""{MANAGED} | awk -v n="$1" '$3 == n {{print $1; exit}}'""", f'jq -r --arg user "$1" {ONE}'),
        (
            f"""{MANAGED} | awk -v n="$1" '$2 == "CU" && $3 == n {{print $1}}' | head -1""",
            ONE.replace("$user)", '$user and .role == "crypto-user")'),
        ),
        (
            "KMU listUsers | awk '$4 == \"bob\" {print $2}'",
            "--arg user bob '.data.users?[]? | select(.username == $user)",
        ),
        (
            "KMU listUsers | grep -w \"$1\" | awk '{print $2}'",
            '--arg user "$1" \'.data.users?[]? | select((.username | test(',
        ),
        ("KMU listUsers | grep \"$1\" | awk '{print $2}'", "select((.username | contains($user))"),
    ],
)
@pytest.mark.parametrize("gives", [GIVES, SHARES, '\n[ -n "$u" ] || exit 3' + GIVES + '\necho "shared with $u"'])
def test_a_variable_takes_the_name_for_the_id(takes: str, now: str, gives: str) -> None:
    assert left(f"u=$({takes}){gives}") == [2]
    found = become(f"u=$({takes}){gives}")
    assert now in found
    assert ' "$u"' in found
    assert "by_hand" not in found


@pytest.mark.parametrize(
    "text",
    [
        # Of each HSM one, the number of the row, all ids, another column, in any case.
        f"u=$({MANAGED} | awk '$3 == \"bob\" {{print $1}}'){SHARES}",
        f"u=$(KMU listUsers | awk '$4 == \"bob\" {{print $1}}'){GIVES}",
        f"u=$(KMU listUsers | awk '$3 == \"CU\" {{print $2}}'){GIVES}",
        f"u=$(KMU listUsers | awk '$4 == \"bob\" {{print $6}}'){GIVES}",
        f"u=$(KMU listUsers | grep -i bob | awk '{{print $2}}'){GIVES}",
        f"u=$(KMU listUsers | grep -v bob | awk '{{print $2}}'){GIVES}",
    ],
)
def test_what_is_no_id_of_one_user_is_left_to_a_person(text: str) -> None:
    assert "by_hand" in become(text)


TAKES = "u=$(KMU listUsers | awk '$4 == \"bob\" {print $2}')\n"


@pytest.mark.parametrize(
    "uses",
    [
        '[ "$u" -gt 3 ] && exit 1',
        '[ "$u" = 3 ] && exit 1',
        "curl -d id=$u http://cmdb",
        "give $u",
        "echo $u > ids.txt | sort",
        "cat <<EOT\nid $u\nEOT",
        "n=$((u + 1))",
        "(( u > 3 )) && exit 1",
        "[[ u -gt 3 ]] && exit 1",
        "export u",
        'echo "id: $u"',
        'v="$u"',
        "case $u in 3) exit ;; esac",
    ],
)
def test_an_id_with_which_something_else_is_done_is_left_to_a_person(uses: str) -> None:
    assert "by_hand" in become(f"{TAKES}{uses}")


def test_an_id_that_may_be_set_otherwise_is_not_taken_for_a_name() -> None:
    assert "holds the name" in become(f"u=$1\n{TAKES}{GIVES}") or "by_hand" in become(f"u=$1\n{TAKES}{GIVES}")
    assert "by_hand" in become(f"{TAKES}read u{GIVES}")
    assert "by_hand" in become(f"set -e\nu=$(KMU listUsers | grep bob | awk '{{print $2}}' | grep .){GIVES}")


@pytest.mark.parametrize("first", ["", "set -euo pipefail\n"])
def test_a_type_in_a_variable_is_the_role_that_a_listing_shows(first: str) -> None:
    text = f'{first}if {MANAGED} | grep -qE "[[:space:]]$t[[:space:]]+$1[[:space:]]"; then exit 4; fi'
    assert left(text) == []
    assert (
        """jq -es --arg user "$1" --arg role "$(hsm_listed_role "$t")" """
        """'any(.[0].data.users[]?; .username == $user and .role == $role)'"""
    ) in become(text)


@pytest.mark.parametrize(
    "looks",
    [
        # Either may be the type, and none is one.
        'grep -w "$1" | grep -qw "$2"',
        'grep "$1.*$2" | grep -q NO',
        'grep -qE "$1[[:space:]]$2[[:space:]]$3"',
    ],
)
def test_two_variables_of_which_none_is_sure_to_be_the_type_are_left_to_a_person(looks: str) -> None:
    assert left(f"if {MANAGED} | {looks}; then exit 4; fi") == [2]


@pytest.mark.parametrize("does", ['echo "[$(date +%T)] $*" >&2', 'logger -t x "$*"; printf "%s\\n" "$*" | tee -a log'])
def test_a_function_that_only_shows_a_name_where_an_id_was_is_one_more_that_shows_it(does: str) -> None:
    text = f'say() {{ {does}; }}\n{TAKES}say "shared with ($u)"{GIVES}'
    assert left(text) == [3]
    assert "by_hand" not in become(text)


@pytest.mark.parametrize("does", ['grep -q "$1" ids', 'ids="$ids $1"', 'KMU shareKey -k 7 -u "$1"'])
def test_a_function_that_does_more_with_an_id_is_left_to_a_person(does: str) -> None:
    text = f'say() {{ echo "$1"; {does}; }}\n{TAKES}say "$u"{GIVES}\necho "done: $ids"'
    assert "by_hand" in become(text)
    shown = text.replace(does, 'line=$1; local all="$*"; echo "$line"')
    assert "by_hand" not in become(shown)
