"""What key_mgmt_util prints when all goes well, in worlds that differ in handles, numbers of HSMs and of keys."""

from __future__ import annotations

_BASES = (6, 262150, 1310745, 27)
_NODES = (3, 1, 2, 4)
# How many keys a search finds.
_FOUND = (1, 3, 17, 0)
WORLDS = len(_BASES)
_STEP, _PER_LINE = 40, 15
_API = {
    "deleteKey": "Cfm3DeleteKey",
    "findKey": "Cfm3FindKey",
    "genSymKey": "Cfm3GenerateSymmetricKey",
    "importPubKey": "Cfm3CreatePublicKey",
    "loginHSM": "Cfm3LoginHSM",
    "logoutHSM": "Cfm3LogoutHSM",
    "unWrapKey": "Cfm3UnWrapKey",
}
_LINES = {
    "genSymKey": "\n\tSymmetric Key Created.  Key Handle: {}\n",
    "imSymKey": "\n\tSymmetric Key Imported.  Key Handle: {} \n",
    "importPrivateKey": "\n\tPrivate Key Imported.  Key Handle: {} \n",
    "importPubKey": "\nPublic Key Handle: {} \n",
    "unWrapKey": "\n\tKey Unwrapped.  Key Handle: {} \n",
}
_IMPORTS = ("imSymKey", "importPrivateKey")
PAIRS = ("genDSAKeyPair", "genECCKeyPair", "genRSAKeyPair", "rsaGenKeyPair")
BANNER = (
    "\n\tCfm3Initialize() returned app id : 01000000 \n\n\tsession_handle 1000000 \n"
    "\n\tCurrent FIPS mode is: 00000002\n"
)
PROMPT = "\nCommand:  "


def known(name: str) -> bool:
    """Return whether the output of a command is known."""
    return name in _API or name in _LINES or name in PAIRS or name in ("exit", "quit")


def output(name: str, step: int) -> tuple[str, ...]:
    """Return what a command prints, in each world; ``step`` makes its handles different from those of others."""
    return tuple(_output(name, step, world) for world in range(WORLDS))


def parts(name: str, step: int) -> dict[str, tuple[int | None, ...]]:
    """Return what can be taken out of a command's output: each part's number in each world."""
    first = tuple(_handle(step, world) for world in range(WORLDS))
    if name in _LINES:
        return {"handle": first}
    if name in PAIRS:
        return {"public": first, "private": tuple(number + 1 for number in first)}
    if name == "findKey":
        return {
            "count": _FOUND,
            "first": tuple(number if count else None for number, count in zip(first, _FOUND, strict=True)),
        }
    return {}


def _handle(step: int, world: int) -> int:
    return _BASES[world] + _STEP * step


def _output(name: str, step: int, world: int) -> str:
    if name in ("exit", "quit"):
        return ""
    handle = _handle(step, world)
    nodes = "".join(f"\tNode id {node} status: 0x00000000 : HSM Return: SUCCESS\n" for node in range(_NODES[world]))
    status = f"\n\tCluster Status:\n{nodes}"
    if name == "findKey":
        return f"{_listing(handle, _FOUND[world])}{status}{_result(_API[name])}"
    if name in PAIRS:
        said = f"{_result('Cfm3GenerateKeyPair')}\n\tCfm3GenerateKeyPair:    public key handle: {handle}"
        return f"{said}    private key handle: {handle + 1}\n{status}"
    if name in _IMPORTS:
        steps = ("Cfm3ImportWrapKey", "Cfm3CreateUnwrapTemplate2", "Cfm3ImportUnWrapKey")
        return f"{''.join(map(_result, steps))}{_LINES[name].format(handle)}{status}"
    return (
        f"{_result(_API.get(name, f'Cfm3{name[:1].upper()}{name[1:]}'))}{_LINES.get(name, '').format(handle)}{status}"
    )


def _result(api: str) -> str:
    return f"\n\t{api} returned: 0x00 : HSM Return: SUCCESS\n"


def _listing(first: int, count: int) -> str:
    text = f"\n\tTotal number of keys present: {count}\n"
    if count:
        handles = [str(first + index) for index in range(count)]
        rows = [", ".join(handles[start : start + _PER_LINE]) for start in range(0, count, _PER_LINE)]
        text += f"\n\tNumber of matching keys from start index 0::{count - 1}\n\n\tHandles of matching keys:\n\t"
        text += ", \n\t".join(rows) + "\n"
    return text
