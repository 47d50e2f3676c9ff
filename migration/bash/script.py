"""The whole translated script: its head, the functions that it uses, its commands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from migration.bash import inplace, linear, lines
from migration.bash.prelude import functions

if TYPE_CHECKING:
    from migration.translate import Translation

_HEAD = """#!/usr/bin/env bash
# {name} for CloudHSM CLI of Client SDK 5, translated by cloudhsm-migrate.
# Needs bash, jq and openssl beside cloudhsm-cli. A number in brackets is that of a difference in docs/migration.md.
"""
_REST = "# {count} to be done by hand; the script stops at each{but}:\n"


def render(translation: Translation, *, allow_gaps: bool = False) -> str:
    """Return the script; with ``allow_gaps`` it goes on where a person has to do something."""
    shell = translation.script.language == "shell"
    body = inplace.render(translation) if shell else linear.render(translation)
    head = _HEAD.format(name=lines.one_line(os.path.basename(translation.script.name)) or "A script")
    remains = translation.remains
    if remains:
        count = f"{len(remains)} part{'s are' if len(remains) > 1 else ' is'}"
        head += _REST.format(
            count=count, but=" that is reached" if not allow_gaps else ", were it not for --allow-gaps"
        )
        head += "".join(f"#   line {line}: {lines.one_line(text)}\n" for line, text in remains)
    prelude = functions(body, allow_gaps=allow_gaps)
    return f"{head}set -euo pipefail\n\n{prelude}\n{body}" if prelude else f"{head}set -euo pipefail\n\n{body}"
