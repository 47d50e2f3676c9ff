"""Commands that nobody must be logged in for: behind them a bad login looks like a good one, so it is tried."""

from __future__ import annotations

# Tells whether a login is good, which is tried with a command only.
PROBE = "hsm key list --max-items 1"
LOGINS = ("hsm_login ", "hsm_session ")
OR_TRUE = " || true"
_OPEN = ("hsm user list", "hsm cluster hsm-info", "hsm_pick .data.user quorum token-sign list-quorum-values")
# What does not show that a login is bad, or may not be reached.
_ASIDE = ("hsm_logout", "if ", "fi", "for ", "done", "hsm_rows ", "printf ")
FUNCTIONS = r"""
# COMMAND...: a command that needs no login, where the login is good.
hsm_tried() {
    hsm key list --max-items 1 > /dev/null || return
    "$@"
}
"""


def tried(commands: list[str]) -> list[str]:
    """Return commands in which a login is tried that nothing shows to be bad: a good one and a bad one look alike."""
    found: list[str] = []
    for index, command in enumerate(commands):
        found.append(command)
        text = command.lstrip()
        if not text.startswith(LOGINS):
            continue
        behind = (line.lstrip() for line in commands[index + 1 :])
        following = next((line for line in behind if line and not line.startswith(("#", *_OPEN))), "hsm_logout")
        if following.startswith((*LOGINS, *_ASIDE)) or following.endswith(OR_TRUE):
            found.append(f"{command[: len(command) - len(text)]}{PROBE} > /dev/null")
    return found


def alone(command: str) -> str:
    """Return a command that has a login of its own: the login is tried if the command needs none."""
    return f"hsm_tried {command}" if command.startswith(_OPEN) else command
