"""What always holds in an installation, whatever has been typed: the invariants of docs/architecture.md."""

from typing import NamedTuple

from hypothesis.stateful import RuleBasedStateMachine, invariant
from lines_support import NONE
from tools_support import Lab

from shared import audit
from shared.cluster import members
from shared.hsm.inspection import state_digest
from shared.store.records import Cluster, Hsm, Key, Login, Session, Share, User

NO_KEY = 4711
DELIVERED = ("admin", "app_user")


class State(NamedTuple):
    """What one HSM holds, and how much it has logged."""

    digest: str
    handles: tuple[int, ...]
    entries: int


class Held(RuleBasedStateMachine):
    """Clusters whose invariants are checked after each step; what drives them is added by who inherits this."""

    def __init__(self) -> None:
        super().__init__()
        self.lab = Lab()
        self.store = self.lab.realm.store
        # Keys that syncKey has brought from a clone or its source, by cluster and handle.
        self.foreign: set[tuple[str, int]] = set()
        self.seen: dict[str, State] = {}

    # What there is

    def clusters(self) -> dict[str, str]:
        """Return the id of each cluster, by name."""
        return {row.name: row.id for row in self.store.rows(Cluster, "name")}

    def state(self, hsm: str) -> State:
        """Return the state of an HSM."""
        handles = tuple(key.handle for key in self.store.rows(Key, "handle", hsm=hsm))
        row = self.store.one(Hsm, id=hsm)
        assert row is not None
        return State(state_digest(self.store, hsm), handles, row.log_entries)

    def states(self) -> dict[str, dict[str, State]]:
        """Return the state of every HSM, by cluster and id."""
        return {
            name: {row.id: self.state(row.id) for row in members(self.store, cluster)}
            for name, cluster in self.clusters().items()
        }

    def handle(self, pick: int) -> int:
        """Return one of the handles that are anywhere, or that of no key."""
        handles = sorted({key.handle for key in self.store.rows(Key)})
        return handles[pick % len(handles)] if handles and pick != NONE else NO_KEY

    def filled(self, line: str, pick: int) -> str:
        """Return a line with the handle of a key and a user filled in; those who own no keys come first."""
        owners = {(key.hsm, key.owner) for key in self.store.rows(Key)}
        users = {
            ((user.hsm, user.id) in owners, f"{user.type} {user.name}")
            for user in self.store.rows(User)
            if user.name not in DELIVERED
        }
        known = sorted(users)[pick % len(users)][1] if users and pick != NONE else "CU nobody"
        return line.format(handle=self.handle(pick), known=known)

    def hsm_ids(self, name: str) -> list[str]:
        """Return the ids of a cluster's HSMs, in node order."""
        return [row.id for row in members(self.store, self.clusters()[name])]

    def keys(self, hsm: str) -> list[Key]:
        """Return the keys of an HSM."""
        return self.store.rows(Key, "handle", hsm=hsm)

    def hsm(self, number: int) -> Hsm:
        """Return one of all HSMs."""
        rows = [row for cluster in self.clusters().values() for row in members(self.store, cluster)]
        return rows[number % len(rows)]

    # What always holds

    @invariant()
    def handles_are_unique_in_a_cluster(self) -> None:
        """Check that a slot is given once, and that a handle is one key; the clone's keys count for themselves."""
        for name, cluster in self.clusters().items():
            counter = self.store.one(Cluster, id=cluster)
            made: dict[int, tuple[int, bytes]] = {}
            for hsm in self.hsm_ids(name):
                for key in self.keys(hsm):
                    assert counter is not None
                    assert key.slot == key.handle & 0x3FFFF
                    assert 6 <= key.slot < counter.next_slot
                    if (name, key.handle) not in self.foreign:
                        assert made.setdefault(key.slot, (key.handle, key.masked)) == (key.handle, key.masked)

    @invariant()
    def shares_and_owners_exist(self) -> None:
        """Check that a key has its owner, a CU, and a share its key and a CU who is not the owner; backups too."""
        users = {(user.hsm, user.id): user for user in self.store.rows(User)}
        keys = {(key.hsm, key.handle): key for key in self.store.rows(Key)}
        for key in keys.values():
            assert users[key.hsm, key.owner].type == "CU"
        for share in self.store.rows(Share):
            key = keys[share.hsm, share.handle]
            assert key.key_class != 2
            assert users[share.hsm, share.user].type == "CU"
            assert share.user != key.owner
        for hsm in {user.hsm for user in users.values()}:
            names = [user.name.lower() for user in users.values() if user.hsm == hsm]
            assert len(names) == len(set(names))

    @invariant()
    def only_living_sessions_have_logins_and_keys(self) -> None:
        """Check that what a session had went with it, also from HSMs that are down."""
        sessions = {session.id for session in self.store.rows(Session)}
        stopped = {row.id for row in self.store.rows(Hsm) if row.state != "up"}
        assert all(login.session in sessions and login.hsm not in stopped for login in self.store.rows(Login))
        for key in self.store.rows(Key):
            assert key.session is None or (key.session in sessions and key.hsm not in stopped)
            assert bool(key.flags & 1) == (key.session is None)

    @invariant()
    def keys_open_in_their_lineage(self) -> None:
        """Check that an HSM counts its keys right, and that the material opens where it is."""
        lineages = {row.id: row.lineage for row in self.store.rows(Cluster)}
        for row in self.store.rows(Hsm):
            keys = self.keys(row.id)
            assert row.key_count == len(keys)
            for key in keys if row.cluster in lineages else ():
                self.lab.realm.vault.unmask(lineages[row.cluster], b"key%d" % key.key_class, key.masked)

    @invariant()
    def logs_are_whole_and_tell_of_every_change(self) -> None:
        """Check the chain of every log, and that an HSM that has changed has logged something since."""
        for states in self.states().values():
            for hsm, state in states.items():
                known = self.seen.get(hsm)
                if known is None or state.entries != known.entries:
                    assert audit.verify(self.store, hsm) == state.entries
                    assert known is None or state.entries > known.entries
                else:
                    assert state.digest == known.digest
                self.seen[hsm] = state


def contents(states: dict[str, dict[str, State]]) -> list[tuple[str, State]]:
    """Return what all HSMs hold, whatever they have logged."""
    return [(hsm, state._replace(entries=0)) for of in states.values() for hsm, state in sorted(of.items())]


def entries(states: dict[str, dict[str, State]]) -> int:
    """Return how many entries all HSMs have logged."""
    return sum(state.entries for of in states.values() for state in of.values())
