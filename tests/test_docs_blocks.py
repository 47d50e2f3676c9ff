"""The tool that keeps the documents finds a block that is not what is printed, and one that it cannot make."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from model_support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PLAN = "cloudhsm-migrate plan onboard.exp   # status 3"
FIRST = "line    to be done or looked at by hand"


def docs(*words: str | Path) -> tuple[int, str]:
    """Run the tool that keeps the documents; return its status and what it complains of."""
    done = subprocess.run(
        [sys.executable, "tools/docs.py", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "block",
    [
        "<!-- file: docs/examples/onboard.exp -->\n```\n#!/usr/bin/expect -f\n```\n<!-- end -->\n",
        "<!-- output: cloudhsm-sim --help -->\n```\nusage: cloudhsm-sim\n```\n<!-- end -->\n",
        f"<!-- output: {PLAN} -->\n```\nonboard.exp (expect)\n```\n<!-- end -->\n",
        f"    {PLAN}\n\n<!-- output of the command above -->\n```\nonboard.exp (expect)\n```\n<!-- end -->\n",
        f"    {PLAN}\n\n```bash\n    rm -r .\n```\n\n<!-- output of the command above -->\n```\n```\n<!-- end -->\n",
        f'<!-- output, from "{FIRST}", until "lines ": {PLAN} -->\n```\n...\n{FIRST}\n...\n```\n<!-- end -->\n',
    ],
)
def test_a_block_that_is_not_what_is_printed_is_found_and_written(tmp_path: Path, block: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(block)
    status, complaint = docs("--check", page)
    assert status == 1
    assert complaint.startswith(f"out of date: {page}")
    assert page.read_text() == block
    assert docs(page) == (0, "")
    assert docs("--check", page) == (0, "")
    assert page.read_text() != block


def test_a_block_shows_the_part_that_is_asked_for_and_where_it_was_cut(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f'<!-- output, from "{FIRST}", until "lines ": {PLAN} -->\n<!-- end -->\n')
    assert docs(page) == (0, "")
    lines = page.read_text().splitlines()
    assert lines[1:4] == ["```", "...", FIRST]
    assert lines[5].startswith("25      no key leaves in clear")
    assert lines[-3:] == ["...", "```", "<!-- end -->"]


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("<!-- output: cloudhsm-migrate plan onboard.exp -->", "cloudhsm-migrate plan onboard.exp: status 3, not 0"),
        ("<!-- output: cloudhsm-sim --help # status 3 -->", "cloudhsm-sim --help # status 3: status 0, not 3"),
        (f'<!-- output, from "no such": {PLAN} -->', f"{PLAN}: no line begins with no such"),
        (f'<!-- output, until "no such": {PLAN} -->', f"{PLAN}: no line begins with no such"),
        ("<!-- output of the command above -->", "no command above"),
        ("<!-- output: rm -r . -->", "rm is no program of ours"),
        ("<!-- file: docs/no-such.exp -->", "docs/no-such.exp: No such file or directory"),
        ("<!-- outputs: cloudhsm-sim --help -->", "<!-- outputs: cloudhsm-sim --help -->: no block"),
        ("<!-- output: cloudhsm-sim --help -->\n<!-- file: README.md -->", "no <!-- end -->"),
    ],
)
def test_a_block_that_cannot_be_checked_is_refused(tmp_path: Path, block: str, complaint: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{block}\n```\n```\n<!-- end -->\n")
    status, told = docs("--check", page)
    assert status == 1
    assert told.startswith(f"{page}: ")
    assert complaint in told
    assert len(told.splitlines()) < 5


def test_a_block_that_needs_another_program_is_checked_with_all(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- output, needs no-such-program: cloudhsm-sim --help -->\n```\n```\n<!-- end -->\n")
    assert docs("--check", page) == (0, "")
    status, told = docs("--check", "--all", page)
    assert (status, told) == (1, f"{page}: cloudhsm-sim --help: the program no-such-program is not installed\n")
