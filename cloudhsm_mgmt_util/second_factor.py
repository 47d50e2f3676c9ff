"""The second factor of an officer (-2fa, client 3.3 on): digests go out in a file, signatures come back in one."""

from __future__ import annotations

import os

from cloudhsm_mgmt_util import texts
from shared.errors import HsmError
from shared.lean import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudhsm_mgmt_util.shell import Server, Shell
    from shared.hsm.users import SecondFactor

OPTION = "-2fa"
# With and without the option; what is between them is wrong.
ARGUMENTS = (3, 5)

# Lines as cut in the reference: the guide's page has lost some of the breaks.
_REQUEST = (
    'Authentication data written to: "{path}"\n'
    "Generate Base64-encoded signatures for SHA256 digests in the authentication data\n"
    "file. To generate the signatures, use the RSA private key, which is the second factor of\n"
    "authentication for this user. Paste the signatures{with_key}\n"
    "into the authentication data file and provide the file path below.\n"
    "Leave this field blank to use the path initially provided.\n"
)
_WITH_KEY = " and the corresponding public key"
_QUESTION = "Enter filename: "
_FILE_MODE = 0o644


class Words(Record):
    """The arguments of a command that takes the option; ``file`` is the one that it names."""

    type: str
    name: str
    password: str
    file: str | None = None


def words(shell: Shell, command: str, arguments: list[str]) -> Words | None:
    """Return the arguments; None, after the synopsis, if they are wrong, as the option is in 1.x."""
    kind, name, password, *option = arguments
    if not option:
        return Words(kind, name, password)
    if len(option) > 1 and option[0] == OPTION and shell.profile != "1.x":
        return Words(kind, name, password, option[1])
    shell.console.write(shell.synopsis(command))
    return None


def factors(shell: Shell, path: str | None, *, with_key: bool) -> Callable[[Server], SecondFactor | None] | None:
    """Have the digests of all servers signed, and return what gives each server its second factor.

    Without a file there is none. None, when nothing can be read: a file fails, which has been said then, or input ends.
    ``with_key`` asks for the public key, too.
    """
    if path is None:
        return lambda _: None
    asked: dict[int, tuple[str, bytes]] = {}
    for server in shell.targets:
        try:
            asked[server.number] = (server.hsm.id, server.hsm.new_challenge())
        except HsmError:
            continue  # the server is lost, which the command says when its turn comes
    content = _signed(shell, path, _document(list(asked.values())), with_key=with_key) if asked else b""
    if content is None:
        return None
    key, signatures = _answer(content)

    def factor(server: Server) -> SecondFactor:
        from shared.hsm.users import SecondFactor

        # An empty signature for what is not there: it is up to the HSM to refuse it.
        return SecondFactor(signatures.get(asked.get(server.number, ("", b"")), b""), key)

    return factor


def _signed(shell: Shell, path: str, document: bytes, *, with_key: bool) -> bytes | None:
    """Write the file, wait for its signatures, and return what the file that is named then holds."""
    from shared.installation import InstallationError
    from shared.installation.files import read_bytes

    if not _written(path, document):
        shell.console.write(texts.FILE_UNWRITABLE.format(path=path))
        return None
    shell.console.write(_REQUEST.format(path=path, with_key=_WITH_KEY if with_key else ""))
    answer = shell.ask(_QUESTION)
    if answer is None:
        return None
    source = answer.strip() or path
    try:
        return read_bytes(source)
    except InstallationError:
        shell.console.write(texts.FILE_UNREADABLE.format(path=source))
        return None


def _written(path: str, document: bytes) -> bool:
    """Write the file whole, over any former one, and return whether that went well."""
    from shared.installation import InstallationError
    from shared.installation.files import new_mode, replace_files

    if os.path.exists(path) and not os.path.isfile(path):
        return False  # a device must not be replaced by a file
    try:
        replace_files([(path, document, new_mode(_FILE_MODE))])
    except (InstallationError, ValueError):  # the latter for a NUL in the path
        return False
    return True


def _document(asked: list[tuple[str, bytes]]) -> bytes:
    """Return the file with each HSM's digest, and with empty places for the signatures and the key (choice C23)."""
    import json
    from binascii import b2a_base64

    data = [
        {"HsmId": hsm, "Digest": b2a_base64(digest, newline=False).decode(), "Signature": ""} for hsm, digest in asked
    ]
    return (json.dumps({"Version": "1.0", "PublicKey": "", "Data": data}, indent=4) + "\n").encode()


def _answer(content: bytes) -> tuple[bytes, dict[tuple[str, bytes], bytes]]:
    """Return the public key in a file, and its signatures by HSM and digest; a file that is wrong has none."""
    import json
    from binascii import a2b_base64

    try:
        document = json.loads(content.decode("utf-8-sig"))
        signatures = {
            (str(entry["HsmId"]), a2b_base64(entry["Digest"])): a2b_base64(entry["Signature"])
            for entry in document["Data"]
        }
        return (document.get("PublicKey") or "").encode("utf-8", "replace"), signatures
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return b"", {}
