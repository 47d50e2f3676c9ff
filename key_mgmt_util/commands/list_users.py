"""listUsers: the users of all HSMs of the cluster together."""

from __future__ import annotations

from key_mgmt_util import results
from key_mgmt_util.help_text import no_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell
    from shared.store.records import User

HEADER = "\tIndex\t    User ID    \tUser Type\tUser Name\t\t\t   MofnPubKey\t LoginFailureCnt\t 2FA\n"


def run(shell: Shell, words: list[str]) -> int:
    """Print the table; nobody need be logged in."""
    say = shell.console.write
    if words:
        say(no_options("Lists the users of the HSMs."))
        return 0
    outcome = shell.client.list_users()
    if outcome.value:
        # There is always a user, so an empty list means that no HSM was asked.
        found = "found " if shell.profile == "1.x" else "Found: "
        say(f"\n\tNumber Of Users {found}{len(outcome.value)}\n\n{HEADER}")
        say("".join(_row(index, user) for index, user in enumerate(outcome.value, 1)))
    say(results.result("Cfm3ListUsers", outcome.code, shell.profile))
    return outcome.code.number


def _row(index: int, user: User) -> str:
    quorum = "NO" if user.quorum_key is None else "YES"
    second = "YES" if user.two_factor else "NO"
    return (
        f"\t{index}\t{user.id:>10}\t{user.type}\t\t{user.name:<32}\t{quorum:>3} {user.failures:>15}\t\t {second:>3}\n"
    )
