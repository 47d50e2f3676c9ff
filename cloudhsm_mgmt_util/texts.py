"""Texts that several commands print, in both profiles; those marked ours are in no reference."""

from __future__ import annotations

_CAUTION = (
    "*************************CAUTION********************************\n"
    "This is a CRITICAL operation, should be done on all nodes in the\n"
    "{body}"
    "****************************************************************\n"
    "\n"
)
# The trailing blanks are real (session of 2021).
BANNERS = {
    "3.x": _CAUTION.format(
        body="cluster. AWS does NOT synchronize these changes automatically with the \n"
        "nodes on which this operation is not executed or failed, please \n"
        "ensure this operation is executed on all nodes in the cluster.  \n"
    ),
    "1.x": _CAUTION.format(
        body="cluster. Cav server does NOT synchronize these changes with the\n"
        "nodes on which this operation is not executed or failed, please\n"
        "ensure this operation is executed on all nodes in the cluster.\n"
    ),
}
CONTINUE = "Do you want to continue(y/n)?"
INVALID_OPTION = "Invalid option, please type 'y' or 'n'\n\n"
RETRY_IGNORE_ABORT = "Retry/Ignore/Abort?(R/I/A):"
RETRY_ROLLBACK_IGNORE = "Retry/rollBack/Ignore?(R/B/I):"

PASSWORD = "Enter password: "  # noqa: S105 - a prompt
PASSWORD_AGAIN = "Re-enter password: "  # noqa: S105 - a prompt
NEW_PASSWORD = "Enter new password: "  # noqa: S105 - a prompt
NEW_PASSWORD_AGAIN = "Re-enter new password: "  # noqa: S105 - a prompt

_DISCONNECTING = "disconnecting from servers, please wait...\n"
# The guide of 2017 shows two empty lines before it.
DISCONNECTING = {"3.x": _DISCONNECTING, "1.x": f"\n\n{_DISCONNECTING}"}

# Ours.
USAGE = "Usage: cloudhsm_mgmt_util <config file>\n"
CONFIG_UNREADABLE = "Failed to read configuration file {path}\n"
PASSWORDS_DIFFER = "Passwords do not match\n"
UNKNOWN_COMMAND = "Unknown command: {word}\n"
AMBIGUOUS_COMMAND = "Ambiguous command: {word}\n"
INVALID_SERVER = "Invalid server id\n"
E2E_NEEDED = "E2E is not enabled on server {server}\n"
FILE_UNWRITABLE = "Failed to open file {path}\n"
FILE_UNREADABLE = "Failed to read file {path}\n"
