"""A quorum that cannot be reached, as one of its officers is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cloudhsm_sim.arguments import NewUser
from cloudhsm_sim.scenarios.stage import ALICE
from shared.crypto.approvals import KEY_BITS
from shared.hsm.quorum import MISC_CO, USER_MGMT

if TYPE_CHECKING:
    from cloudhsm_sim.scenarios.stage import Stage

SUMMARY = "two officers must approve user management, and one of the two with keys is away"

ADDRESSES = ("10.0.110.1", "10.0.110.2")
PRESENT, ABSENT = (NewUser("CO", f"officer{number}", f"officer{number}pw") for number in (1, 2))
NEEDED = 2
_PROOF = b"quorum-absent-officer"


class _Signer(NamedTuple):
    """An officer's key pair in PEM, and the proof of it that registration asks for."""

    private: bytes
    public: bytes
    proof: bytes


def lay_out(stage: Stage) -> None:
    """Register the keys of two officers, ask for two approvals, and keep the key files of those who are there."""
    stage.cluster(ADDRESSES, PRESENT, ABSENT, ALICE)
    present, absent, admin = (_signer() for _ in range(3))
    with stage.connected(stage.admin, ADDRESSES) as hsms:
        for hsm in hsms:
            for officer, signer in ((PRESENT, present), (ABSENT, absent)):
                hsm.register_quorum_key(officer.type, officer.name, _PROOF, signer.proof, signer.public)
            for service in (MISC_CO, USER_MGMT):
                hsm.set_m_value(service, NEEDED)
    stage.keep("officer1.key", present.private)
    stage.keep("admin.key", admin.private)
    stage.keep("admin.pub", admin.public)


def _signer() -> _Signer:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = generate_private_key(65537, KEY_BITS)
    return _Signer(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.sign(_PROOF, PKCS1v15(), SHA256()),
    )
