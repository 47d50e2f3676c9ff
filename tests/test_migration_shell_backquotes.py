"""Backquotes of shell scripts: a backslash between them is read twice, by the old shell and by the new one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from output_support import AS, GEN, KMU, LISTED, MADE, body, left

if TYPE_CHECKING:
    from pathlib import Path

COUNT = "grep Total | cut -d: -f2 | tr -d ' '"
COUNTED = "jq -r '.data.total_key_count' "


def test_a_name_of_a_test_between_backquotes_is_found(tmp_path: Path) -> None:
    """A filter with backslashes stood between backquotes, and was another one there."""
    text = body(
        'out=`printf "listUsers\\nquit\\n" | cloudhsm_mgmt_util x.cfg`',
        'r=`if echo "$out" | grep -qw "$1"; then echo yes; else echo no; fi`',
        'echo "$r"',
    )
    users = '{"error_code": 0, "data": {"users": [{"username": "a.b"}]}}'
    text = text.replace("hsm user list", f"echo '{users}'")
    (tmp_path / "x.sh").write_text(text, encoding="utf-8")
    for name, said in (("a.b", "yes\n"), ("axb", "no\n"), ("a", "yes\n")):
        done = subprocess.run(["bash", tmp_path / "x.sh", name], check=True, capture_output=True, text=True)
        assert done.stdout == said


@pytest.mark.parametrize(
    ("line", "now"),
    [
        (f'b=`{KMU} genSymKey -t 31 -s 32 -l "c\\$d"`', f"b=$({MADE.replace('--label a', '--label {}')}...)"),
        (f'b=`{KMU} genSymKey -t 31 -s 32 -l "c\\\\\\$d"`', f"b=$({MADE.replace('--label a', '--label {}')}...)"),
        (f'b="`{KMU} genSymKey -t 31 -s 32 -l \\"c\\$d\\"`"', f'b="$({MADE.replace("--label a", "--label {}")}...)"'),
    ],
)
def test_a_backslash_between_backquotes_is_read_twice(line: str, now: str) -> None:
    label = "'c$d'" if "\\\\" in line else '"c$d"'
    assert body(line) == now.format(label)


def test_backquotes_within_backquotes_are_read() -> None:
    inner = f"{KMU} findKey -l a | {COUNT}"
    assert body(f"b=`echo \\`{inner}\\` | cat`") == f"b=$(echo $({LISTED} | {COUNTED.strip()}) | cat)"
    assert body(f"b=`echo \\`echo \\\\\\`{inner}\\\\\\`\\``") == f"b=$(echo $(echo $({LISTED} | {COUNTED.strip()})))"


def test_backquotes_without_a_tool_and_a_backslash_stay() -> None:
    assert body("a=`date`", GEN) == f"a=`date`\n{MADE}..."
    assert body(f"a=`({KMU} findKey -l a) | cat`").startswith("a=$( (")


def test_a_here_document_between_backquotes_expands_what_a_backslash_hid_once() -> None:
    typed = (
        "out=`cloudhsm_mgmt_util x.cfg <<EOF",
        "loginHSM CO admin \\$P",
        "deleteUser CU bob",
        "y",
        "EOF",
    )
    assert 'hsm_login admin admin "$P"' in body(*typed, "`")


@pytest.mark.parametrize(
    "lines",
    [
        # dash takes the backslashes away, bash does not.
        (f'e="${{x:-`{KMU} findKey -l \\"a\\"`}}"',),
        ("out=`cloudhsm_mgmt_util x.cfg <<EOF", "loginHSM CO admin \\$P", "deleteUser CU bob", "EOF`"),
        (f"a=`{KMU} findKey -l \\$x # all`",),
    ],
)
def test_backquotes_that_are_not_read_for_sure_are_left_to_a_person(lines: tuple[str, ...]) -> None:
    assert left(*lines) == [1]


def test_what_else_stands_between_backquotes_is_the_same() -> None:
    assert body("e=`sed 's/\\\\//_/g' f`", f"{KMU} findKey -l a > /dev/null").startswith("e=$(sed 's/\\//_/g' f)\n")
    assert AS in body(f"a=`{KMU} findKey -l a`")


def test_backquotes_end_at_the_next_one() -> None:
    """The grammar takes the first two, and what is between the others, for one."""
    lines = (f"K='{KMU}'", f"m=`$K findKey -l a | {COUNT}`", "say `wc -c < l`", f"n=`$K findKey -l a | {COUNT}`")
    counted = f"$({LISTED} | {COUNTED.strip()})"
    assert left(*lines) == []
    assert body(*lines).endswith(f"\nm={counted}\nsay `wc -c < l`\nn={counted}")
