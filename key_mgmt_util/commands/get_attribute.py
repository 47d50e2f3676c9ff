"""getAttribute: write one attribute of a key, or all of them, to a file."""

from __future__ import annotations

import os

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import attributes, errors
from shared.mechanisms import CLASS_SECRET, KEY_RSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.errors import Code
    from shared.store.records import Key

FILE_MODE = 0o644
CANNOT_OPEN = "Failed to open file\n "
SECOND_ATTESTATION = "\n\t Verifying attestation for value\n"

# The size that the tool prints counts a header of 8 bytes for each attribute; label and id count as these many
# bytes together, whatever their length.
_HEADER = 8
_TEXTS = {"3.x": 304, "1.x": 288}
_ALONE = 4
_WIDTHS = {attributes.VALUE_LEN: 4, attributes.MODULUS_BITS: 4}

SYNTAX = Syntax(
    options=(
        Option("-o", readers.int64),
        Option("-a", readers.int32),
        Option("-out", readers.text),
        Option("-attest"),
    ),
    required=(
        ("-o", "\n\tError: Object handle (-o) is missing.\n"),
        ("-a", "\n\tError: Attribute ID (-a) is missing.\n"),
        ("-out", "\n\tError: Attribute File (-out) is missing.\n"),
    ),
    help=Help(
        "Writes an attribute of an object to a file.",
        "\nSyntax: getAttribute -h -o <object Handle> -a <attribute> -out <attribute file> [-attest]\n",
        (
            "-o  handle of the object",
            "-a  number of the attribute, 512 for all attributes",
            "-out  file to write",
            "-attest  check that the HSM's answer is attested",
            "\n\n       listAttributes tells the numbers of the attributes",
        ),
        tail="\n\n",
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Write the file; nothing is written for an attribute that the key does not have."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.read_key(values["-o"])
    code, text = outcome.code, ""
    if outcome.value is not None:
        code, text = _write(outcome.value, values["-a"], values["-out"], shell.profile)
        if "-attest" in values:
            text = results.ATTESTATION_PASSED + SECOND_ATTESTATION + results.ATTESTATION_PASSED + text
    shell.console.write(text + results.result("Cfm3GetAttribute", code, shell.profile))
    return code.number


def _write(key: Key, attribute: int, path: str, profile: str) -> tuple[Code, str]:
    """Write the file and return the code and what is printed before the result line."""
    old = profile == "1.x"
    text = ""
    if attribute == attributes.ALL:
        wanted = _dumped(key, profile)
        content = b"".join(_lines(key, each, _WIDTHS.get(each, 1), old) for each in wanted)
        size = _TEXTS[profile] + sum(_HEADER + _size(key, each) for each in wanted)
        if old:
            text = f"\ngot all attributes of size {size} attr cnt {len(wanted)}\n"
        else:
            text = f"\nAttribute size: {size}, count: {len(wanted)}\n"
    elif attributes.value_of(key, attribute) is None:
        return errors.INVALID_DATA, ""
    else:
        content = _lines(key, attribute, _ALONE, old)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "wb") as file:
            file.write(content)
    except (OSError, ValueError):
        return errors.RET_INVALID_INPUT, text + CANNOT_OPEN
    return errors.RET_OK, text + (f"Attributes dumped into {path} file\n" if old else f"Written to: {path} file\n")


def _dumped(key: Key, profile: str) -> tuple[int, ...]:
    wanted: tuple[int, ...] = attributes.DUMP_COMMON
    if key.key_class != CLASS_SECRET:
        wanted += attributes.DUMP_ASYMMETRIC
    if key.key_type == KEY_RSA:
        wanted += attributes.DUMP_RSA
    return wanted if profile == "1.x" else wanted + attributes.DUMP_NEW


def _size(key: Key, attribute: int) -> int:
    value = attributes.value_of(key, attribute)
    if attribute in attributes.TEXTS or value is None:
        return 0
    return len(value) if isinstance(value, bytes) else _WIDTHS.get(attribute, 1)


def _lines(key: Key, attribute: int, width: int, old: bool) -> bytes:
    value = attributes.value_of(key, attribute)
    if isinstance(value, int):
        shown = b"0x%0*x" % (2 * width, value)
    elif attribute in attributes.TEXTS:
        shown = value or b""
    else:
        prefix = b"" if old and attribute == attributes.MODULUS else b"0x"
        shown = prefix + (value or b"").hex().encode()
    return b"OBJ_ATTR_%s\n%s\n" % (attributes.NAMES[attribute].encode(), shown)
