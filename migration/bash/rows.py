"""Loops over the lines of a file, and what is made of each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.script import FILE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migration.script import Rows, Step

FUNCTIONS = r"""
# FILE SKIPPED [all|eof|trim]: the lines of a file into HSM_ROWS. all: with what stands behind the last line end, eof:
# also if the file is empty; trim: those of the text without the blanks around it.
hsm_rows() {
    mapfile -t -s "$2" HSM_ROWS < "$1"
    HSM_ROWS=("${HSM_ROWS[@]%$'\r'}")
    case ${3-} in
        trim) mapfile -t HSM_ROWS < <(hsm_trim "$(printf '%s\n' "${HSM_ROWS[@]}")") ;;
        all | eof) [ "$3$(head -c 1 "$1")" = all ] || [ -n "$(tail -c 1 "$1")" ] || HSM_ROWS+=('') ;;
    esac
}

# TEXT: without the blanks around it.
hsm_trim() {
    local text=${1#"${1%%[![:space:]]*}"}
    printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# LINE SIGN PLACE: what stands between two signs of a line, from 0; nothing where there are fewer.
hsm_field() {
    local found
    IFS=$2 read -r -a found <<< "$1"
    printf '%s' "${found[$3]-}"
}

# LINE SIGN: in how many pieces a sign cuts a line.
hsm_fields() {
    local signs=${1//[!"$2"]/}
    printf '%s' "$((${#1} > 0 ? ${#signs} + 1 : 0))"
}
"""


def head(loop: tuple[str, str], rows: Mapping[str, Rows], body: Sequence[str]) -> list[str]:
    """Return how a loop begins over the lines of a file, with what its body needs of a line."""
    read = rows[loop[1].removeprefix(FILE)]
    ends = f" {read.ends}" if read.ends else ""
    used, made = "\n".join(body), []
    for name, code in reversed(read.made):
        if re.search(rf"\$(?:{name}\b|\{{{name}\b)", used):
            made.append(f"    {name}={code}")
            used += code
    return [
        f"hsm_rows {words.bash(read.path)} {read.skipped}{ends}",
        f'for {loop[0]} in "${{HSM_ROWS[@]}}"; do',
        *reversed(made),
    ]


def typed(step: Step, rows: Mapping[str, Rows]) -> list[str]:
    """Return what stops where something of a line is typed in a loop over a file, and is no word."""
    if not step.loop or not step.loop[1].startswith(FILE) or step.session.words:
        return []
    own = {step.loop[0], *(name for name, _ in rows[step.loop[1].removeprefix(FILE)].made)}
    names = dict.fromkeys(name for word in step.words[1:] for name in words.names(word) if name in own)
    quoted = " ".join(f'"${name}"' for name in names)
    return [f"hsm_typed {quoted}"] if names else []


def bound(rows: Mapping[str, Rows]) -> set[str]:
    """Return the variables that loops over files set."""
    return {name for read in rows.values() for name, _ in read.made}
