"""registerMofnPubKey, the older name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration import words
from migration.map import approvals
from migration.map.rule import Row

if TYPE_CHECKING:
    from migration.legacy import Parsed
    from migration.map.rule import Result
    from migration.map.scene import Scene

ROWS = (
    Row(
        "registerMofnPubKey <type> <match string> <u> <key file>",
        "quorum token-sign generate --service registration --token T + user change-quorum token-sign register "
        "--public-key PEM --signed-token T",
        "5.8.0",
        "the HSM makes the token; the public key is a file, too",
    ),
)


def rule(command: Parsed, scene: Scene) -> Result:
    """Get a registration token, sign it, register the key, as the user; the public key comes out of the private one."""
    _, _, user, private = command.arguments
    token = words.join([user, words.text(".registration.token")])
    public = words.join([private, words.text(".pub")])
    return approvals.registered(user, token, private, public, scene, extract=True)
