"""Client SDK 5's way with a cluster: no daemon between, one login over all HSMs, an answer from each to be folded."""

from __future__ import annotations

from shared import errors
from shared.cluster.material import MaterialClient
from shared.errors import HsmError
from shared.hsm.users import check_length
from shared.lean import Generic, Record, TypeVar, contextmanager, suppress
from shared.store.records import Enforcement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shared.cluster.client import _Node
    from shared.crypto.passwords import Password
    from shared.hsm import Hsm
    from shared.hsm.approvals import Presented
    from shared.hsm.users import SecondFactor
    from shared.realm import Realm

T = TypeVar("T")
# Who asks in vain does not learn whether there is such a user.
_LOGIN_REFUSALS = {errors.USER_MISSING: errors.LOGIN_FAILURE}
FIRST_OFFICER = ("PRECO", "admin")
FIRST_PASSWORD = "password"  # noqa: S105 - the one that every new cluster has


class Answer(Record, Generic[T]):
    """What one HSM answered: a value, or a refusal."""

    hsm: Hsm
    value: T | None
    refusal: HsmError | None


class DisconnectedError(Exception):
    """No HSM takes this client: all want a certificate that a trust anchor vouches for."""


class Fleet(MaterialClient):
    """A client whose requests about users, quorum and policies go to every HSM that is up.

    ``is_trusted`` tells whether any of the trust anchors that it is given vouches for the client.
    """

    def __init__(
        self,
        realm: Realm,
        cluster: str,
        session: int,
        minimum_nodes: int = 1,
        *,
        is_trusted: Callable[[Sequence[str]], bool] = lambda _: False,
    ) -> None:
        super().__init__(realm, cluster, session, minimum_nodes)
        self._is_trusted = is_trusted
        self._kept: dict[str, Hsm] = {}
        self._presented: tuple[Presented, ...] = ()
        self._has_factor = False

    def _nodes(self) -> list[_Node]:
        """Return the HSMs as ``Client`` does, each with its challenge and the approvals of this command."""
        nodes = [node._replace(hsm=self._kept.setdefault(node.hsm.id, node.hsm)) for node in super()._nodes()]
        for node in nodes:
            node.hsm.presented = self._presented
        if not self._realm.store.count(Enforcement):
            return nodes
        open_nodes = [node for node in nodes if not node.hsm.is_closed() or self.is_mutual(node.hsm)]
        if nodes and not open_nodes:
            raise DisconnectedError
        return open_nodes

    def is_mutual(self, hsm: Hsm) -> bool:
        """Return whether an HSM's trust anchors vouch for this client."""
        anchors = [anchor.certificate for anchor in hsm.trust_anchors()]
        return bool(anchors) and self._is_trusted(anchors)

    @contextmanager
    def approved(self, presented: Sequence[Presented]) -> Iterator[None]:
        """Run the block with approvals for its operations; if it succeeds, their tokens are used up everywhere."""
        self._presented = tuple(presented)
        try:
            yield
            if presented:
                self.each(lambda hsm: hsm.forget_presented())
        finally:
            self._presented = ()

    def challenges(self) -> dict[str, bytes]:
        """Return a digest to sign for each HSM, by its id, good for the next command with a second factor."""
        return {answer.hsm.id: answer.value or b"" for answer in self.each(lambda hsm: hsm.new_challenge())}

    def hsms(self) -> list[Hsm]:
        """Return the HSMs that are up, in node order; one that came back is logged in again, or left out.

        Raises:
            HsmError: SERVER_UNAVAILABLE when there is none.
        """
        found = [node.hsm for node in self._nodes()]
        if not found:
            raise HsmError(errors.SERVER_UNAVAILABLE)
        return found

    def each(self, request: Callable[[Hsm], T], hsms: Sequence[Hsm] | None = None) -> list[Answer[T]]:
        """Return every HSM's answer to a request, those that go down meanwhile left out.

        Raises:
            HsmError: SERVER_UNAVAILABLE when no HSM answers.
        """
        answers: list[Answer[T]] = []
        for hsm in self.hsms() if hsms is None else hsms:
            try:
                answers.append(Answer(hsm, request(hsm), None))
            except HsmError as refusal:
                if refusal.code is not errors.SERVER_UNAVAILABLE:
                    answers.append(Answer(hsm, None, refusal))
        if not answers:
            raise HsmError(errors.SERVER_UNAVAILABLE)
        return answers

    def all(self, request: Callable[[Hsm], T]) -> list[T]:
        """Return the values of all HSMs; raise the first refusal once every HSM has been asked."""
        answers = self.each(request)
        for answer in answers:
            if answer.refusal is not None:
                raise answer.refusal
        return [answer.value for answer in answers]  # type: ignore[misc] # a value stands where no refusal does

    def some(self, request: Callable[[Hsm], T], ignored: errors.Code) -> list[T]:
        """Return the values of the HSMs that have any, a refusal with one code aside; raise it if all refuse so."""
        answers = self.each(request)
        refusals = [answer.refusal for answer in answers if answer.refusal is not None]
        others = [refusal for refusal in refusals if refusal.code is not ignored]
        if others or len(refusals) == len(answers):
            raise (others or refusals)[0]
        return [answer.value for answer in answers if answer.refusal is None]  # type: ignore[misc] # as above

    def log_in(
        self, types: Sequence[str], name: str, password: Password, factors: dict[str, SecondFactor] | None = None
    ) -> str:
        """Log a user of one of the types in on every HSM, and return the type.

        Logins are spread over the HSMs: the one that has seen fewest failures of the user decides, the others follow.
        A refusal by any of them leaves nobody logged in. ``factors`` are second factors by HSM id.

        Raises:
            HsmError: LOGIN_FAILURE (also for nobody of this name), ANOTHER_USER, SERVER_UNAVAILABLE.
        """
        hsms = self.hsms()
        looks = self.each(lambda hsm: hsm.find_user(name), hsms)
        known = {look.hsm.id: look.value for look in looks if look.value is not None and look.value.type in types}
        if not known:
            raise HsmError(errors.LOGIN_FAILURE)
        hsms.sort(key=lambda hsm: (hsm.id not in known, known[hsm.id].failures if hsm.id in known else 0))
        user_type = known[hsms[0].id].type
        done: list[Hsm] = []
        try:
            for hsm in hsms:
                hsm.login(user_type, name, password, (factors or {}).get(hsm.id))
                done.append(hsm)
        except HsmError as refusal:
            if refusal.code is not errors.ANOTHER_USER:
                self._undo_login(done)
            raise HsmError(_LOGIN_REFUSALS.get(refusal.code, refusal.code)) from refusal
        self._credentials = (user_type, name, password)
        self._has_factor = factors is not None
        return user_type

    def _joins(self, node: _Node) -> bool:
        """Log in on an HSM that has come back; one factor alone would only count as a failure there."""
        return not self._has_factor and super()._joins(node)

    def _undo_login(self, hsms: Sequence[Hsm]) -> None:
        for hsm in hsms:
            with suppress(HsmError):
                hsm.logout()

    def is_unactivated(self) -> bool:
        """Return whether an HSM still waits for the password of its first officer."""
        return bool(self._unactivated())

    def _unactivated(self) -> list[Hsm]:
        user_type, name = FIRST_OFFICER
        looks = self.each(lambda hsm: hsm.find_user(name))
        return [look.hsm for look in looks if look.value is not None and look.value.type == user_type]

    def activate(self, password: Password) -> None:
        """Give the first officer of every HSM that has one a password, which makes a CO of it, and log out again.

        Raises:
            HsmError: USER_MISSING (activated already), PASSWORD_LENGTH, ANOTHER_USER, SERVER_UNAVAILABLE.
        """
        from shared.crypto.passwords import Password

        check_length(password)
        first = Password(FIRST_PASSWORD)

        def take_over(hsm: Hsm) -> None:
            hsm.login(*FIRST_OFFICER, first)
            hsm.change_password(*FIRST_OFFICER, password)
            hsm.logout()

        waiting = self._unactivated()
        if not waiting:
            raise HsmError(errors.USER_MISSING)
        for answer in self.each(take_over, waiting):
            if answer.refusal is not None:
                raise answer.refusal

    def renew(self, password: Password) -> None:
        """Go on with a new password of the user who is logged in."""
        if self._credentials is not None:
            self._credentials = (*self._credentials[:2], password)

    def take_back(self, blocks: Sequence[bytes]) -> None:
        """Delete tokens, given by their blocks, that came to no use."""
        from shared.hsm.approvals import Presented

        with self.approved([Presented(b"".join(blocks), ())]):
            pass

    def log_out(self) -> None:
        """Log out wherever the session is logged in. NOT_LOGGED_IN if it is so nowhere."""
        self._credentials = None
        self.some(lambda hsm: hsm.logout(), errors.NOT_LOGGED_IN)
