"""getHSMInfo: the figures of every server's HSM; no login is needed."""

from __future__ import annotations

from cloudhsm_mgmt_util.rounds import read
from shared.mechanisms import FIPS_STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.hsm.inspection import HsmInfo

SYNTAX = "getHSMInfo"
ARGUMENTS = (0, 0)

HEADING = " " * 16 + "*** Server {server.number} HSM Info ***\n"


def run(shell: Shell, _: list[str]) -> None:
    """Print the blocks, in global mode each under its heading."""
    heading = HEADING if shell.current is None else ""
    if heading:
        shell.console.write(f"Getting HSM Info on {len(shell.servers)} nodes\n")

    def request(server: Server) -> str:
        return f"{heading.format(server=server)}\n{_block(server.hsm.info())}\n"

    read(shell, "getHSMInfo", request, heading)


def _block(info: HsmInfo) -> str:
    groups = (
        (("Label", info.label), ("Model", info.model)),
        (
            ("Serial Number", info.serial),
            ("HSM Flags", info.flags),
            ("FIPS state", f"{info.fips_state} [{FIPS_STATES[info.fips_state]}]"),
        ),
        (
            ("Manufacturer ID", info.manufacturer_id),
            ("Device ID", info.device_id),
            ("Class Code", info.class_code),
            ("System vendor ID", info.system_vendor_id),
            ("SubSystem ID", info.subsystem_id),
        ),
        (),
        (
            ("TotalPublicMemory", info.total_public_memory),
            ("FreePublicMemory", info.free_public_memory),
            ("TotalPrivateMemory", info.total_private_memory),
            ("FreePrivateMemory", info.free_private_memory),
        ),
        (("Hardware Major", info.hardware_major), ("Hardware Minor", info.hardware_minor)),
        (("Firmware Major", info.firmware_major), ("Firmware Minor", f"{info.firmware_minor:02d}")),
        (("Temperature", f"{info.temperature} C"),),
        (("Build Number", info.build),),
        (("Firmware ID", info.firmware_id),),
    )
    return "\n".join("".join(f"       \t{label:<21}:{value}\n" for label, value in group) for group in groups)
