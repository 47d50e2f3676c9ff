"""What is said to people of a script: passwords do not show."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migration import words
from migration.script import CMU

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from migration.dialogue import Builder
    from migration.script import Step
    from migration.words import Word

MASK = "***"
_PLACES = {"loginHSM": 3, "createUser": 3, "changePswd": 3}
_BEHIND_OPTIONS = ("loginHSM", "genPBEKey")
_SHOWN = ("-hpswd",)
_OPTIONS = ("--password", "--change-password")
# Words of a line that is typed, or of a list in code: what is between two of them, and between the last two.
_BETWEEN, _LAST = r"""(?:\s+|['"],\s*['"])""", r"""(?:\s+|['"],\s*(?=['"]))"""
_WORD = r"[^\s,]+"
# A type of users, not a word of a message.
_TYPE = r"""['"]?(?:(?-i:[A-Z]+)\b['"]?|[$%{*][^\s,]*)"""
# What is written out, in quotes, also within others, or up to a blank; a variable or a format is not.
_PLAIN = r"""(?:'[^'$%{\s][^']*'|\\"[^"$%{\s][^"]*\\"|"[^"$%{\s][^"]*"|(?![%{$*'"\\-])(?:[^\s'"\\]|\\(?![nr"]))+)"""
_NAMED = r"\w*(?:passw?|pwd|secret)\w*"
# What passwords stand behind in code: in the commands of the tools, and in what other programs are given.
_BEFORE = (
    rf"\b(?:loginHSM|createUser|changePswd){_BETWEEN}{_TYPE}{_BETWEEN}{_WORD}{_LAST}",
    rf"\b(?:loginHSM|genPBEKey)\b[^\n]*?[\s'\"]-p{_LAST}",
    r"""['"]-p['"],\s*(?=['"])""",
    rf"-{_NAMED}{_LAST}",
    rf"(?:{_NAMED}|\bCLOUDHSM_PIN|\bpin)=(?!=)",
    r"\bpass:",
    r"""\s['"]?(?:-u|--(?:proxy-)?user=?)(?:\s*|['"],\s*)['"]?[\w.@-]+:""",
    r"\bopenssl\b[^;|&]*\s-k\s+",
    r"\b(?:mysql\w*|sshpass)\b[^;|&]*\s-p\s*",
)
_IN_CODE = tuple(re.compile(f"({before}){_PLAIN}", re.IGNORECASE) for before in _BEFORE)

# What is said of a variable that holds a password, and what is written out in it beside arguments of calls and keys.
_HELD = re.compile(rf"\$?\b{_NAMED} (?:is|must be set before: it is) [^\n]*", re.IGNORECASE)
_WRITTEN = re.compile(r"""(\w[(\[]|[=!]= )?(?:'[^']*'|"[^"]*")""")


def masked(step: Step) -> str:
    """Return the legacy line of a step with a mask for a password that stands in it."""
    found = []
    for position, word in enumerate(step.words):
        found.append(hidden(word) if _is_password(step, position) else words.shown(word))
    return " ".join(found)


def without_passwords(step: Step) -> Step:
    """Return a step with a mask for each password that is written out."""
    found = [
        words.text(MASK) if _is_password(step, place) and _is_secret(word) else word
        for place, word in enumerate(step.words)
    ]
    secret = step.name in _PLACES
    answers = [words.text(MASK) if secret and _is_secret(word) else word for word in step.answers]
    return replace(step, words=tuple(found), answers=tuple(answers))


def _is_password(step: Step, position: int) -> bool:
    if step.tool == CMU:
        return position == _PLACES.get(step.name)
    before = words.literal(step.words[position - 1]) if position else None
    return step.name in _BEHIND_OPTIONS and before in ("-p", "-hpswd")


def given_passwords(step: Step) -> Iterator[Word]:
    """Yield what stands where a step has passwords, among its words and its answers."""
    for position, word in enumerate(step.words):
        if _is_password(step, position) and words.literal(word) not in _SHOWN:
            yield word
    if step.name in _PLACES:
        yield from step.answers


def passwords(steps: Iterable[Step]) -> set[str]:
    """Return the passwords that are written out, save those that stand in the steps as something else, too."""
    found, public = set[str](), set[str]()
    for step in steps:
        found |= {words.literal(word) or "" for word in given_passwords(step)}
        public |= {words.shown(word) for position, word in enumerate(step.words) if not _is_password(step, position)}
    return found - public - {""}


def masker(secrets: Iterable[str], patterns: Sequence[re.Pattern[str]] = ()) -> Callable[[str], str]:
    """Return what masks secrets in a text, those that stand in code, and what is behind the first group of patterns."""
    found = [re.escape(secret) for secret in sorted(secrets, key=len, reverse=True)]
    whole = re.compile(rf"(?<![\w$])(?:{'|'.join(found)})(?!\w)") if found else None

    def without(text: str) -> str:
        for pattern in (*_IN_CODE, *patterns):
            text = pattern.sub(rf"\g<1>{MASK}", text)
        text = _HELD.sub(lambda held: _WRITTEN.sub(_literal, held[0]), text)
        return whole.sub(MASK, text) if whole else text

    return without


def _literal(found: re.Match[str]) -> str:
    return found[0] if found[1] or "$" in found[0] else MASK


def hide(builder: Builder, secrets: Iterable[str] = ()) -> None:
    """Mask secrets, and the passwords of steps and code, in what is said of a script."""
    without = masker({*secrets, *passwords(builder.steps)})
    builder.hand_work[:] = [work._replace(text=without(work.text)) for work in builder.hand_work]
    builder.endings[:] = [ending._replace(text=without(ending.text)) for ending in builder.endings]
    builder.steps[:] = [
        replace(step, condition=without(step.condition), unclear=without(step.unclear)) for step in builder.steps
    ]


def hidden(word: Word) -> str:
    """Return the mask for a password that is written out; a variable's name is no secret."""
    return MASK if _is_secret(word) else words.shown(word)


def _is_secret(password: Word) -> bool:
    plain = words.literal(password)
    return plain is not None and plain not in _SHOWN


def without_secrets(argv: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return a CLI command with masks for passwords that are written out."""
    behind = (words.literal(word) in _OPTIONS for word in (words.EMPTY, *argv))
    return tuple(
        words.text(MASK) if secret and _is_secret(word) else word for secret, word in zip(behind, argv, strict=False)
    )


def masked_argv(argv: tuple[Word, ...]) -> str:
    """Return a CLI command for people, with masks for passwords."""
    return " ".join(map(words.shown, without_secrets(argv)))
