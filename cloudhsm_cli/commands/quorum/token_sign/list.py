"""quorum token-sign list: the tokens of all users that are not timed out."""

from __future__ import annotations

from cloudhsm_cli import services
from cloudhsm_cli.arguments import Syntax
from cloudhsm_cli.roles import INCONSISTENT
from cloudhsm_cli.token_files import KEY_SERVICE_NAMES
from shared.hsm.quorum import KEY_SERVICES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.hsm.approvals import TokenState

SYNTAX = Syntax()


def run(shell: Shell, values: Values) -> Data:
    """Return the tokens by user and service, each folded from those of all HSMs."""
    lists = shell.authenticated(values).fleet.all(lambda hsm: hsm.live_tokens())
    names = {number: name for name, number in services.NUMBERS.items()} | KEY_SERVICE_NAMES
    found: dict[tuple[str, str, int], list[TokenState]] = {}
    for states in lists:
        # Of several tokens of a user for one service, as the older tools allow, the oldest is shown.
        first: dict[tuple[str, str, int], TokenState] = {}
        for state in states:
            token = state.token
            first.setdefault((token.user.lower(), names.get(token.service, ""), token.handle), state)
        for key, state in first.items():
            found.setdefault(key, []).append(state)
    return {"tokens": [_entry(*key, found[key], len(lists)) for key in sorted(found)]}


def _entry(user: str, service: str, handle: int, states: list[TokenState], hsms: int) -> dict[str, Data]:
    head: dict[str, Data] = {"username": user, "service": service}
    if states[0].token.service in KEY_SERVICES:
        return head | {"key-reference": f"0x{handle:016x}", "minimum-token-count": states[0].required}
    return head | {
        "approvals-required": max(state.required for state in states),
        "number-of-approvals": min(len(state.approvers) for state in states),
        "token-timeout-seconds": min(state.seconds for state in states),
        "cluster-coverage": "full" if len(states) == hsms else INCONSISTENT,
    }
