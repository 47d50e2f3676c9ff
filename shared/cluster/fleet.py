"""Client SDK 5's way with a cluster: no daemon between, one login over all HSMs, an answer from each to be folded."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from shared import errors
from shared.cluster.material import MaterialClient
from shared.errors import HsmError
from shared.hsm.users import check_length

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.crypto.passwords import Password
    from shared.hsm import Hsm
    from shared.hsm.users import SecondFactor

T = TypeVar("T")
FIRST_OFFICER = ("PRECO", "admin")
FIRST_PASSWORD = "password"  # noqa: S105 - the one that every new cluster has


class Answer(NamedTuple, Generic[T]):
    """What one HSM answered: a value, or a refusal."""

    hsm: Hsm
    value: T | None
    refusal: HsmError | None


class Fleet(MaterialClient):
    """A client whose requests about users, quorum and policies go to every HSM that is up."""

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
            HsmError: USER_MISSING, LOGIN_FAILURE, ANOTHER_USER, SERVER_UNAVAILABLE.
        """
        hsms = self.hsms()
        known = {}
        for answer in self.each(lambda hsm: hsm.list_users(), hsms):
            if answer.refusal is not None:
                raise answer.refusal
            for user in answer.value or ():
                if user.name.lower() == name.lower() and user.type in types:
                    known[answer.hsm.id] = user
        if not known:
            raise HsmError(errors.USER_MISSING)
        first = min((hsm for hsm in hsms if hsm.id in known), key=lambda hsm: known[hsm.id].failures)
        user_type = known[first.id].type
        done: list[Hsm] = []
        try:
            for hsm in [first, *(hsm for hsm in hsms if hsm is not first)]:
                hsm.login(user_type, name, password, (factors or {}).get(hsm.id))
                done.append(hsm)
        except HsmError as refusal:
            if refusal.code is not errors.ANOTHER_USER:
                for hsm in done:
                    with suppress(HsmError):
                        hsm.logout()
            raise
        self._credentials = (user_type, name, password)
        return user_type

    def is_unactivated(self) -> bool:
        """Return whether the first HSM still waits for the password of its first officer."""
        return any(user.type == "PRECO" for user in self.hsms()[0].list_users())

    def activate(self, password: Password) -> None:
        """Give the first officer of every HSM a password, which makes a CO of it; nobody is logged in afterwards.

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

        self.all(take_over)

    def log_out(self) -> None:
        """Log out wherever the session is logged in. NOT_LOGGED_IN if it is so nowhere."""
        self._credentials = None
        self.some(lambda hsm: hsm.logout(), errors.NOT_LOGGED_IN)
