"""Keys whose use and management must be approved, in the CloudHSM CLI: token files, signatures, what uses them up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cli_keys_support import AES, alice, installation
from cli_support import Session, approve, public_key, session, sign_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

REQUIRED = "Quorum approval is required for this operation"
UNKNOWN = "Invalid username-signature pair for quorum authorization"
TOO_FEW = "Too few quorum approvals: currently 1 approvals, but 2 approvals required"
NO_SIGNATURES = "No token signatures provided"
BAD_SIGNATURE = "InvalidQuorumSignature"
GUARDED = "--share-crypto-users bob --manage-key-quorum-value 2 --use-key-quorum-value 2"
PAIR = (
    "key generate-asymmetric-pair ec --curve secp256r1 --public-label pub --private-label priv "
    "--private-attributes sign=true --share-crypto-users bob "
    "--manage-private-key-quorum-value 2 --use-private-key-quorum-value 2"
)
SIGN = "crypto sign ecdsa --key-filter attr.label=priv --hash-function sha256 --data YWJj"
APPROVERS = (("alice", 1), ("bob", 2))


class Bench(NamedTuple):
    """A session of alice, and the folder of her files."""

    shell: Session
    folder: Path

    def token(self, service: str, label: str, *approvers: tuple[str, int], file: str = "token") -> str:
        """Get a token for a key and have it signed; return the option's value."""
        path = self.folder / file
        data = self.shell.data(
            f"quorum token-sign generate --service {service} --token {path} --filter attr.label={label}"
        )
        assert data == {"path": str(path)}
        approve(path, *approvers)
        return str(path)


