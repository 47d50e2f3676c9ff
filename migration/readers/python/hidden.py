"""Messages about a Python program, without the passwords that stand in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import masking

if TYPE_CHECKING:
    from migration.dialogue import Builder

_PLAIN = r"(?![%{$*])[^\s'\"),\\]+"
# A line that is typed, or its words in a list of Python.
_TYPED = (
    re.compile(rf"(\b(?:loginHSM|createUser|changePswd)\s+(?!-)\S+\s+\S+\s+)({_PLAIN})"),
    re.compile(rf"(\bloginHSM\b[^\n]*?\s-p\s+)({_PLAIN})"),
    re.compile(rf"(['\"]-p['\"],\s*['\"])({_PLAIN})"),
    re.compile(
        rf"(['\"](?:loginHSM|createUser|changePswd)['\"],\s*['\"][^'\"-]+['\"],\s*['\"][^'\"]+['\"],\s*['\"])({_PLAIN})"
    ),
)


def hide(builder: Builder) -> None:
    """Mask every password in what is said of a program."""
    masking.hide(builder, masking.passwords(builder.steps), _TYPED)
