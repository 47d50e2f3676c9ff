"""IsValidKeyHandlefile: tell a fake PEM file from a real private key."""

from __future__ import annotations

from key_mgmt_util import readers
from key_mgmt_util.help_text import Help
from key_mgmt_util.key_files import read_file
from key_mgmt_util.options import Option, Syntax, parse
from shared.crypto import fake_pem
from shared.mechanisms import CLASS_PRIVATE
from shared.store.protocol import Criteria

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

CANNOT_OPEN = "\n\n \t error in opening file {path} \n\n"
CANNOT_READ = "\n\n: \terror in Reading private key file {path} \n\n"
REAL_KEY = "\n\n \tInput key file has real private key \n\n"
HANDLE = "\n\n \tInput file has key handle: {handle} \n\n"
INVALID_HANDLE = "\n\n \tInput file has invalid key handle: {handle} \n"

SYNTAX = Syntax(
    options=(Option("-f", readers.text),),
    required=(("-f", "\n\tError: Key File (-f) is missing.\n"),),
    help=Help(
        "Tells whether a private key file holds a key handle or a real RSA key.",
        "\nSyntax:  IsValidKeyHandlefile -h -f <key file>\n\n",
        ("-f  private key file",),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Print one line about the file; the HSM is asked only for a handle."""
    values = parse(shell, SYNTAX, words)
    if values is not None:
        shell.console.write(_look_at(shell, values["-f"]))
    return 0


def _look_at(shell: Shell, path: str) -> str:
    try:
        content = read_file(path)
    except (OSError, ValueError):  # the latter for a NUL in the path
        return CANNOT_OPEN.format(path=path)
    try:
        handle = fake_pem.rsa_handle(content)
    except fake_pem.NoRsaKeyError:
        return CANNOT_READ.format(path=path)
    if handle is None:
        return REAL_KEY
    outcome = shell.client.find_keys(Criteria(key_class=CLASS_PRIVATE))
    # Nobody logged in counts as not found: the original asks how many keys there are first.
    known = handle in (outcome.value or [])
    shown = handle - 2**32 if handle >= 2**31 else handle
    return (HANDLE if known else INVALID_HANDLE).format(handle=shown)
