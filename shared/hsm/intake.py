"""Keys that come in from outside: what is checked, and what they start with."""

from __future__ import annotations

from shared import attributes, errors, mechanisms
from shared.errors import HsmError
from shared.hsm import templates
from shared.hsm.keys import KeyCommands, Template
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.crypto.encodings import Described
    from shared.store.records import Hsm, Key, User

_SECRET_SIZES = {
    mechanisms.KEY_AES: mechanisms.AES_SIZES,
    mechanisms.KEY_DES3: mechanisms.DES3_SIZES,
    # What is imported may be longer than what is generated: a script keeps whole files so. 4096 bytes is the longest
    # buffer that the tools send.
    mechanisms.KEY_GENERIC: range(1, 4097),
}


class Wanted(Record):
    """What kind of key is to come out of a wrapping, and what the client asks of it.

    ``flags`` are the attributes that it had where it was wrapped, if that is known.
    """

    key_class: int
    key_type: int
    template: Template
    flags: int | None = None


class Arrived(Record):
    """Material that has come out of a wrapping and is what was wanted; ``described`` for a private key.

    ``wrapping`` is the row of the key that it was wrapped by, None for the KEK.
    """

    material: bytes
    described: Described | None
    wrapping: Key | None


class IntakeCommands(KeyCommands):
    """Making keys out of material that others made."""

    def import_public(self, public_key_info: bytes, template: Template) -> Key:
        """Take in a public key, given as SubjectPublicKeyInfo.

        Raises:
            HsmError: NOT_LOGGED_IN, NOT_AUTHORIZED, ERR_BAD_PKCS_DATA (no valid key), POLICY_MISMATCH (size, exponent
                or curve), INVALID_DATA (no room).
        """
        from shared.crypto.encodings import describe_public

        return self._import(lambda: describe_public(public_key_info), template)

    def create_rsa_public(self, modulus: int, exponent: int, template: Template) -> Key:
        """Take in an RSA public key, given as its numbers.

        Raises:
            HsmError: as ``import_public``.
        """
        from shared.crypto.encodings import describe_rsa_public

        return self._import(lambda: describe_rsa_public(modulus, exponent), template)

    def _import(self, describe: Callable[[], Described], template: Template) -> Key:
        # Validation is slow, so it is done before the write lock is held.
        with self._examining("createObject"):
            self._actor("CU")
            described = describe()
        with self._writing("createObject", awaited="") as row:
            user = self._actor("CU")
            self._check(template, user, 1)
            key = self._half(row, user, mechanisms.CLASS_PUBLIC, described, template)
            return self._keep(self._with_past(key, template), row.node, ())

    def _examine(self, material: bytes, wanted: Wanted, wrapping: Key | None) -> Arrived:
        """Make sure that material is the kind of key that is wanted.

        POLICY_MISMATCH for a type or size that is refused, ERR_BAD_PKCS_DATA for a private key that is none or of
        another type.
        """
        if wanted.key_class == mechanisms.CLASS_SECRET:
            if len(material) not in _SECRET_SIZES.get(wanted.key_type, ()):
                raise HsmError(errors.POLICY_MISMATCH)
            return Arrived(material, None, wrapping)
        if wanted.key_class != mechanisms.CLASS_PRIVATE:
            raise HsmError(errors.POLICY_MISMATCH)
        from shared.crypto.encodings import describe_private

        described = describe_private(material)
        if described.key_type != wanted.key_type:
            raise HsmError(errors.ERR_BAD_PKCS_DATA)
        return Arrived(material, described, wrapping)

    def _take_in(self, row: Hsm, user: User, arrived: Arrived, wanted: Wanted) -> Key:
        """Keep a secret or private key that has been examined."""
        self._check(wanted.template, user, 1)
        if arrived.described is None:
            key = self._secret(row, user, wanted.key_type, arrived.material, wanted.template)
        else:
            key = self._half(row, user, mechanisms.CLASS_PRIVATE, arrived.described, wanted.template)
        key = self._with_past(key, wanted.template)
        if wanted.flags is not None:
            key = key._replace(flags=_merged(key.flags, wanted.flags))
        if arrived.wrapping is not None:
            key = key._replace(flags=templates.applied(arrived.wrapping, key.flags))
        return self._keep(key, row.node, wanted.template.users)

    def _with_past(self, key: Key, template: Template) -> Key:
        """Return a key with the flags of one that was not made here."""
        if template.flags is not None:
            flags = attributes.asked(key.key_class, template.flags, token=template.token, local=False)
            return key._replace(flags=flags)
        flags = attributes.imported(
            key.key_class,
            key.key_type,
            token=template.token,
            extractable=template.extractable,
            profile=self.realm.profile,
        )
        return key._replace(flags=flags)


def _merged(made: int, told: int) -> int:
    """Return the flags of an unwrapped key: what its header tells, save for what an HSM decides itself."""
    own = (attributes.TOKEN, attributes.LOCAL, attributes.ALWAYS_SENSITIVE, attributes.NEVER_EXTRACTABLE)
    decided = (*own, attributes.EXTRACTABLE, attributes.TRUSTED)
    for attribute in decided:
        told = attributes.with_flag(told, attribute, attributes.flag(made, attribute))
    return told
