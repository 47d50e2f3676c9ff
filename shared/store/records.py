"""The rows of the store, a table a class: what one HSM knows is the rows that carry its id.

All values are int, str, bytes, float or None, so that any database can hold them.
"""

from __future__ import annotations

from shared.lean import Record
from shared.mechanisms import FIPS, HSM1


class Cluster(Record):
    """A cluster: HSMs of one type and mode, as AWS names them, that share a lineage and one counter of key slots."""

    id: str
    name: str
    lineage: str
    next_slot: int
    owner_certificate: str | None
    created: float
    hsm_type: str = HSM1
    mode: str = FIPS


class Hsm(Record):
    """One HSM, or, with state ``backup``, what one held when the backup was made.

    ``node`` is its number in the cluster, from which key handles are derived. ``reboots`` counts the times that it came
    up. The store keeps ``key_count``, ``log_entries``, the number of its audit entries, and ``log_digest``, the last
    one's digest.
    """

    id: str
    cluster: str
    node: int
    ip: str
    state: str
    serial: str
    key_count: int = 0
    reboots: int = 1
    log_entries: int = 0
    log_digest: bytes = b""


class User(Record):
    """A user as one HSM knows it; ``verifier`` is the salted KDF of the password, as text with its parameters.

    The second factor of a user who has one is checked by ``mfa_key``, or by the quorum key where that is None: Client
    SDK 3 knows one key for both.
    """

    hsm: str
    id: int
    type: str
    name: str
    verifier: str
    failures: int = 0
    quorum_key: bytes | None = None
    two_factor: int = 0
    mfa_key: bytes | None = None


class Key(Record):
    """A key as one HSM holds it.

    ``flags`` are the boolean attributes, ``masked`` the key material under the lineage's masking key (for a public
    key its SubjectPublicKeyInfo, masked too), ``session`` the session that a session key lives and dies with.
    ``modulus`` and ``modulus_bits`` are an EC key's point and curve NID, as in the attributes of these names; an ML-DSA
    key's are its public key and parameter set. ``m_value`` users must approve its management, ``use_value`` its use.
    """

    hsm: str
    handle: int
    slot: int
    key_class: int
    key_type: int
    label: bytes
    key_id: bytes
    flags: int
    owner: int
    session: int | None
    m_value: int
    kcv: bytes
    value_len: int
    masked: bytes
    modulus: bytes = b""
    modulus_bits: int = 0
    public_exponent: bytes = b""
    wrap_template: bytes = b""
    unwrap_template: bytes = b""
    use_value: int = 0


class Share(Record):
    """A key that its owner lets another user use."""

    hsm: str
    handle: int
    user: int


class Session(Record):
    """A process that talks to HSMs: the tool's name, and when it came."""

    id: int | None
    tool: str
    opened: float


class Login(Record):
    """A user logged in on one HSM in one session."""

    hsm: str
    session: int
    user: int


class Fault(Record):
    """What befalls the next ``remaining`` requests to an HSM; see ``shared.hsm.faults`` for the kinds.

    ``command`` is the firmware command that it waits for, empty for any; ``code`` what a refusal answers, ``seconds``
    how long a delay lasts.
    """

    id: int | None
    hsm: str
    command: str
    code: int
    remaining: int
    kind: str = "refuse"
    seconds: float = 0.0


class Tombstone(Record):
    """A token key that was deleted somewhere in a cluster, and so is not brought back by what an HSM still holds."""

    cluster: str
    handle: int


class Backup(Record):
    """A backup of a cluster; its content is the HSM row of the same id."""

    id: str
    cluster: str
    lineage: str
    next_slot: int
    owner_certificate: str | None
    created: float


class MinimumValue(Record):
    """How many users must approve a service on an HSM; no row means that one suffices."""

    hsm: str
    service: int
    value: int


class Token(Record):
    """A quorum token: whose it is, in which session, for which service and key (0: none)."""

    hsm: str
    id: int
    service: int
    node: int
    handle: int
    user: str
    session: int
    created: float
    nonce: bytes


class Approval(Record):
    """A user's approval of a token."""

    hsm: str
    token: int
    user: int


class AuditEntry(Record):
    """What an HSM has logged of one command; what is None does not belong to its ``log_type``.

    ``time`` is in Unix microseconds, ``sequence`` counts from 0 without a gap, ``opcode``, ``log_type`` and
    ``user_type`` are numbers of ``shared.audit``, ``response`` one of ``shared.errors``. ``digest`` is over the other
    fields and the entry before.
    """

    hsm: str
    sequence: int
    time: int
    reboots: int
    opcode: int
    session: int
    response: int
    log_type: int
    user_name: str | None
    user_type: int | None
    private: int | None
    public: int | None
    digest: bytes


class TrustAnchor(Record):
    """A certificate (PEM, with its chain) that vouches for the clients of an HSM; ``reference`` is 1 or 2."""

    hsm: str
    reference: int
    certificate: str


class Enforcement(Record):
    """An HSM that takes only clients with a certificate; no row means that it takes all."""

    hsm: str
    level: str
