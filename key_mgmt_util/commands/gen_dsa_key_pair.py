"""genDSAKeyPair: make a DSA key pair."""

from __future__ import annotations

from functools import partial

from key_mgmt_util import creation, readers, results
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import EndCommand, Option, ShowHelp, Syntax, parse
from shared.mechanisms import MAX_CLUSTER_HSMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from key_mgmt_util.shell import Shell

NOT_DECODED = "\n\tError: Not able to decode core {flag} argument.\n"
TOO_MANY_SERVERS = "\n\tError: Invalid value for -min_srv.\n"
# By whether the HSM is in FIPS mode.
_SIZES = {False: (1024, 2048, 3072), True: (2048, 3072)}


def _strict(flag: str, value: str, say: Callable[[str], None]) -> int:
    number = readers.int64(value, say) if value else None
    if number is None:
        raise ShowHelp(NOT_DECODED.format(flag=flag))
    return number


def _seconds(value: str, say: Callable[[str], None]) -> int:
    return _strict("-timeout", value, say)


def _min_srv(value: str, say: Callable[[str], None]) -> int:
    number = _strict("-min_srv", value, say)
    if number > MAX_CLUSTER_HSMS:
        raise ShowHelp(TOO_MANY_SERVERS)
    return number


SYNTAX = Syntax(
    options=(
        *creation.COMMON,
        Option("-m", readers.int32),
        creation.M_VALUE,
        # This command alone reads these two strictly.
        Option("-min_srv", _min_srv),
        Option("-timeout", _seconds),
    ),
    required=(
        ("-m", "\n\tError: Modulus size (-m) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Makes a DSA key pair on the HSMs of the cluster.",
        "\nSyntax: genDSAKeyPair -h -m <modulus length> -l <label>\n"
        "\t\t\t [-sess] [-nex] [-id <key ID>]\n"
        "\t\t\t [-u <user-ids>] [-m_value <0..8>] [-attest]\n"
        f"\t\t\t {MIN_SRV_USAGE}\n\n",
        (
            "-m  length of the modulus in bits: 1024, 2048 or 3072",
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
    """Make the pair; finding its parameters takes seconds."""
    values = parse(shell, SYNTAX, words, partial(_length_is_wrong, shell))
    if values is None:
        return 0
    outcome = shell.client.generate_dsa(values["-m"], creation.template_of(values))
    line = creation.pair_line(outcome)
    return creation.report(shell, "Cfm3GenerateKeyPair", outcome, values, line, returned=": returned: ")


def _length_is_wrong(shell: Shell, values: dict[str, Any], wants_help: bool) -> bool:
    """Check the length as the HSM's FIPS state allows; the HSM is asked for that even when help will be shown."""
    info = shell.client.partition_info()
    if info.value is None:
        raise EndCommand(results.result("Cfm3GetPartitionInfo", info.code, shell.profile))
    is_fips = info.value.fips_state != 0
    if not wants_help and values["-m"] not in _SIZES[is_fips]:
        shell.console.write(f"Incorrect Modulus Length for {'FIPS' if is_fips else 'NON-FIPS'} mode\n")
        return True
    return wants_help
