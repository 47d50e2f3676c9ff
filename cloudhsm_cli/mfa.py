"""Second factors: the digests of all HSMs go to a file, their signatures come back from it."""

from __future__ import annotations

from cloudhsm_cli import texts
from cloudhsm_cli.files import read_file
from cloudhsm_cli.texts import CommandError
from cloudhsm_cli.token_files import read_factor_tokens, write_factor_tokens
from shared.errors import HsmError
from shared.hsm.users import SecondFactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cloudhsm_cli.shell import Shell
    from shared.cluster.fleet import Fleet

SIGNED_PATH = "Enter signed token file path (press enter if same as the unsigned token file):"
KEY_PATH = "Enter public key PEM file path:"


def factors(shell: Shell, fleet: Fleet, path: str) -> dict[str, SecondFactor]:
    """Have the digests in the file at ``path`` signed; return the signatures by the HSM's id.

    Raises:
        CommandError: a file cannot be used, or lacks the token of an HSM.
    """
    return {hsm: SecondFactor(signature) for hsm, (_, signature) in _signed(shell, fleet, path).items()}


def new_factors(shell: Shell, fleet: Fleet, path: str) -> dict[str, SecondFactor]:
    """Have the digests signed and ask for the public key; return both by the HSM's id, all of them checked.

    Raises:
        CommandError: a file cannot be used, or a signature is not by that key.
    """
    from shared.crypto.approvals import is_signed, read_public_key

    pairs = _signed(shell, fleet, path)
    pem = read_file(shell.ask(KEY_PATH))
    try:
        key = read_public_key(pem)
    except HsmError as refusal:
        raise CommandError(texts.BAD_PUBLIC_KEY) from refusal
    if not all(is_signed(key, challenge, signature, is_digest=True) for challenge, signature in pairs.values()):
        raise CommandError(texts.NOT_SIGNED)
    return {hsm: SecondFactor(signature, pem) for hsm, (_, signature) in pairs.items()}


def _signed(shell: Shell, fleet: Fleet, path: str) -> dict[str, tuple[bytes, bytes]]:
    """Return every HSM's digest and what is said to be its signature."""
    challenges = fleet.challenges()
    write_factor_tokens(path, challenges.values())
    signatures = read_factor_tokens(shell.ask(SIGNED_PATH) or path)
    if not all(challenge in signatures for challenge in challenges.values()):
        raise CommandError(texts.NOT_SIGNED)
    return {hsm: (challenge, signatures[challenge]) for hsm, challenge in challenges.items()}
