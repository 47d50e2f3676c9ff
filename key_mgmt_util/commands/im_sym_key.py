"""imSymKey: import a symmetric key from a file with its bytes."""

from __future__ import annotations

from key_mgmt_util import creation, importing, key_files, readers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.hsm.intake import Wanted
from shared.mechanisms import CLASS_SECRET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

LINES = {
    "3.x": "\n\tSymmetric Key Imported.  Key Handle: {} \n",
    "1.x": "\n\tSymmetric Key Unwrapped.  Key Handle: {}\n",
}

SYNTAX = Syntax(
    options=(
        *importing.OPTIONS,
        Option("-t", readers.int32),
        Option("-f", readers.file_now),
        Option("-w", readers.int64, repeats=True),
    ),
    required=(
        ("-t", "\n\tError: Key type (-t) is missing.\n"),
        ("-w", "\n\tError: wrapping key handle (-w) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
        ("-f", "\n\tError: Key filename (-f) is missing.\n"),
    ),
    help=Help(
        "Imports a symmetric key from a file into the HSMs of the cluster.",
        "\nSyntax: imSymKey -h -l <label> -t <key type> -f <key file name> -w <wrapper key handle>\n"
        "\t\t\t[-u <user-ids>] [-sess] [-id <key ID>] [-m_value <0..8>]\n"
        "\t\t\t[-wk <wrapping key file>][-attest]\n"
        f"\t\t\t{MIN_SRV_USAGE}\n",
        (
            "-l  label of the new key",
            "-t  type of the key (16 = GENERIC_SECRET, 18 = RC4, 21 = DES3/DES, 31 = AES)",
            "-f  file with the bytes of the key:",
            "    AES 16, 24 or 32; DES3 24; RC4 up to 256; GENERIC_SECRET up to 4096",
            "-w  handle of the AES key by which it enters the HSM (4 for KEK)",
            "-u  ids of the users who share the key, with commas between",
            "-sess  make a session key",
            "-attest  check that the HSM's answer is attested",
            "-id  id of the new key",
            "-wk  file with the wrapping key, to wrap here instead of in the HSM",
            "-min_srv  number of HSMs on which the key must be before the command ends",
            "-timeout  seconds to wait for that number",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Import the key; whether its length fits its type is the HSM's to say."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    host_key = key_files.host_key(shell, values)
    if host_key is None:
        return 0
    wanted = Wanted(CLASS_SECRET, values["-t"], creation.template_of(values))
    return importing.bring_in(shell, values, host_key, values["-f"], wanted, line=LINES[shell.profile])
