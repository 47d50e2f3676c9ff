"""What a command is refused with reaches what a shell script shows of its answer, and ends nothing else."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_shell import KMU, become, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

TAKES = "grep 'Symmetric Key Created' | sed 's/.*Key Handle: *//'"
CALL = f'out=$(KMU genSymKey -t 31 -s 32 -l x)\nh=$(echo "$out" | {TAKES})\n'
LOG = 'log() { echo "$(date) $*" >> log.txt; }\n'
LOGS = """[ -n "$h" ] || log "ERROR x: $(echo "$out" | grep -m1 'HSM Error')\""""
TYPED = f"""{KMU.split()[0]} > out.txt <<EOT
loginHSM -u CU -s alice -p password1
genSymKey -t 31 -s 32 -l x
{{}}
exit
EOT
h=`grep "Symmetric Key Created" out.txt | sed 's/.*Key Handle: *//'`
"""
REFUSES = """#!/bin/sh
printf '{"error_code": 1, "data": "no such luck"}\\n'
exit 1
"""


def refused(folder: Path, text: str) -> tuple[int, str]:
    """Return the status of a script's translation where each command is refused, and all that it shows and logs."""
    cli = folder / "cloudhsm-cli"
    cli.write_text(REFUSES, encoding="utf-8")
    cli.chmod(0o755)
    new = render(translate(script(f"#!/bin/bash\n{text.replace('KMU', KMU)}\n", "x.sh")))
    surroundings = {**os.environ, "CLOUDHSM_CLI": str(cli)}
    done = subprocess.run(["bash", "-c", new], cwd=folder, env=surroundings, check=False, capture_output=True)
    logged = (folder / "log.txt").read_text(encoding="utf-8") if (folder / "log.txt").exists() else ""
    return done.returncode, done.stdout.decode() + logged


@pytest.mark.parametrize(
    "text",
    [
        f'{CALL}if [ -z "$h" ]; then echo "ERROR: $(echo "$out" | grep -i error)"; fi',
        f'{CALL}if [ -z "$h" ]; then echo "failed: $out" >> log.txt; fi',
        f'{LOG}{CALL}if [ -z "$h" ]; then log "failed: $out"; fi',
        f'{LOG}kmu() {{ KMU "$@"; }}\n{CALL.replace("KMU", "kmu")}{LOGS}',
        'if ! out=$(KMU genSymKey -t 31 -s 32 -l x); then echo "failed: $out"; fi',
        'out=$(KMU genSymKey -t 31 -s 32 -l x)\nif [ $? -ne 0 ]; then echo "failed: $out"; fi',
        f'{CALL}n=$(echo "$out" | {TAKES} | sort -n)\n[ -n "$h" ] || echo "$out"',
    ],
)
def test_what_is_shown_of_an_answer_tells_why_it_was_refused(text: str, tmp_path: Path) -> None:
    status, shown = refused(tmp_path, f"{text}\necho 'the end'")
    assert status == 0
    assert "no such luck" in shown
    assert "the end" in shown


@pytest.mark.parametrize("more", ["", "deleteKey -k 7"])
@pytest.mark.parametrize(
    ("first", "shows"),
    [
        ("", "cat out.txt"),
        ("", 'grep -i "fail" out.txt || true'),
        ("", "grep -i error out.txt"),
        ("set -e\n", "cat out.txt"),
        ("set -e\n", 'grep -i "fail" out.txt || true'),
    ],
)
def test_what_is_shown_of_a_file_tells_why_what_was_typed_is_refused(
    first: str, shows: str, more: str, tmp_path: Path
) -> None:
    text = f'{first}{TYPED.format(more)}if [ -z "$h" ]; then\n{shows}\nexit 3\nfi'
    status, shown = refused(tmp_path, text)
    assert status == 3
    assert "no such luck" in shown


@pytest.mark.parametrize(
    "text",
    [
        'KMU genSymKey -t 31 -s 32 -l x > log.txt\ngrep -q "Symmetric Key Created" log.txt || echo "see log.txt"',
        'if KMU genSymKey -t 31 -s 32 -l x >> log.txt; then :; else echo "see log.txt"; fi',
        'KMU genSymKey -t 31 -s 32 -l x | tee log.txt\nif [ $? -ne 0 ]; then echo "see log.txt"; fi',
    ],
)
def test_a_log_that_nobody_reads_here_tells_why_it_was_refused(text: str, tmp_path: Path) -> None:
    status, shown = refused(tmp_path, f"{text}\necho 'the end'")
    assert status == 0
    assert "see log.txt" in shown
    assert "no such luck" in (tmp_path / "log.txt").read_text(encoding="utf-8")


MADE = 'out=$(KMU genSymKey -t 31 -s 32 -l x)\nif ! echo "$out" | grep -q SUCCESS; then\n'
FOUND = "grep -m1 'HSM Error'"
REASON = f'why=$(echo "$out" | {FOUND})\n'


@pytest.mark.parametrize(
    "shows", ['echo "FAILED: $why"', 'echo "FAILED: $why" | tee -a log.txt', 'printf "%s\\n" "$why" >&2; echo "$why"']
)
def test_a_reason_in_a_variable_that_is_only_shown_is_all_that_is_told(shows: str, tmp_path: Path) -> None:
    status, shown = refused(tmp_path, f"{MADE}{REASON}{shows}\nexit 4\nfi")
    assert status == 4
    assert "no such luck" in shown


@pytest.mark.parametrize(
    "uses",
    [
        '[ -n "$why" ] || exit 5',
        'echo "$why" | mail root',
        'echo "$why"; export why',
        'echo "$why"; cat <<EOT\n$why\nEOT',
        'x="$why"',
        "true",
    ],
)
def test_a_reason_of_which_more_is_made_is_left_to_a_person(uses: str) -> None:
    assert 4 in left(f"{MADE}{REASON}{uses}\nfi")


def test_a_reason_that_ends_the_script_where_there_is_none_is_left_to_a_person() -> None:
    assert 5 in left(f'set -e\n{MADE}{REASON}echo "$why"\nfi')
    passed = REASON.replace(FOUND, f"{FOUND} || true")
    assert left(f'set -e\n{MADE}{passed}echo "$why"\nfi') == []


def test_nothing_is_said_of_a_value_that_what_was_refused_does_not_hold() -> None:
    """Of ``jq``, which is asked for a key in an answer without one."""
    assert """h=$(hsm_handles -r '.data.key?."key-reference"? | handle' <<< "$out" || true)""" in become(
        f'{CALL}if [ -z "$h" ]; then echo "failed: $out"; fi'
    )
    assert ".data.key?" in become(f'{CALL.replace("x)", "x 2>&1)", 1)}if [ -z "$h" ]; then exit 1; fi')


def test_a_refusal_that_ends_the_script_is_not_kept_from_the_screen() -> None:
    assert "2>&1" not in become('out=$(KMU genSymKey -t 31 -s 32 -l x)\necho "made: $out"')
    found = become(f'{CALL}if [ -z "$h" ]; then exit 1; fi')
    assert "2>&1" not in found


def test_an_error_before_the_answer_that_is_asked_for_does_not_hide_it() -> None:
    """One of OpenSSL, which imports a key now, is no JSON."""
    text = TYPED.format("").replace("genSymKey", "importPrivateKey -f k.pem -w 6 -l y\ngenSymKey")
    assert "> out.txt || true" in become(f'{text}[ -n "$h" ] || cat out.txt')
    assert left(f'{text}[ -n "$h" ] || grep -i error out.txt') != []
