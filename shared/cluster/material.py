"""The client's requests that move key material, or use it: wrapping, import and export, signatures, masked objects."""

from __future__ import annotations

from shared import errors
from shared.cluster.client import Client, Outcome
from shared.errors import HsmError
from shared.mechanisms import KEK_HANDLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.crypto.wrapping import Parameters, Wrapped
    from shared.hsm import Hsm
    from shared.hsm.intake import Wanted
    from shared.hsm.keys import Template
    from shared.store.records import Key


class MaterialClient(Client):
    """A client with these requests too. They go to the HSMs that have the key; a new key is copied to all."""

    def generate_dsa(self, bits: int, template: Template) -> Outcome[tuple[Key, ...]]:
        """Make a DSA pair, public key first; see ``Hsm.generate_dsa``."""
        return self._create(lambda hsm: hsm.generate_dsa(bits, template))

    def wrap_host(self, wrapping: int, data: bytes, parameters: Parameters) -> Outcome[bytes]:
        """Wrap the host's data by a key of the HSM; see ``Hsm.wrap_host``."""
        return self._first_holder(lambda hsm: hsm.wrap_host(wrapping, data, parameters))

    def unwrap_host(self, wrapping: int, wrapped: bytes, parameters: Parameters) -> Outcome[bytes]:
        """Unwrap data for the host by a key of the HSM; see ``Hsm.unwrap_host``."""
        return self._first_holder(lambda hsm: hsm.unwrap_host(wrapping, wrapped, parameters))

    def wrap_key(self, handle: int, wrapping: int, parameters: Parameters) -> Outcome[tuple[Key, Wrapped]]:
        """Wrap a key by another; see ``Hsm.wrap_key``."""
        return self._first_holder(lambda hsm: hsm.wrap_key(handle, wrapping, parameters))

    def unwrap_key(
        self, wrapped: bytes, wrapping: int, parameters: Parameters, wanted: Wanted
    ) -> Outcome[tuple[Key, ...]]:
        """Make a key out of its wrapped form; see ``Hsm.unwrap_key``."""
        return self._create_by(lambda hsm: hsm.unwrap_key(wrapped, wrapping, parameters, wanted))

    def import_key(self, wrapped: bytes, wrapping: int, wanted: Wanted) -> Outcome[tuple[Key, ...]]:
        """Make a key out of what the host wrapped; see ``Hsm.import_key``."""
        return self._create_by(lambda hsm: hsm.import_key(wrapped, wrapping, wanted))

    def prepare_template(self) -> Outcome[str]:
        """Make ready for unwrapping: NOT_LOGGED_IN or NOT_AUTHORIZED if nobody is logged in who may have keys."""
        return self._first_holder(lambda hsm: hsm.key_lifetime(KEK_HANDLE))

    def _create_by(self, make: Callable[[Hsm], Key]) -> Outcome[tuple[Key, ...]]:
        """Make a key on the first HSM that has the wrapping key, which may be a session key of another than the first.

        KEY_NOT_FOUND, with every HSM's own code, if it is nowhere.
        """
        lacking = 0

        def attempt(hsm: Hsm) -> tuple[Key, ...]:
            nonlocal lacking
            try:
                return (make(hsm),)
            except HsmError as refusal:
                if refusal.code is not errors.INVALID_HANDLE:
                    raise
                lacking += 1
                # To the client it is as if this HSM were not there.
                raise HsmError(errors.SERVER_UNAVAILABLE) from refusal

        outcome = self._create(attempt)
        if outcome.value is None and lacking == len(outcome.nodes) > 0:
            return self._not_found(self._nodes())
        return outcome

    def import_public(self, public_key_info: bytes, template: Template) -> Outcome[tuple[Key, ...]]:
        """Take in a public key; see ``Hsm.import_public``."""
        return self._create(lambda hsm: (hsm.import_public(public_key_info, template),))

    def create_rsa_public(self, modulus: int, exponent: int, template: Template) -> Outcome[tuple[Key, ...]]:
        """Take in an RSA public key; see ``Hsm.create_rsa_public``."""
        return self._create(lambda hsm: (hsm.create_rsa_public(modulus, exponent, template),))

    def export_public(self, handle: int) -> Outcome[bytes]:
        """Return a SubjectPublicKeyInfo; see ``Hsm.export_public``."""
        return self._first_holder(lambda hsm: hsm.export_public(handle))

    def sign(self, handle: int, mechanism: int, data: bytes) -> Outcome[bytes]:
        """Sign data; see ``Hsm.sign``."""
        return self._first_holder(lambda hsm: hsm.sign(handle, mechanism, data))

    def verify(self, handle: int, mechanism: int, data: bytes, signature: bytes) -> Outcome[bool]:
        """Check a signature; see ``Hsm.verify``."""
        return self._first_holder(lambda hsm: hsm.verify(handle, mechanism, data, signature))

    def extract_key(self, handle: int) -> Outcome[bytes]:
        """Return a key as a masked object; see ``Hsm.extract_key``."""
        return self._first_holder(lambda hsm: hsm.extract_key(handle))

    def insert_new_key(self, masked: bytes) -> Outcome[tuple[Key, ...]]:
        """Make a key, with a handle of its own, out of a masked object; see ``Hsm.insert_new_key``."""
        return self._create(lambda hsm: (hsm.insert_new_key(masked),))
