"""user replicate: a user goes from a cluster to its clone, with password and keys."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.arguments import Option, Syntax
from cloudhsm_cli.roles import types_of
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.users import ROLE, USERNAME, entry
from shared import errors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.arguments import Values
    from cloudhsm_cli.connection import Connection
    from cloudhsm_cli.output import Data
    from cloudhsm_cli.shell import Shell
    from shared.store.records import User

SYNTAX = Syntax(
    USERNAME,
    ROLE,
    Option("--source-cluster-id", "SOURCE_CLUSTER_ID", "Cluster that has the user", required=True),
    Option("--destination-cluster-id", "DESTINATION_CLUSTER_ID", "Clone that is to have it", required=True),
    cluster_id=False,
)


def run(shell: Shell, values: Values) -> Data:
    """Copy the user to every HSM of the destination."""
    name, role = values.text("--username").lower(), values.text("--role")
    source, destination = shell.replication(values)
    masked = _extracted(source, name, role)
    answers = destination.fleet.each(lambda hsm: hsm.insert_user(masked))
    codes = [answer.refusal.code for answer in answers if answer.refusal is not None]
    if errors.POLICY_MISMATCH in codes:
        raise CommandError(texts.NOT_CLONES)
    failed = [code for code in codes if code is not errors.USER_EXISTS]
    if len(codes) == len(answers) and not failed:
        raise CommandError(texts.USER_EXISTS)
    if failed:
        raise CommandError(texts.PARTLY_FAILED.format(what="User", failed=len(failed), all=len(answers)))
    lists = destination.fleet.all(lambda hsm: hsm.list_users())
    found = [_named(users, name, role) for users in lists]
    return {
        "user": entry(name, found, destination.realm.quotas.login_failures),
        "message": "Successfully replicated user",
    }


def _extracted(source: Connection, name: str, role: str) -> bytes:
    """Return the user as a masked object; CommandError unless all HSMs of the source know the same of it."""
    lists = source.fleet.all(lambda hsm: hsm.list_users())
    users = [_named(found, name, role) for found in lists]
    if not any(users):
        raise CommandError(texts.NO_SUCH_USER)
    different = {None if user is None else user._replace(hsm="", id=0, failures=0) for user in users}
    if len(different) > 1:
        raise CommandError(texts.INCONSISTENT_USER)
    hsm = source.fleet.hsms()[0]
    return hsm.extract_user(users[0].id if users[0] else 0)


def _named(users: list[User], name: str, role: str) -> User | None:
    """Return the user of a name and a role, if there is one."""
    return next((user for user in users if user.name.lower() == name and user.type in types_of(role)), None)
