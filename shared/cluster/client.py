"""The client daemon's part: one session over all HSMs of a cluster, keys copied to each, an answer from each."""

from __future__ import annotations

from shared import errors
from shared.cluster import members
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.lean import Generic, Record, TypeVar
from shared.store.records import Login

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.crypto.passwords import Password
    from shared.errors import Code
    from shared.hsm.inspection import HsmInfo
    from shared.hsm.keys import KeyInfo, Template
    from shared.realm import Realm
    from shared.store.protocol import Criteria
    from shared.store.records import Key, User

T = TypeVar("T")


class NodeStatus(Record):
    """What one HSM answered."""

    node: int
    code: Code


class Outcome(Record, Generic[T]):
    """The client's answer: a code, what came of the request (None if nothing), and each HSM's answer."""

    code: Code
    value: T | None
    nodes: tuple[NodeStatus, ...] = ()

    @property
    def successes(self) -> int:
        """Return how many HSMs succeeded."""
        return sum(1 for status in self.nodes if status.code is errors.RET_OK)


class _Node(Record):
    number: int
    hsm: Hsm


class Client:
    """One application's session with a cluster.

    Every method is one request. It asks the HSMs that are up, in node order, and returns an ``Outcome``; nothing is
    raised for what an HSM refuses. A new key is made on the first of them and, unless it is a session key, copied as
    a masked object to the others; it must come to stand on ``minimum_nodes`` of them, or it is taken back; ``report``
    is called with the handle and the node where that failed. Other requests about keys go to the HSMs that have the
    key. INVALID_OPERATION is the answer when no HSM is up.

    One HSM is enough for making a key, and for what is read, signed or wrapped. It is the first, or, where the load is
    balanced ``round-robin``, another one each time, separately for what is made and for the rest; the number of the
    session says which one begins, so that short sessions take turns, too.
    """

    def __init__(
        self,
        realm: Realm,
        cluster: str,
        session: int,
        minimum_nodes: int = 1,
        *,
        report: Callable[[int, int], None] | None = None,
    ) -> None:
        self._realm = realm
        self._cluster = cluster
        self._session = session
        self._minimum_nodes = minimum_nodes
        self._turns = {"make": session, "serve": session} if realm.load_balancing == "round-robin" else None
        self._report = report
        self._credentials: tuple[str, str, Password] | None = None

    def _nodes(self) -> list[_Node]:
        """Return the HSMs that are up; one that has come back or is new is logged in, or left out if it refuses."""
        rows = members(self._realm.store, self._cluster)
        nodes = [_Node(row.node, Hsm(self._realm, row.id, self._session)) for row in rows if row.state == "up"]
        if self._credentials is None:
            return nodes
        known = {login.hsm for login in self._realm.store.rows(Login, session=self._session)}
        return [node for node in nodes if node.hsm.id in known or self._joins(node)]

    def _joins(self, node: _Node) -> bool:
        assert self._credentials is not None
        try:
            node.hsm.login(*self._credentials, replace=True)
        except HsmError:
            return False
        return True

    def _in_turn(self, nodes: list[_Node], work: str) -> list[_Node]:
        """Return the HSMs in the order in which they are asked to do what one of them does."""
        if self._turns is None or not nodes:
            return nodes
        first = self._turns[work] % len(nodes)
        self._turns[work] += 1
        return nodes[first:] + nodes[:first]

    def login(self, user_type: str, name: str, password: Password) -> Outcome[None]:
        """Log in on every HSM, in place of whoever was; if only some refuse, nobody is logged in anywhere.

        The code is LOGIN_FAILURE when only some refuse (Azure session), else the HSMs' common one. One that does not
        answer refuses nothing: it is logged in with the next request that it answers.
        """
        nodes = self._nodes()
        outcome = self._everywhere(nodes, lambda hsm: hsm.login(user_type, name, password, replace=True))
        silent = (errors.RET_OK, errors.SERVER_UNAVAILABLE)
        refusals = [status.code for status in outcome.nodes if status.code not in silent]
        if not outcome.successes:
            return outcome._replace(code=refusals[0]) if refusals else outcome
        if refusals:
            self.logout()
            return outcome._replace(code=errors.LOGIN_FAILURE)
        self._credentials = (user_type, name, password)
        return outcome._replace(code=errors.RET_OK)

    def logout(self) -> Outcome[None]:
        """Log out on every HSM; the first that does so is the one that logs it."""
        nodes, done = self._nodes(), False
        self._credentials = None

        def log_out(hsm: Hsm) -> None:
            nonlocal done
            hsm.logout(relayed=done)
            done = True

        return self._everywhere(nodes, log_out)

    def generate_secret(self, key_type: int, size: int, template: Template) -> Outcome[tuple[Key, ...]]:
        """Make a secret key; see ``Hsm.generate_secret``."""
        return self._create(lambda hsm: (hsm.generate_secret(key_type, size, template),))

    def generate_rsa(self, bits: int, exponent: int, template: Template) -> Outcome[tuple[Key, ...]]:
        """Make an RSA pair, public key first; see ``Hsm.generate_rsa``."""
        return self._create(lambda hsm: hsm.generate_rsa(bits, exponent, template))

    def generate_ec(self, curve: int, template: Template) -> Outcome[tuple[Key, ...]]:
        """Make an EC pair, public key first; see ``Hsm.generate_ec``."""
        return self._create(lambda hsm: hsm.generate_ec(curve, template))

    def delete_key(self, handle: int) -> Outcome[None]:
        """Delete a key wherever it is; KEY_NOT_FOUND, with every HSM's own code, if it is nowhere."""
        return self._where_held(handle, lambda hsm: hsm.delete_key(handle))

    def make_token(self, handle: int, token: bool) -> Outcome[tuple[Key, ...]]:
        """Turn a session key into a token key, and copy it to the HSMs that lack it."""
        nodes = self._nodes()
        for node in nodes:
            try:
                if node.hsm.key_lifetime(handle):
                    key = node.hsm.make_token(handle, token)
                    return self._copied((key,), nodes, node)
            except HsmError as refusal:
                return Outcome(refusal.code, None, (NodeStatus(node.number, refusal.code),))
        return self._not_found(nodes)

    def find_keys(self, criteria: Criteria) -> Outcome[list[int]]:
        """Return handles; one HSM answers in 3.x (sessions of 2021 to 2023), all of them in 1.x (guide)."""
        nodes = self._nodes()
        if self._realm.profile != "1.x":
            nodes = self._in_turn(nodes, "serve")[:1]
        return self._everywhere(nodes, lambda hsm: hsm.find_keys(criteria))

    def find_single_key(self, handle: int) -> Outcome[None]:
        """Ask every HSM whether it has the key: RET_OK or INVALID_HANDLE from each, KEY_NOT_FOUND if none has."""
        return self._where_held(handle, lambda _: None)

    def read_key(self, handle: int) -> Outcome[Key]:
        """Return a key from the first HSM that has it; KEY_NOT_FOUND if none has."""
        return self._first_holder(lambda hsm: hsm.read_key(handle))

    def key_info(self, handle: int) -> Outcome[KeyInfo]:
        """Return who may use a key, from the first HSM that has it; KEY_NOT_FOUND if none has."""
        return self._first_holder(lambda hsm: hsm.key_info(handle))

    def list_users(self) -> Outcome[list[User]]:
        """Return the users of all HSMs together, by id, each once, with the most login failures of any HSM."""
        nodes = self._nodes()
        merged: dict[tuple[int, str, str], User] = {}
        for node in nodes:
            try:
                users = node.hsm.list_users()
            except HsmError as refusal:
                return Outcome(refusal.code, None)
            for user in users:
                key = (user.id, user.name, user.type)
                if key not in merged or merged[key].failures < user.failures:
                    merged[key] = user
        code = errors.RET_OK if nodes else errors.INVALID_OPERATION
        return Outcome(code, [merged[key] for key in sorted(merged)])

    def logged_in(self) -> Outcome[User]:
        """Return who is logged in in this session; the value is None for nobody."""
        return self._first_holder(Hsm.logged_in)

    def hsm_info(self) -> Outcome[HsmInfo]:
        """Return the figures of the first HSM."""
        return self._first_holder(lambda hsm: hsm.info())

    def _everywhere(self, nodes: list[_Node], request: Callable[[Hsm], T]) -> Outcome[T]:
        code, value, statuses = errors.INVALID_OPERATION, None, list[NodeStatus]()
        for node in nodes:
            try:
                answer = request(node.hsm)
            except HsmError as refusal:
                status = refusal.code
            else:
                status = errors.RET_OK
                value = answer if value is None else value
            if not statuses or code is errors.RET_OK:
                code = status
            statuses.append(NodeStatus(node.number, status))
        return Outcome(code, value, tuple(statuses))

    def _first_holder(self, request: Callable[[Hsm], T | None]) -> Outcome[T]:
        code = errors.INVALID_OPERATION
        for node in self._in_turn(self._nodes(), "serve"):
            try:
                return Outcome(errors.RET_OK, request(node.hsm))
            except HsmError as refusal:
                if refusal.code is errors.INVALID_HANDLE:
                    code = errors.KEY_NOT_FOUND
                elif refusal.code is not errors.SERVER_UNAVAILABLE:
                    return Outcome(refusal.code, None)
        return Outcome(code, None)

    def _where_held(self, handle: int, request: Callable[[Hsm], None]) -> Outcome[None]:
        """Send a request to the HSMs that have a key; the others answer INVALID_HANDLE, if it is a token key."""
        code, statuses, session_key = errors.KEY_NOT_FOUND, list[NodeStatus](), False
        for node in self._nodes():
            status = errors.INVALID_HANDLE
            try:
                lifetime = node.hsm.key_lifetime(handle)
                if lifetime:
                    session_key = lifetime == "session"
                    request(node.hsm)
                    status = errors.RET_OK
            except HsmError as refusal:
                status = refusal.code
            if status is not errors.INVALID_HANDLE and code in (errors.KEY_NOT_FOUND, errors.RET_OK):
                code = status
            statuses.append(NodeStatus(node.number, status))
        if not statuses:
            return Outcome(errors.INVALID_OPERATION, None)
        if session_key:
            statuses = [status for status in statuses if status.code is not errors.INVALID_HANDLE]
        return Outcome(code, None, tuple(statuses))

    def _not_found(self, nodes: list[_Node]) -> Outcome[tuple[Key, ...]]:
        if not nodes:
            return Outcome(errors.INVALID_OPERATION, None)
        absent = tuple(NodeStatus(node.number, errors.INVALID_HANDLE) for node in nodes)
        return Outcome(errors.KEY_NOT_FOUND, None, absent)

    def _create(self, make: Callable[[Hsm], tuple[Key, ...]]) -> Outcome[tuple[Key, ...]]:
        nodes = self._nodes()
        for node in self._in_turn(nodes, "make"):
            try:
                keys = make(node.hsm)
            except HsmError as refusal:
                if refusal.code is errors.SERVER_UNAVAILABLE:
                    continue
                # The guide's genECCKeyPair example: the summary names the policy, the node does not.
                status = errors.SERVER_UNAVAILABLE if refusal.code is errors.POLICY_MISMATCH else refusal.code
                return Outcome(refusal.code, None, (NodeStatus(node.number, status),))
            outcome = self._copied(keys, nodes, node)
            if keys[0].session is None and outcome.successes < self._minimum_nodes:
                self._take_back(keys, nodes)
                return outcome._replace(code=errors.CLUSTER_ERROR, value=None)
            return outcome
        unavailable = tuple(NodeStatus(node.number, errors.SERVER_UNAVAILABLE) for node in nodes)
        return Outcome(errors.SERVER_UNAVAILABLE if nodes else errors.INVALID_OPERATION, None, unavailable)

    def _copied(self, keys: tuple[Key, ...], nodes: list[_Node], source: _Node) -> Outcome[tuple[Key, ...]]:
        """Copy keys from the HSM that made them to the others; CLUSTER_INCOMPLETE if they are not on all then."""
        if keys[0].session is not None:
            return Outcome(errors.RET_OK, keys, (NodeStatus(source.number, errors.RET_OK),))
        masked, failure = list[bytes](), errors.RET_OK
        try:
            masked += [source.hsm.extract_key(key.handle) for key in keys]
        except HsmError as refusal:
            failure = refusal.code
        statuses = []
        for node in nodes:
            status = errors.RET_OK if node is source else failure
            try:
                if node is not source:
                    for blob in masked:
                        node.hsm.insert_key(blob, replica=True)
            except HsmError as refusal:
                status = refusal.code
            statuses.append(NodeStatus(node.number, status))
        outcome = Outcome(errors.RET_OK, keys, tuple(statuses))
        if outcome.successes < len(statuses):
            return outcome._replace(code=errors.CLUSTER_INCOMPLETE)
        return outcome

    def _take_back(self, keys: tuple[Key, ...], nodes: list[_Node]) -> None:
        """Remove new keys wherever they are; report each that stays, as its HSM refuses or has gone down."""
        for key in keys:
            for node in nodes:
                try:
                    node.hsm.take_back(key.handle)
                except HsmError as refusal:
                    if self._report is not None and refusal.code is not errors.INVALID_HANDLE:
                        self._report(key.handle, node.number)
