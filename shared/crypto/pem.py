"""PEM in and out."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUBLIC_LABEL = "PUBLIC KEY"
PRIVATE_LABEL = "PRIVATE KEY"

# Bytes that make a line of 64 characters.
_LINE_BYTES = 48


def to_pem(label: str, der: bytes) -> bytes:
    """Return DER as PEM."""
    lines = [b2a_base64(der[start : start + _LINE_BYTES]) for start in range(0, len(der), _LINE_BYTES)]
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), b"".join(lines), label.encode())


def from_pem(content: bytes, accepts: Callable[[str], bool]) -> bytes:
    """Return the DER of the first PEM block with a label that is accepted; empty if there is none or it is encrypted.

    Blocks of other kinds before it, such as EC PARAMETERS, are skipped.
    """
    for label, body in _blocks(content.decode("latin-1")):
        if accepts(label):
            try:
                return b"" if ":" in body else a2b_base64("".join(body.split()), strict_mode=True)
            except ValueError:  # no base64, or no ASCII even
                return b""
    return b""


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    label, lines = "", list[str]()
    for line in text.splitlines():
        stripped = line.rstrip()
        if not label:
            if stripped.startswith("-----BEGIN ") and stripped.endswith("-----"):
                label, lines = stripped[11:-5], []
        elif stripped == f"-----END {label}-----":
            yield label, "\n".join(lines)
            label = ""
        else:
            lines.append(stripped)


def is_private_label(label: str) -> bool:
    """Return whether a PEM block of this label holds a private key, in PKCS#8 or in its older form."""
    return label in ("PRIVATE KEY", "RSA PRIVATE KEY", "DSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
