"""genECCKeyPair: make an EC key pair."""

from __future__ import annotations

from key_mgmt_util import creation, readers
from key_mgmt_util.help_text import MIN_SRV_USAGE, Help
from key_mgmt_util.options import EndCommand, Option, Syntax, parse
from shared.mechanisms import CURVES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from key_mgmt_util.shell import Shell

_CURVE_LIST = "\nThe following are the HSM supported ECC Curves\n" + "".join(
    f"\n      {name:<25}- {number}" for number, (name, _, _) in CURVES.items()
)
INVALID_CURVE = f"\n\tError: Invalid EC Curve ID.\n{_CURVE_LIST}\n"


def _curve(value: str, say: Callable[[str], None]) -> int:
    number = readers.int32(value, say)
    if number not in CURVES:
        raise EndCommand(INVALID_CURVE)
    return number


SYNTAX = Syntax(
    options=(*creation.COMMON, Option("-i", _curve), creation.M_VALUE),
    required=(
        ("-i", "\n\tError: Curve id (-i) is missing.\n"),
        ("-l", "\n\tError: Key label (-l) is missing.\n"),
    ),
    help=Help(
        "Makes an EC key pair on the HSMs of the cluster.",
        "\nSyntax: genECCKeyPair -h -i <EC curve id> -l <label>\n"
        "\t\t\t [-sess] [-nex] [-id <key ID>]\n"
        "\t\t\t [-u <user-ids>] [-m_value <0..8>] [-attest]\n"
        f"\t\t\t {MIN_SRV_USAGE}\n\n",
        (
            "-i        id of the curve",
            "-l        label of both keys",
            "-sess     make session keys",
            "-id       id of both keys",
            "-nex      the private key cannot be extracted",
            "-u        ids of the users who share the private key, with commas between",
            "-m_value  number of users who must approve the use of the private key",
            "-attest   check that the HSM's answer is attested",
            "-min_srv  number of HSMs on which the keys must be before the command",
            "          ends; without a timeout it waits until they are there,",
            "          with one the keys are deleted when it is over",
            "-timeout  seconds to wait for that number of HSMs; it is of use",
            "          with -min_srv only",
        ),
        tail=f"\n{_CURVE_LIST}\n\n",
    ),
    session_sharing=False,
)


def run(shell: Shell, words: list[str]) -> int:
    """Make the pair; which curves FIPS mode allows is the HSM's to say."""
    values = parse(shell, SYNTAX, words)
    if values is None:
        return 0
    outcome = shell.client.generate_ec(values["-i"], creation.template_of(values))
    return creation.report(shell, "Cfm3GenerateKeyPair", outcome, values, creation.pair_line(outcome))
