"""The token files: JSON, version 2.0, written for people to sign and read back with their signatures.

Their fields are those of the guide's pages on quorum and on second factors (reference sdk5-cli.md, 13 and 14).
"""

from __future__ import annotations

import binascii

from cloudhsm_cli import output, texts
from cloudhsm_cli.data import base64
from cloudhsm_cli.files import read_file, write_file
from cloudhsm_cli.texts import CommandError
from shared.hsm.approvals import Presented, Signed
from shared.hsm.quorum import KEY_SERVICES, MANAGE_KEY, USE_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cloudhsm_cli.output import Data

VERSION = "2.0"
KEY_SERVICE_NAMES = {USE_KEY: "key-usage", MANAGE_KEY: "key-management"}
_TYPES = {"admin": "CO", "crypto-user": "CU"}


def write_factor_tokens(path: str, challenges: Iterable[bytes]) -> None:
    """Write what is to be signed for a second factor, a token an HSM; CommandError if it cannot be written."""
    _write(path, {"version": VERSION, "tokens": [{"unsigned": base64(it), "signed": ""} for it in challenges]})


def read_factor_tokens(path: str) -> dict[bytes, bytes]:
    """Return the signatures by what they are said to sign; CommandError if the file is none of these."""
    tokens = _list(_object(path, texts.MALFORMED_FILE), "tokens", texts.MALFORMED_FILE)
    return {
        _bytes(token, "unsigned", texts.MALFORMED_FILE): _bytes(token, "signed", texts.MALFORMED_FILE)
        for token in tokens
    }


def write_registration(path: str, blocks: Iterable[bytes]) -> None:
    """Write a token that proves the possession of a quorum key; CommandError if it cannot be written."""
    data = Presented(b"".join(blocks), ())
    token: Data = {"approval_data": base64(data.approval_data), "unsigned": base64(data.digest()), "signed": ""}
    _write(path, {"version": VERSION, "tokens": [token]})


def read_registration(path: str) -> Presented:
    """Return the token of a registration with its one signature; CommandError if the file is none."""
    wrong = texts.MALFORMED_FILE
    tokens = _list(_object(path, wrong), "tokens", wrong)
    if len(tokens) != 1:
        raise CommandError(wrong)
    signed = Signed("", "", _bytes(tokens[0], "signed", wrong))
    found = Presented(_bytes(tokens[0], "approval_data", wrong), (signed,))
    if _bytes(tokens[0], "unsigned", wrong) != found.digest():
        raise CommandError(wrong)
    return found


def write_token(path: str, service: int, blocks: Iterable[bytes], handle: int = 0) -> None:
    """Write a quorum token of a service, for approvers to sign; CommandError if it cannot be written."""
    token = Presented(b"".join(blocks), ())
    head: dict[str, Data] = {"version": VERSION}
    if service in KEY_SERVICES:
        head |= {"service": KEY_SERVICE_NAMES[service], "key_reference": f"0x{handle:016x}"}
    _write(
        path, head | {"approval_data": base64(token.approval_data), "token": base64(token.digest()), "signatures": []}
    )


def read_approval(path: str) -> Presented:
    """Return the token of a file and the approvals in it.

    Raises:
        CommandError: the file cannot be read, or is no such file.
    """
    wrong = texts.QUORUM_FAILED
    content = _object(path, wrong)
    signed = []
    for entry in _list(content, "signatures", wrong):
        name, role = entry.get("username"), entry.get("role", "")
        if not isinstance(name, str) or not isinstance(role, str) or (role and role not in _TYPES):
            raise CommandError(wrong)
        default = "CU" if "service" in content else "CO"
        signed.append(Signed(_TYPES.get(role, default), name, _bytes(entry, "signature", texts.BAD_SIGNATURE)))
    found = Presented(_bytes(content, "approval_data", wrong), tuple(signed))
    if _bytes(content, "token", wrong) != found.digest():
        raise CommandError(wrong)
    return found


def _write(path: str, content: Data) -> None:
    write_file(path, f"{output.render(content)}\n".encode())


def _object(path: str, wrong: str) -> dict[str, Any]:
    import json

    content = read_file(path, too_long=wrong)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CommandError(wrong) from error
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise CommandError(wrong)
    return found


def _list(content: dict[str, Any], name: str, wrong: str) -> list[dict[str, Any]]:
    found = content.get(name)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise CommandError(wrong)
    return found


def _bytes(content: dict[str, Any], name: str, wrong: str) -> bytes:
    found = content.get(name)
    if not isinstance(found, str):
        raise CommandError(wrong)
    try:
        return binascii.a2b_base64("".join(found.split()), strict_mode=True)
    except ValueError as error:
        raise CommandError(wrong) from error
