"""What a file that a tool wrote says: whose public key it is, whether a signature in it is good, what is wrapped in it.

Two such files are never the same bytes on both sides, as every HSM makes keys of its own; what they say can be.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

from migration import legacy, words
from migration.rehearsal.texts import JSON, TEXT
from migration.source import MAX_BYTES
from shared import mechanisms as m
from shared.crypto import signing, wrapping
from shared.crypto.encodings import public_half
from shared.crypto.fake_pem import NoRsaKeyError, rsa_handle
from shared.crypto.pem import from_pem
from shared.errors import HsmError
from shared.realm import Realm
from shared.store.records import Cluster, Hsm, Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migration.legacy import Parsed
    from migration.rehearsal.copies import Copy
    from migration.rehearsal.facts import Facts
    from migration.script import Step

_TEXTS = ("getAttribute", "findAllKeys", "getKeyInfo", "getHSMInfo")
_LONG_FORM = 0x81


class Reader:
    """Opens what one side wrote, with the keys of that side; it reads the copy and changes nothing."""

    def __init__(self, copy: Copy, names: Mapping[int, str]) -> None:
        self._copy = copy
        self._names = names
        self._found: list[tuple[Key, bytes]] | None = None

    def name(self, handle: int) -> str:
        """Return what a key is called."""
        return self._names.get(handle, "no key that was ever there")

    def given(self, name: str) -> bytes | None:
        """Return a file of the working folder, None if there is none."""
        path = os.path.join(self._copy.work, name)
        if not name or not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            return file.read(MAX_BYTES)

    def opened(self) -> Iterator[tuple[Key, bytes]]:
        """Yield the keys, each once, with their material: raw, PKCS#8 or SubjectPublicKeyInfo."""
        if self._found is None:
            realm = Realm.open(self._copy.place)
            try:
                rows: dict[tuple[str, int], Key] = {}
                for hsm in realm.store.rows(Hsm):
                    cluster = realm.store.one(Cluster, id=hsm.cluster)
                    if cluster is not None:
                        for key in realm.store.rows(Key, "slot, handle", hsm=hsm.id):
                            rows.setdefault((cluster.lineage, key.handle), key)
                self._found = [
                    (key, realm.vault.unmask(lineage, b"key%d" % key.key_class, key.masked))
                    for (lineage, _), key in rows.items()
                ]
            finally:
                realm.close()
        yield from self._found


def described(name: str, step: Step | None, files: Mapping[str, bytes], reader: Reader, facts: Facts) -> str | None:
    """Return what one of the files says, in words that are the same for files that say the same.

    None for one that is taken as it stands.
    """
    content = files[name]
    if b"PRIVATE KEY-----" in content:
        return _reference(content, reader)
    if b"-----BEGIN PUBLIC KEY-----" in content:
        return _public(content, reader)
    parsed = legacy.parse(step.tool, step.name, step.words[1:]) if step is not None else None
    opener = _OPENERS.get(parsed.name) if parsed is not None else None
    if parsed is not None and name == _text(parsed, "-iv_file", facts) != "":
        return f"an IV of {len(content)} bytes"
    if parsed is not None and opener is not None and content:
        return opener(content, parsed, files, reader, facts)
    return _of_a_tool(content) if parsed is not None and parsed.name in _TEXTS else None


def _of_a_tool(content: bytes) -> str:
    return TEXT if content[:1] not in (b"{", b"[") else JSON


def _reference(content: bytes, reader: Reader) -> str:
    try:
        handle = rsa_handle(content)
    except NoRsaKeyError:
        handle = None
    return "a private key" if handle is None else f"a reference to {reader.name(handle)}"


def _public(content: bytes, reader: Reader) -> str:
    try:
        der = from_pem(content, lambda label: label == "PUBLIC KEY")
    except ValueError:
        return "a public key that cannot be read"
    for key, material in reader.opened():
        if key.key_class == m.CLASS_PUBLIC and material == der:
            return f"the public key {reader.name(key.handle)}"
    for key, material in reader.opened():
        if key.key_class == m.CLASS_PRIVATE and key.key_type != m.KEY_DSA and public_half(material) == der:
            return f"the public key of {reader.name(key.handle)}"
    return f"a public key that is not there, SHA-256 {sha256(der).hexdigest()[:16]}"


