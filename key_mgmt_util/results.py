"""Result lines and cluster status blocks, in both profiles (reference 1.6 to 1.9)."""

from __future__ import annotations

from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from shared.cluster.client import NodeStatus, Outcome
    from shared.errors import Code

# What the client library makes of the firmware's answer before KMU sees it.
_SHOWN = {
    "3.x": {
        errors.LOGIN_FAILURE: errors.CLIENT_LOGIN_FAILURE,
        errors.NOT_AUTHORIZED: errors.KEY_ACCESS_DENIED,
    },
    "1.x": {
        errors.KEY_NOT_FOUND: errors.INVALID_HANDLE,
        errors.NOT_AUTHORIZED: errors.KEY_ACCESS_DENIED,
    },
}


def shown(code: Code, profile: str) -> Code:
    """Return the code that KMU shows for a request as a whole."""
    return _SHOWN[profile].get(code, code)


def result(api: str, code: Code, profile: str, returned: str = " returned: ") -> str:
    """Return the result line of an API call; ``returned`` is what stands between its name and the code."""
    code = shown(code, profile)
    separator = ": " if code is errors.RET_OK or profile == "1.x" else "\n\n\t"
    return f"\n\t{api}{returned}0x{code.number:02x} {separator}{code.text}\n"


def block(outcome: Outcome[Any], profile: str) -> str:
    """Return the cluster status block, empty for a host library's code or when no HSM was asked.

    Nobody logged in and a key that is nowhere come without one (choice; 1.x shows it for the key).
    """
    without = [errors.NOT_LOGGED_IN]
    if profile != "1.x":
        without.append(errors.KEY_NOT_FOUND)
    if shown(outcome.code, profile).is_host or outcome.code in without or not outcome.nodes:
        return ""
    return header(profile) + "".join(_node(status, profile) for status in outcome.nodes)


def header(profile: str) -> str:
    """Return the first line of a cluster status block."""
    return "\n\tCluster Error Status\n" if profile == "1.x" else "\n\tCluster Status:\n"


def _node(status: NodeStatus, profile: str) -> str:
    word = "and err state" if profile == "1.x" else "status:"
    code = errors.KEY_ACCESS_DENIED if status.code is errors.NOT_AUTHORIZED else status.code
    return f"\tNode id {status.node} {word} 0x{code.number:08x} : {code.text}\n"


ATTESTATION_PASSED = "\n\tAttestation Check : [PASS]\n"
