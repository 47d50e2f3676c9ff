"""getHSMInfo: the figures of the HSM."""

from __future__ import annotations

from key_mgmt_util.help_text import no_options
from shared.mechanisms import FIPS_STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.hsm.inspection import HsmInfo

MAX_LABEL = 50


def run(shell: Shell, words: list[str]) -> int:
    """Print the figures of the first HSM; nobody need be logged in."""
    if words:
        shell.console.write(no_options("Shows the figures of the HSM."))
        return 0
    outcome = shell.client.hsm_info()
    if outcome.value is None:
        code = outcome.code
        shell.console.write(f"\n\tCfm3GetHSMInfo2 Failure: 0x{code.number:02x} : {code.text}\n")
    else:
        shell.console.write(_layout(outcome.value))
    return outcome.code.number


def _layout(info: HsmInfo) -> str:
    lines: tuple[tuple[str, str], ...] = (
        ("Label", info.label[:MAX_LABEL]),
        ("Model", info.model),
        ("Serial Number", info.serial),
        ("HSM Flags", f"{info.flags}"),
        ("FIPS state", f"{info.fips_state} [{FIPS_STATES[info.fips_state]}]"),
        ("", ""),
        ("Manufacturer ID", info.manufacturer_id or " "),
        ("Device ID", info.device_id),
        ("Class Code", info.class_code),
        ("System vendor ID", info.system_vendor_id),
        ("SubSystem ID", info.subsystem_id),
        ("", ""),
        ("", ""),
        ("TotalPublicMemory", f"{info.total_public_memory}"),
        ("FreePublicMemory", f"{info.free_public_memory}"),
        ("TotalPrivateMemory", f"{info.total_private_memory}"),
        ("FreePrivateMemory", f"{info.free_private_memory}"),
        ("", ""),
        ("Hardware Major", info.hardware_major),
        ("Hardware Minor", info.hardware_minor),
        ("", ""),
        ("Firmware Major", f"{info.firmware_major}"),
        ("Firmware Minor", f"{info.firmware_minor:02}"),
        ("", ""),
        ("Temperature", f"{info.temperature} C"),
        ("", ""),
        ("Build Number", info.build),
        ("", ""),
        ("Firmware ID", info.firmware_id),
        ("", ""),
    )
    return "\n" + "".join(f"\t{label:<21}:{value}\n" if label else "\n" for label, value in lines)
