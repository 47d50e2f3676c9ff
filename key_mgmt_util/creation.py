"""What all commands that make a key share: their options, the template, and the output behind the result line."""

from __future__ import annotations

import time

from key_mgmt_util import readers, results
from key_mgmt_util.options import Option
from shared import errors
from shared.hsm.keys import Template

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from key_mgmt_util.shell import Shell
    from shared.cluster.client import Outcome
    from shared.store.records import Key

SERVERS = (Option("-min_srv", readers.min_srv), Option("-timeout", readers.seconds))
COMMON = (
    Option("-l", readers.raw),
    Option("-id", readers.raw),
    Option("-sess", repeats=True),
    Option("-nex", repeats=True),
    Option("-u", readers.users),
    Option("-attest", repeats=True),
    *SERVERS,
)
M_VALUE = Option("-m_value", readers.m_value)

# With these an attestation that passes makes an incomplete operation a success (reference 1.9).
_COMPLETED_BY_ATTESTATION = ("Cfm3GenerateSymmetricKey", "Cfm3GeneratePBEKey")

MIN_SRV_TOO_LARGE = (
    "\n Not a valid min_srv count, please check the number of servers in cluster !!"
    "\n Key generation succesful in all servers {count} present in the cluster\n"
)


def template_of(values: dict[str, Any]) -> Template:
    """Return what the options of a command ask of the new key."""
    return Template(
        label=values["-l"],
        key_id=values.get("-id", b""),
        token="-sess" not in values,
        extractable="-nex" not in values,
        users=values.get("-u", ()),
        m_value=values.get("-m_value", 0),
    )


def pair_line(outcome: Outcome[tuple[Key, ...]]) -> str:
    """Return the line with the handles of a new pair; the order of the keys is public, private."""
    public, private = (key.handle for key in outcome.value) if outcome.value else (0, 0)
    return f"\n\tCfm3GenerateKeyPair:    public key handle: {public}    private key handle: {private}\n"


def report(
    shell: Shell,
    api: str,
    outcome: Outcome[tuple[Key, ...]],
    values: dict[str, Any],
    line: str,
    **layout: str,
) -> int:
    """Print the result line, the line with the handles, attestation, block and what -min_srv adds; return the code."""
    say = shell.console.write
    say(results.result(api, outcome.code, shell.profile, **layout))
    if outcome.value is not None:
        say(line)
        if "-attest" in values:
            say(results.ATTESTATION_PASSED)
    say(results.block(outcome, shell.profile))
    if outcome.value is not None:
        attested = api in _COMPLETED_BY_ATTESTATION and "-attest" in values
        check_servers(shell, outcome, values, line, complete=attested or outcome.code is errors.RET_OK)
    return outcome.code.number


def check_servers(
    shell: Shell, outcome: Outcome[tuple[Key, ...]], values: dict[str, Any], line: str, *, complete: bool
) -> None:
    """Do what -min_srv asks for once the key stands (reference 1.8)."""
    say = shell.console.write
    min_srv, timeout = values.get("-min_srv", 0), values.get("-timeout", 0)
    if complete:
        if outcome.successes < min_srv:
            say(MIN_SRV_TOO_LARGE.format(count=outcome.successes))
        return
    assert outcome.value is not None
    handles = [key.handle for key in outcome.value]
    counts = [outcome.successes] * len(handles)
    elapsed = 0
    # A pair is there when both its keys are; a failed look-up counts for neither.
    while min_srv and min(counts) < min_srv and not (timeout and elapsed > timeout):
        shell.console.flush()
        time.sleep(1)
        counts = _look_up(shell, handles, elapsed)
        elapsed += 1
    # Whether a pair is taken back depends on its private key alone.
    if counts[0] >= min_srv:
        say(line)
        return
    say(f"Couldn't verify key sync on {min_srv} servers\nRolling back\n")
    for handle in handles:
        deleted = shell.client.delete_key(handle)
        say(results.result("Cfm3DeleteKey", deleted.code, shell.profile))
        say(results.block(deleted, shell.profile))


def _look_up(shell: Shell, handles: list[int], elapsed: int) -> list[int]:
    """Ask for the new keys once, private key first, and return on how many HSMs each of them is."""
    say = shell.console.write
    kinds = ("key",) if len(handles) == 1 else ("private key", "public key")
    counts = []
    for kind, handle in zip(kinds, reversed(handles), strict=True):
        say(f"\n\tChecking {kind} status ({elapsed} seconds)..\n")
        found = shell.client.find_single_key(handle)
        text = results.block(found, shell.profile)
        if not text:
            code = results.shown(found.code, shell.profile)
            text = (
                f"\n\tChecking key status failed\n\n\tCfm3FindSingleKey returned : 0x{code.number:02x} : {code.text}\n"
            )
        say(text)
        counts.append(found.successes)
    return counts
