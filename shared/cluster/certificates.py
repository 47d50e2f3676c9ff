"""The certificates by which an HSM shows who made it and whose it is (getCert), made on first use and kept.

Everything hangs on two roots: the manufacturer's, one an installation, and the customer's, which is the owner's
certificate that the cluster trusts. The cluster has a key of its own, which goes with its lineage as in a backup, and
both sides certify it.
"""

from __future__ import annotations

import os

from shared import errors
from shared.clock import now
from shared.errors import HsmError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.crypto.certificates import Issuer
    from shared.hsm.partition import Identity
    from shared.installation import Installation

MANUFACTURER_ROOT = 1
HARDWARE = 2
OWNER_ROOT = 4
CLUSTER_BY_OWNER = 8
CLUSTER_BY_HARDWARE = 16
MAX_BYTES = 4096

_MANUFACTURER_DAYS = 9131
_CLUSTER_DAYS = 3652


class Certificates:
    """The certificates of an installation's HSMs, in a folder of mode 0700; safe to be used by several processes."""

    def __init__(self, folder: str, owner_certificate: str, owner_key: str) -> None:
        self._folder = folder
        self._owner_certificate = owner_certificate
        self._owner_key = owner_key

    @classmethod
    def of(cls, installation: Installation) -> Certificates:
        """Return those of an installation."""
        folder = f"{installation.data_dir}/certificates"
        return cls(folder, installation.customer_ca, installation.customer_key)

    def get(self, identity: Identity, subject: int) -> bytes:
        """Return a certificate of an HSM, in PEM, by its number in getCert.

        Raises:
            HsmError: INVALID_DATA, when there is no such number or the HSM has no such certificate: the customer's side
                is missing until the cluster trusts a customer, and the cluster's certificate by the customer needs
                the customer's key.
        """
        makers: dict[int, Callable[[Identity], bytes]] = {
            MANUFACTURER_ROOT: lambda _: self._manufacturer().certificate,
            HARDWARE: lambda of: self._hardware(of).certificate,
            OWNER_ROOT: self._owner_root,
            CLUSTER_BY_OWNER: self._by_owner,
            CLUSTER_BY_HARDWARE: self._by_hardware,
        }
        make = makers.get(subject)
        if make is None:
            raise HsmError(errors.INVALID_DATA)
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            certificate = make(identity)
        except (OSError, ValueError) as error:  # a file that is missing, encrypted or damaged
            raise HsmError(errors.INVALID_DATA) from error
        if len(certificate) > MAX_BYTES:
            raise HsmError(errors.INVALID_DATA)
        return certificate

    def _manufacturer(self) -> Issuer:
        return self._issuer("manufacturer", "manufacturer root", None)

    def _hardware(self, identity: Identity) -> Issuer:
        return self._issuer(identity.hsm.id, identity.hsm.serial, self._manufacturer())

    def _issuer(self, file: str, name: str, above: Issuer | None) -> Issuer:
        from shared.crypto.certificates import Issuer, certify, new_key

        key = self._kept(f"{file}.key", new_key)
        certificate = self._kept(
            f"{file}.crt",
            lambda: certify(name, key, above, authority=True, moment=now(), days=_MANUFACTURER_DAYS),
        )
        return Issuer(certificate, key)

    def _by_hardware(self, identity: Identity) -> bytes:
        return self._of_cluster(f"{identity.hsm.id}-cluster.crt", identity, self._hardware(identity))

    def keep_owner(self, path: str, trusted: str) -> bytes:
        """Keep, and return in PEM, the owner's certificate of a fingerprint, out of a file unless it is kept already.

        Raises:
            OSError, ValueError: the file cannot be read, or holds another certificate.
        """
        from shared.crypto.certificates import fingerprint, first_certificate

        def find() -> bytes:
            found = first_certificate(_read(path))
            if fingerprint(found) != trusted:
                raise ValueError("the owner's certificate is another one now")
            return found

        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        return self._kept(f"owner-{trusted}.crt", find)

    def _owner_root(self, identity: Identity) -> bytes:
        """Return the certificate that the cluster has trusted from the first, whatever has become of the file since."""
        return self.keep_owner(self._owner_certificate, str(identity.cluster.owner_certificate))

    def _by_owner(self, identity: Identity) -> bytes:
        from shared.crypto.certificates import Issuer, belong_together

        root = self._owner_root(identity)
        # A backup holds it, so a clone with the same owner has it from the cluster that it descends from.
        file = f"{identity.cluster.lineage}-{identity.cluster.owner_certificate}.crt"
        if not os.path.exists(self._path(file)):
            key = _read(self._owner_key)
            if not belong_together(root, key):
                raise ValueError("the owner's key is another one now")
            return self._of_cluster(file, identity, Issuer(root, key))
        return _read(self._path(file))

    def _of_cluster(self, file: str, identity: Identity, issuer: Issuer) -> bytes:
        from shared.crypto.certificates import certify, new_key

        cluster = identity.cluster
        key = self._kept(f"{cluster.lineage}.key", new_key)
        return self._kept(
            file, lambda: certify(cluster.id, key, issuer, authority=False, moment=now(), days=_CLUSTER_DAYS)
        )

    def _kept(self, file: str, make: Callable[[], bytes]) -> bytes:
        """Return a file's content; if there is none yet, of several who make it the first wins."""
        path = self._path(file)
        if not os.path.exists(path):
            content = make()
            draft = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with open(descriptor, "wb") as new:
                    new.write(content)
                    new.flush()
                    os.fsync(new.fileno())
                # Unlike a rename, a link never replaces what somebody else has put there meanwhile.
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                os.unlink(draft)
        return _read(path)

    def _path(self, file: str) -> str:
        return f"{self._folder}/{file}"


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