def _text(parsed: Parsed, flag: str, facts: Facts) -> str:
    word = parsed.get(flag)
    return (words.literal(words.settled(word, facts.lookup)) if word is not None else None) or ""


def _signature(content: bytes, parsed: Parsed, files: Mapping[str, bytes], reader: Reader, facts: Facts) -> str:
    number = _text(parsed, "-m", facts)
    chosen = signing.MECHANISMS.get(int(number)) if number.isdigit() else None
    data = _file(_text(parsed, "-f", facts), files, reader)
    if chosen is None or data is None:
        return "a signature of what is not known"
    if chosen.key_type == m.KEY_EC:
        content = _der(content)
    verify = signing.verify_rsa if chosen.key_type == m.KEY_RSA else signing.verify_ec
    for key, material in reader.opened():
        if key.key_class == m.CLASS_PUBLIC and key.key_type == chosen.key_type:
            try:
                if verify(material, chosen, data, content):
                    return f"a signature, good by {reader.name(key.handle)}"
            except (HsmError, ValueError):
                continue
    return "a signature that no key here has made"


def _der(content: bytes) -> bytes:
    """Return the DER that bytes begin with: key_mgmt_util fills the file of an EC signature up."""
    long = len(content) > 2 and content[1] == _LONG_FORM  # noqa: PLR2004 - tag, length, length
    return content[: 3 + content[2]] if long else content[: 2 + content[1]] if len(content) > 1 else content


def _file(name: str, files: Mapping[str, bytes], reader: Reader) -> bytes | None:
    if name in files:
        return files[name]
    return reader.given(name)


def _wrapped(content: bytes, parsed: Parsed, files: Mapping[str, bytes], reader: Reader, facts: Facts) -> str:
    """Return what key is in a file of wrapKey; of one with a header only that it has one."""
    parameters = _parameters(parsed, files, reader, facts)
    materials = {sha256(material).digest(): key for key, material in reversed(list(reader.opened()))}
    for key, material in reader.opened():
        opened = _opened(content, key, material, parameters)
        inside = materials.get(sha256(opened).digest()) if opened else None
        if inside is not None:
            return f"{reader.name(inside.handle)}, wrapped by {reader.name(key.handle)}"
        if opened:
            return f"a key that is gone, wrapped by {reader.name(key.handle)}"
    return "a wrapped key that no key here opens" if parsed.has("-noheader") else "a wrapped key with a header"


def _parameters(parsed: Parsed, files: Mapping[str, bytes], reader: Reader, facts: Facts) -> wrapping.Parameters:
    def number(flag: str, otherwise: int) -> int:
        text = _text(parsed, flag, facts)
        return int(text) if text.isdigit() else otherwise

    return wrapping.Parameters(
        number("-m", 0),
        iv=_file(_text(parsed, "-iv_file", facts), files, reader) or b"",
        aad=_file(_text(parsed, "-aad", facts), files, reader) or b"",
        tag_size=number("-tag_size", wrapping.GCM_TAG_BYTES),
        hash_number=number("-t", wrapping.DEFAULT_HASH),
    )


def _opened(content: bytes, key: Key, material: bytes, parameters: wrapping.Parameters) -> bytes | None:
    try:
        if parameters.mechanism in wrapping.BY_AES and (key.key_class, key.key_type) == (m.CLASS_SECRET, m.KEY_AES):
            return wrapping.unwrap_with_aes(material, content, parameters)
        if parameters.mechanism in wrapping.BY_RSA and (key.key_class, key.key_type) == (m.CLASS_PRIVATE, m.KEY_RSA):
            return wrapping.unwrap_with_rsa(material, content, parameters)
    except (HsmError, ValueError):
        return None
    return None


_OPENERS = {"sign": _signature, "wrapKey": _wrapped}
