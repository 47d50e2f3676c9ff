"""How a legacy tool's output is known, and where CloudHSM CLI's answers hold the same."""

from __future__ import annotations

import re

from migration.reading import kinds

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


# A ``{}`` stands behind what is not there in an answer of another command.
_REFERENCES = {
    kinds.HANDLE: '.data.key{}."key-reference"{}',
    kinds.PUBLIC: '.data.public_key{}."key-reference"{}',
    kinds.PRIVATE: '.data.private_key{}."key-reference"{}',
    kinds.FIRST: '.data.matched_keys{}[0]{}."key-reference"{}',
    kinds.OPENING: '.data.matched_keys{}[]{}."key-reference"{}',
    kinds.LAST: '.data.matched_keys{}[-1]{}."key-reference"{}',
    kinds.ROW_LAST: '.data.matched_keys{}[:15][-1]{}."key-reference"{}',
    kinds.LIST: '.data.matched_keys{}[]{}."key-reference"{}',
    kinds.ROW: '.data.matched_keys{}[:15][]{}."key-reference"{}',
}
COUNT = ".data.total_key_count"
FOUND, NONE_FOUND = f"{COUNT} > 0", f"{COUNT} == 0"


def is_reference(kind: str) -> bool:
    """Return whether a kind of value is a key reference, or several."""
    return kind in _REFERENCES


def reference(kind: str, *, several: bool = False) -> str:
    """Return the jq path of key references; ``several``: one that answers of other commands have no error for."""
    return _REFERENCES[kind].replace("{}", "?" if several else "")
