"""findKey: list the handles of keys that match."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import EndCommand, Option, ShowHelp, Syntax, parse
from shared.store.protocol import Criteria

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from key_mgmt_util.shell import Shell

PER_LINE = 15
_MAX_HEX_ID = 127


def _number(value: str, say: Callable[[str], None]) -> int:
    """Read a number; a value that cannot be read must not widen the search, so it is help here."""
    number = readers.int32(value, say)
    if number is None:
        raise ShowHelp
    return number


def _session(value: str, say: Callable[[str], None]) -> bool:
    number = _number(value, say)
    if number not in (0, 1):
        raise ShowHelp
    return number == 1


def _hex(value: str, say: Callable[[str], None]) -> bytes:
    content = readers.hex_bytes(value, say)
    if content is None:
        raise ShowHelp
    return content


def _hex_id(value: str, say: Callable[[str], None]) -> bytes:
    digits = value[2:] if value[:2] in ("0x", "0X") else value
    if len(digits) > _MAX_HEX_ID:
        say("Error copying string\n")
        raise ShowHelp
    return _hex(value, say)


def _modulus(value: str, say: Callable[[str], None]) -> bytes:
    content = readers.file_now(value, say)
    if content is None:
        raise EndCommand
    return _hex("".join(content.decode("ascii", "replace").split()), say).lstrip(b"\0")


SYNTAX = Syntax(
    options=(
        Option("-c", _number),
        Option("-t", _number),
        Option("-l", readers.raw),
        Option("-id", readers.raw),
        Option("-idx", _hex_id),
        Option("-sess", _session),
        Option("-u", readers.users),
        Option("-m", _modulus),
        Option("-kcv", _hex),
    ),
    required=(),
    help=Help(
        "Finds the keys that match all of the given values, or all keys.",
        "\nSyntax: findKey -h [-c <key class>] [-t <key type>]\n"
        "\t\t [-l <key label>] [-id <key ID>] [-idx <key ID in hex>]\n"
        "\t\t [-sess 0/1] [-u <user-ids>] \n"
        "\t\t [-m <modulus>] [-kcv <kcv in hex>]",
        (
            "-c  class of the key (2 = public, 3 = private, 4 = secret)",
            "-t  type of the key (0 = RSA, 1 = DSA, 3 = EC, 16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES)",
            "-l  label of the key",
            "-id  id of the key",
            "-idx  id of the key in hex",
            "-sess  1 for session keys, 0 for token keys",
            "-u  ids of users who can all use the key, with commas between",
            "-m  file with the modulus of an RSA key in hex",
            "-kcv  key check value in hex",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print how many keys there are and their handles."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    if "-id" in values and "-idx" in values:
        shell.console.write(SYNTAX.help.render())
        return 0
    outcome = shell.client.find_keys(_criteria(values))
    if outcome.value is not None:
        layout = _old_layout if shell.profile == "1.x" else _layout
        shell.console.write(layout(outcome.value))
    shell.console.write(results.block(outcome, shell.profile))
    shell.console.write(results.result("Cfm3FindKey", outcome.code, shell.profile))
    return outcome.code.number


def _criteria(values: dict[str, Any]) -> Criteria:
    return Criteria(
        key_class=values.get("-c"),
        key_type=values.get("-t"),
        label=values.get("-l"),
        key_id=values.get("-id", values.get("-idx")),
        session=values.get("-sess"),
        users=values.get("-u", ()),
        modulus=values.get("-m"),
        kcv=values.get("-kcv"),
    )


def _layout(handles: list[int]) -> str:
    text = f"\n\tTotal number of keys present: {len(handles)}\n"
    if handles:
        rows = [handles[start : start + PER_LINE] for start in range(0, len(handles), PER_LINE)]
        listing = ", \n\t".join(", ".join(map(str, row)) for row in rows)
        text += (
            f"\n\tNumber of matching keys from start index 0::{len(handles) - 1}\n"
            f"\n\tHandles of matching keys:\n\t{listing}\n"
        )
    return text


def _old_layout(handles: list[int]) -> str:
    text = f"\nTotal number of keys present {len(handles)}\n"
    if handles:
        text += f"\n number of keys matched from start index 0::{len(handles) - 1}\n"
        text += ", ".join(map(str, handles)) + "\n"
    return text
