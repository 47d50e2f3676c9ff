"""What an HSM tells about its partition, and who it is: getPartitionInfo, getCert."""

from __future__ import annotations

from shared.hsm.quorum import SERVICES, QuorumRules
from shared.hsm.users import PASSWORD_LENGTHS
from shared.lean import Record
from shared.mechanisms import FIPS_STATE
from shared.store.records import Cluster, Hsm, Key, Session, User


class PartitionInfo(Record):
    """The figures of getPartitionInfo, in its order; those with a default are of no account here (choice)."""

    max_users: int
    available_users: int
    max_keys: int
    token_keys: int
    session_keys: int
    sessions: int
    m_values: dict[str, int]
    node: int
    group: str
    fingerprint: str
    name: str = "PARTITION_1"
    status: str = "occupied"
    fips_state: int = FIPS_STATE
    max_ssl_contexts: int = 0
    ssl_contexts: int = 0
    accelerators: int = 0
    max_password: int = PASSWORD_LENGTHS[-1]
    min_password: int = PASSWORD_LENGTHS[0]
    cloning_method: int = 1
    kek_method: int = 1
    certificate_authentication: int = 1
    keeps_users_with_keys: int = 1
    two_key_backup: int = 1
    n_value: int = 0
    export_with_user_keys: str = "Enabled"
    backup_by_officers: str = "Enabled"
    audit_log: str = "Not Finalized"


class Identity(Record):
    """What the certificates of an HSM are about."""

    hsm: Hsm
    cluster: Cluster


class PartitionCommands(QuorumRules):
    """Read commands for which nobody need be logged in."""

    def partition_info(self) -> PartitionInfo:
        """Return the figures of getPartitionInfo."""
        import hashlib

        with self._reading("getPartitionInfo") as row:
            users = self._store.count(User, hsm=self.id)
            token_keys = self._store.count(Key, hsm=self.id, session=None)
            quotas = self.realm.quotas
            return PartitionInfo(
                max_users=quotas.max_users,
                available_users=max(0, quotas.max_users - users),
                max_keys=quotas.max_keys,
                token_keys=token_keys,
                session_keys=row.key_count - token_keys,
                sessions=self._store.count(Session),
                m_values={name: self._minimum(service) for service, name in SERVICES.items() if service},
                node=row.node,
                group=row.cluster,
                fingerprint=hashlib.sha256(row.cluster.encode()).hexdigest(),
            )

    def identity(self) -> Identity:
        """Return the HSM's row and its cluster's, for its certificates."""
        with self._reading("getCert") as row:
            cluster = self._store.one(Cluster, id=row.cluster)
            assert cluster is not None
            return Identity(row, cluster)
