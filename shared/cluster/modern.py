"""Requests of Client SDK 5 about keys: to all HSMs of a cluster at once, with one answer for the cluster.

What an HSM refuses is raised here, as that client knows no answer from each node.
"""

from __future__ import annotations

from shared import errors
from shared.attributes import TOKEN
from shared.cluster.fleet import Fleet
from shared.cluster.keyview import fold
from shared.errors import HsmError
from shared.hsm.modern import ModernHsm
from shared.lean import Record, TypeVar
from shared.mechanisms import SLOT_MASK
from shared.store.protocol import Criteria

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.cluster.client import Outcome
    from shared.cluster.keyview import KeyView
    from shared.crypto.schemes import Scheme
    from shared.crypto.wrapping import Parameters, Wrapped
    from shared.hsm import Hsm
    from shared.hsm.intake import Wanted
    from shared.hsm.keys import Template
    from shared.hsm.modern import Seen
    from shared.realm import Realm
    from shared.store.records import Key

T = TypeVar("T")

AVAILABLE_ON = 2
QUORUM_VALUES = range(2, 9)


class NotOneKeyError(Exception):
    """A request for one key, and criteria that ``count`` keys meet."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


class UnavailableKeyError(Exception):
    """A token key is on fewer HSMs than the key availability check asks for; without a handle, a new one would be."""

    def __init__(self, handle: int | None = None) -> None:
        super().__init__(handle)
        self.handle = handle


class OutOfStepError(Exception):
    """A key is not the same on all HSMs of its cluster."""


class CopyError(Exception):
    """Some HSMs did not take a copy of a key: ``failed`` of ``asked``."""

    def __init__(self, failed: int, asked: int) -> None:
        super().__init__(failed, asked)
        self.failed = failed
        self.asked = asked


class Wish(Record):
    """What is asked of a new key, and the names of the users who are to share it."""

    template: Template
    users: tuple[str, ...] = ()


class KeyClient(Fleet):
    """The session's requests about keys. The session is logged in already.

    With ``available_on`` 2, the default of that client, token keys are made only if they come to stand on two HSMs, and
    used only if they do (reference 2.3); 1 switches the check off. It is made at once, not for 87 seconds (choice).
    """

    def __init__(self, realm: Realm, cluster: str, session: int, available_on: int = AVAILABLE_ON) -> None:
        super().__init__(realm, cluster, session, available_on)

    @classmethod
    def beside(cls, other: Fleet, available_on: int = AVAILABLE_ON) -> KeyClient:
        """Return a client for the session of a fleet, with its login."""
        client = cls.__new__(cls)
        client.__dict__ |= vars(other)
        client._minimum_nodes = available_on  # noqa: SLF001 - it is of this class
        return client

    def _modern(self, hsm: Hsm) -> ModernHsm:
        """Return a connection with the commands of keys, and the approvals of another."""
        modern = ModernHsm(self._realm, hsm.id, self._session)
        modern.presented = hsm.presented
        return modern

    def search(self, criteria: Criteria) -> list[int]:
        """Return the handles of matching keys on any HSM, by slot; see ``ModernHsm.search``."""
        answers = self.all(lambda hsm: self._modern(hsm).search(criteria))
        found = {handle for handles in answers for handle in handles}
        return sorted(found, key=lambda handle: (handle & SLOT_MASK, handle))

    def view(self, handles: Sequence[int]) -> list[KeyView]:
        """Return the keys of these handles as the cluster has them; one that is gone is left out."""
        answers = self.all(lambda hsm: self._modern(hsm).look(handles))
        seen: dict[int, list[Seen]] = {handle: [] for handle in handles}
        for answer in answers:
            for one in answer:
                seen[one.key.handle].append(one)
        return [fold(several, len(answers)) for several in seen.values() if several]

    def one(self, criteria: Criteria) -> KeyView:
        """Return the one key that matches; NotOneKeyError if there is none, or several."""
        handles = self.search(criteria)
        views = self.view(handles) if len(handles) == 1 else []
        if not views:
            raise NotOneKeyError(len(handles))
        return views[0]

    def usable(self, criteria: Criteria) -> KeyView:
        """Return the one key that matches and may be used; UnavailableKeyError if it is on too few HSMs."""
        view = self.one(criteria)
        if view.key.session is None and view.holders < self._minimum_nodes:
            raise UnavailableKeyError(view.key.handle)
        return view

    def make_secret(self, key_type: int, size: int, wish: Wish) -> KeyView:
        """Make a secret key; see ``Hsm.generate_secret``."""
        return self._make(wish, lambda hsm, template: (hsm.generate_secret(key_type, size, template),))[0]

    def make_rsa(self, bits: int, exponent: int, wish: Wish, public: Template) -> list[KeyView]:
        """Make an RSA pair, public key first; see ``Hsm.generate_rsa``."""
        return self._make(wish, lambda hsm, template: hsm.generate_rsa(bits, exponent, template, public))

    def make_ec(self, curve: int, wish: Wish, public: Template) -> list[KeyView]:
        """Make an EC pair, public key first; see ``Hsm.generate_ec``."""
        return self._make(wish, lambda hsm, template: hsm.generate_ec(curve, template, public))

    def make_ed25519(self, wish: Wish, public: Template) -> list[KeyView]:
        """Make an Ed25519 pair, public key first; see ``ModernHsm.generate_ed25519``."""
        return self._make(wish, lambda hsm, template: hsm.generate_ed25519(template, public))

    def make_ml_dsa(self, parameter_set: int, wish: Wish, public: Template) -> list[KeyView]:
        """Make an ML-DSA pair, public key first; see ``ModernHsm.generate_ml_dsa``."""
        return self._make(wish, lambda hsm, template: hsm.generate_ml_dsa(parameter_set, template, public))

    def take_public(self, public_key_info: bytes, wish: Wish) -> KeyView:
        """Take in a public key; see ``Hsm.import_public``."""
        return self._make(wish, lambda hsm, template: (hsm.import_public(public_key_info, template),))[0]

    def unwrap(self, wrapped: bytes, wrapping: KeyView, parameters: Parameters, wanted: Wanted, wish: Wish) -> KeyView:
        """Make a key out of its wrapped form; see ``ModernHsm.unwrap_key``. The template is the wish's."""
        by = wrapping.key.handle

        def make(hsm: ModernHsm, template: Template) -> tuple[Key, ...]:
            return (hsm.unwrap_key(wrapped, by, parameters, wanted._replace(template=template)),)

        return self._make(wish, make, holding=by)[0]

    def _make(
        self, wish: Wish, make: Callable[[ModernHsm, Template], tuple[Key, ...]], *, holding: int | None = None
    ) -> list[KeyView]:
        """Make keys on the first HSM, or the first that holds a key, and copy them to the others."""
        if wish.template.token and len(self.hsms()) < self._minimum_nodes:
            raise UnavailableKeyError

        refusals: list[HsmError] = []

        def attempt(hsm: ModernHsm) -> tuple[Key, ...]:
            if holding is not None and not hsm.key_lifetime(holding):
                # To the client it is as if this HSM were not there.
                raise HsmError(errors.SERVER_UNAVAILABLE)
            try:
                return make(hsm, wish.template._replace(users=hsm.crypto_user_ids(wish.users)))
            except HsmError as refusal:
                refusals.append(refusal)
                raise

        outcome = self._create(lambda hsm: attempt(self._modern(hsm)))
        if outcome.code is errors.CLUSTER_ERROR:
            raise UnavailableKeyError
        if outcome.value is None and refusals:
            raise refusals[-1]  # it may tell more than its code
        keys = _value(outcome)
        views = self.view([key.handle for key in keys])
        if len(views) < len(keys):
            raise HsmError(errors.INVALID_HANDLE)  # somebody has deleted it meanwhile
        return views

    def wrap(self, payload: KeyView, wrapping: KeyView, parameters: Parameters) -> Wrapped:
        """Wrap a key by another; see ``ModernHsm.wrap_key``."""
        return self._on_first(lambda hsm: hsm.wrap_key(payload.key.handle, wrapping.key.handle, parameters))[1]

    def sign_by(self, view: KeyView, scheme: Scheme, data: bytes, *, weak_hashes: bool = False) -> bytes:
        """Sign data; see ``ModernHsm.sign_by``."""
        return self._on_first(lambda hsm: hsm.sign_by(view.key.handle, scheme, data, weak_hashes=weak_hashes))

    def verify_by(self, view: KeyView, scheme: Scheme, data: bytes, signature: bytes) -> bool:
        """Return whether a signature is good; see ``ModernHsm.verify_by``."""
        return self._on_first(lambda hsm: hsm.verify_by(view.key.handle, scheme, data, signature))

    def public_part(self, view: KeyView) -> bytes:
        """Return the SubjectPublicKeyInfo of a key; see ``ModernHsm.public_part``."""
        return self._on_first(lambda hsm: hsm.public_part(view.key.handle))

    def modify(self, view: KeyView, attribute: int, value: bool | bytes) -> None:
        """Change an attribute wherever the key is; TOKEN, which can only be set, copies it to the other HSMs.

        Raises:
            HsmError: as ``ModernHsm.modify_key``, or ``Hsm.make_token``.
        """
        handle = view.key.handle
        if attribute != TOKEN:
            self._on_holders(view, lambda hsm: hsm.modify_key(handle, attribute, value))
            return
        if value is not True or view.key.session is None:
            raise HsmError(errors.POLICY_MISMATCH)
        if len(self.hsms()) < self._minimum_nodes:
            raise UnavailableKeyError
        _value(self.make_token(handle, True))

    def share(self, view: KeyView, name: str, shared: bool) -> None:
        """Let another CU use a key, or end that, wherever the key is; see ``ModernHsm.share_with``."""
        self._on_holders(view, lambda hsm: hsm.share_with(view.key.handle, name, shared))

    def delete(self, view: KeyView) -> None:
        """Delete a key wherever it is; see ``ModernHsm.delete_own``."""
        self._on_holders(view, lambda hsm: hsm.delete_own(view.key.handle))

    def start_service(self, view: KeyView, service: int) -> list[bytes]:
        """Start a service of a key on the HSMs that have it; return the block of each one's token.

        If one refuses, the others' tokens are taken back.
        """
        blocks: list[bytes] = []
        try:
            self._on_holders(view, lambda hsm: blocks.append(hsm.start_token(service, view.key.handle)))
        except HsmError:
            if blocks:
                self.take_back(blocks)
            raise
        return blocks

    def replicate(self, view: KeyView, destination: KeyClient) -> KeyView:
        """Copy a key into a cluster of the same lineage, under its own handle.

        Raises:
            OutOfStepError: its HSMs do not agree on the key.
            CopyError: some HSMs of the destination refused it, but not all.
            HsmError: as ``Hsm.extract_key`` and, if all refused, ``Hsm.insert_key``.
        """
        if not view.full:
            raise OutOfStepError
        masked = self._on_first(lambda hsm: hsm.extract_key(view.key.handle))
        answers = destination.each(lambda hsm: hsm.insert_key(masked))
        refusals = [answer.refusal for answer in answers if answer.refusal is not None]
        if len(refusals) == len(answers):
            raise refusals[0]
        if refusals:
            raise CopyError(len(refusals), len(answers))
        return destination.one(Criteria(handle=view.key.handle))

    def _on_first(self, request: Callable[[ModernHsm], T]) -> T:
        """Return the answer of the first HSM, or the one whose turn it is, that is there and has the key."""
        refusal = HsmError(errors.SERVER_UNAVAILABLE)
        for node in self._in_turn(self._nodes(), "serve"):
            try:
                return request(self._modern(node.hsm))
            except HsmError as error:
                if error.code not in (errors.INVALID_HANDLE, errors.SERVER_UNAVAILABLE):
                    raise
                refusal = error
        raise refusal

    def _on_holders(self, view: KeyView, request: Callable[[ModernHsm], None]) -> None:
        """Send a request to every HSM that has a key; the first refusal is raised when all have been asked."""

        def asked(hsm: Hsm) -> None:
            modern = self._modern(hsm)
            if modern.look([view.key.handle]):
                request(modern)

        self.all(asked)


def _value(outcome: Outcome[T]) -> T:
    """Return the value of an outcome, or raise its code."""
    if outcome.value is None:
        raise HsmError(outcome.code)
    return outcome.value
