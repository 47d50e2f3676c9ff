"""Shell scripts: functions around one call of a tool, whose output is asked where the function is called."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script
from test_migration_shell import KMU, become, left

from migration.bash.script import render
from migration.translate import translate

if TYPE_CHECKING:
    from pathlib import Path

FIND = 'find_key() {\n    local label=$1\n    KMU findKey -l "$label" -c 4\n}\n'
COUNT = "grep 'Total number of keys present' | awk -F: '{print $2}' | tr -d '[:space:]'"


@pytest.mark.parametrize(
    ("line", "now"),
    [
        (f"n=$(find_key a | {COUNT})", "n=$(find_key a | jq -r '.data.total_key_count')"),
        (f'out=$(find_key a)\nn=$(echo "$out" | {COUNT})', "n=$(jq -r '.data.total_key_count' <<< \"$out\")"),
        (
            "for h in $(find_key a | grep -A1 'Handles of' | tail -1 | tr ',' ' '); do echo $h; done",
            "for h in $(find_key a | hsm_handles -r '[.data.matched_keys[:15][]",
        ),
        (
            "if find_key a | grep -q 'present: 0'; then exit 1; fi",
            "if find_key a | jq -es '.[0]",
        ),
        (
            f'n=$(find_key a | {COUNT})\n[ -z "$n" ] && exit 1',
            "n=$(find_key a | jq -r '.data.total_key_count' || true)",
        ),
        (
            "out=$(find_key a)\nif ! echo \"$out\" | grep -q 'Cfm3FindKey returned: 0x00'; then exit 1; fi",
            "out=$(find_key a || true)\nif ! jq -es '.[0].error_code == 0' <<< \"$out\" > /dev/null; then",
        ),
    ],
)
def test_what_a_function_prints_is_asked_where_it_is_called(line: str, now: str) -> None:
    text = become(FIND + line)
    assert now in text
    assert not left(FIND + line)
    assert '"attr.label=$label"\n}' in text


@pytest.mark.parametrize(
    "function",
    [
        FIND.replace("local label=$1", "label=$1; echo looking"),
        FIND.replace("KMU", "if true; then KMU").replace("-c 4", "-c 4; fi"),
        FIND.replace("-c 4", "-c 4 | grep Total"),
        FIND.replace("-c 4", "-c 4\n    KMU findKey -c 3"),
        FIND + FIND.replace("-c 4", "-c 3"),
    ],
)
def test_a_function_that_does_more_is_left_to_a_person(function: str) -> None:
    assert left(f"{function}n=$(find_key a | {COUNT})")


@pytest.mark.parametrize("reads", ["grep -qi error", "grep -q 'DeleteKey returned: 0x[1-9a-f]'"])
def test_a_failure_that_is_looked_for_is_left_to_a_person(reads: str) -> None:
    assert left(f"drop() {{ KMU deleteKey -k $1; }}\nif drop 9 | {reads}; then exit 1; fi") == [3]


def test_a_handle_from_a_function_is_one() -> None:
    takes = "h=$(make a | grep Handle: | grep -oE '[0-9]+')\nKMU deleteKey -k $h"
    text = become(f"make() {{ KMU genSymKey -t 31 -s 32 -l $1; }}\n{takes}")
    assert "h=$(make a | hsm_handles -r '.data.key" in text
    assert "from elsewhere" not in text


def test_the_function_and_what_asks_it_work_together(tmp_path: Path) -> None:
    cli = tmp_path / "cli"
    cli.write_text(
        '#!/bin/sh\ncase "$*" in *label=b*) echo \'{"error_code": 1}\'; exit 1;; esac\n'
        'echo \'{"error_code": 0, "data": {"total_key_count": 2, "matched_keys": []}}\'\n',
        encoding="utf-8",
    )
    cli.chmod(0o755)
    lines = (
        f"n=$(find_key a | {COUNT})\nfind_key b > /dev/null || echo failed\n"
        "out=$(find_key b)\nif echo \"$out\" | grep -q 'FindKey returned: 0x00'; then echo no; else echo $n; fi\n"
    )
    text = render(translate(script(f"#!/bin/bash\n{(FIND + lines).replace('KMU', KMU)}", "x.sh")))
    ran = subprocess.run(
        ["bash", "-c", text],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "CLOUDHSM_CLI": str(cli)},
    )
    assert ran.stdout == "failed\n2\n", ran.stderr


@pytest.mark.parametrize("name", ["hsm", "hsm_as"])
def test_a_function_around_a_call_with_a_name_of_the_new_script_is_left_to_a_person(name: str) -> None:
    text = f'{name}() {{ KMU "$@" 2>&1; }}\n{name} genSymKey -t 31 -s 32 -l a\n'
    assert left(text) == [2]
    assert become(text).startswith(f"by_hand_first 'line 2: {name} is a function of the new script, too: rename it'\n")


@pytest.mark.parametrize(
    "line", ["HSM_OPEN=1", "echo $HSM_ANSWER", "read -r HSM_TO < f", "for HSM_ROWS in a b; do :; done"]
)
def test_a_variable_with_a_name_of_the_new_script_is_left_to_a_person(line: str) -> None:
    name = re.search(r"HSM_\w+", line)
    assert name is not None
    text = become(f"{line}\nKMU genSymKey -t 31 -s 32 -l a\n")
    assert f"by_hand_first 'line 2: {name[0]} is a variable of the new script, too: rename it'\n" in text
    assert "by_hand" not in become(f"{line.replace(name[0], 'HSM_USER')}\nKMU genSymKey -t 31 -s 32 -l a\n")


@pytest.mark.parametrize(
    "ends", ["kill $PID", 'kill "${PID}" 2> /dev/null', "trap 'kill $PID' EXIT", "kill -0 $PID || exit 1", "wait $PID"]
)
def test_what_ends_the_client_by_its_number_is_left_to_a_person(ends: str) -> None:
    started = "/opt/cloudhsm/bin/cloudhsm_client /opt/cloudhsm/etc/cloudhsm_client.cfg > client.log 2>&1 &\nPID=$!\n"
    assert left(f"{started}{ends}\n") == [4]
    assert left(f"sleep 9 &\nPID=$!\n{ends}\n") == []
