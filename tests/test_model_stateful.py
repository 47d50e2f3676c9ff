"""Random commands on one cluster and its clone: whatever is done, these things hold."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from model_support import ADMIN, AES, ALICE, OTHER, WRONG, World, clone_of, make_world, outcome_of, use_known_rsa_keys

from shared import audit, errors
from shared.attributes import FLAG_BITS
from shared.cluster import directory
from shared.cluster.catch_up import LEFT_OUT, catch_up
from shared.crypto import generation
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.hsm.inspection import state_digest
from shared.hsm.keys import Template
from shared.mechanisms import KEY_GENERIC
from shared.store.protocol import Criteria
from shared.store.records import AuditEntry, Cluster, Key, Login, Session, Share, Tombstone, User

NAMES = st.sampled_from(["carol", "dave", "ALICE", "bob"])
HANDLES = st.integers(6, 20)
TEMPLATES = st.builds(
    Template,
    label=st.sampled_from([b"", b"label", b"\xff"]),
    token=st.booleans(),
    extractable=st.booleans(),
    users=st.sampled_from([(), (), (4,), (3,), (5,), (4, 5)]),
    m_value=st.sampled_from([0, 0, 0, 1, 2]),
    use_value=st.sampled_from([None, None, 0, 2]),
    flags=st.none() | st.integers(0, (1 << FLAG_BITS) - 1),
)
NODES = st.integers(0, 2)
CURVE = ec.derive_private_key(7, ec.SECP256R1())


class Model(RuleBasedStateMachine):
    """Two HSMs in a cluster and one in a clone; a session of a CO and one of a CU with each, and a client."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="cloudhsm-sim-tests-"))
        self.patch = pytest.MonkeyPatch()
        use_known_rsa_keys(self.patch)
        self.patch.setattr(generation, "ec_pair", lambda curve: generation.describe_ec(CURVE, curve))
        self.world = make_world(self.folder, nodes=2, max_keys=12, max_users=7)
        self.in_step = True
        self.inserted: set[tuple[str, int]] = set()
        self.seen: dict[str, tuple[str, int]] = {}

    @initialize()
    def clone(self) -> None:
        """Make the clone, and log in everywhere."""
        self.clone_world: World = clone_of(self.world)
        self.worlds = (self.world, self.clone_world)
        self.hsm_ids = [row.id for world in self.worlds for row in world.rows]
        self.officers = self.connections()
        self.users = self.connections()
        self.client = self.world.client(self.world.realm.open_session("client"))
        for hsm in self.officers:
            hsm.login("CO", "admin", ADMIN)
        for hsm in self.users:
            hsm.login("CU", "alice", ALICE)
        self.client.login("CU", "alice", ALICE)

    def connections(self) -> list[Hsm]:
        """Return a connection with each HSM, over one session."""
        session = self.world.realm.open_session("test")
        return [Hsm(self.world.realm, hsm, session) for hsm in self.hsm_ids]

    def attempt(self, request: Any, *arguments: object) -> Any:
        """Carry a firmware command out, which makes an entry; return what came of it.

        A refusal is None and changes nothing else.
        """
        before, entries = self.content(), self.entries()
        try:
            return request(*arguments)
        except HsmError as refusal:
            if refusal.code is not errors.LOGIN_FAILURE:
                assert self.content() == before
            return None
        finally:
            assert self.entries() == entries + 1

    def entries(self) -> int:
        """Return how many entries all HSMs have logged."""
        return self.world.store.count(AuditEntry)

    def content(self) -> list[list[Any]]:
        """Return all rows of the model."""
        return [self.world.store.rows(table) for table in (User, Key, Share, Login, Session)]

    # Commands of single HSMs, by which they drift apart

    @rule(node=NODES, name=NAMES, user_type=st.sampled_from(["CU", "CU", "CO", "PRECO"]))
    def create_user(self, node: int, name: str, user_type: str) -> None:
        """Create a user."""
        self.in_step = False
        self.attempt(self.officers[node].create_user, user_type, name, OTHER)

    @rule(node=NODES, name=NAMES, user_type=st.sampled_from(["CU", "CU", "CO", "PRECO"]), back=st.booleans())
    def delete_user(self, node: int, name: str, user_type: str, back: bool) -> None:
        """Delete a user, and perhaps roll back."""
        self.in_step = False
        deleted = self.attempt(self.officers[node].delete_user, user_type, name)
        if deleted is not None and back:
            self.officers[node].restore_user(deleted)

    @rule(node=NODES, name=NAMES)
    def change_password(self, node: int, name: str) -> None:
        """Change a password."""
        self.in_step = False
        self.attempt(self.officers[node].change_password, "CU", name, OTHER)

    @rule(node=NODES, name=NAMES, password=st.sampled_from([ALICE, OTHER, WRONG]))
    def login(self, node: int, name: str, password: Any) -> None:
        """Log in, in place of the CU before."""
        self.attempt(lambda: self.users[node].login("CU", name, password, replace=True))

    @rule(node=NODES)
    def logout(self, node: int) -> None:
        """Log out."""
        self.attempt(self.users[node].logout)

    @rule(node=NODES, template=TEMPLATES, key_type=st.sampled_from([AES, KEY_GENERIC]))
    def generate_secret(self, node: int, template: Template, key_type: int) -> None:
        """Make a secret key on one HSM only."""
        self.in_step = False
        self.attempt(self.users[node].generate_secret, key_type, 16, template)

    @rule(node=NODES, template=TEMPLATES, rsa=st.booleans())
    def generate_pair(self, node: int, template: Template, rsa: bool) -> None:
        """Make a pair on one HSM only."""
        self.in_step = False
        if rsa:
            self.attempt(self.users[node].generate_rsa, 2048, 65537, template)
        else:
            self.attempt(self.users[node].generate_ec, 2, template)

    @rule(node=NODES, maker=st.integers(0, 1), slot=HANDLES)
    def delete_key(self, node: int, maker: int, slot: int) -> None:
        """Delete a key on one HSM only."""
        self.in_step = False
        self.attempt(self.users[node].delete_key, maker << 18 | slot)

    @rule(node=NODES, maker=st.integers(0, 1), slot=HANDLES)
    def make_token(self, node: int, maker: int, slot: int) -> None:
        """Turn a session key into a token key on one HSM only."""
        self.in_step = False
        self.attempt(self.users[node].make_token, maker << 18 | slot, True)

    @rule(source=NODES, to=NODES, maker=st.integers(0, 1), slot=HANDLES, officer=st.booleans())
    def sync_key(self, source: int, to: int, maker: int, slot: int, officer: bool) -> None:
        """Carry a key to another HSM."""
        carriers = self.officers if officer else self.users
        masked = self.attempt(carriers[source].extract_key, maker << 18 | slot)
        if masked is not None:
            self.in_step = False
            key = self.attempt(carriers[to].insert_key, masked)
            if key is not None:
                self.inserted.add((key.hsm, key.handle))

    @rule(source=NODES, to=NODES, user=st.integers(1, 7))
    def sync_user(self, source: int, to: int, user: int) -> None:
        """Carry a user to another HSM."""
        masked = self.attempt(self.officers[source].extract_user, user)
        if masked is not None:
            self.in_step = False
            self.attempt(self.officers[to].insert_user, masked)

    # Commands of the whole cluster, which keep its HSMs in step

    @rule(template=TEMPLATES, pair=st.booleans())
    def generate_everywhere(self, template: Template, pair: bool) -> None:
        """Make a key through the client."""
        if pair:
            self.client.generate_ec(2, template)
        else:
            self.client.generate_secret(AES, 32, template)

    @rule(maker=st.integers(0, 1), slot=HANDLES)
    def delete_everywhere(self, maker: int, slot: int) -> None:
        """Delete a key through the client."""
        self.client.delete_key(maker << 18 | slot)

    @rule(maker=st.integers(0, 1), slot=HANDLES)
    def make_token_everywhere(self, maker: int, slot: int) -> None:
        """Turn a session key into a token key through the client."""
        self.client.make_token(maker << 18 | slot, True)

    # Sessions and HSMs

    @rule()
    def end_the_users_session(self) -> None:
        """End the session of the CUs and begin another, in which nobody is logged in."""
        self.world.realm.close_session(self.users[0].session)
        self.users = self.connections()

    @rule(node=st.integers(0, 1))
    def restart(self, node: int) -> None:
        """Take an HSM down and up."""
        for state in ("stopped", "up"):
            directory.set_state(self.world.realm, self.hsm_ids[node], state)
        self.attempt(self.officers[node].login, "CO", "admin", ADMIN)
        self.client.login("CU", "alice", ALICE)

    @rule()
    def catch_up(self) -> None:
        """Bring the keys of the cluster's HSMs into step; what is left out stays so, and no HSM logs it."""
        steps = catch_up(self.world.realm, self.world.cluster.id)
        assert not (self.in_step and steps)
        inserted = {handle for _, handle in self.inserted}
        self.inserted |= {(step.hsm, step.handle) for step in steps if step.handle in inserted}
        left_out = [step for step in steps if step.action == LEFT_OUT]
        assert catch_up(self.world.realm, self.world.cluster.id) == left_out
        assert self.world.store.count(Tombstone, cluster=self.world.cluster.id) == 0
        for hsm in {step.hsm for step in steps} & self.seen.keys():
            self.seen[hsm] = state_digest(self.world.store, hsm), self.seen[hsm][1]

    @rule()
    def back_up(self) -> None:
        """Make a backup, and nothing of it."""
        directory.create_backup(self.world.realm, self.world.cluster.id)

    # What always holds

    @invariant()
    def made_slots_are_unique_in_a_cluster(self) -> None:
        """Check that a slot is given once; a key that came from the clone may have one that was given here too."""
        for world in self.worlds:
            made: dict[int, int] = {}
            cluster = world.store.one(Cluster, id=world.cluster.id)
            for row in world.rows:
                handles = set()
                for key in world.store.rows(Key, hsm=row.id):
                    assert key.slot == key.handle & 0x3FFFF
                    assert 6 <= key.slot < cluster.next_slot
                    handles.add(key.handle)
                    if (row.id, key.handle) not in self.inserted:
                        assert made.setdefault(key.slot, key.handle) == key.handle
                assert len(handles) == world.store.count(Key, hsm=row.id)

    @invariant()
    def shares_and_owners_exist(self) -> None:
        """Check that every key has its owner, a CU, and every share its key and its user, who is not the owner."""
        store = self.world.store
        for key in store.rows(Key):
            owner = store.one(User, hsm=key.hsm, id=key.owner)
            assert owner is not None
            assert owner.type == "CU"
        for share in store.rows(Share):
            key = store.one(Key, hsm=share.hsm, handle=share.handle)
            user = store.one(User, hsm=share.hsm, id=share.user)
            assert key is not None
            assert key.key_class != 2
            assert user is not None
            assert user.type == "CU"
            assert user.id != key.owner

    @invariant()
    def counts_and_quotas_hold(self) -> None:
        """Check that the count of keys is that of the rows, and that no quota is passed."""
        store = self.world.store
        for hsm in self.hsm_ids:
            rows = [row for world in self.worlds for row in world.rows if row.id == hsm]
            assert rows[0].key_count == store.count(Key, hsm=hsm) <= 12
            users = store.rows(User, hsm=hsm)
            assert len(users) <= 7
            assert len({user.name.lower() for user in users}) == len(users)
            assert all(0 <= user.failures <= 5 for user in users)

    @invariant()
    def only_living_sessions_have_logins_and_keys(self) -> None:
        """Check that what a session had went with it, and that TOKEN tells the two kinds of keys apart."""
        store = self.world.store
        living = {session.id for session in store.rows(Session)}
        assert {login.session for login in store.rows(Login)} <= living
        for key in store.rows(Key):
            assert key.session is None or key.session in living
            assert bool(key.flags & 1) == (key.session is None)

    @invariant()
    def keys_open_in_their_lineage(self) -> None:
        """Check that all material is there."""
        for key in self.world.store.rows(Key):
            material = self.world.realm.vault.unmask(self.world.cluster.lineage, b"key%d" % key.key_class, key.masked)
            assert len(material) == key.value_len or key.key_class == 2

    @invariant()
    def hsms_are_in_step_while_only_cluster_commands_were_given(self) -> None:
        """Check that the client's copies make equal HSMs."""
        if self.in_step:
            assert len({state_digest(self.world.store, row.id) for row in self.world.rows}) == 1

    @invariant()
    def logs_are_whole_and_tell_of_every_change(self) -> None:
        """Check the chain of every HSM's log, and that an HSM that is not as it was has logged something since."""
        for hsm in self.hsm_ids:
            digest, entries = state_digest(self.world.store, hsm), audit.verify(self.world.store, hsm)
            known, logged = self.seen.get(hsm, ("", -1))
            assert entries > logged or (entries, digest) == (logged, known)
            self.seen[hsm] = digest, entries

    @invariant()
    def a_search_finds_what_can_be_read(self) -> None:
        """Check that findKey and getAttribute agree on what a user may see."""
        for hsm in self.users:
            if hsm.logged_in() is None:
                continue
            found = set(hsm.find_keys(Criteria()))
            for key in self.world.store.rows(Key, hsm=hsm.id):
                readable = outcome_of(lambda hsm=hsm, key=key: hsm.read_key(key.handle))
                assert readable == ("ok" if key.handle in found else "RET_KEY_ACCESS_DENIED")

    def teardown(self) -> None:
        """Give everything back."""
        self.world.realm.close()
        self.patch.undo()
        shutil.rmtree(self.folder)


Model.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestModel = Model.TestCase


class InStep(Model):
    """The same with commands of the whole cluster only."""

    create_user = delete_user = change_password = generate_secret = generate_pair = None  # type: ignore[assignment]
    delete_key = make_token = sync_key = sync_user = login = logout = None  # type: ignore[assignment]

    @invariant()
    def hsms_are_in_step(self) -> None:
        """Check that nothing has made the HSMs differ."""
        assert self.in_step


InStep.TestCase.settings = settings(Model.TestCase.settings, max_examples=10)
TestInStep = InStep.TestCase
