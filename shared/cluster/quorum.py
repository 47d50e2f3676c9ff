"""The client's requests about quorum tokens, the partition and its certificates."""

from __future__ import annotations

from shared import errors
from shared.cluster.client import Outcome
from shared.cluster.material import MaterialClient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared.cluster.certificates import Certificates
    from shared.hsm import Hsm
    from shared.hsm.approvals import Signed, TokenState
    from shared.hsm.keys import Template
    from shared.hsm.partition import PartitionInfo
    from shared.realm import Realm
    from shared.store.records import Key, Token


class QuorumClient(MaterialClient):
    """A client with these requests too.

    An operation that must be approved takes a token of every HSM that carries it out, so a token file holds one of each
    HSM, and is approved and deleted on those.
    """

    def __init__(
        self,
        realm: Realm,
        cluster: str,
        session: int,
        minimum_nodes: int = 1,
        *,
        certificates: Callable[[], Certificates],
        report: Callable[[int, int], None] | None = None,
    ) -> None:
        super().__init__(realm, cluster, session, minimum_nodes, report=report)
        self._certificates = certificates

    def generate_pbe(self, template: Template) -> Outcome[tuple[Key, ...]]:
        """Ask for a key derived from a password; see ``Hsm.generate_pbe``."""
        return self._create(lambda hsm: hsm.generate_pbe(template))

    def partition_info(self) -> Outcome[PartitionInfo]:
        """Return the figures of the first HSM's partition."""
        return self._first_holder(lambda hsm: hsm.partition_info())

    def certificate(self, subject: int) -> Outcome[bytes]:
        """Return a certificate of the first HSM, in PEM; see ``Certificates.get``."""
        return self._first_holder(lambda hsm: self._certificates().get(hsm.identity(), subject))

    def get_token(
        self, service: int, user_name: str, handle: int, *, clean: bool = False
    ) -> Outcome[list[tuple[Token, bytes]]]:
        """Start a service for a key on every HSM that has it; return each token with its record.

        If an HSM refuses, the others' tokens are taken back.
        """
        made: list[tuple[Token, bytes]] = []

        def start(hsm: Hsm) -> None:
            made.append(hsm.get_token(service, user_name, handle, clean=clean))

        outcome = self._where_held(handle, start)
        if outcome.code is errors.RET_OK:
            return Outcome(outcome.code, made, outcome.nodes)
        if made:
            self.delete_tokens(b"".join(record for _, record in made))
        return Outcome(outcome.code, None, outcome.nodes)

    def approve_token(self, file: bytes, approvals: Sequence[Signed]) -> Outcome[None]:
        """Count approvals on the HSMs whose tokens are in a token file; see ``Hsm.approve_token``."""
        return self._on_hsms_of(file, lambda hsm: hsm.approve_token(file, approvals))

    def delete_tokens(self, file: bytes | None) -> Outcome[None]:
        """Delete the user's tokens that are in a token file, or all of them for None.

        An HSM on which it was used up already has no say, unless it was so on all.
        """
        if file is None:
            return self._everywhere(self._nodes(), lambda hsm: hsm.delete_tokens(None))
        outcome = self._on_hsms_of(file, lambda hsm: hsm.delete_tokens(file))
        if not outcome.nodes:
            return outcome
        codes = [status.code for status in outcome.nodes if status.code is not errors.INVALID_HANDLE]
        failures = (code for code in codes if code is not errors.RET_OK)
        return outcome._replace(code=next(failures, errors.RET_OK if codes else errors.KEY_NOT_FOUND))

    def list_tokens(self) -> Outcome[list[TokenState]]:
        """Return the tokens of all HSMs, in node order."""
        found: list[TokenState] = []
        outcome = self._everywhere(self._nodes(), lambda hsm: found.extend(hsm.list_tokens()))
        return Outcome(outcome.code, found if outcome.code is errors.RET_OK else None, outcome.nodes)

    def _on_hsms_of(self, file: bytes, request: Callable[[Hsm], None]) -> Outcome[None]:
        """Send a request to the HSMs that a token file names; if it names none of the cluster's, to all."""
        from shared.hsm.approvals import hsms_of

        named, nodes = hsms_of(file), self._nodes()
        return self._everywhere([node for node in nodes if node.hsm.id in named] or nodes, request)
