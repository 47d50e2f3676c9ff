"""getKeyInfo: tell who may use a key."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.hsm.keys import KeyInfo

SYNTAX = Syntax(
    options=(Option("-k", readers.int64),),
    required=(("-k", "\n\tError: Key handle (-k) is missing.\n"),),
    help=Help(
        "Tells who owns a key, with whom it is shared, and how many must approve its use.",
        "\nSyntax: getKeyInfo -h -k <key handle> \n",
        ("-k  handle of the key",),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print the users of the key."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.key_info(values["-k"])
    text = results.result("Cfm3GetKey", outcome.code, shell.profile)
    if outcome.value is not None:
        text += _old_layout(outcome.value) if shell.profile == "1.x" else _layout(outcome.value)
    shell.console.write(text + "\n")
    return outcome.code.number


def _layout(info: KeyInfo) -> str:
    others = info.shared_with
    text = f"\n\tOwned by user: {info.owner}\n"
    if others:
        text += f"\n\tShared with following {len(others)} user(s):"
        text += "".join(f"\n\t\t {user}" for user in others)
    if info.m_value > 1:
        text += f"\n\t {info.m_value} Users need to approve to use/manage this key"
    if info.m_value > len(others) + 1:
        text += "\n\t This key is unusable as M > N. Better delete this."
    return text + "\n"


def _old_layout(info: KeyInfo) -> str:
    text = f"\n\tOwned by user {info.owner}\n"
    if info.shared_with:
        text += f"\n\talso, shared to following {len(info.shared_with)} user(s):\n\n"
        text += "".join(f"\t\t {user}\n" for user in info.shared_with)
    if info.m_value > 1:
        text += f"\t {info.m_value} Users need to approve to use/manage this key\n"
    return text
