"""Messages about a Python program, without the passwords that stand in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.dialogue import login_of
from migration.masking import MASK, masked
from migration.script import CMU

if TYPE_CHECKING:
    from migration.dialogue import Builder
    from migration.script import Step

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
    secrets = _secrets(builder.steps)

    def without(text: str) -> str:
        for pattern in _TYPED:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        for secret in secrets:
            text = re.sub(rf"(?<![\w]){re.escape(secret)}(?![\w])", MASK, text)
        return text

    builder.hand_work[:] = [work._replace(text=without(work.text)) for work in builder.hand_work]
    builder.steps[:] = [
        replace(step, condition=without(step.condition), unclear=without(step.unclear)) for step in builder.steps
    ]


def _secrets(steps: list[Step]) -> list[str]:
    """Return the passwords of logins and new users, longest first, save those that are names, too."""
    found: set[str] = set()
    public: set[str] = set()
    for step in steps:
        shown = masked(step).split(" ")
        plain = [words.shown(word) for word in step.words]
        if len(shown) == len(plain):
            found |= {text for text, seen in zip(plain, shown, strict=True) if seen == MASK}
            public |= {text for text, seen in zip(plain, shown, strict=True) if seen != MASK}
        login = login_of(step)
        if login is not None and step.tool == CMU and (typed := words.literal(login.password)):
            found.add(typed)
    return sorted(found - public - {"", MASK}, key=len, reverse=True)
