"""Functions of the translated script for what is left to a person."""

from __future__ import annotations

# What a rehearsal keeps, wherever the script sends what is said.
SAID = r"""printf '%s: to be done by hand: %s\n' "${0##*/}" "$*" >&2"""
# Stops, also from a subshell, whose exit alone would not end the script.
_STOP = r"""
# What is left to a person{first}: says so, and stops.
{name}() {{
    {said}
    kill -s TERM "$$"
    exit 3
}}
"""
_TRAP = "trap 'exit 3' TERM\n"
_GO_ON = f"""
# What is left to a person: says so, and goes on.
by_hand() {{
    {SAID}
}}
"""


def hands(used: set[str], *, allow_gaps: bool) -> list[str]:
    """Return those functions that are used: with ``allow_gaps`` only what something depends on stops."""
    found = []
    if "by_hand" in used:
        found.append(_GO_ON if allow_gaps else _STOP.format(said=SAID, name="by_hand", first=""))
    if "by_hand_first" in used:
        found.append(_STOP.format(said=SAID, name="by_hand_first", first=" before anything else can be done"))
    found = [text.lstrip("\n") for text in found]
    if any("kill -s TERM" in text for text in found):
        found[-1] += _TRAP
    return found
