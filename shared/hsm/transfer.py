"""Masked objects: a user or a key on its way from one HSM to another of the same lineage."""

from __future__ import annotations

import marshal

from shared import errors
from shared.audit import Subject
from shared.errors import HsmError
from shared.hsm.base import OFFICERS
from shared.hsm.keys import KeyCommands
from shared.hsm.users import lowest_free
from shared.store.records import Cluster, Key, Share, Tombstone, User

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAGIC = b"CHSMMO2\n"
# Of the later versions the bytes depend on what else refers to a value.
_MARSHAL_VERSION = 2
_LINEAGE_BYTES = 19


class TransferCommands(KeyCommands):
    """The firmware's extract and insert commands.

    A masked object is private to the simulator: a magic word, the lineage's id, then the row and its shares,
    marshalled, under the masking key. The key material in it keeps its own mask, so it is in the clear nowhere.
    """

    def extract_key(self, handle: int) -> bytes:
        """Return a key as a masked object; the owner and any CO may, non-extractable keys included (guide).

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, INVALID_HANDLE (unknown, or a session key), KEY_ACCESS_DENIED.
        """
        with self._writing("extractMaskedObject", Subject(key=handle)) as row:
            user = self._actor("CU", *OFFICERS)
            key = self._existing(handle)
            if user.type == "CU" and key.owner != user.id:
                raise HsmError(errors.KEY_ACCESS_DENIED)
            if key.session is not None:
                raise HsmError(errors.INVALID_HANDLE)
            return self._seal(row.cluster, b"key", {**key._asdict(), "users": sorted(self._sharers(handle))})

    def insert_key(self, masked: bytes, *, replica: bool = False) -> Key:
        """Take in a key under its own handle, with owner, attributes, and the shares whose users are CUs here.

        A key that is here already, and equal in these, is left as it is. Owner and sharers are known by their ids alone
        (inferred, reference cmu.md 7). One that was deleted in this cluster is alive again; ``replica`` says that it is
        the copy of a new key, which never was.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, POLICY_MISMATCH (another lineage), ERR_BAD_PKCS_DATA (damaged),
                KEY_ACCESS_DENIED (a CU inserts the key of another), USER_MISSING (the owner is unknown here),
                INVALID_DATA (the handle is that of another key, or of this one in another state, or no room).
        """
        with self._writing("insertMaskedObject", awaited="replicateKey" if replica else None) as row:
            actor = self._actor("CU", *OFFICERS)
            content = self._unseal(row.cluster, b"key", masked)
            users = content.pop("users")
            key = self._arriving(content)
            self._subject.private = key.handle
            self._check_owner(key, actor)
            sharers = self._crypto_users(users)
            if not replica:
                self._store.remove(Tombstone, cluster=row.cluster, handle=key.handle)
            present = self._store.one(Key, hsm=self.id, handle=key.handle)
            if present is not None:
                if present != key or self._sharers(key.handle) != set(sharers):
                    raise HsmError(errors.INVALID_DATA)
                return present
            self._check_room(1)
            self._store.add(key)
            for user in sharers:
                self._store.add(Share(self.id, key.handle, user))
            self._keep_slots_unique(row.cluster, key.slot)
            return key

    def insert_new_key(self, masked: bytes) -> Key:
        """Take in a key as a new one: its handle is this HSM's next, all else is as in the masked object (guide).

        Raises:
            HsmError: as ``insert_key``.
        """
        with self._writing("insertMaskedObject") as row:
            actor = self._actor("CU", *OFFICERS)
            content = self._unseal(row.cluster, b"key", masked)
            users = content.pop("users")
            key = self._arriving(content)
            self._check_owner(key, actor)
            self._check_room(1)
            slot = self._store.take_slots(row.cluster, 1)
            return self._keep(key._replace(slot=slot), row.node, self._crypto_users(users))

    def _sharers(self, handle: int) -> set[int]:
        return {share.user for share in self._store.rows(Share, hsm=self.id, handle=handle)}

    def _arriving(self, content: dict[str, Any]) -> Key:
        """Return the row in a masked object; one of an earlier version has one value for management and use."""
        return Key(**{"use_value": content["m_value"], **content, "hsm": self.id})

    def _crypto_users(self, ids: list[int]) -> tuple[int, ...]:
        """Return those of the ids that are CUs here: the others' may have been taken by somebody else since."""
        return tuple(user for user in ids if self._store.one(User, hsm=self.id, id=user, type="CU") is not None)

    def _check_owner(self, key: Key, actor: User) -> None:
        """Raise unless the key's owner is a CU here, and the actor if that is a CU."""
        if actor.type == "CU" and key.owner != actor.id:
            raise HsmError(errors.KEY_ACCESS_DENIED)
        owner = actor if actor.id == key.owner else self._store.one(User, hsm=self.id, id=key.owner)
        if owner is None or owner.type != "CU":
            raise HsmError(errors.USER_MISSING)

    def extract_user(self, user_id: int) -> bytes:
        """Return a user, with password and keys of quorum and second factor, as a masked object.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED (not a CO, or the user is an AU or a PRECO), USER_MISSING.
        """
        with self._writing("extractMaskedObject") as row:
            self._actor(*OFFICERS)
            user = self._store.one(User, hsm=self.id, id=user_id)
            if user is None:
                raise HsmError(errors.USER_MISSING)
            self._subject.is_user(user)
            if user.type in ("AU", "PRECO"):
                raise HsmError(errors.NOT_AUTHORIZED)
            return self._seal(row.cluster, b"user", user._asdict())

    def insert_user(self, masked: bytes) -> User:
        """Take in a user under the same id if that is free, else the lowest free one; nobody is locked (C24).

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, POLICY_MISMATCH (another lineage), ERR_BAD_PKCS_DATA (damaged),
                USER_EXISTS, INVALID_DATA (no room).
        """
        with self._writing("insertMaskedObject") as row:
            self._actor(*OFFICERS)
            user = User(**{**self._unseal(row.cluster, b"user", masked), "hsm": self.id, "failures": 0})
            self._subject.is_user(user)
            if self._store.one(User, hsm=self.id, name=user.name) is not None:
                raise HsmError(errors.USER_EXISTS)
            taken = {known.id for known in self._store.rows(User, hsm=self.id)}
            if len(taken) >= self.realm.quotas.max_users:
                raise HsmError(errors.INVALID_DATA)
            made = user._replace(id=lowest_free(taken) if user.id in taken else user.id)
            self._store.add(made)
            return made

    def _keep_slots_unique(self, cluster: str, slot: int) -> None:
        """Move this cluster's counter past a slot that came from a clone."""
        row = self._store.one(Cluster, id=cluster)
        assert row is not None
        if row.next_slot <= slot:
            self._store.change(row, next_slot=slot + 1)

    def _seal(self, cluster: str, kind: bytes, content: dict[str, Any]) -> bytes:
        lineage = self._lineage(cluster)
        plain = marshal.dumps(content, _MARSHAL_VERSION)
        return _MAGIC + lineage.encode() + self.realm.vault.mask(lineage, b"object " + kind, plain)

    def _unseal(self, cluster: str, kind: bytes, masked: bytes) -> dict[str, Any]:
        if not masked.startswith(_MAGIC):
            raise HsmError(errors.ERR_BAD_PKCS_DATA)
        lineage = self._lineage(cluster)
        body = masked[len(_MAGIC) :]
        if body[:_LINEAGE_BYTES] != lineage.encode():
            raise HsmError(errors.POLICY_MISMATCH)
        plain = self.realm.vault.unmask(lineage, b"object " + kind, body[_LINEAGE_BYTES:])
        content: dict[str, Any] = marshal.loads(plain)  # noqa: S302 - the mask has authenticated it
        return content
