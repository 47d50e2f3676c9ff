"""registerQuorumPubKey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration.map import approvals
from migration.map.rule import Row

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "registerQuorumPubKey <type> <u> <token> <sigtoken> <pub>",
        "quorum token-sign generate --service registration --token T + user change-quorum token-sign register "
        "--public-key PEM --signed-token T",
        "5.8.0",
        "the HSM makes the token, its signature goes into the JSON file",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Get a registration token, sign it, register the key, as the user."""
    _, user, token, signature, key = command.arguments
    return approvals.registered(user, token, approvals.key_of(signature, user, scene), key, scene)
