"""Random lines typed at both tools, over two lineages: whatever is done, these things hold, and can be repaired.

CLOUDHSM_SIM_SEARCH=500 searches longer, in so many examples, which differ from run to run.
"""

import os
import re
import sys
from collections.abc import Sequence

from held_support import Held, contents, entries
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from lines_support import (
    ANSWERS,
    ASK,
    CMUS,
    EVERYWHERE,
    FAULTS,
    GENERATE,
    KMUS,
    LINEAGES,
    MANAGE,
    NAMES,
    OWN,
    PASSWORDS,
    PICKS,
    READ,
    SERVERS,
    TRUST,
    USER_IDS,
    USERS,
    WHO,
)
from repair_support import mend
from tools_support import ADMIN_PASSWORD, CLONE, FIRST_PASSWORD, OTHER, SOURCE, Tool

from cloudhsm_mgmt_util.shell import GLOBAL_PROMPT
from shared.cluster import members
from shared.store.records import Cluster, Fault, Hsm, Key, User

SEARCH = int(os.environ.get("CLOUDHSM_SIM_SEARCH", "0"))
MOST_HSMS = 3

# Each of these lines of cloudhsm_mgmt_util tells of one command that an HSM has logged.
OUTCOME = re.compile(r"^(?!rollBack)\w+ (?:success|failed: .*)(?: on server .*)?$", re.MULTILINE)
SUCCESS = re.compile(r"^\w+ success", re.MULTILINE)
LOGGED = ("changePswd", "createUser", "deleteUser", "loginHSM", "logoutHSM", "setAttribute", "shareKey")
ROLLED_BACK = "Retry/rollBack/Ignore?(R/B/I):B\n"


