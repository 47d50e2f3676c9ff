"""genPBEKey: derive a key from a password, which an HSM in FIPS mode refuses."""

from __future__ import annotations

from key_mgmt_util import creation, readers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, Syntax, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SYNTAX = Syntax(
    options=(
        *creation.COMMON,
        Option("-p", readers.text),
        Option("-s", readers.text),
        Option("-c", readers.int32),
        creation.M_VALUE,
    ),
    required=(
        ("-c", "\n\tError: Iteration count (-c) is missing.\n"),
        ("-p", "\n\tError: Password (-p) is missing.\n"),
        ("-s", "\n\tError: Salt value (-s) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Derives a DES3 key from a password.",
        "\nSyntax: genPBEKey -h -l <label > -p <password> -s <salt> -c <iteration count>\n"
        "\t\t\t[-sess] [-nex] [-id <key ID>] [-attest]\n"
        "\t\t\t[-u <user-ids>] [-m_value <0..8>]\n"
        f"\t\t\t{MIN_SRV_USAGE}\n",
        (
            "-l  label of the key",
            "-p  password",
            "-s  salt",
            "-c  number of iterations, 10000 at most",
            "-sess  make a session key",
            "-nex  the key cannot be extracted",
            "-id  id of the key",
            "-u  ids of the users who share the key, with commas between",
            "-attest  check that the HSM's answer is attested",
            "-min_srv  number of HSMs on which the key must be before the command ends",
            "-timeout  seconds to wait for that number",
        ),
    ),
    session_sharing=False,
)


def run(shell: Shell, words: list[str]) -> int:
    """Ask for the key; no HSM here is out of FIPS mode, so that none is ever made."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.generate_pbe(creation.template_of(values))
    return creation.report(shell, "Cfm3GeneratePBEKey", outcome, values, line="")
