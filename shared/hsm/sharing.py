"""Who may use a key, and what may be changed of it: shareKey and setAttribute (reference cmu.md 4.11, 4.13)."""

from __future__ import annotations

from shared import attributes, errors, mechanisms
from shared.audit import Subject
from shared.errors import HsmError
from shared.hsm import templates
from shared.hsm.base import OFFICERS
from shared.hsm.keys import KeyCommands
from shared.hsm.templates import BOOLEANS
from shared.store.records import Key, Share, User

# What an owner may set of a key once it is made; TRUSTED is an officer's.
_OWNER_FLAGS = (
    attributes.ENCRYPT,
    attributes.DECRYPT,
    attributes.WRAP,
    attributes.UNWRAP,
    attributes.SIGN,
    attributes.VERIFY,
    attributes.DERIVE,
    attributes.DESTROYABLE,
    attributes.WRAP_WITH_TRUSTED,
)
_TEMPLATES = {attributes.WRAP_TEMPLATE: "wrap_template", attributes.UNWRAP_TEMPLATE: "unwrap_template"}


class SharingCommands(KeyCommands):
    """The firmware's commands by which an owner, or a CO, changes a key that exists."""

    def share_key(self, handle: int, user_id: int, shared: bool) -> None:
        """Let another CU use a token key, or end that.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CU), INVALID_HANDLE, KEY_ACCESS_DENIED (not the owner),
                MXN_AUTH_FAILED, INVALID_DATA (a public or session key, the owner, or no CU's id).
        """
        with self._writing("shareKey"):
            owner = self._actor("CU")
            key = self._owned(handle, owner)
            other = self._store.one(User, hsm=self.id, id=user_id)
            if key.key_class == mechanisms.CLASS_PUBLIC or key.session is not None:
                raise HsmError(errors.INVALID_DATA)
            if other is None or other.type != "CU" or other.id == owner.id:
                raise HsmError(errors.INVALID_DATA)
            self._store.remove(Share, hsm=self.id, handle=handle, user=user_id)
            if shared:
                self._store.add(Share(self.id, handle, user_id))

    def set_attribute(self, handle: int, attribute: int, value: bytes) -> None:
        """Change an attribute of an own key; a CO changes TRUSTED, and nothing else, of any key.

        ``value`` is as it was typed: 0 or 1, the text of a label, or a template ``attribute=value,...`` of booleans.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (another attribute by a CO, TRUSTED by a CU, or neither of them),
                INVALID_HANDLE, KEY_ACCESS_DENIED (not the owner), MXN_AUTH_FAILED, INVALID_DATA (not settable, a bad
                value, or WRAP_WITH_TRUSTED back to 0), POLICY_MISMATCH (not modifiable).
        """
        with self._writing("setAttribute", Subject(key=handle)):
            actor = self._actor("CU", *OFFICERS)
            if (actor.type in OFFICERS) != (attribute == attributes.TRUSTED):
                raise HsmError(errors.NOT_AUTHORIZED)
            key = self._existing(handle) if actor.type in OFFICERS else self._owned(handle, actor)
            if attributes.flag(key.flags, attributes.UNMODIFIABLE):
                raise HsmError(errors.POLICY_MISMATCH)
            self._store.change(key, **_change(key, attribute, value))


def _change(key: Key, attribute: int, value: bytes) -> dict[str, object]:
    if attribute == attributes.LABEL:
        return {"label": value}
    if attribute in _TEMPLATES:
        templates.parse(value, unwrapping=attribute == attributes.UNWRAP_TEMPLATE)
        return {_TEMPLATES[attribute]: value}
    if value not in BOOLEANS or attribute not in (*_OWNER_FLAGS, attributes.TRUSTED):
        raise HsmError(errors.INVALID_DATA)
    if attribute == attributes.WRAP_WITH_TRUSTED and attributes.flag(key.flags, attribute) and value == b"0":
        raise HsmError(errors.INVALID_DATA)
    return {"flags": attributes.with_flag(key.flags, attribute, BOOLEANS[value])}
