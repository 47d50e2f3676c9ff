"""Clusters that have drifted apart, repaired as docs/scenarios says, by somebody who sees only what the tools print."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from tools_support import ADMIN_PASSWORD, Lab

from shared import attributes

ADMIN = f"loginHSM CO admin {ADMIN_PASSWORD}"
PASSWORD = "mendedpw1"
LABEL = "mended"

_SERVER = re.compile(r"^(?:Users|Keys|Key Info|Attribute Value) on server (\d+)\(.*\):\n", re.MULTILINE)
_USER = re.compile(r"^ +(\d+)\s+(\w+)\s+(\w+)\s+(?:NO|YES)\s", re.MULTILINE)
_KEY = re.compile(r"(\d+)\(([os])\)")
_SHARER = re.compile(r"^       \t\t (\d+)$", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^OBJ_ATTR_(\w+)\n(.*)$", re.MULTILINE)
_NUMBERS = {name: number for number, name in attributes.NAMES.items()}
# What an owner may set again where it differs; the rest of a key is never changed.
_SETTABLE = frozenset(
    {"LABEL", "ENCRYPT", "DECRYPT", "WRAP", "UNWRAP", "SIGN", "VERIFY", "DERIVE", "DESTROYABLE", "WRAP_WITH_TRUSTED"}
)
_NOT_DESTROYABLE = "This operation violates the current configured/FIPS policies"

# A round mends what it meets first, and the next one sees what is left; a repair that does not end fails.
_ROUNDS = 60


class User(NamedTuple):
    """A line of listUsers."""

    id: int
    type: str
    name: str


class Repair:
    """The repair of the clusters of one lineage; the first server's users and keys are what the others get.

    Nothing else is open in the installation meanwhile. ``by_sync`` says that missing keys are copied within a cluster
    by ``cloudhsm-sim sync`` instead of by syncKey; across clusters, syncKey is the only way.
    """

    def __init__(self, lab: Lab, clusters: Iterable[str], *, by_sync: bool) -> None:
        self.lab = lab
        self.clusters = [cluster for cluster in clusters if lab.hsms(cluster)]
        self.by_sync = by_sync
        self.lost: list[str] = []

    def run(self) -> None:
        """Repair."""
        self.lab.sim("fault", "remove", "--all")
        for cluster in self.clusters:
            for hsm in self.lab.hsms(cluster):
                if hsm.state != "up":
                    self.lab.sim("hsm", "start", hsm.ip)
        self.where = [cluster for cluster in self.clusters for _ in self.lab.hsms(cluster)]
        self.cmu = self.lab.cmu(*self.clusters)
        assert self.typed(ADMIN).count("loginHSM success") == len(self.where)
        self.repair_users()
        for _ in range(_ROUNDS):
            if not (self.repair_owners() or self.copy_keys() or self.repair_contents()):
                break
        self.cmu.end()

    def digests(self) -> list[str]:
        """Return the digests that ``cloudhsm-sim status`` prints."""
        found = self.lab.asked("status")["clusters"]
        return [hsm["digest"] for view in found if view["name"] in self.clusters for hsm in view["hsms"]]

    # Typing and reading

    def typed(self, line: str) -> str:
        """Type a line at cloudhsm_mgmt_util."""
        return self.cmu.type(line)

    def on_server(self, server: int, *lines: str) -> list[str]:
        """Type lines in the server mode of a server."""
        self.typed(f"server {server}")
        answers = [self.typed(line) for line in lines]
        self.typed("exit")
        return answers

    def by_server(self, line: str) -> list[str]:
        """Return what each server answers to a command that reads."""
        parts = _SERVER.split(self.typed(line))[1:]
        assert [int(number) for number in parts[::2]] == list(range(len(self.where)))
        return parts[1::2]

    def users(self) -> list[list[User]]:
        """Return the users of each server, by id, but for those that every HSM is delivered with."""
        found = []
        for text in self.by_server("listUsers"):
            users = [User(int(number), kind, name) for number, kind, name in _USER.findall(text)]
            found.append([user for user in users if user.name not in ("admin", "app_user")])
        return found

    # Users: the same names, types, ids and passwords everywhere

    def repair_users(self) -> None:
        """Bring everybody everywhere, give all of them one password, then the ids of the first server."""
        self.settle_types()
        self.bring_everybody()
        names = {user.name.lower(): user for user in self.users()[0]}
        for user in names.values():
            text = self.typed(f"changePswd {user.type} {user.name} {PASSWORD}")
            assert text.count("changePswd success") == len(self.where), text
        wrong = [[user for user in users if names[user.name.lower()] != user] for users in self.users()]
        for server, users in enumerate(wrong):
            for user in users:
                self.give_up_keys(server, user)
                (text,) = self.on_server(server, f"deleteUser {user.type} {user.name}")
                assert "deleteUser success" in text, text
        for server, users in enumerate(wrong):
            self.bring(sorted(names[user.name.lower()] for user in users), 0, server)
        assert all(users == self.users()[0] for users in self.users())

    def settle_types(self) -> None:
        """Make every PRECO a CO, which can be copied; of two users of one name who differ, keep the CU."""
        for server, users in enumerate(self.users()):
            for user in users:
                if user.type == "PRECO":
                    self.on_server(server, f"changePswd PRECO {user.name} {PASSWORD}")
        everywhere = self.users()
        crypto = {user.name.lower() for users in everywhere for user in users if user.type == "CU"}
        for server, users in enumerate(everywhere):
            for user in users:
                if user.type != "CU" and user.name.lower() in crypto:
                    self.on_server(server, f"deleteUser {user.type} {user.name}")

    def bring_everybody(self) -> None:
        """Copy every user to the servers without somebody of that name: first to server 0, from there to all."""
        everywhere = self.users()
        for source, users in enumerate(everywhere):
            known = {user.name.lower() for user in self.users()[0]}
            self.bring([user for user in users if user.name.lower() not in known], source, 0)
        first, *others = self.users()
        for server, users in enumerate(others, 1):
            known = {user.name.lower() for user in users}
            self.bring([user for user in first if user.name.lower() not in known], 0, server)

    def bring(self, users: Iterable[User], source: int, server: int) -> None:
        """Copy users from a server to another."""
        for text in self.on_server(source, *(f"syncUser {user.id} {server}" for user in users)):
            assert "syncUser success" in text, text

    def give_up_keys(self, server: int, user: User) -> None:
        """Delete the keys of somebody who is to get another id; there is no way to keep them."""
        (text,) = self.on_server(server, f"findAllKeys {user.id} 0")
        self.delete_keys(server, user, [int(handle) for handle, mark in _KEY.findall(text) if mark == "o"])

    def delete_keys(self, server: int, user: User, handles: list[int]) -> None:
        """Delete a user's keys with key_mgmt_util, wherever they are that user's in the cluster of a server."""
        if not handles:
            return
        kmu = self.lab.kmu(self.where[server])
        text = kmu.type(f"loginHSM -u CU -s {user.name} -p {PASSWORD}")
        assert "returned: 0x00" in text, text
        for handle in handles:
            text = kmu.type(f"deleteKey -k {handle}")
            if _NOT_DESTROYABLE in text:
                self.as_owner(user, f"setAttribute {handle} {attributes.DESTROYABLE} 1")
                text = kmu.type(f"deleteKey -k {handle}")
            assert "SUCCESS" in text, text
            self.lost.append(f"{handle} of {user.name} on server {server}")
        kmu.end()

    def as_owner(self, user: User, line: str) -> None:
        """Type a line that changes a key as its owner; servers where it is not that user's refuse it."""
        owner = self.lab.cmu(*self.clusters)
        owner.type(f"loginHSM CU {user.name} {PASSWORD}")
        text = owner.type(line, "y", *["I"] * len(self.where))
        assert "success" in text, text
        owner.end()

    # Keys

    def keys(self) -> tuple[list[dict[int, int]], list[dict[int, set[int]]]]:
        """Return, for each server, the owner of each key and those with whom it is shared, by handle."""
        owners: list[dict[int, int]] = [{} for _ in self.where]
        sharers: list[dict[int, set[int]]] = [{} for _ in self.where]
        for user in self.users()[0]:
            if user.type == "CU":
                for server, text in enumerate(self.by_server(f"findAllKeys {user.id} 1")):
                    for handle, mark in _KEY.findall(text):
                        if mark == "o":
                            owners[server][int(handle)] = user.id
                        else:
                            sharers[server].setdefault(int(handle), set()).add(user.id)
        return owners, sharers

    def repair_owners(self) -> bool:
        """Delete keys where another user owns one of the same handle; return whether there were any."""
        owners, _ = self.keys()
        users = {user.id: user for user in self.users()[0]}
        chosen: dict[int, int] = {}
        for server, owned in enumerate(owners):
            for handle, owner in owned.items():
                if chosen.setdefault(handle, owner) != owner:
                    self.delete_keys(server, users[owner], [handle])
                    return True
        return False

    def copy_keys(self) -> bool:
        """Copy to every server the keys that it lacks; return whether there were any."""
        if self.by_sync:
            for cluster in self.clusters:
                self.lab.sim("sync", cluster)
        owners, _ = self.keys()
        missing = [
            (next(source for source, owned in enumerate(owners) if handle in owned), handle, server)
            for server in range(len(owners))
            for handle in sorted(set().union(*owners))
            if handle not in owners[server]
        ]
        for source, handle, server in missing:
            (text,) = self.on_server(source, f"syncKey {handle} {server}")
            assert "syncKey success" in text, text
        return bool(missing)

    def repair_contents(self) -> bool:
        """Set what differs of keys that are everywhere, as their owners; return whether anything did."""
        owners, sharers = self.keys()
        users = {user.id: user for user in self.users()[0]}
        changed = False
        for owner in sorted(set(owners[0].values())):
            mine = [handle for handle in sorted(owners[0]) if owners[0][handle] == owner]
            changed |= self.repair_keys_of(users[owner], mine, sharers)
        return changed

    def repair_keys_of(self, user: User, handles: list[int], sharers: list[dict[int, set[int]]]) -> bool:
        """Set what differs of one owner's keys."""
        officer, self.cmu = self.cmu, self.lab.cmu(*self.clusters)
        assert self.typed(f"loginHSM CU {user.name} {PASSWORD}").count("success") == len(self.where)
        strangers: list[tuple[int, int]] = []
        trusted: list[str] = []
        changed = False
        for handle in handles:
            found = [
                dict(_ATTRIBUTE.findall(text)) for text in self.by_server(f"getAttribute {handle} {attributes.ALL}")
            ]
            differing = {name for values in found for name in values if values[name] != found[0].get(name)}
            differing |= {name for name in found[0] if any(name not in values for values in found)}
            shared = [
                {int(other) for other in _SHARER.findall(text)} for text in self.by_server(f"getKeyInfo {handle}")
            ]
            assert shared == [of_server.get(handle, set()) for of_server in sharers]
            unequal = sorted(set().union(*shared)) if any(these != shared[0] for these in shared) else []
            fixed = differing - _SETTABLE - {"TRUSTED"}
            if fixed or not (differing or unequal):
                strangers += self.strangers(handle, found, fixed)
                continue
            for other in unequal:
                changed |= self.set_everywhere(f"shareKey {handle} {other} 1")
            for name in sorted(differing):
                wanted = "1" if name == "WRAP_WITH_TRUSTED" else _typed(found[0][name], is_label=name == "LABEL")
                line = f"setAttribute {handle} {_NUMBERS[name]} {wanted}"
                if name == "TRUSTED":
                    trusted.append(line)
                else:
                    changed |= self.set_everywhere(line)
        self.cmu.end()
        self.cmu = officer
        for line in trusted:
            changed |= self.set_everywhere(line)
        for server, handle in strangers[:1]:
            self.delete_keys(server, user, [handle])
        return changed or bool(strangers)

    def strangers(self, handle: int, found: list[dict[str, str]], fixed: set[str]) -> list[tuple[int, int]]:
        """Return the servers on which a handle is that of another key than on the first.

        Where nothing that getAttribute shows tells two keys apart, as with two GENERIC_SECRETs, syncKey does: it
        succeeds if the same key is there already.
        """
        others = range(1, len(found))
        if fixed:
            return [(j, handle) for j in others if any(found[j].get(name) != found[0].get(name) for name in fixed)]
        answers = self.on_server(0, *(f"syncKey {handle} {other}" for other in others))
        return [(j, handle) for j, text in zip(others, answers, strict=True) if "syncKey success" not in text]

    def set_everywhere(self, line: str) -> bool:
        """Type a line that changes a key, which every server is to take."""
        text = self.typed(line)
        assert text.count(f"{line.split(maxsplit=1)[0]} success") == len(self.where), text
        return True


def _typed(value: str, *, is_label: bool) -> str:
    """Return the word that sets an attribute to what getAttribute shows; an empty label cannot be typed."""
    if is_label:
        return value if value and " " not in value else LABEL
    return str(int(value, 16))


def mend(lab: Lab, clusters: Iterable[str], *, by_sync: bool = False) -> Repair:
    """Repair the clusters of one lineage, see that their HSMs are equal then, and return how."""
    lab.end_tools()
    repair = Repair(lab, clusters, by_sync=by_sync)
    repair.run()
    digests = repair.digests()
    assert len(set(digests)) == 1, digests
    return repair
