"""getAttribute: one attribute of a key, or all of them, on every server."""

from __future__ import annotations

from cloudhsm_mgmt_util.reports import report
from shared import attributes, errors
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.store.records import Key

SYNTAX = "getAttribute <key handle> <attribute id> [<filename>]"
ARGUMENTS = (2, 3)

HEADING = "Attribute Value on server {server}:\n"


def run(shell: Shell, arguments: list[str]) -> None:
    """Print name and value, or write them to a file."""
    handle, attribute = decimal(arguments[0]), decimal(arguments[1])
    if handle is None or attribute is None:
        shell.console.write(shell.synopsis("getAttribute"))
        return
    path = arguments[2] if len(arguments) == ARGUMENTS[1] else None
    wanted = (attribute,) if attribute != attributes.ALL else attributes.listed(shell.profile)

    def request(server: Server) -> str:
        found = _lines(server.hsm.read_key(handle), wanted)
        if not found:
            raise HsmError(errors.INVALID_DATA)
        return found

    report(shell, "getAttribute", request, HEADING, path=path, layout=_layout)


def _layout(texts: list[str]) -> str:
    """Set an empty line before and behind each server's text (guide)."""
    return "\n" + "\n".join(texts) + "\n"


def _lines(key: Key, wanted: tuple[int, ...]) -> str:
    """Return the lines of those attributes that the key has."""
    lines = []
    for attribute in wanted:
        value = attributes.value_of(key, attribute)
        if value is not None:
            lines.append(f"OBJ_ATTR_{attributes.NAMES[attribute]}\n{_shown(value, attribute)}\n")
    return "".join(lines)


def _shown(value: int | bytes, attribute: int) -> str:
    if isinstance(value, int):
        return f"0x{value:08x}"
    return value.decode("utf-8", "surrogateescape") if attribute in attributes.TEXTS else f"0x{value.hex()}"
