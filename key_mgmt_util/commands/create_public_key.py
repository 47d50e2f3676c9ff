"""createPublicKey: make an RSA public key out of its numbers."""

from __future__ import annotations

from key_mgmt_util import creation, readers, results
from key_mgmt_util.creation import check_servers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.hex_number import hex_number
from key_mgmt_util.options import Option, Syntax, parse
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

LINE = "\n\tPublic Key Created.  Key Handle: {}\n"

SYNTAX = Syntax(
    options=(
        Option("-m", hex_number),
        Option("-e", readers.int32),
        Option("-l", readers.raw),
        Option("-sess", repeats=True),
        Option("-id", readers.raw),
        *creation.SERVERS,
    ),
    required=(
        ("-m", "\n\tError: Modulus (-m) is missing.\n"),
        ("-e", "\n\tError: Public exponant (-e) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Makes an RSA public key of a modulus and an exponent on the HSMs of the cluster.",
        "\nSyntax: createPublicKey -h -m <modulus> -e <exponent> -l <label>\n"
        "\t\t\t[-sess] [-id <key ID>]\n"
        f"\t\t\t{MIN_SRV_USAGE}\n\n",
        (
            "-m       modulus in hex, as it comes behind Modulus= from",
            "         openssl rsa -pubin -in key.pem -noout -modulus",
            "-e       public exponent, a decimal number",
            "-l       label of the new key",
            "-sess    make a session key",
            "-id      id of the new key; give the private key of",
            "         the pair the same one",
            "-min_srv number of HSMs on which the key must be before the command ends",
            "-timeout seconds to wait for that number",
        ),
    ),
)


def run(shell: Shell, words: list[str]) -> int:
    """Make the key; unlike elsewhere the line with the handle comes before the result."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    modulus = int.from_bytes(values["-m"], "big")
    outcome = shell.client.create_rsa_public(modulus, values["-e"], creation.template_of(values))
    line = LINE.format(outcome.value[0].handle) if outcome.value else ""
    result = results.result("Cfm3CreateRSAPublicKey", outcome.code, shell.profile)
    shell.console.write(line + result + results.block(outcome, shell.profile))
    if outcome.value:
        check_servers(shell, outcome, values, line, complete=outcome.code is errors.RET_OK)
    return outcome.code.number
