"""How a legacy tool's output is known, and where CloudHSM CLI's answers hold the same."""

from __future__ import annotations

import re

# Text that only a legacy tool prints.
LEGACY = re.compile(
    r"HSM Return|returned: ?0x|Key Handle|Handle:|key handle|Handles of matching|Total number of keys|success on server"
    r"|(?:createUser|changePswd|loginHSM|deleteUser|shareKey|setAttribute)[^|;]* (?:success|failed)|loginHSM|logged-in"
    r"|Number of (?:users|keys) found|Number Of Users|HSM Error|RET_[A-Z]|aws-cloudhsm>|Cfm[23](?!Util)[A-Z]\w+|Node id"
    r"|Key Created|Key Imported|Key Unwrapped|keys? present: ?[\d(\[]|already created|user doesn't exist|OBJ_ATTR_"
    r"|Cluster Status|Private Key Imported|Symmetric Key|E2E enabled|Attribute Value"
    r"|libevmulti_init|Updating cluster|cloudhsm_client\.log|/daemon/1/cluster\.info"
    r"|cloudhsm_(?:mgmt_util|client)\.cfg|/cloudhsm/bin/configure",
)


def reference(part: str) -> str:
    """Return the jq path of a key reference: ``handle`` of a single key, ``public`` or ``private`` of a pair."""
    if part == "count":
        return ".data.total_key_count"
    if part == "first":
        return '.data.matched_keys[0]."key-reference"'
    if part == "last":
        return '.data.matched_keys[-1]."key-reference"'
    if part == "list":
        return '.data.matched_keys[]."key-reference"'
    key = "key" if part == "handle" else f"{part}_key"
    return f'.data.{key}."key-reference"'
