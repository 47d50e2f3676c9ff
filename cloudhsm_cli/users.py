"""Users as the commands show them: one entry a name, folded from what every HSM knows of it."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import Option
from cloudhsm_cli.roles import INCONSISTENT, ROLES, role_of, types_of
from cloudhsm_cli.texts import CommandError
from shared.hsm.base import MAX_NAME, is_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cloudhsm_cli.connection import Connection
    from cloudhsm_cli.output import Data
    from shared.hsm import Hsm
    from shared.store.records import User

USERNAME = Option("--username", "USERNAME", "Name of the user", required=True)
ROLE = Option("--role", "ROLE", "Role of the user", required=True, choices=ROLES)


def check_name(name: str) -> None:
    """Raise CommandError unless this may be the name of a user; a character at fault is named."""
    if not 1 <= len(name) <= MAX_NAME:
        raise CommandError(texts.NAME_LENGTH)
    for character in name:
        if not is_name(character):
            raise CommandError(texts.NAME_CHARACTER.format(character=character))


def actual_type(hsm: Hsm, role: str, name: str) -> str:
    """Return the type that a user of a role has on an HSM; the role's first, where there is no such user."""
    types, user = types_of(role), hsm.find_user(name)
    return user.type if user is not None and user.type in types else types[0]


def folded(connection: Connection) -> list[Data]:
    """Return the entries of all users, in the order of the first HSM that has each."""
    lists = connection.fleet.all(lambda hsm: hsm.list_users())
    limit = connection.realm.quotas.login_failures
    names = list(dict.fromkeys(user.name.lower() for users in lists for user in users))
    by_name = [{user.name.lower(): user for user in users} for users in lists]
    return [entry(name, [users.get(name) for users in by_name], limit) for name in names]


def entry(name: str, found: Sequence[User | None], limit: int) -> dict[str, Data]:
    """Return the entry of a user, given what each HSM knows of it, None where it is not."""
    users = [user for user in found if user is not None]
    return {
        "username": name,
        "role": _same(role_of(user.type) for user in users),
        "locked": _same("true" if user.failures >= limit else "false" for user in users),
        "mfa": _strategy([bool(user.two_factor) for user in users]),
        "quorum": _strategy([user.quorum_key is not None for user in users]),
        "cluster-coverage": "full" if len(users) == len(found) else INCONSISTENT,
    }


def _same(values: Iterable[str]) -> str:
    """Return what all HSMs agree on."""
    different = set(values)
    return different.pop() if len(different) == 1 else INCONSISTENT


def _strategy(registered: Sequence[bool]) -> list[Data]:
    if not any(registered):
        return []
    return [{"strategy": "token-sign", "status": "enabled" if all(registered) else INCONSISTENT}]
