"""An xargs that calls a tool for each of its words does so for the same words in the translation."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from output_support import FIND, KMU, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

CALL = f"{KMU} deleteKey -k"
# Each notes the key that it is to delete: the last word of the old tool's line, a filter of the new one's.
OLD = '#!/bin/sh\nfor word; do :; done\nprintf "%s\\n" "$word" >> old\n'
NEW = """#!/bin/sh
for word; do case $word in key-reference=*) printf "%s\\n" "${word#key-reference=}" >> new ;; esac; done
printf '{"error_code": 0, "data": {}}\\n'
"""


def deleted(folder: Path, line: str) -> list[list[str]]:
    """Return the keys that a line deletes by the old tool and in its translation."""
    for name, text in (("key_mgmt_util", OLD), ("cloudhsm-cli", NEW)):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    (folder / "handles").write_text("7 8\n\n 9 \n10", encoding="utf-8")
    surroundings = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "CLOUDHSM_CLI": f"{folder}/cloudhsm-cli"}
    told = translate(script(f"#!/bin/bash\n{line}\n", "x.sh"))
    assert not told.remains
    for text in (line, render(told)):
        call = ["bash", "-c", text, "x", "7 8", "9,10"]
        subprocess.run(call, cwd=folder, env=surroundings, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return [(folder / name).read_text("utf-8").splitlines() for name in ("old", "new")]


@pytest.mark.parametrize(
    ("line", "keys"),
    [
        (f"printf '%s' \"$1\" | xargs -n1 {CALL}", ["7", "8"]),
        (f"echo -n 7 | xargs -n 1 {CALL}", ["7"]),
        (f"echo \"$2\" | tr ',' ' ' | xargs -n 1 {CALL}", ["9", "10"]),
        (f"echo \"$2\" | tr ',' ' ' | xargs -r -n1 {CALL} > log 2>&1", ["9", "10"]),
        (f"IFS=,; echo \"$2\" | tr ',' ' ' | xargs -n1 {CALL} | cat", ["9", "10"]),
        (f"printf '7\\n 8' | xargs -I{{}} {CALL} {{}}", ["7", "8"]),
        (f"printf '7\\n8' | xargs -I % {CALL} %", ["7", "8"]),
        (f"xargs -n1 {CALL} < handles", ["7", "8", "9", "10"]),
        (f"xargs -n1 {CALL} < handles > log", ["7", "8", "9", "10"]),
        (f"xargs -n1 {CALL} > log < handles", ["7", "8", "9", "10"]),
        (f"xargs -n1 {CALL} <<EOT\n$1\n9\nEOT", ["7", "8", "9"]),
        (f"echo $1 | xargs -n1 {CALL} | tee log", ["7", "8"]),
        (f"echo all $(echo $1 | xargs -n1 {CALL})", ["7", "8"]),
        (f'if echo "$1" | xargs -n1 {CALL}; then :; fi', ["7", "8"]),
        (f"n=`printf '%s' \"$1\" | xargs -n1 {CALL} > log; echo 1`", ["7", "8"]),
    ],
)
def test_the_words_are_those_of_xargs(line: str, keys: list[str], tmp_path: Path) -> None:
    assert deleted(tmp_path, line) == [keys, keys]


@pytest.mark.parametrize(
    "line",
    [
        f"echo 7 8 | xargs -L1 {CALL}",
        f"xargs -n1 <<< '7 8' {CALL}",
        f"xargs -d , -n1 {CALL} < handles",
    ],
)
def test_what_is_given_in_another_way_is_left_to_a_person(line: str) -> None:
    assert left(line) == [1]


@pytest.mark.parametrize(
    "lines",
    [
        (f"echo 7 | xargs -n1 {CALL} | grep -q success || exit 1",),
        (f'[ -z "$(echo 7 | xargs -n1 {CALL})" ] || exit 1',),
        ("", f"echo 7 | xargs -n1 {CALL} > log", "", "grep -q success log || exit 1"),
        ("", f"out=$(echo 7 | xargs -n1 {CALL})", "", 'echo "$out" | grep -q success || exit 1'),
    ],
)
def test_what_is_asked_of_its_output_is_left_to_a_person(lines: tuple[str, ...]) -> None:
    assert left(*lines) == [len(lines)]


def test_the_handles_of_a_search_stand_on_lines_of_their_own() -> None:
    assert left(f"{FIND} | grep -A1 'Handles of' | tail -1 | tr ',' '\\n' | xargs -L1 {CALL}") == []
