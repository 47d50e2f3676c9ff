"""Wrap and unwrap templates of a wrapping key: what a key must be to be wrapped, and is once it is unwrapped.

The format, ``attribute=0|1`` with commas between, is a choice: no source shows a template.
"""

from __future__ import annotations

from shared import attributes, errors
from shared.errors import HsmError
from shared.numbers import decimal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from shared.store.records import Key

BOOLEANS = {b"0": False, b"1": True}
# An HSM decides these itself, whatever a template says.
_DECIDED = (
    attributes.TOKEN,
    attributes.LOCAL,
    attributes.TRUSTED,
    attributes.ALWAYS_SENSITIVE,
    attributes.NEVER_EXTRACTABLE,
)


def parse(text: bytes, *, unwrapping: bool) -> dict[int, bool]:
    """Return the boolean attributes that a template names; the empty template names none.

    Raises:
        HsmError: INVALID_DATA, for what is none, or an unwrap template with an attribute that the HSM decides.
    """
    wanted: dict[int, bool] = {}
    for piece in text.split(b",") if text else ():
        name, _, value = piece.partition(b"=")
        attribute = decimal(name.decode("ascii", "replace"))
        if attribute is None or not attributes.is_flag(attribute) or value not in BOOLEANS:
            raise HsmError(errors.INVALID_DATA)
        if unwrapping and attribute in _DECIDED:
            raise HsmError(errors.INVALID_DATA)
        wanted[attribute] = BOOLEANS[value]
    return wanted


def admits(wrapping: Key, key: Key) -> bool:
    """Return whether a key is what the wrap template of its wrapping key asks for."""
    wanted = parse(wrapping.wrap_template, unwrapping=False)
    return all(attributes.flag(key.flags, attribute) == value for attribute, value in wanted.items())


def applied(wrapping: Key, flags: int) -> int:
    """Return the flags of an unwrapped key after the unwrap template of its wrapping key."""
    for attribute, value in parse(wrapping.unwrap_template, unwrapping=True).items():
        flags = attributes.with_flag(flags, attribute, value)
    return flags
