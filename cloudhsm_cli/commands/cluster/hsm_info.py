"""cluster hsm-info: hardware and firmware of every HSM; nobody need be logged in."""

from __future__ import annotations

from cloudhsm_cli.arguments import Syntax
from shared.mechanisms import FIPS_STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.hsm.inspection import HsmInfo

SYNTAX = Syntax()
VENDOR = "Marvell Semiconductors, Inc."


def run(shell: Shell, values: Values) -> Data:
    """Return an entry for each HSM that is up."""
    return {"hsms": [_entry(info) for info in shell.connect(values).fleet.all(lambda hsm: hsm.info())]}


def _entry(info: HsmInfo) -> dict[str, Data]:
    return {
        "vendor": VENDOR,
        "model": info.model,
        "serial-number": info.serial,
        "hardware-version-major": info.hardware_major,
        "hardware-version-minor": info.hardware_minor,
        "firmware-version-major": str(info.firmware_major),
        "firmware-version-minor": str(info.firmware_minor),
        "firmware-build-number": info.build,
        "firmware-id": info.firmware_id,
        "fips-state": f"{info.fips_state} [{FIPS_STATES[info.fips_state]}]",
    }
