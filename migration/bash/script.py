"""The whole translated script: its head, the functions that it uses, its commands."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from migration.bash import inplace, linear, lines
from migration.bash.prelude import functions
from migration.bash.sources import commented
from migration.languages import ends_at_unset
from migration.script import CMU

if TYPE_CHECKING:
    from migration.bash.sources import Body
    from migration.translate import Translation

_HEAD = """#!/usr/bin/env bash
# {name} for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. Numbers in brackets: docs/migration-reference.md, section 4.
"""
_REST = "# {count} to be done by hand; the script stops at each{but}:\n"
_STRICT = re.compile(r"^\s*set +-\w*e|^#!.*\s-\w*e", re.MULTILINE)
_WENT_ON = """\
# The old script went on whatever failed. This one ends at the first failure, of its own lines, too, and at a variable
# that is not set: put || true behind what may fail, and ${NAME:-} where nothing may stand.
"""
_STOPS_NOW = """\
# The old tools had status 0 whatever became of a command behind a good login, so set -e passed over it. Now a command
# that fails ends this script: put || true behind what may fail.
"""
_UNSET = "# It ends at a variable that is not set, too: put ${NAME:-} where nothing may stand.\n"
_MAY_BE_DASH = re.compile(r"#!.*\b(?:sh|d?ash)\b")
_MUST_BE_SET = re.compile(r"\$\{\w+:?\?")
_STATUS = "# Where a variable must be set and is not, bash has status 1; dash, which sh may have been, has 2.\n"
_ENDS = "# A command that fails ends this script, also where the old one went on: put || true behind what may fail.\n"
# Programs have words of their own for a failure.
_PROGRAMS = ("expect", "python")
_SAYS = "# What the old one printed where something failed is not printed: CloudHSM CLI says what failed.\n"
_OTHERS = """\
# cloudhsm_mgmt_util did not come up, and did nothing, where an HSM did not answer; CloudHSM CLI goes on without it.
"""
_ASIDE = "# To look at; the script does not stop there:\n"


def render(translation: Translation, *, allow_gaps: bool = False) -> str:
    """Return the script; with ``allow_gaps`` it goes on where a person has to do something."""
    return rendered(translation, allow_gaps=allow_gaps).text


def rendered(translation: Translation, *, allow_gaps: bool = False) -> Body:
    """Return the same with the line of the legacy script that each of its lines is from."""
    shell = translation.script.language == "shell"
    body = inplace.render(translation) if shell else commented(linear.render(translation))
    head = _HEAD.format(name=lines.one_line(os.path.basename(translation.script.name)) or "A script")
    passed_over = translation.passed_over
    remains = [work for work in translation.remains if work not in passed_over]
    if remains:
        count = f"{len(remains)} part{'s are' if len(remains) > 1 else ' is'}"
        head += _REST.format(
            count=count, but=" that is reached" if not allow_gaps else ", were it not for --allow-gaps"
        )
        head += _listed(remains)
    if passed_over:
        head += _ASIDE + _listed(passed_over)
    if shell:
        strict = _STRICT.search(translation.script.text)
        head += _STOPS_NOW if strict else _WENT_ON
        head += _UNSET if strict and not ends_at_unset(translation.script.text) else ""
        head += _STATUS if _is_refused_by_dash(translation.script.text) else ""
    else:
        head += _ENDS + (_SAYS if translation.script.language in _PROGRAMS else "")
    head += _OTHERS if any(step.tool == CMU for step in translation.script.steps) else ""
    head += "set -euo pipefail\n"
    prelude = functions(body.text, allow_gaps=allow_gaps)
    return body.behind(f"{head}\n{prelude}\n" if prelude else f"{head}\n")


def _is_refused_by_dash(text: str) -> bool:
    """Return whether a script may end at a variable, with a status that shells do not agree on."""
    return bool(_MAY_BE_DASH.match(text)) and (bool(_MUST_BE_SET.search(text)) or ends_at_unset(text))


def _listed(work: list[tuple[int, str]]) -> str:
    return "".join(f"#   line {line}: {lines.one_line(text)}\n" for line, text in work)
