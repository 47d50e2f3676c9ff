"""extractMaskedObject: write a key, masked for its cluster, to a file."""

from __future__ import annotations

from key_mgmt_util import readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.key_files import OutputError, write_file
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.errors import Code

MAX_BYTES = 6000
WRITTEN = '\n\tObject was masked and written to file "{path}" \n'
NOT_WRITTEN = "\n\tFailed to write masked object to a file. \n"

SYNTAX = Syntax(
    options=(Option("-o", readers.int64), Option("-out", readers.text)),
    required=(
        ("-o", "\n\tError: Object handle (-o) is missing.\n"),
        ("-out", "\n\tError: Masked Object File (-out) is missing.\n"),
    ),
    help=Help(
        "Writes an object to a file, masked so that only its own cluster and clones of it can take it in.",
        "\nSyntax: extractMaskedObject -h -o <object handle> -out <masked object file>\n",
        ("-o  handle of the object", "-out  file to write"),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Write the file; the result line comes last."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.extract_key(values["-o"])
    code, text = outcome.code, ""
    if outcome.value is not None:
        code, text = _write(values["-out"], outcome.value)
    shell.console.write(text + results.result("Cfm3ExtractMaskedObject", code, shell.profile))
    return code.number


def _write(path: str, masked: bytes) -> tuple[Code, str]:
    if len(masked) > MAX_BYTES:
        return errors.ERR_BUFFER_TOO_SMALL, ""
    try:
        write_file(path, masked)
    except OutputError:
        return errors.ERR_WRITE_OUTPUT_FILE, NOT_WRITTEN
    return errors.RET_OK, WRITTEN.format(path=path)
