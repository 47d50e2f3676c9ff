"""What a read command finds on the servers: on the screen, or in a file that the user names."""

from __future__ import annotations

from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.rounds import answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_mgmt_util.shell import Server, Shell


def report(
    shell: Shell,
    name: str,
    request: Callable[[Server], str],
    heading: str,
    *,
    path: str | None,
    layout: Callable[[list[str]], str],
    says_success: bool = False,
) -> None:
    """Print what the request returns for each server behind its heading, or write it to a file, all servers' into one.

    ``layout`` joins the servers' texts. With a file the screen shows which servers have answered (choice C16); a
    command that ``says_success`` tells it in any case. Refusals are for the screen alone.
    """
    listings: list[str] = []

    def answer(server: Server) -> str:
        listing = heading.format(server=server) + request(server)
        listings.append(listing)
        success = f"{name} success{shell.on_server(server)}\n" if path is not None or says_success else ""
        return success if path is not None else listing + success

    shown = answers(shell, name, answer, heading)
    if path is None:
        shell.console.write(layout(shown))
    elif listings and not _written(path, layout(listings)):
        shell.console.write(texts.FILE_UNWRITABLE.format(path=path))
    else:
        shell.console.write("".join(shown))


def _written(path: str, text: str) -> bool:
    """Write the file, over any former one, and return whether that went well."""
    try:
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except (OSError, ValueError):
        return False
    return True
