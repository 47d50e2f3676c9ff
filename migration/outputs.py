"""What scripts take out of a legacy tool's output, and the jq that takes it out of CloudHSM CLI's."""

from __future__ import annotations

import re
from typing import NamedTuple

# Text that only a legacy tool prints.
LEGACY = re.compile(
    r"HSM Return|returned: ?0x|Key Handle|Handle:|key handle|Handles of matching|Total number of keys|success on server"
    r"|(?:createUser|changePswd|loginHSM|deleteUser|shareKey|setAttribute)[^|;]* (?:success|failed)|loginHSM|logged-in"
    r"|Number of (?:users|keys) found|Number Of Users|HSM Error|RET_[A-Z]|aws-cloudhsm>|Cfm[23](?!Util)[A-Z]\w+|Node id"
    r"|Cluster Status|Private Key Imported|Symmetric Key|E2E enabled|Attribute Value"
    r"|libevmulti_init|Updating cluster|cloudhsm_client\.log|/daemon/1/cluster\.info"
    r"|cloudhsm_(?:mgmt_util|client)\.cfg|/cloudhsm/bin/configure",
)
_QUIET = re.compile(r"grep\s+(?:-\w*q\w*|--quiet)|>\s*/dev/null")
_GONE = re.compile(
    r"0x[1-9a-fA-F][0-9a-fA-F]{2,}|[Ff]ailed|Error|LOGIN_FAILURE|already|doesn't|Description|Available|missing|-v\b"
)
_PAIRS = ("genRSAKeyPair", "genECCKeyPair", "genDSAKeyPair")
_COUNT = re.compile(r"Total number of keys present:? *(\d+)")


class Reading(NamedTuple):
    """How an output is read now: ``jq`` words for bash, and what kind of value it gives."""

    jq: str
    what: str


def reading(stages: str, command: str) -> Reading | None:
    """Return the jq form of commands that read a command's output, None if they are not known."""
    quiet = bool(_QUIET.search(stages))
    if re.search(r"\bwhile\b|\bfor\b|\bxargs\b|\btee\b", stages):
        return None
    if count := _COUNT.search(stages):
        return Reading(f"jq -e '.data.total_key_count == {count[1]}' > /dev/null", "test")
    if quiet and _GONE.search(stages):
        return None
    if quiet and re.search(r"SUCCESS|success|0x00|Created|Imported|found", stages):
        return Reading("jq -e '.error_code == 0' > /dev/null", "test")
    if quiet:
        return None
    found = _value(stages, command)
    return None if found is None else Reading(f"jq -r '{found[0]}'", found[1])


def _value(stages: str, command: str) -> tuple[str, str] | None:  # noqa: PLR0911 - one a pattern
    if re.search(r"Total number of keys", stages):
        return ".data.total_key_count", "count"
    if re.search(r"Number [Oo]f [Uu]sers [Ff]ound", stages):
        return ".data.users | length", "count"
    if re.search(r"Handles of matching", stages):
        return '.data.matched_keys[0]."key-reference" // empty', "handle"
    if command in _PAIRS:
        for part in ("public", "private"):
            if part in stages:
                return reference(part), part
        return None
    if re.search(r"Handle:|Key Handle|Handle", stages):
        return reference("handle"), "handle"
    return None


def reference(part: str) -> str:
    """Return the jq path of a key reference: ``handle`` of a single key, ``public`` or ``private`` of a pair."""
    if part == "count":
        return ".data.total_key_count"
    if part == "first":
        return '.data.matched_keys[0]."key-reference"'
    key = "key" if part == "handle" else f"{part}_key"
    return f'.data.{key}."key-reference"'
