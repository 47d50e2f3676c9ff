"""getKeyInfo: who may use a key, on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.reports import report
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.hsm.keys import KeyInfo

# The guide shows both forms.
OPTION = "-k"
SYNTAX = "getKeyInfo [-k] <key-handle> [<output file>]"
ARGUMENTS = (1, 3)

HEADING = "Key Info on server {server}:\n"
# Blanks and TABs are those of a real paste (T59).
_INDENT = "       \t"


def run(shell: Shell, arguments: list[str]) -> None:
    """Print the users, or write them to a file."""
    words = arguments[1:] if arguments[0] == OPTION else arguments
    handle = decimal(words[0]) if words else None
    path = words[1] if len(words) > 1 else None
    # Three words are right only if the option is one of them.
    if handle is None or words[2:]:
        shell.console.write(shell.synopsis("getKeyInfo"))
        return

    def request(server: Server) -> str:
        return _listing(server.hsm.key_info(handle))

    report(shell, "getKeyInfo", request, HEADING, path=path, layout="".join)


def _listing(info: KeyInfo) -> str:
    kind = "Session Key" if info.session else "Token/Flash Key"
    others = info.shared_with
    text = f"\n{_INDENT}{kind},\n\n{_INDENT}Owned by user {info.owner}\n\n"
    if others:
        text += f"{_INDENT}also, shared to following {len(others)} user(s):\n\n"
        text += "".join(f"{_INDENT}\t {user}\n" for user in others)
    if info.m_value > 1:
        text += f"{_INDENT} {info.m_value} Users need to approve to use/manage this key\n"
    return text
