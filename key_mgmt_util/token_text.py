"""Quorum tokens as KMU prints them (choice: one line a token), and what its token commands read alike."""

from __future__ import annotations

from key_mgmt_util import readers
from key_mgmt_util.options import EndCommand, Option, ShowHelp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from key_mgmt_util.help_text import Help
    from shared.hsm.approvals import TokenState
    from shared.store.records import Token

ALL_TOKENS = 4


def token_line(token: Token) -> str:
    """Return the line of a token that was just made."""
    return f"\t{_fields(token)}\n"


def state_line(state: TokenState) -> str:
    """Return the line of a token in a list."""
    approvals = f"Validity:{state.seconds} sec Approvals:{len(state.approvers)}/{state.required}"
    return f"\t{_fields(state.token)} {approvals} Approvers:{','.join(state.approvers)}\n"


def _fields(token: Token) -> str:
    return f"Token Id:{token.id} Service:{token.service} Node:{token.node} Key Handle:{token.handle} User:{token.user}"


def flags(value: str, say: Callable[[str], None]) -> int | None:
    """Read flags, of which there is one value only; any other is help without a line."""
    number = readers.int32(value, say)
    if number not in (None, ALL_TOKENS):
        raise ShowHelp
    return number


def help_at_once(shown: Help) -> Option:
    """Return the option -h of a command in which it ends the reading of options."""

    def stop(_: str, __: Callable[[str], None]) -> NoReturn:
        raise EndCommand(shown.render())

    return Option("-h", stop)
