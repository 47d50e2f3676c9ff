"""wrapKey: write a key, wrapped by another, to a file."""

from __future__ import annotations

from key_mgmt_util import key_files, readers, results, wrap_header, wrap_options
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell
    from shared.crypto.wrapping import Wrapped
    from shared.store.records import Key

WRAPPED = "\n\tKey Wrapped.\n"
# The quote is not closed in any edition of the guide.
WRITTEN = '\n\tWrapped Key written to file "{} length {}\n'
NOT_WRITTEN = "\n\tFailed to write Wrapped Key to a file.\n"

_OPTIONS = (
    Option("-k", readers.int64),
    Option("-w", readers.int64, repeats=True),
    Option("-out", readers.text),
)
_REQUIRED = (
    ("-w", "\n\tError: wrapping Key handle (-w) is missing.\n"),
    ("-k", "\n\tError: key to be wrapped (-k) is missing.\n"),
    ("-out", "\n\tError: Wrapped Key File (-out) is missing.\n"),
)
_DESCRIPTION = "Writes a symmetric or private key, wrapped by an AES or RSA key, to a file."
_FIRST_LINE = "\nSyntax: wrapKey -h -k <key to be wrapped> -w <wrapping key handle> -out <wrapped key file>\n"
_WHERE = (
    "-k  handle of the key to wrap",
    "-w  handle of the key that wraps it",
    "-out  file to write the wrapped key to",
)
_BARE_LINES = (
    "-noheader  leave the attributes of the key out of the file",
    "-i  IV in hex, for AES_KEY_WRAP and NIST_AES_WRAP_NO_PAD with -noheader",
)
SYNTAX_1X = Syntax(
    options=(*_OPTIONS, *wrap_options.OPTIONS_1X),
    required=_REQUIRED,
    help=Help(
        _DESCRIPTION,
        _FIRST_LINE + "\t\t [-m <wrapping mechanism>] [-t <hash type>] [-noheader] [-i <wrapping IV>]\n",
        (*_WHERE, *wrap_options.LINES_1X, *_BARE_LINES),
    ),
)
SYNTAX = Syntax(
    options=(*_OPTIONS, *wrap_options.OPTIONS, Option("-iv_file", readers.text)),
    required=(*_REQUIRED, wrap_options.MECHANISM_MISSING),
    help=Help(
        _DESCRIPTION,
        _FIRST_LINE + "\t\t -m <wrapping mechanism> [-t <hash type>] [-aad <aad file>] [-noheader]\n"
        "\t\t [-i <wrapping IV>] [-iv_file <IV file>] [-tag_size <num_tag_bytes>]\n",
        (
            *_WHERE,
            *wrap_options.LINES,
            wrap_options.NEW_LINES[0],
            *_BARE_LINES,
            "-iv_file  file to write the IV of AES_GCM to, with -noheader",
            wrap_options.NEW_LINES[1],
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Wrap the key; the result line is the last one."""
    syntax = SYNTAX_1X if shell.profile == "1.x" else SYNTAX
    values = parse(shell, syntax, words)
    if values is None:
        return 0
    if wrap_options.misused(values, shell.profile):
        shell.console.write(syntax.help.render())
        return 0
    outcome = shell.client.wrap_key(values["-k"], values["-w"], wrap_options.parameters(values))
    code = outcome.code
    if outcome.value is not None:
        key, wrapped = outcome.value
        shell.console.write(WRAPPED)
        try:
            shell.console.write(_write(values, key, wrapped))
        except key_files.OutputError:
            shell.console.write(NOT_WRITTEN)
            code = errors.ERR_WRITE_OUTPUT_FILE
    shell.console.write(results.result("Cfm2WrapKey", code, shell.profile))
    return code.number


def _write(values: dict[str, Any], key: Key, wrapped: Wrapped) -> str:
    """Write the files and return the line about it, whose length is less the IV in front of a header."""
    path = values["-out"]
    if "-noheader" in values:
        if "-iv_file" in values:
            key_files.write_file(values["-iv_file"], wrapped.iv)
        key_files.write_file(path, wrapped.data)
        return WRITTEN.format(path, len(wrapped.data))
    content = wrap_header.pack(key, wrapped.data, wrapped.iv)
    key_files.write_file(path, content)
    return WRITTEN.format(path, len(content) - len(wrap_header.FILE_IV))
