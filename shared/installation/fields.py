"""Checked values out of a configuration file's JSON; errors say where the wrong one stands."""

from __future__ import annotations

from shared.installation.files import malformed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DIGITS = 20


def section(path: str, where: str, parent: Any, name: str, default: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the object ``name`` of ``parent``, which stands at ``where`` in the file at ``path``.

    Raises:
        InstallationError: ``parent`` or the value is no object, or the value is missing and has no default.
    """
    if not isinstance(parent, dict):
        raise malformed(path, f"{where} is no JSON object" if where else "no JSON object")
    value = parent.get(name, default)
    if not isinstance(value, dict):
        raise malformed(path, f"{_dotted(where, name)} is {_fault(value)} object")
    return value


def sections(path: str, parent: Any, name: str) -> list[dict[str, Any]]:
    """Return the list ``name`` of the file's outermost object, every member of which is an object.

    Raises:
        InstallationError: something there is of another kind, or missing.
    """
    if not isinstance(parent, dict):
        raise malformed(path, "no JSON object")
    value = parent.get(name)
    if not isinstance(value, list):
        raise malformed(path, f"{name} is {_fault(value)} list")
    for position, member in enumerate(value):
        if not isinstance(member, dict):
            raise malformed(path, f"{name}[{position}] is no JSON object")
    return value


def text(path: str, where: str, parent: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return the text ``name`` of ``parent``.

    Raises:
        InstallationError: it is no text, or missing and has no default.
    """
    value = parent.get(name, default)
    if not isinstance(value, str):
        raise malformed(path, f"{_dotted(where, name)} is {_fault(value)} text")
    return value


def number(path: str, where: str, parent: dict[str, Any], name: str, default: int) -> int:
    """Return the whole number ``name`` of ``parent``, which may stand in quotes: shells leave it so.

    Raises:
        InstallationError: it is no whole number, or below 0.
    """
    value = parent.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MAX_DIGITS:
        value = int(value)
    if type(value) is not int or value < 0:
        raise malformed(path, f"{_dotted(where, name)} is {_fault(value)} whole number")
    return value


def _dotted(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def _fault(value: Any) -> str:
    return "missing: expected a" if value is None else "no"
