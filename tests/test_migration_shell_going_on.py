"""Shell scripts without set -e: where the new one, which ends at failures, goes on all the same."""

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

# What says no by its status, in all places where a script may have it.
ANSWERS = """n=0
((n++))
if true; then let n--; fi
for x in a; do ((n -= n)); done
grep -q zebra in
grep zebra in | wc -l > /dev/null
c=$(grep -c zebra in)
d="$(grep zebra in | head -1)"
diff in other > /dev/null
n=`expr 1 - 1`
ls nothing 2> /dev/null
rc=$?
[ "$rc" = 0 ] && false
false || false
echo "status $?, $rc, $c, $n"
f() { grep -q zebra in; }
if f; then echo found; else echo missing; fi
"""


def run(text: str, folder: Path, cli: str = "true") -> subprocess.CompletedProcess[str]:
    """Run a script in a folder, with a program in place of CloudHSM CLI."""
    environment = {**os.environ, "CLOUDHSM_CLI": cli}
    return subprocess.run(
        ["bash", "-c", text], check=False, capture_output=True, text=True, cwd=folder, env=environment
    )


def test_what_only_answers_by_its_status_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("horse\n", encoding="utf-8")
    (tmp_path / "other").write_text("cow\n", encoding="utf-8")
    text = f"#!/bin/bash\n{ANSWERS}"
    new = render(translate(script(f"{text}{KMU} findKey > /dev/null\n", "x.sh")))
    ran = [run(whole, tmp_path) for whole in (text, new)]
    assert ran[1].stdout == ran[0].stdout == "status 1, 2, 0, 0\nmissing\n"
    assert ran[1].returncode == 0, ran[1].stderr


def test_a_failure_that_ended_the_old_script_ends_the_new_one() -> None:
    lines = "grep -q a in\nn=$(grep -c a in)\nKMU findKey > out"
    assert "&& true" not in become(f"set -e\n{lines}")
    assert become(lines).count(" && true\n") == 2


def test_a_filter_that_finds_nothing_for_a_loop_ends_nothing() -> None:
    text = become("grep -v '^#' in | sort | while read -r l; do\nKMU findKey -l $l > out\ndone\necho done")
    assert "{ grep -v '^#' in || true; } | sort | while read" in text
    line = "grep -v '^#' in | while read -r l; do KMU findKey -l $l > out; done"
    assert "{ grep -v '^#' in || true; } | while" in become(f"set -e\n{line}")
    assert "true; }" not in become(f"set -eo pipefail\n{line}")


def test_what_fails_otherwise_ends_the_new_script_still() -> None:
    text = become("openssl rsa -in a.pem -check\ncp a b\nwhile grep -q a in; do sleep 1; done\nKMU findKey > out")
    assert "&& true" not in text
    assert "-check && true\nif [ $? -ne 0 ]" in become(
        "openssl rsa -check\nif [ $? -ne 0 ]; then exit 1; fi\nKMU findKey"
    )


def test_the_openssl_engine_gets_its_user_by_the_new_name() -> None:
    lines = "export n3fips_password=a:b\nopenssl req -engine cloudhsm -new -key k.pem -out c.csr\nKMU findKey > out"
    assert '\nCLOUDHSM_PIN="${n3fips_password-}" openssl req -engine cloudhsm -new' in become(lines)
    assert left(lines) == [3]
    own = become("n3fips_password=a:b openssl dgst -engine cloudhsm -sign k -out s f\nKMU findKey > out")
    assert own.startswith("CLOUDHSM_PIN=a:b openssl dgst -engine")
    assert left("sudo -E openssl req -engine cloudhsm -key k\nKMU findKey > out") == [2]
    assert "CLOUDHSM_PIN" not in become("openssl req -engine pkcs11 -key k\nKMU findKey > out").split("KMU")[0]


def test_an_argument_that_is_not_given_is_nothing_as_before() -> None:
    text = f'LABEL=$1\nif [ -z "$2" ]; then echo "usage: $0 label type"; exit 64; fi\n{KMU} findKey -l "$LABEL"\n'
    ran = subprocess.run(["bash", "-c", render(translate(script(text, "x.sh")))], check=False, capture_output=True)
    assert (ran.returncode, ran.stdout) == (64, b"usage: bash label type\n")
    assert "LABEL=$1\n" in render(translate(script(f"set -u\n{text}", "x.sh")))


# What only pipefail takes for a failure, in all places where the script goes another way then.
PIPES = """p=$(tr -dc a-z < /dev/urandom | head -c 8)
q=`cat /dev/urandom | tr -dc a-z | head -c 8`
echo "${#p} ${#q}"
if ls nothing in 2> /dev/null | grep -q in; then echo found; fi
ls nothing in 2> /dev/null | sort | grep -q in && echo found
there() {
    ls nothing in 2> /dev/null | grep -q in
}
there && echo there
! ls nothing in 2> /dev/null | grep -q in || echo no
ls nothing in 2> /dev/null | sed -n 1p
echo "status $?"
yes a | sed 3q | wc -l
cat big | sed -n '1{p;q}' | wc -l
if cat big | grep -q a; then echo big; fi
cat big | while read -r line; do echo "$line" && break; done
"""


@pytest.mark.parametrize("first", ["", "set -e\n", "set -eu\n"])
def test_a_command_that_ends_early_or_fails_in_a_pipe_ends_nothing(tmp_path: Path, first: str) -> None:
    (tmp_path / "in").write_text("horse\n", encoding="utf-8")
    (tmp_path / "big").write_text("a\n" * 400000, encoding="utf-8")
    text = f"#!/bin/bash\n{first}{PIPES}"
    new = render(translate(script(f"{text}{KMU} findKey > /dev/null\n", "x.sh")))
    ran = [run(whole, tmp_path) for whole in (text, new)]
    said = "8 8\nfound\nfound\nthere\nno\nin\nstatus 0\n3\n1\nbig\na\n"
    assert ran[1].stdout == ran[0].stdout == said
    assert ran[1].returncode == 0, ran[1].stderr


def test_what_failed_in_a_pipe_of_a_script_with_pipefail_fails() -> None:
    text = "set -o pipefail\nif ls nothing in | grep -q in; then KMU findKey; fi"
    assert "ls nothing in | grep -q in; then" in become(text)


def test_a_call_in_a_pipe_does_not_pass_for_a_good_one() -> None:
    assert "true; }" not in become(
        "f() { KMU findKey -l a; }\nif f | sort | head -1; then echo; fi\nKMU findKey | head -1"
    )


GIVEN = """get() {
    KMU findKey -l $1 | tr -d '\\n' | grep -o 'matching keys:.[0-9]*' | cut -f 2
}
key=$(get a)
if [ -z "$key" ]; then echo "none, or no login"; exit 4; fi
"""


def test_a_failure_of_a_function_whose_value_is_looked_at_is_told_as_before(tmp_path: Path) -> None:
    """The script itself looks whether there is a value, and cleans up if not."""
    assert "key=$(get a) && true\nif" in become(GIVEN)
    assert "key=`get a` && true\nif" in become(GIVEN.replace("$(get a)", "`get a`"))
    assert "&& true" not in become(f"set -e\n{GIVEN}")
    assert "&& true" not in become(GIVEN.replace('-z "$key"', '"$key" = 7'))
    new = render(translate(script(f"#!/bin/bash\n{GIVEN.replace('KMU', KMU)}", "x.sh")))
    done = run(new, tmp_path, cli="false")
    assert (done.returncode, done.stdout) == (4, "none, or no login\n")
