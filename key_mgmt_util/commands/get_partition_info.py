"""getPartitionInfo: the figures of the HSM's partition."""

from __future__ import annotations

from key_mgmt_util import results
from key_mgmt_util.help_text import no_options
from shared.mechanisms import FIPS_STATES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.hsm.partition import PartitionInfo

HEADING = "\n\tGetting Partition Info"


def run(shell: Shell, words: list[str]) -> int:
    """Print the figures of the first HSM; nobody need be logged in."""
    if words:
        shell.console.write(no_options("Shows the figures of the partition."))
        return 0
    outcome = shell.client.partition_info()
    if outcome.value is None:
        text = results.result("Cfm3GetPartitionInfo", outcome.code, "3.x")  # this layout in both profiles
    else:
        text = _layout(outcome.value)
    shell.console.write(HEADING + text)
    return outcome.code.number


def _layout(info: PartitionInfo) -> str:
    numbers = (
        ("MaxUsers", info.max_users),
        ("AvailableUsers", info.available_users),
        ("MaxKeys", info.max_keys),
        ("OccupiedTokenKeys", info.token_keys),
        ("OccupiedSessionKeys", info.session_keys),
        ("TotalSSLCtxs", info.max_ssl_contexts),
        ("OccupiedSSLCtxs", info.ssl_contexts),
        ("MaxAcclrDevCount", info.accelerators),
        ("SessionCount", info.sessions),
        ("MaxPswdLen", info.max_password),
        ("MinPswdLen", info.min_password),
        ("CloningMethod", info.cloning_method),
        ("KekMethod", info.kek_method),
        ("CertAuth", info.certificate_authentication),
        ("BlockDeleteUserWithKeys", info.keeps_users_with_keys),
        ("TwoKeyBackup", info.two_key_backup),
        ("Nvalue", info.n_value),
        *((f"MValue[{name:>12}]", value) for name, value in info.m_values.items()),
        ("Node ID", info.node),
    )
    lines = [
        ("name", f"{info.name}  "),
        ("status", f"{info.status}  "),
        ("FIPS state", f"{info.fips_state} [{FIPS_STATES[info.fips_state]}]"),
        *((label, f"{value:5} ") for label, value in numbers),
        ("Group ID", f"{info.group} "),
        ("MCO backup/restore", f" {info.backup_by_officers} "),
        ("Audit Log Status", f" {info.audit_log} "),
        ("PCO fixed key fingerprint", f" {info.fingerprint}"),
    ]
    text = [f"\t{label:<28}:{value}\n" for label, value in lines]
    # The one label of two lines; the second is padded.
    text.insert(-3, f"\tExport with user keys\n\t{' (Other than KEK)':<28}: {info.export_with_user_keys} \n")
    return "\n" + "".join(text) + "\n"
