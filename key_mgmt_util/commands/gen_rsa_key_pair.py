"""genRSAKeyPair: make an RSA key pair."""

from __future__ import annotations

from key_mgmt_util import creation, readers, results
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import Option, ShowHelp, Syntax, parse
from shared.mechanisms import MAX_M_VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from key_mgmt_util.shell import Shell

INVALID_M_VALUE = f"\n\tError: Invalid m_value.\n\n\tValid m_value range is 1 to {MAX_M_VALUE}\n"
_MAX_BITS = 4096
_STEP_BITS = 256


def _m_value(value: str, say: Callable[[str], None]) -> int:
    try:
        return readers.m_value(value, say)
    except ShowHelp:
        raise ShowHelp(INVALID_M_VALUE) from None


SYNTAX = Syntax(
    options=(
        *creation.COMMON,
        Option("-m", readers.int32),
        Option("-e", readers.exponent),
        Option("-m_value", _m_value),
    ),
    required=(
        ("-m", "\n\tError: Modulus size (-m) is missing.\n"),
        ("-e", "\n\tError: Public exponant (-e) is missing or invalid input passed\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Makes an RSA key pair on the HSMs of the cluster.",
        "\nSyntax: genRSAKeyPair -h -m <modulus length> -e <public exponent> -l <label>\n"
        "\t\t\t [-sess] [-nex] [-id <key ID>]\n"
        "\t\t\t [-u <user-ids>] [-m_value <0..8>] [-attest]\n"
        f"\t\t\t {MIN_SRV_USAGE}\n\n",
        (
            "-m  length of the modulus in bits, eg. 2048",
            "-e  public exponent, an odd number from 65537 on",
            "-l  label of both keys",
            "-sess  make session keys",
            "-id  id of both keys",
            "-nex  the private key cannot be extracted",
            "-u  ids of the users who share the private key, with commas between",
            "-m_value  number of users who must approve the use of the private key",
            "-attest  check that the HSM's answer is attested",
            "-min_srv  number of HSMs on which the keys must be before the command ends",
            "-timeout  seconds to wait for that number",
        ),
    ),
    session_sharing=False,
)


def run(shell: Shell, words: list[str]) -> int:
    """Make the pair. Its length is checked here, as the HSM's FIPS state allows; the exponent by the HSM."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    info = shell.client.hsm_info()
    if info.value is None:
        shell.console.write(results.result("Cfm3GetPartitionInfo", info.code, shell.profile))
        return info.code.number
    mode, smallest = ("FIPS", 2048) if info.value.fips_state else ("NON-FIPS", 1024)
    if not smallest <= values["-m"] <= _MAX_BITS or values["-m"] % _STEP_BITS:
        shell.console.write(f"Incorrect Modulus Length for {mode} mode\n{SYNTAX.help.render()}")
        return 0
    outcome = shell.client.generate_rsa(values["-m"], values["-e"], creation.template_of(values))
    return creation.report(shell, "Cfm3GenerateKeyPair", outcome, values, creation.pair_line(outcome))