def register(shell: Session, folder: Path, number: int) -> None:
    token = folder / f"registration-{number}"
    shell.data(f"quorum token-sign generate --service registration --token {token}")
    sign_tokens(token, number)
    key = public_key(folder, number)
    shell.data(f"user change-quorum token-sign register --public-key {key} --signed-token {token}")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return a bench with the pair pub/priv and the secret keys wrapping and secret, which two must approve."""
    folder = tmp_path_factory.mktemp("quorum")
    with installation(folder), alice() as shell:
        with session() as other:
            other.log_in("bob", "crypto-user", "bobpw123")
            register(other, folder, 2)
        register(shell, folder, 1)
        shell.data(PAIR)
        shell.data(AES.format(label="wrapping", size=32, more=f"--attributes wrap=true unwrap=true {GUARDED}"))
        shell.data(AES.format(label="secret", size=16, more=GUARDED))
        shell.data(AES.format(label="plain", size=16, more="--attributes wrap=true"))
        yield Bench(shell, folder)


def test_the_file_is_as_documented(bench: Bench) -> None:
    content = json.loads((bench.folder / bench.token("key-usage", "priv")).read_text())
    assert list(content) == ["version", "service", "key_reference", "approval_data", "token", "signatures"]
    (key,) = bench.shell.data("key list --filter attr.label=priv")["matched_keys"]
    assert (content["service"], content["key_reference"]) == ("key-usage", key["key-reference"])
    listed = bench.shell.data("quorum token-sign list")["tokens"]
    assert {
        "username": "alice",
        "service": "key-usage",
        "key-reference": key["key-reference"],
        "minimum-token-count": 2,
    } in listed


def test_approvals_are_good_for_one_signature(bench: Bench) -> None:
    assert bench.shell.error(SIGN) == REQUIRED
    path = bench.token("key-usage", "priv", *APPROVERS)
    assert bench.shell.error(SIGN) == REQUIRED
    assert "signature" in bench.shell.data(f"{SIGN} --approval {path}")
    assert bench.shell.error(f"{SIGN} --approval {path}") == UNKNOWN


def test_what_is_no_good_approval(bench: Bench) -> None:
    def text(*approvers: tuple[str, int], service: str = "key-usage", label: str = "priv") -> str:
        return bench.shell.error(f"{SIGN} --approval {bench.token(service, label, *approvers)}")

    assert text() == NO_SIGNATURES
    assert text(("bob", 2)) == TOO_FEW
    assert text(("alice", 1), ("bob", 3)) == BAD_SIGNATURE
    assert text(("alice", 1), ("nobody", 2)) == UNKNOWN
    assert text(("alice", 1), ("alice", 1)) == UNKNOWN
    assert text(*APPROVERS, service="key-management") == UNKNOWN
    assert text(*APPROVERS, label="secret") == UNKNOWN
    (bench.folder / "none").write_text("{}")
    assert bench.shell.error(f"{SIGN} --approval {bench.folder / 'none'}") == "Quorum Failed"
    assert bench.shell.error(f"{SIGN} --approval {bench.folder / 'missing'}").startswith("Unable to read")


WRAP = "key wrap aes-zero-pad --payload-filter attr.label={} --wrapping-filter attr.label={}"
MANAGED: dict[str, tuple[str, str]] = {
    "share": ("secret", "key share --filter attr.label=secret --username bob --role crypto-user --approval {}"),
    "unshare": ("priv", "key unshare --filter attr.label=priv --username bob --role crypto-user --approval {}"),
    "set-attribute": ("secret", "key set-attribute --filter attr.label=secret --name sign --value false --approval {}"),
    "wrap": ("secret", f"{WRAP.format('secret', 'plain')} --payload-approval {{}}"),
    "wrap by": ("wrapping", f"{WRAP.format('plain', 'wrapping')} --wrapping-approval {{}}"),
}


@pytest.mark.parametrize("operation", MANAGED)
def test_management_must_be_approved(bench: Bench, operation: str) -> None:
    label, line = MANAGED[operation]
    flag = line.rpartition(" --")[0]
    assert bench.shell.error(flag) == REQUIRED
    assert bench.shell.error(line.format(bench.token("key-usage", label, *APPROVERS))) == UNKNOWN
    path = bench.token("key-management", label, *APPROVERS)
    bench.shell.data(line.format(path))
    assert bench.shell.error(line.format(path)) == UNKNOWN


def test_wrapping_one_guarded_key_by_another_takes_both_and_so_does_unwrapping(bench: Bench) -> None:
    line = WRAP.format("secret", "wrapping")
    payload = bench.token("key-management", "secret", *APPROVERS, file="payload")
    by = bench.token("key-management", "wrapping", *APPROVERS, file="by")
    assert bench.shell.error(f"{line} --payload-approval {payload}") == UNKNOWN
    wrapped = bench.shell.data(f"{line} --payload-approval {payload} --wrapping-approval {by}")["wrapped_key_data"]
    unwrap = (
        "key unwrap aes-zero-pad --filter attr.label=wrapping --key-type-class aes --label back "
        f"--attributes extractable=false --data {wrapped}"
    )
    assert bench.shell.error(unwrap) == REQUIRED
    by = bench.token("key-management", "wrapping", *APPROVERS, file="by")
    bench.shell.data(f"{unwrap} --approval {by}")
    assert bench.shell.error(f"{unwrap} --approval {by}") == UNKNOWN


def test_deletion_needs_no_approval(bench: Bench) -> None:
    bench.shell.data(AES.format(label="gone", size=16, more=GUARDED))
    bench.shell.data("key delete --filter attr.label=gone")


def wrong(bench: Bench, line: str) -> str:
    return bench.shell.error(f"quorum token-sign generate --token {bench.folder / 'x'} {line}")


REFUSED: dict[str, Callable[[Bench], tuple[str, str]]] = {
    "no filter": lambda bench: (
        wrong(bench, "--service key-usage"),
        "Services key-usage and key-management require --filter",
    ),
    "a filter for another service": lambda bench: (
        wrong(bench, "--service registration --filter attr.label=priv"),
        "Option --filter requires service key-usage or key-management",
    ),
    "several keys": lambda bench: (
        wrong(bench, "--service key-usage --filter attr.class=secret-key"),
        "Key selection criteria matched",
    ),
    "a file that cannot be": lambda bench: (
        bench.shell.error("quorum token-sign generate --service key-usage --token none/x --filter attr.label=priv"),
        "Unable to write",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_tokens_that_cannot_be_had(bench: Bench, case: str) -> None:
    before = bench.shell.data("quorum token-sign list")
    text, start = REFUSED[case](bench)
    assert text.startswith(start)
    assert bench.shell.data("quorum token-sign list") == before or case == "a file that cannot be"
    assert not (bench.folder / "x").exists()