class Drift(Held):
    """A cluster, perhaps its clone, and a cluster that has nothing to do with them, driven by their tools."""

    def __init__(self) -> None:
        super().__init__()
        self.kmus: dict[str, Tool] = {}
        self.cmus: dict[tuple[str, ...], Tool] = {}
        # Of each run of cloudhsm_mgmt_util: its servers, by cluster and address.
        self.servers: dict[Tool, list[tuple[str, str]]] = {}
        self.by_sync = False
        # How many entries the line that was typed last has made.
        self.logged = 0

    @initialize(by_sync=st.booleans(), hsms=st.integers(0, 2))
    def begin(self, by_sync: bool, hsms: int) -> None:
        """Choose how keys are repaired in the end, and make the clone at once, unless it is to have no HSMs yet."""
        self.by_sync = by_sync
        if hsms:
            self.clone(hsms)

    # How lines are typed

    def typed(self, tool: Tool, clusters: tuple[str, ...], line: str, *answers: str) -> str:
        """Type a line; see that it reaches only these clusters, and that it changes nothing if it is refused."""
        before = self.states()
        text = tool.type(line, *answers)
        note(f"{'+'.join(clusters)}: {line} {answers or ''}\n{text}")
        after = self.states()
        self.logged = entries(after) - entries(before)
        for name in after.keys() - set(clusters):
            assert after[name] == before[name]
        if "success" not in text.lower() or _rolled_back(text):
            assert contents(after) == contents(before)
        return text

    def kmu(self, cluster: str) -> tuple[Tool, str]:
        """Return key_mgmt_util for a cluster, or for the first if there is none, and the cluster."""
        name = cluster if cluster in self.clusters() else SOURCE
        if name not in self.kmus or self.kmus[name].prompt is None:
            self.kmus[name] = self.lab.kmu(name)
            if self.kmus[name].prompt is not None:
                self.typed(self.kmus[name], (name,), f"loginHSM -u CU -s alice -p {FIRST_PASSWORD}")
        return self.kmus[name], name

    def cmu(self, chosen: tuple[str, ...]) -> Tool:
        """Return cloudhsm_mgmt_util for some clusters."""
        if chosen not in self.cmus or self.cmus[chosen].prompt is None:
            names = [name for name in chosen if name in self.clusters()]
            tool = self.cmus[chosen] = self.lab.cmu(*names)
            self.servers[tool] = [(name, hsm.ip) for name in names for hsm in self.lab.hsms(name)]
            if tool.prompt is not None:
                self.typed(tool, chosen, f"loginHSM CO admin {ADMIN_PASSWORD}")
        return self.cmus[chosen]

    def at_kmu(self, cluster: str, line: str) -> str:
        """Type a line at key_mgmt_util, if it starts."""
        tool, name = self.kmu(cluster)
        return "" if tool.prompt is None else self.typed(tool, (name,), line)

    def at_cmu(self, chosen: tuple[str, ...], line: str, answers: Sequence[str] = ()) -> str:
        """Type a line at cloudhsm_mgmt_util, if it starts; what changes something is logged once for each outcome."""
        tool = self.cmu(chosen)
        if tool.prompt is None:
            return ""
        given = tuple(answers) if line.startswith("deleteUser") else ("y", *answers)
        text = self.typed(tool, chosen, line, *given)
        if line.split(" ", 1)[0] in LOGGED:
            outcomes = len(OUTCOME.findall(text))
            if ROLLED_BACK in text:
                outcomes += len(SUCCESS.findall(text)) - text.partition(ROLLED_BACK)[2].count("is not connected")
            assert self.logged == outcomes
        return text

    # Lines

    @rule(cluster=KMUS, line=GENERATE)
    def generate(self, cluster: str, line: str) -> None:
        """Make a key."""
        self.at_kmu(cluster, line)

    @rule(cluster=KMUS, line=st.one_of(OWN, OWN, ASK), pick=PICKS)
    def use_key(self, cluster: str, line: str, pick: int) -> None:
        """Change or look at a key."""
        self.at_kmu(cluster, self.filled(line, pick))

    @rule(cluster=KMUS, name=NAMES, password=PASSWORDS)
    def log_in_kmu(self, cluster: str, name: str, password: str) -> None:
        """Log in at key_mgmt_util, in place of whoever was."""
        self.at_kmu(cluster, f"loginHSM -u CU -s {name} -p {password}")

    @rule(source=KMUS, to=KMUS, pick=PICKS)
    def carry_masked(self, source: str, to: str, pick: int) -> None:
        """Take a key out as a masked object and put it in, here or elsewhere."""
        path = str(self.lab.folder / "masked")
        if "was masked" not in self.at_kmu(source, f"extractMaskedObject -o {self.handle(pick)} -out {path}"):
            return
        origin = source if source in self.clusters() else SOURCE
        tool, name = self.kmu(to)
        if tool.prompt is None:
            return
        slots = [row.next_slot for row in self.store.rows(Cluster, "id")]
        text = self.typed(tool, (name,), f"insertMaskedObject -f {path}")
        if (origin == OTHER) != (name == OTHER):
            assert "SUCCESS" not in text
            assert slots == [row.next_slot for row in self.store.rows(Cluster, "id")]

    @rule(chosen=CMUS, line=st.one_of(USERS, USERS, TRUST, READ), pick=PICKS, answers=ANSWERS)
    def manage(self, chosen: tuple[str, ...], line: str, pick: int, answers: list[str]) -> None:
        """Change or look at users and keys, in the mode in which the tool is."""
        self.at_cmu(chosen, self.filled(line, pick), answers)

    @rule(chosen=CMUS, name=WHO, password=PASSWORDS)
    def log_in_cmu(self, chosen: tuple[str, ...], name: str, password: str) -> None:
        """Log out and log in at cloudhsm_mgmt_util."""
        self.at_cmu(chosen, "logoutHSM")
        who = f"CO admin {ADMIN_PASSWORD}" if name == "admin" else f"CU {name} {password}"
        self.at_cmu(chosen, f"loginHSM {who}")

    @rule(chosen=CMUS, server=SERVERS, line=st.one_of(USERS, USERS, TRUST, READ), pick=PICKS, answers=ANSWERS)
    def manage_one(self, chosen: tuple[str, ...], server: int, line: str, pick: int, answers: list[str]) -> None:
        """Change or look at users and keys of one server."""
        self.at_cmu(chosen, f"server {server}")
        self.at_cmu(chosen, self.filled(line, pick), answers)
        self.leave_server_mode(chosen)

    @rule(chosen=CMUS, server=SERVERS, pick=PICKS)
    def roll_back(self, chosen: tuple[str, ...], server: int, pick: int) -> None:
        """Delete a user, which one of the servers refuses, and roll back."""
        if self.cmu(chosen).prompt == GLOBAL_PROMPT:
            servers = self.servers[self.cmu(chosen)]
            self.lab.sim("fault", "add", servers[-1 - server % len(servers)][1], "refuse", "deleteUser", "0xe4")
            self.at_cmu(chosen, self.filled("deleteUser {known}", pick), ["B"])

    @rule(chosen=CMUS, server=SERVERS)
    def enter_server_mode(self, chosen: tuple[str, ...], server: int) -> None:
        """Go into server mode and stay there, as somebody does who forgets it."""
        self.at_cmu(chosen, f"server {server}")

    @rule(chosen=CMUS)
    def leave_server_mode(self, chosen: tuple[str, ...]) -> None:
        """Go back to global mode."""
        if self.cmu(chosen).prompt not in {None, GLOBAL_PROMPT}:
            self.at_cmu(chosen, "exit")

    @rule(chosen=CMUS, line=MANAGE, pick=PICKS, answers=ANSWERS, server=st.none() | SERVERS)
    def manage_as_owner(
        self, chosen: tuple[str, ...], line: str, pick: int, answers: list[str], server: int | None
    ) -> None:
        """Change a key as its owner, on all servers or on one."""
        handle, owner = self.owned(pick)
        self.leave_server_mode(chosen)
        self.at_cmu(chosen, "logoutHSM")
        self.at_cmu(chosen, f"loginHSM CU {owner} {FIRST_PASSWORD}")
        if server is not None:
            self.at_cmu(chosen, f"server {server}")
        self.at_cmu(chosen, line.format(handle=handle), answers)
        self.leave_server_mode(chosen)
        self.at_cmu(chosen, "logoutHSM")
        self.at_cmu(chosen, f"loginHSM CO admin {ADMIN_PASSWORD}")

    @rule(cluster=KMUS, line=OWN, pick=PICKS, password=PASSWORDS)
    def use_own_key(self, cluster: str, line: str, pick: int, password: str) -> None:
        """Change a key as its owner."""
        handle, owner = self.owned(pick)
        self.at_kmu(cluster, f"loginHSM -u CU -s {owner} -p {password}")
        self.at_kmu(cluster, line.format(handle=handle))

    def owned(self, pick: int) -> tuple[int, str]:
        """Return a handle and the name of the owner of a key that has it."""
        handle = self.handle(pick)
        for key in self.store.rows(Key, handle=handle):
            owner = self.store.one(User, hsm=key.hsm, id=key.owner)
            assert owner is not None
            return handle, owner.name
        return handle, "alice"

    @rule(source=SERVERS, to=SERVERS, pick=PICKS, user=st.none() | USER_IDS)
    def synchronise(self, source: int, to: int, pick: int, user: int | None) -> None:
        """Copy a key or a user from a server to another, whose lineage may be another one."""
        word = f"syncKey {self.handle(pick)}" if user is None else f"syncUser {user}"
        self.synchronised(source, to, word)

    @rule(pick=PICKS, of_users=st.booleans())
    def synchronise_missing(self, pick: int, of_users: bool) -> None:
        """Copy a key or a user to a server that lacks it."""
        servers = self.servers[self.cmu(EVERYWHERE)]
        held = [self.held(ip, of_users=of_users) for _, ip in servers]
        missing = [
            (source, to, held[source][what])
            for source, (cluster, _) in enumerate(servers)
            for to, (other, _) in enumerate(servers)
            for what in sorted(held[source].keys() - held[to].keys())
            if (cluster == OTHER) == (other == OTHER)
        ]
        if missing:
            source, to, number = missing[pick % len(missing)]
            self.synchronised(source, to, f"{'syncUser' if of_users else 'syncKey'} {number}")

    def held(self, ip: str, *, of_users: bool) -> dict[str, int]:
        """Return the ids of the users on an HSM, by name, or the handles of its keys."""
        row = self.store.one(Hsm, ip=ip)
        if row is None:
            return {}
        if of_users:
            return {user.name: user.id for user in self.store.rows(User, hsm=row.id)}
        return {str(key.handle): key.handle for key in self.keys(row.id)}

    def synchronised(self, source: int, to: int, word: str) -> None:
        """Type syncKey or syncUser in the server mode of a server."""
        tool = self.cmu(EVERYWHERE)
        servers = self.servers[tool]
        if tool.prompt is None:
            return
        origin, destination = servers[source % len(servers)], servers[to % len(servers)]
        self.leave_server_mode(EVERYWHERE)
        self.at_cmu(EVERYWHERE, f"server {source % len(servers)}")
        if tool.prompt == GLOBAL_PROMPT:
            return
        text = self.at_cmu(EVERYWHERE, f"{word} {to % len(servers)}")
        self.leave_server_mode(EVERYWHERE)
        command, number = word.split()
        if (origin[0] == OTHER) != (destination[0] == OTHER):
            assert "success" not in text
        elif "success" in text and command == "syncKey" and origin[0] != destination[0]:
            self.foreign.add((destination[0], int(number)))

    # Runs of the tools, and what happens to HSMs

    @rule(cluster=KMUS, chosen=CMUS)
    def end_tools(self, cluster: str, chosen: tuple[str, ...]) -> None:
        """End both tools; with the next line they start anew, and read their files anew."""
        for tool in (self.kmus.pop(cluster, None), self.cmus.pop(chosen, None)):
            if tool is not None:
                tool.end()

    @rule(number=SERVERS, fault=FAULTS)
    def add_fault(self, number: int, fault: str) -> None:
        """Let a fault wait."""
        status, text = self.lab.sim("fault", "add", self.hsm(number).ip, *fault.split())
        assert status == 0, text

    @precondition(lambda self: self.store.count(Fault))
    @rule()
    def remove_faults(self) -> None:
        """Take the faults out that have not been met."""
        assert self.lab.sim("fault", "remove", "--all")[0] == 0
        assert self.store.count(Fault) == 0

    @rule(number=SERVERS)
    def stop(self, number: int) -> None:
        """Take an HSM down."""
        assert self.lab.sim("hsm", "stop", self.hsm(number).ip)[0] == 0

    @precondition(lambda self: self.store.count(Hsm, state="stopped"))
    @rule()
    def start(self) -> None:
        """Take all HSMs up that are down."""
        for row in self.store.rows(Hsm, "ip", state="stopped"):
            assert self.lab.sim("hsm", "start", row.ip)[0] == 0

    @rule(cluster=KMUS)
    def add_hsm(self, cluster: str) -> None:
        """Add an HSM, a copy of another, which no file knows that was written before."""
        if cluster in self.clusters() and len(self.hsm_ids(cluster)) < MOST_HSMS:
            self.lab.sim("hsm", "add", cluster)

    @rule(number=SERVERS)
    def remove_hsm(self, number: int) -> None:
        """Remove an HSM, unless it is its cluster's last."""
        row = self.hsm(number)
        if len(members(self.store, row.cluster)) > 1:
            assert self.lab.sim("hsm", "remove", row.ip)[0] == 0

    @precondition(lambda self: CLONE not in self.clusters())
    @rule(hsms=st.integers(1, 2))
    def make_clone(self, hsms: int) -> None:
        """Make the clone from what there is by now."""
        self.clone(hsms)

    def clone(self, hsms: int) -> None:
        """Make the clone out of a backup."""
        status, text = self.lab.sim("backup", "create", SOURCE)
        if status == 0:
            addresses = ",".join(f"10.0.2.{number + 1}" for number in range(hsms))
            words = ("cluster", "create", CLONE, "--ip", addresses, "--from-backup", text.split()[1])
            assert self.lab.sim(*words)[0] == 0

    @rule(cluster=KMUS)
    def catch_up(self, cluster: str) -> None:
        """Bring the keys of a cluster into step; no HSM logs it."""
        if cluster in self.clusters():
            assert self.lab.sim("sync", cluster)[0] == 0
            for hsm in self.hsm_ids(cluster):
                self.seen.pop(hsm, None)

    def teardown(self) -> None:
        """Repair everything, unless something has failed, and give it back."""
        try:
            if sys.exc_info()[0] is None:
                for clusters in LINEAGES:
                    note(f"{clusters}: lost {mend(self.lab, clusters, by_sync=self.by_sync).lost}")
        finally:
            self.lab.close()


def _rolled_back(text: str) -> bool:
    """Return whether a command has been undone wherever it was done."""
    _, asked, undone = text.partition(ROLLED_BACK)
    return bool(asked) and "rollBack failed" not in undone and "is not connected" not in undone


Drift.TestCase.settings = settings(
    max_examples=SEARCH or 15,
    stateful_step_count=50 if SEARCH else 25,
    deadline=None,
    derandomize=not SEARCH,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestDrift = Drift.TestCase


class InStep(Drift):
    """The same without faults, with all HSMs up, and every line for all servers: the HSMs of a cluster stay equal."""

    manage_one = manage_as_owner = roll_back = enter_server_mode = synchronise = None  # type: ignore[assignment]
    synchronise_missing = add_fault = remove_faults = stop = start = add_hsm = remove_hsm = None  # type: ignore[assignment]

    @invariant()
    def hsms_are_in_step(self) -> None:
        """Check that nothing has made them differ."""
        for states in self.states().values():
            assert len({state.digest for state in states.values()}) == 1


InStep.TestCase.settings = settings(Drift.TestCase.settings, max_examples=SEARCH or 4)
TestInStep = InStep.TestCase
