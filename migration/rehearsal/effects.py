"""What a legacy command changes: so that what is missing can be laid to one that was not carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import legacy
from migration.rehearsal.difference import FILE, KEY, NOTHING, QUORUM, USER
from migration.script import CMU, HOST

if TYPE_CHECKING:
    from migration.rehearsal.difference import Difference
    from migration.rehearsal.facts import Facts
    from migration.script import Step

_MADE = ("exists", "material")
_MAKES = {
    "genSymKey",
    "genRSAKeyPair",
    "rsaGenKeyPair",
    "genECCKeyPair",
    "genDSAKeyPair",
    "dsaGenKeyPair",
    "genPBEKey",
    "createPublicKey",
    "importPubKey",
    "importPrivateKey",
    "imSymKey",
    "unWrapKey",
    "unWrapKeyWithSize",
    "aesUnwrapPkcs8Buffer",
}
# aesWrapUnwrap writes one of these where no name is given.
_AES_FILES = ("wrapped_key", "unwrapped_key")
# Of these the label is not on the line: it is that of the key that they copy.
_COPIES = {"insertMaskedObject", "syncKey"}
_USERS = {
    "createUser": ("exists", "role", "password", "second factor"),
    "changePswd": ("password", "role", "failed logins", "second factor"),
    "deleteUser": ("exists",),
    "registerQuorumPubKey": ("quorum key",),
    "registerMofnPubKey": ("quorum key",),
    "syncUser": ("exists", "role", "password", "quorum key", "second factor"),
    "loginHSM": ("failed logins",),
}


def affects(step: Step, difference: Difference, facts: Facts) -> bool:  # noqa: PLR0911 - one return a kind
    """Return whether a step, had it been carried out, changes what differs; what is not known is taken to fit."""
    name, texts = step.name, facts.texts(step)
    if not name:
        return True
    if difference.kind == USER:
        if difference.field not in _USERS.get(name, ()):
            return False
        return name == "syncUser" or difference.subject in texts or "?" in texts
    if difference.kind == QUORUM:
        return name == "setMValue"
    if difference.kind == KEY:
        return _affects_key(step, difference, texts, facts)
    if difference.kind == FILE:
        if name == "deleteKey" and difference.field == "content":
            gone = facts.named(set(texts))
            return any(key in told for key in gone for told in (difference.legacy, difference.translated))
        if name == "aesWrapUnwrap" and difference.field == "written":
            return difference.subject in _AES_FILES
        return difference.subject in texts or (step.tool not in (CMU, HOST) and _writes_unknown(step, texts))
    return False


def would_make_equal(step: Step, difference: Difference) -> bool:
    """Return whether a step that was not carried out leaves what differs on the right side: unmade, or undeleted."""
    if difference.field != "exists" or difference.kind not in (USER, KEY):
        return True
    if step.name in ("createUser", *_MAKES):
        return difference.translated == NOTHING
    return step.name not in ("deleteUser", "deleteKey") or difference.legacy == NOTHING


def makes_a_key(step: Step) -> bool:
    """Return whether a step makes a key, whose handle is the next number."""
    return step.name in _MAKES or step.name == "insertMaskedObject"


def _affects_key(  # noqa: PLR0911 - one return a command
    step: Step, difference: Difference, texts: list[str], facts: Facts
) -> bool:
    name = step.name
    if name in _MAKES:
        label = difference.subject.rpartition(" (")[0]
        return label in texts or ("?" in texts and difference.field in _MADE)
    if name in _COPIES:
        return True
    if name == "deleteUser":
        return difference.field == "shared with"
    if name == "deleteKey":
        return difference.field in _MADE and _is_of(difference, texts, facts)
    if name == "setAttribute":
        return difference.field not in (*_MADE, "owner", "shared with") and _is_of(difference, texts, facts)
    if name == "shareKey":
        return difference.field == "shared with" and _is_of(difference, texts, facts)
    return False


def _is_of(difference: Difference, texts: list[str], facts: Facts) -> bool:
    """Return whether one of the words may be the handle of the key that differs."""
    return "?" in texts or bool(facts.handles(difference.subject) & set(texts))


def _writes_unknown(step: Step, texts: list[str]) -> bool:
    parsed = legacy.parse(step.tool, step.name, step.words[1:])
    return parsed.has("-out") and "?" in texts
