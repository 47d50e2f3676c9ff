"""The envelope of every answer: JSON as serde writes it, indented by two blanks, without importing ``json``."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    Data: TypeAlias = "str | int | Mapping[str, Data] | Sequence[Data]"

_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x20)} | {
    ord(character): escape
    for character, escape in (
        ('"', '\\"'),
        ("\\", "\\\\"),
        ("\b", "\\b"),
        ("\f", "\\f"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\t", "\\t"),
    )
}


def envelope(error_code: int, data: Data) -> str:
    """Return what is printed for an answer: ``error_code`` is 0, or 1 with the text of an error as ``data``."""
    return render({"error_code": error_code, "data": data}) + "\n"


def complain(text: str) -> None:
    """Write on standard error; where that is closed or full, the exit status tells alone."""
    try:  # noqa: SIM105 - contextlib would be imported for this alone
        _ = sys.stderr.write(text), sys.stderr.flush()
    except (OSError, AttributeError):  # the latter where Python was started without it
        pass


def render(data: Data, indent: str = "") -> str:
    """Return the JSON text of texts, numbers, booleans, lists and objects; an empty list is ``[]``."""
    if isinstance(data, str):
        # What cannot be encoded came from a command line that was no text.
        return '"' + data.translate(_ESCAPES).encode("utf-8", "surrogateescape").decode("utf-8", "replace") + '"'
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, int):
        return str(data)
    inner = indent + "  "
    if isinstance(data, dict):
        opening, closing = "{", "}"
        members = [f"{render(name)}: {render(value, inner)}" for name, value in data.items()]
    else:
        opening, closing = "[", "]"
        members = [render(value, inner) for value in data]
    if not members:
        return opening + closing
    lines = ",\n".join(inner + member for member in members)
    return f"{opening}\n{lines}\n{indent}{closing}"
