"""Options as the translation reads them in bash, and as a rehearsal knows their values: the same, of any arguments."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from migration_support import script

from migration import called, words
from migration.bash import options

if TYPE_CHECKING:
    from migration.script import Script

BASH = shutil.which("bash") or ""
PROGRAM = """import argparse, subprocess
p = argparse.ArgumentParser()
p.add_argument('label')
p.add_argument('extra', nargs='?', default='more')
p.add_argument('-u', '--user', default='alice')
p.add_argument('-s', '--site')
p.add_argument('--size', choices=['16', '32'])
p.add_argument('-q', '--quiet', action='store_true')
a = p.parse_args()
subprocess.check_call(['/opt/cloudhsm/bin/key_mgmt_util', 'singlecmd', 'loginHSM', '-u', 'CU', '-s', a.user, '-p',
    'password1', 'findKey', '-l', a.label + a.extra + a.site + a.size])
"""
PIECES = (
    "x",
    "-u bob",
    "-ubob",
    "--user=bob",
    "--user bob",
    "-s=y",
    "--size 16",
    "--size=16",
    "-q",
    "--",
    "--site=",
    "-s -q",
)
SHOWN = 'printf \'%s\\n\' "$user" "$site" "$size" "$quiet" "${1-}" "${2-}"'


def _as_bash(found: Script, arguments: list[str]) -> list[str] | None:
    """Return what bash holds behind the reading of options, None if it refuses them."""
    assert found.usage is not None
    lines = [options.FUNCTIONS, *options.reading(found.usage), SHOWN]
    done = subprocess.run(
        [BASH, "-euo", "pipefail", "-c", "\n".join(lines), "x", *arguments], capture_output=True, check=False, text=True
    )
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else None


@pytest.mark.parametrize("first", PIECES)
def test_a_rehearsal_knows_what_the_translation_reads(first: str) -> None:
    found = script(PROGRAM, "x.py")
    assert found.usage is not None
    start = {option.variable: option.start for option in found.usage.options}
    taken = 0
    for pieces in itertools.product([first], PIECES, ["", "z"]):
        arguments = " ".join(pieces).split()
        held = _as_bash(found, arguments)
        if held is None:
            continue
        known = {name: words.literal(value) for name, value in (start | called.given(found, arguments)).items()}
        names = ["user", "site", "size", "quiet", *found.arguments]
        assert held == [known.get(name) or "" for name in names], arguments
        taken += 1
    assert taken > 1


@pytest.mark.parametrize("argument", ["-qfoo", "--quiet=yes", "-z", "--other", "--other=1"])
def test_an_option_that_the_translation_refuses_is_no_argument(argument: str) -> None:
    found = script(PROGRAM, "x.py")
    assert _as_bash(found, [argument, "x"]) is None
    assert called.given(found, [argument, "x"]) == {"label": words.text("x")}
