"""Functions of the translated script for what is left to a person."""

from __future__ import annotations

import re

# What a rehearsal keeps, wherever the script sends what is said.
SAID = r"""printf '%s: to be done by hand: %s\n' "${0##*/}" "$*" >&2"""
# Ends the script from wherever it is called: a subshell that exits ends neither the script nor the subshells around it.
# The script is told first, or it would take their end for a failure.
_STOP = r"""
# Stops the script, and all shells of it around this one.
hsm_stop() {{
    local shell=$BASHPID stat shells=()
    while [ "$shell" != "$$" ] && stat=$(cat "/proc/$shell/stat" 2> /dev/null); do
        stat=${{stat##*) ? }}
        shell=${{stat%% *}}
        shells=("$shell" "${{shells[@]}}")
    done
    [ "$shell" = "$$" ] && [ "${{#shells[@]}}" -gt 0 ] || shells=("$$")
    kill -s {signal} "${{shells[@]}}"
    exit 3
}}
trap 'exit 3' {signal}
"""
_STOPS = """
# What is left to a person{first}: says so, and stops.
{name}() {{
    {said}
    hsm_stop
}}
"""
# Where standard error of a line goes elsewhere, what is said goes where that of the script went at its beginning.
_LOSES = re.compile(r"^(?!\s*#).*(?:2>|&>|>&(?! *[-\d\"$]))", re.MULTILINE)
_KEPT = "exec {HSM_SAID}>&2\n"
_ALOUD = f'{{ {SAID}; }} 2>&"$HSM_SAID"'
# The script that traps a signal itself would go on behind it.
_TRAPS = re.compile(r"\btrap\b")
_SIGNALS = {"TERM": r"TERM\b|\b15\b", "USR1": r"USR1\b|\b10\b", "USR2": r"USR2\b|\b12\b", "VTALRM": "(?!)"}
_GO_ON = """
# What is left to a person: says so, and goes on.
by_hand() {{
    {said}
}}
"""


def hands(used: set[str], body: str, *, allow_gaps: bool) -> list[str]:
    """Return those functions that are used: with ``allow_gaps`` only what something depends on stops.

    What stops does so by a signal that the script, ``body``, does not trap.
    """
    found = []
    loses = bool(_LOSES.search(body))
    said = _ALOUD if loses else SAID
    traps = bool(_TRAPS.search(body))
    signal = next(name for name, told in _SIGNALS.items() if not traps or not re.search(told, body))
    stops = "by_hand_first" in used or not allow_gaps
    if stops and used:
        found.append(_STOP.format(signal=signal))
    if "by_hand" in used:
        found.append((_GO_ON if allow_gaps else _STOPS).format(said=said, name="by_hand", first=""))
    if "by_hand_first" in used:
        first = " before anything else can be done"
        found.append(_STOPS.format(said=said, name="by_hand_first", first=first))
    found = [text.lstrip("\n") for text in found]
    return [_KEPT, *found] if loses and found else found
