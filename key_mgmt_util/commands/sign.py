"""sign: sign a file with a private key."""

from __future__ import annotations

from key_mgmt_util import readers, results, signatures
from key_mgmt_util.help_text import Help
from key_mgmt_util.key_files import OutputError, write_file
from key_mgmt_util.options import Option, ShowHelp, Syntax, parse
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from key_mgmt_util.shell import Shell

API = "Cfm3Sign: sign"
API_1X = "Cfm3Sign"
CREATED = "\n\tSignature creation successful\n"
WRITTEN = "\n\tsignature is written to file {path}\n"


def _message(value: str, say: Callable[[str], None]) -> bytes:
    """Read the file; here, other than elsewhere, the warning is all that is said of one that cannot be read."""
    content = readers.file_now(value, say)
    if content is None:
        raise ShowHelp
    return content


SYNTAX = Syntax(
    options=(
        Option("-f", _message),
        Option("-k", readers.int32),
        Option("-m", readers.int32),
        Option("-out", readers.text),
    ),
    required=(
        ("-f", "\n\tError: Message file (-f) is missing.\n"),
        ("-k", "\n\tError: Private Key (-k) is missing.\n"),
        ("-m", "\n\tError: Mechanism (-m) is missing.\n"),
        ("-out", "\n\tError: Signature File (-out) is missing.\n"),
    ),
    help=Help(
        "Signs the content of a file.",
        "\nSyntax: sign -h -f <msg file> -k <key handle> -m <signature mechanism> -out <signature file>\n",
        (
            "-f   file to sign",
            "-k   handle of the private key",
            "-m   signature mechanism:",
            *signatures.mechanism_lines(13),
            "-out file to write the signature to",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Sign. A signature by an EC key fills a file of fixed length, with zero bytes behind the DER."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    old = shell.profile == "1.x"
    say = shell.console.write
    path = values["-out"]
    try:
        signature = _signature(shell, values)
        if not old:
            say(CREATED)
        _write(path, signature)
    except signatures.Failure as failure:
        say(failure.text + results.result(API_1X if old else API, failure.code, shell.profile))
        return failure.code.number
    written = WRITTEN.format(path=path)
    if old:
        block = results.block(shell.client.find_single_key(values["-k"]), shell.profile)
        say(results.result(API_1X, errors.RET_OK, shell.profile) + written + block)
    else:
        say(written + results.result(API, errors.RET_OK, shell.profile))
    return errors.RET_OK.number


def _write(path: str, signature: bytes) -> None:
    try:
        write_file(path, signature)
    except OutputError as error:
        raise signatures.Failure(errors.ERR_WRITE_OUTPUT_FILE) from error


def _signature(shell: Shell, values: dict[str, Any]) -> bytes:
    handle, mechanism, message = values["-k"], values["-m"], values["-f"]
    chosen = signatures.choose(shell, handle, mechanism, message, "signature")
    outcome = shell.client.sign(handle, mechanism, message)
    if outcome.value is None:
        raise signatures.Failure(outcome.code)
    if not chosen.field_bytes:
        return outcome.value
    return outcome.value.ljust(2 * chosen.field_bytes + signatures.DER_HEADER, b"\0")
