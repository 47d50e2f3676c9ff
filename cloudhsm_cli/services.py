"""The services of quorum tokens: their names, and the numbers by which the HSM knows them."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.texts import CommandError
from shared.hsm.quorum import CLUSTER, MISC_CO, REGISTRATION, USER_MGMT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.connection import Connection

NUMBERS = {
    "user": USER_MGMT,
    "quorum": MISC_CO,
    "cluster": CLUSTER,
    "registration": REGISTRATION,
}
# Those that have a number of approvers for the whole cluster.
VALUED = ("user", "quorum", "cluster")


def check(connection: Connection, service: int) -> None:
    """Raise CommandError if the cluster's type knows no such service: that of mutual TLS is hsm2m.medium's."""
    if service == CLUSTER and connection.config.hsm_type != "hsm2m":
        raise CommandError(texts.HSM2M_ONLY)
