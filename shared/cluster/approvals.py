"""The approval file of approveToken: who approves which token, and the files with token and signatures.

The client library reads it, so both tools have one format and the same messages (reference kmu.md, approveToken, and
cmu.md 5).
"""

from __future__ import annotations

import re

from shared.crypto.approvals import KEY_BITS
from shared.hsm.approvals import MAX_PER_FILE, TOKEN_BYTES, Signed
from shared.hsm.base import is_name
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_APPROVALS = 20
MAX_PATH = 255
_TYPES = {1: "CU", 2: "CO"}
_MAX_FILE = 1 << 20

SINGLE, MULTI, COUNT = "Token File Path", "Multi Token File Path", "Number of Approvals"
APPROVER = ("Approver Type", "Approver Name", "Approval File")
_FIELD = re.compile(rf"[ \t]*({'|'.join((MULTI, SINGLE, COUNT, *APPROVER))})[ \t:=]*([^;\r\n]*)")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,9}")


class ApprovalFileError(Exception):
    """What is wrong with the approval file or a file that it names; the message is what the tools print."""


class Approvals(Record):
    """The content of a token file, and the approvals of it."""

    tokens: bytes
    signed: tuple[Signed, ...]


def read_approvals(path: str, caller: str) -> Approvals:
    """Read an approval file and the files that it names; ``caller`` is named by the message about the token's size.

    Raises:
        ApprovalFileError: one of them cannot be used.
    """
    content = _read(path)
    if content is None:
        raise ApprovalFileError(f"Failed to open file: {path}\n")
    fields = list(_fields(content.decode("utf-8", "surrogateescape")))
    head = {name: value for name, value in reversed(fields) if name not in APPROVER}
    if head.get(SINGLE):
        _check_single(_path(SINGLE, head[SINGLE]))
    tokens = _tokens(_path(MULTI, head.get(MULTI, "")), caller)
    count = _number(COUNT, head.get(COUNT, "0"))
    if count > MAX_APPROVALS:
        raise ApprovalFileError(f" number of approvals in the file is more than {MAX_APPROVALS}\n")
    approvers = list(_approvers([field for field in fields if field[0] in APPROVER]))[:count]
    if not count or len(approvers) < count:
        raise ApprovalFileError(
            f"Failed to read Approver Details\nCould only read {len(approvers)}/{count} approvers info\n"
        )
    return Approvals(tokens, tuple(_signed(*approver) for approver in approvers))


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a file; a line that begins with none of their names is a comment."""
    for line in text.split("\n"):
        found = _FIELD.match(line)
        if found:
            yield found.group(1), found.group(2).strip(" \t")


def _approvers(fields: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield the approvers, each three fields in their order, up to the first that is not whole."""
    for start in range(0, len(fields), len(APPROVER)):
        names, values = zip(*fields[start : start + len(APPROVER)], strict=True)
        if names != APPROVER:
            return
        yield values


def _signed(type_text: str, name: str, file: str) -> Signed:
    number = _number(APPROVER[0], type_text)
    if not is_name(name):
        raise _incompatible(APPROVER[1], name)
    if number not in _TYPES:
        raise ApprovalFileError(f"Invalid User Type {number} for {name}\n")
    file = _path(APPROVER[2], file)
    signature = _opened(file)
    if len(signature) < KEY_BITS // 8:
        raise ApprovalFileError(f"failed to read approval from {file}\n")
    return Signed(_TYPES[number], name, signature)


def _check_single(path: str) -> None:
    if len(_opened(path)) < TOKEN_BYTES:
        raise ApprovalFileError(f"failed to read token from {path}\n")


def _tokens(path: str, caller: str) -> bytes:
    content = _opened(path)
    count, rest = divmod(len(content), TOKEN_BYTES)
    if rest:
        raise ApprovalFileError(f"{caller}(): Invalid Token Size: {len(content)}\n")
    if count > MAX_PER_FILE:
        raise ApprovalFileError(f" number of tokens in the file is more than {MAX_PER_FILE}\n")
    if not count:
        raise ApprovalFileError(f"failed to read {count} tokens from {path}\n")
    return content


def _number(field: str, value: str) -> int:
    found = _NUMBER.match(value)
    if not found:
        raise _incompatible(field, value)
    text = found.group()
    return int(text, 16) if text[:2] in ("0x", "0X") else int(text)


def _path(field: str, value: str) -> str:
    if len(value) > MAX_PATH:
        raise _incompatible(field, value)
    return value


def _incompatible(field: str, value: str) -> ApprovalFileError:
    return ApprovalFileError(f"Field {field} has incompatible value of size {len(value)}\n")


def _opened(path: str) -> bytes:
    content = _read(path)
    if content is None:
        raise ApprovalFileError(f"failed to open {path}\n")
    return content


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_FILE)
    except (OSError, ValueError):  # the latter for a NUL in the path
        return None
