"""key list: the keys that match, a page at a time."""

from __future__ import annotations

from cloudhsm_cli import key_texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.filters import criteria
from cloudhsm_cli.key_object import brief, whole
from cloudhsm_cli.keys import filter_option, key_command, keys_of
from cloudhsm_cli.roles import ADMIN
from cloudhsm_cli.texts import CommandError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell

DEFAULT_ITEMS = 10
SYNTAX = Syntax(
    filter_option(what="to list", required=False),
    Option(
        "--max-items",
        "MAX_ITEMS",
        f"The total number of items to return in the command's output (default: {DEFAULT_ITEMS})",
        numbers=range(1, 1 << 32),
    ),
    Option("--starting-token", "STARTING_TOKEN", "The next_token of the page before"),
    Option("--verbose", help="If included, prints all attributes and key information for each matched key", short="-v"),
)


@key_command
def run(shell: Shell, values: Values) -> Data:
    """Return a page; the position behind it is the next token. An admin sees references and labels only."""
    wanted = criteria(values.all("--filter"))
    text = values.get("--starting-token")
    start = 0 if text is None else decimal(text)
    if start is None:
        raise CommandError(key_texts.BAD_TOKEN.format(word=text))
    connection = shell.authenticated(values)
    keys = keys_of(connection)
    show = whole if values.has("--verbose") and connection.role != ADMIN else brief
    handles = keys.search(wanted)
    end = start + (values.number("--max-items") or DEFAULT_ITEMS)
    shown = [show(view) for view in keys.view(handles[start:end])]
    answer: dict[str, Data] = {
        "matched_keys": shown,
        "total_key_count": len(handles),
        "returned_key_count": len(shown),
    }
    if end < len(handles):
        answer["next_token"] = str(end)
    return answer
