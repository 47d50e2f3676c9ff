"""exSymKey: write a symmetric key, in the clear, to a file."""

from __future__ import annotations

from key_mgmt_util import exporting, key_files, readers
from key_mgmt_util.help_text import Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.mechanisms import CLASS_SECRET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

NOT_SYMMETRIC = "\n\t{} is not a symmetric key\n"
WRITTEN = {
    "3.x": '\n\nExported Symmetric Key written to file "{}"\n',
    # It is the clear key here, too.
    "1.x": '\n\nWrapped Symmetric Key written to file "{}"\n',
}
CANNOT_WRITE = "\n\nCouldn't write to file {}\n"

SYNTAX = Syntax(
    options=(
        Option("-w", readers.int64),
        Option("-k", readers.int64),
        Option("-out", readers.text),
        Option("-m", readers.int32, repeats=True),
        Option("-wk", readers.text),
    ),
    required=(
        ("-k", "\n\tError: Handle of key to export (-k) is missing.\n"),
        ("-w", "\n\tError: Handle of wrapping Key (-w) is missing.\n"),
        ("-out", "\n\tError: Key File (-out) is missing.\n"),
    ),
    help=Help(
        "Writes a symmetric key of the HSM to a file, in the clear.",
        "\nSyntax: exSymKey -h -w <wrapping key> -k <key to export> -out <key file>\n"
        "                 [-m <wrapping mechanism>] [-wk <unwrapping key file>]\n",
        (
            "-w  handle of the AES key by which the key leaves the HSM",
            "-k  handle of the key to export (3DES, AES or RC4)",
            "-m  wrapping mechanism, of which there is one:",
            "    NIST_AES_WRAP - 4",
            "-out  file to write the key to",
            "-wk  file with the wrapping key, to unwrap here instead of in the HSM",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Write the key; nothing is written unless the HSM gives it."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    host_key = key_files.host_key(shell, values)
    if host_key is None:
        return 0
    if not exporting.is_of_class(shell, values["-k"], CLASS_SECRET):
        shell.console.write(NOT_SYMMETRIC.format(values["-k"]))
        return 0
    exported = exporting.bring_out(shell, values, host_key)
    if exported.material is None:
        return exported.code
    try:
        key_files.write_file(values["-out"], exported.material)
    except key_files.OutputError:
        shell.console.write(CANNOT_WRITE.format(values["-out"]))
    else:
        shell.console.write(WRITTEN[shell.profile].format(values["-out"]))
    return exported.code
