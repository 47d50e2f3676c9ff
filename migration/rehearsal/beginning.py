"""What a rehearsal begins with: a cluster of the user's, a scenario, or a fresh cluster that fits the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_sim.errors import RefusedError
from migration import words
from migration.dialogue import login_of
from migration.rehearsal.candidates import LENGTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migration.script import Login, Script
    from migration.words import Word
    from shared.installation import Installation
    from shared.realm import Realm
    from shared.store.records import Cluster

FRESH = "rehearsal"
HSMS = 3
ADMIN, ADMIN_PASSWORD, USER_PASSWORD = "admin", "adminpw1", "password1"
FIRST_ID = 3
_OFFICERS = ("CO", "PCO")
_TYPES = (*_OFFICERS, "CU")
_ACTIVATES = ("PRECO", "preCO", "PO")


class Beginning(NamedTuple):
    """What is copied or made: the cluster of an installation, a scenario, or users (type, name, password).

    ``password`` is the admin's; None leaves the fresh cluster to be activated by the script. ``chosen`` are users for
    whom the script has several passwords, each with the line whose password was taken.
    """

    source: Installation | None = None
    cluster: str = ""
    scenario: str = ""
    password: str | None = None
    users: tuple[tuple[str, str, str], ...] = ()
    chosen: tuple[tuple[str, int], ...] = ()


class _Logins:
    """The logins of one user before anything has changed its password: those that a fresh cluster must let in."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], list[int]] = {}
        self._changed = False

    def add(self, user: tuple[str, str, str], line: int) -> None:
        """Note a login; one behind a change of the password says nothing of the one that was there before."""
        if not self._changed or not self._found:
            self._found.setdefault(user, []).append(line)

    def __bool__(self) -> bool:
        """Tell whether there is a login at all."""
        return bool(self._found)

    def change(self) -> None:
        """Note that the password was changed."""
        self._changed = True

    def best(self) -> tuple[tuple[str, str, str], int, bool]:
        """Return the user with which most logins succeed, the line of the first of them, whether others do not."""
        user, lines = max(self._found.items(), key=lambda item: len(item[1]))
        return user, lines[0], len({password for _, _, password in self._found}) > 1


def fitting(script: Script, lookup: Callable[[str], Word | None], named: Mapping[int, str]) -> Beginning:
    """Return the fresh cluster that a script can be run on.

    One that logs in as PRECO gets a cluster that is not activated. Otherwise the cluster has the users that it logs in
    as before it creates them, with the passwords that it gives, and those of ``named`` under their ids. Of several
    passwords of a user that with which most logins succeed is taken.
    """
    created: set[str] = set()
    logins: dict[str, _Logins] = {}
    for step in script.steps:
        if step.name == "createUser" and len(step.words) > 2:  # noqa: PLR2004 - command, type, name
            created.add(_text(step.words[2], lookup) or "")
        if step.name == "changePswd" and len(step.words) > 2:  # noqa: PLR2004 - command, type, name
            logins.setdefault(_text(step.words[2], lookup) or "", _Logins()).change()
        login = login_of(step)
        known = _known(login, lookup) if login is not None else None
        if known is None or known[1] in created:
            continue
        if known[0] in _ACTIVATES:
            return Beginning()
        logins.setdefault(known[1], _Logins()).add(known, step.line)
    best = {name: found.best() for name, found in logins.items() if found}
    chosen = tuple((name, line) for name, (_, line, several) in best.items() if several)
    users = {name: user for name, (user, _, _) in best.items()}
    admin = users.pop(ADMIN)[2] if ADMIN in users and users[ADMIN][0] in _OFFICERS else ADMIN_PASSWORD
    return Beginning(password=admin, users=tuple(_numbered(users, named)), chosen=chosen)


def _known(login: Login, lookup: Callable[[str], Word | None]) -> tuple[str, str, str] | None:
    """Return type, name and password of a login, None if one of them is in no variable that is known."""
    kind, name, password = (_text(word, lookup) for word in (login.type, login.user, login.password))
    if kind in _ACTIVATES and name:
        return kind, name, ""
    if kind not in _TYPES or not name or not password or len(password) not in LENGTHS:
        return None
    return kind, name, password


def _text(word: Word | None, lookup: Callable[[str], Word | None]) -> str | None:
    return None if word is None else words.literal(words.settled(word, lookup))


def _numbered(found: dict[str, tuple[str, str, str]], named: Mapping[int, str]) -> list[tuple[str, str, str]]:
    """Return users in the order of their ids; ids between those that are named go to the others."""
    wanted = {number: name for number, name in named.items() if number >= FIRST_ID}
    waiting = [user for user in found.values() if user[1] not in wanted.values()]
    users = []
    for number in range(FIRST_ID, max(wanted, default=FIRST_ID - 1) + 1):
        name = wanted.get(number)
        if name is not None:
            users.append(found.get(name, ("CU", name, USER_PASSWORD)))
        else:
            users.append(waiting.pop(0) if waiting else ("CU", f"user{number}", USER_PASSWORD))
    return users + waiting


def set_up(place: Installation, beginning: Beginning) -> None:
    """Make the scenario or the fresh cluster in an installation, whose configuration files then name it.

    Raises:
        RefusedError: there is no such scenario, or an HSM refuses a user.
    """
    from cloudhsm_sim import scenarios
    from cloudhsm_sim.activation import activate
    from cloudhsm_sim.arguments import NewUser
    from shared.cluster.directory import create_cluster
    from shared.realm import Realm

    realm = Realm.open(place, create=True)
    try:
        if beginning.scenario:
            scenarios.run(beginning.scenario, place, realm)
            return
        cluster = create_cluster(realm, FRESH, HSMS)
        if beginning.password is not None:
            activate(realm, cluster, beginning.password, [NewUser(*user) for user in beginning.users])
        _configure(place, realm, cluster)
    finally:
        realm.close()


def take(place: Installation, beginning: Beginning) -> None:
    """Let the configuration of a copy name the cluster that is rehearsed on.

    Raises:
        RefusedError: there is none of that name.
    """
    from shared.cluster.directory import DirectoryError, cluster_named
    from shared.realm import Realm

    realm = Realm.open(place)
    try:
        _configure(place, realm, cluster_named(realm.store, beginning.cluster))
    except DirectoryError as error:
        raise RefusedError(str(error)) from error
    finally:
        realm.close()


def _configure(place: Installation, realm: Realm, cluster: Cluster) -> None:
    from shared.cluster import members
    from shared.cluster.directory import MANAGEMENT_PORT
    from shared.installation.cfg import set_cluster
    from shared.installation.cli_cfg import set_addresses
    from shared.installation.files import replace_files
    from shared.mechanisms import HSM2M

    # The first tool that comes brings the certificate authority that the cluster trusts: that of the copy.
    realm.store.change(cluster, owner_certificate=None)
    servers = [(hsm.ip, MANAGEMENT_PORT, hsm.ip) for hsm in members(realm.store, cluster.id)]
    kind = "hsm2m" if cluster.hsm_type == HSM2M else None
    replace_files([set_addresses(place.cli_cfg, place.prefix, [ip for ip, _, _ in servers], kind)])
    set_cluster(place.client_cfg, place.mgmt_cfg, servers[0][0], servers)
