"""unWrapKeyWithSize: make a key out of its wrapped form, given how many bytes it has."""

from __future__ import annotations

from key_mgmt_util import creation, readers, results
from key_mgmt_util.help_text import Help
from key_mgmt_util.hex_number import IV_BYTES, hex_number
from key_mgmt_util.options import Option, ShowHelp, Syntax, parse
from shared.crypto import wrapping
from shared.crypto.wrapping import Parameters
from shared.hsm.intake import Wanted
from shared.mechanisms import CLASS_PRIVATE, CLASS_SECRET, KEY_DSA, KEY_EC, KEY_RSA

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from key_mgmt_util.shell import Shell

PKCS_PAD = 10
# The numbers of this command stand for other mechanisms than those of unWrapKey.
MECHANISMS = {4: wrapping.NIST_AES_PAD, 5: wrapping.NIST_AES_NO_PAD, PKCS_PAD: wrapping.AES_KEY_WRAP}
_DEFAULT = 5

NO_SIZE = "\n\tError: Key Size (-s) is missing for NIST_AES_WRAP_NO_PAD or NIST_AES_WRAP\n"
SIZE_GIVEN = "\n\tError: don't pass key size for CRYPTO_MECH_AES_KEY_WRAP_PKCS_PAD"
NO_LABEL = "\n\tError: Key label (-l) is missing.\n"
NO_MODULUS = "\n\tError: Modulus size in bits (-m) is missing for RSA key type in no template case\n"
NO_IV = "\n\tWarning: IV (-i) is missing.\n\t\t 0xA6A6A6A6A6A6A6A6/0x0 is considered as default IV based on fw ver\n"
NO_MECHANISM = (
    "\n\t Warning: Mechanism for wrap/unwrap is missing.\n\t NIST_AES_WRAP_NO_PAD is the default mechanishm\n"
)
TEMPLATE = "\n\tWARN IV is ignored for template case\n"
NO_TEMPLATE = "\n\tWARN template option is missing.\n\tso unwrapping key without template.\n"
LINE = "\n\tKey Unwrapped.  Key Handle: {} \n"


def _iv(value: str, say: Callable[[str], None]) -> bytes | None:
    number = hex_number(value, say)
    if number is not None and len(number) != IV_BYTES:
        raise ShowHelp(f"\nError: Invalid IV length {len(number)} {value}\n")
    return number


def _modulus_bits(value: str, say: Callable[[str], None]) -> int | None:
    number = readers.int32(value, say)
    if number == 0:
        raise ShowHelp("\n\tmodules should not be zero\n")
    return number


def _mechanism(value: str, say: Callable[[str], None]) -> int:
    number = readers.int32(value, say)
    if number is None:
        raise ShowHelp("\nError: Invalid mech type passed\n")
    if number not in MECHANISMS:
        raise ShowHelp
    return number


SYNTAX = Syntax(
    options=(
        Option("-f", readers.file_now),
        Option("-w", readers.int64, repeats=True),
        Option("-l", readers.raw),
        Option("-t", readers.int32),
        Option("-s", readers.int32),
        Option("-m", _modulus_bits),
        Option("-mech", _mechanism),
        Option("-i", _iv),
        Option("-template", repeats=True),
        Option("-sess", repeats=True),
        Option("-extractable", repeats=True),
    ),
    required=(
        ("-w", "\n\tError: wrapping key handle (-w) is missing.\n"),
        ("-f", "\n\tError: Key filename (-f) is missing.\n"),
        ("-t", "\n\tError: Key type (-t) is missing.\n"),
    ),
    help=Help(
        "Makes a key of a given size out of a file with its wrapped form.",
        "\nSyntax: unWrapKeyWithSize -h -f <key file name> -w <wrapper key handle>\n"
        "\t\t\t-l <label > -t <key type> -s <key size> -m modlen [-mech <4/5/10>]\n"
        "\t\t\t-i [<Unwrapping IV>] [-template] [-sess] [-extractable]",
        (
            "-f  file with the wrapped key",
            "-w  handle of the AES key that unwraps it",
            "-l  label of the new key",
            "-t  type of the key (0 = RSA, 1 = DSA, 3 = ECDSA,",
            "    16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES, 19 = DES)",
            "-s  size of the key in bytes",
            "-m  bits of the modulus of an RSA key",
            "-mech  4 = NIST_AES_WRAP_PAD, 5 = NIST_AES_WRAP_NO_PAD, 10 = CRYPTO_MECH_AES_KEY_WRAP_PKCS_PAD",
            "-i  IV of 8 bytes, in hex",
            "-template  the file begins with the IV",
            "-sess  make a session key",
            "-extractable  the key can be extracted",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Unwrap the key."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    number = values.get("-mech", _DEFAULT)
    refusal = _refusal(values, number)
    if refusal:
        shell.console.write(refusal + SYNTAX.help.render())
        return 0
    shell.console.write("" if "-i" in values else NO_IV)
    shell.console.write("" if "-mech" in values else NO_MECHANISM)
    shell.console.write(TEMPLATE if "-template" in values else NO_TEMPLATE)
    wrapped, iv = values["-f"], values.get("-i", b"")
    if "-template" in values:
        wrapped, iv = wrapped[IV_BYTES:], b""
    key_class = CLASS_PRIVATE if values["-t"] in (KEY_RSA, KEY_DSA, KEY_EC) else CLASS_SECRET
    template = creation.template_of(values)._replace(extractable="-extractable" in values)
    parameters = Parameters(MECHANISMS[number], iv, size=values.get("-s"))
    outcome = shell.client.unwrap_key(wrapped, values["-w"], parameters, Wanted(key_class, values["-t"], template))
    shell.console.write(results.result("Cfm3UnWrapKeyWithSize", outcome.code, shell.profile, ": "))
    if outcome.value:
        shell.console.write(LINE.format(outcome.value[0].handle))
    return outcome.code.number


def _refusal(values: dict[str, Any], number: int) -> str:
    """Return the line of the first check that fails."""
    if number == PKCS_PAD and "-s" in values:
        return SIZE_GIVEN
    if number != PKCS_PAD and "-s" not in values:
        return NO_SIZE
    if "-l" not in values:
        return NO_LABEL
    lacks_modulus = values["-t"] == KEY_RSA and "-template" not in values and "-m" not in values
    return NO_MODULUS if lacks_modulus else ""
