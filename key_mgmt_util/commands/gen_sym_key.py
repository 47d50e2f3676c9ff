"""genSymKey: make a symmetric key."""

from __future__ import annotations

from key_mgmt_util import creation, readers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax, parse
from shared.mechanisms import FIPS_STATE, KEY_RC4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

RC4_REFUSED = "\n RC4 is not allowed in FIPS mode\n\n Current FIPS mode: {state:08x}\n"

SYNTAX = Syntax(
    options=(*creation.COMMON, Option("-t", readers.int32), Option("-s", readers.int32), creation.M_VALUE),
    required=(
        ("-t", "\n\tError: Key type (-t) is missing.\n"),
        ("-s", "\n\tError: Key size (-s) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Makes a symmetric key on the HSMs of the cluster.",
        "\nSyntax: genSymKey -h -l <label > -t <key type> -s <key size>\n"
        "\t\t\t[-sess] [-id <key ID>] [-nex] [-attest]\n"
        "\t\t\t[-u <user-ids>] [-m_value <0..8>]\n"
        f"\t\t\t{MIN_SRV_USAGE}\n",
        (
            "-l  label of the key",
            "-t  type of the key (16 = GENERIC_SECRET, 18 = RC4, 21 = DES3, 31 = AES)",
            "-s  size of the key in bytes:",
            "    AES 16, 24 or 32; DES3 24; RC4 up to 256; GENERIC_SECRET up to 3584",
            "-sess  make a session key",
            "-id  id of the key",
            "-nex  the key cannot be extracted",
            "-u  ids of the users who share the key, with commas between",
            "-m_value  number of users who must approve the use of the key",
            "-min_srv  number of HSMs on which the key must be before the command ends",
            "-timeout  seconds to wait for that number",
            "-attest  check that the HSM's answer is attested",
        ),
    ),
    session_sharing=False,
)


def run(shell: Shell, words: list[str]) -> int:
    """Make the key."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    if values["-t"] == KEY_RC4:
        shell.console.write(RC4_REFUSED.format(state=FIPS_STATE))
        return 0
    outcome = shell.client.generate_secret(values["-t"], values["-s"], creation.template_of(values))
    handle = outcome.value[0].handle if outcome.value else 0
    line = f"\n\tSymmetric Key Created.  Key Handle: {handle}\n"
    return creation.report(shell, "Cfm3GenerateSymmetricKey", outcome, values, line)
