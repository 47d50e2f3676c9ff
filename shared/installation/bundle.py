"""The bundle: one file with the compiled modules of the tools, for a start that does not look for each (decision 6).

It is a copy, and only that: a module whose source has changed since is compiled or found as ever, and so is every
module where there is no bundle, or one of another Python. So is what has been damaged since: each part goes by a
checksum, as what marshal makes of wrong bytes is any error, another program, or the end of the interpreter.
"""

from __future__ import annotations

import marshal
import os
from _imp import source_hash
from importlib.machinery import ExtensionFileLoader, SourceFileLoader
from importlib.util import MAGIC_NUMBER, find_spec

from shared.installation.files import InstallationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence
    from types import CodeType
    from typing import Any

# The tools that scripts start by the thousand; the others that a launcher starts find their modules as ever.
PACKAGES = ("shared", "key_mgmt_util", "cloudhsm_mgmt_util", "cloudhsm_cli")
# What a launcher's module imports whatever its command is.
STARTS = {
    "key_mgmt_util.main": ("key_mgmt_util.main", "key_mgmt_util.connection", "shared.installation.lenient"),
    "cloudhsm_mgmt_util.main": ("cloudhsm_mgmt_util.main", "shared.installation.lenient"),
    "cloudhsm_cli.main": ("cloudhsm_cli.main", "shared.installation.lenient"),
}
# What these import of others on their way to a key; where Python has one of them built in, it needs no finding.
OTHERS = (
    "__future__",
    "_sha256",
    "_sqlite3",
    "binascii",
    "fcntl",
    "_cffi_backend",
    "cryptography",
    "cryptography.__about__",
    "cryptography.hazmat",
    "cryptography.hazmat.bindings",
    "cryptography.hazmat.bindings._rust",
)
FINDER = "shared.installation.bundle_finder"
LENGTH_BYTES = 4
CHECKSUM_BYTES = 8

_rendered: list[bytes] = []


def render() -> bytes:
    """Return the bytes of a bundle of the modules as they are now; a process makes them once.

    They are the magic number of this Python, the head's checksum and length, the head, one module after the other, and
    for each tool's module once more, in one piece, all modules that every start of the tool makes: that is read faster.
    What a module is here, ``bundle_finder`` says. The head has that finder's code, and where the modules and the pieces
    are.

    Raises:
        InstallationError: a module is not there as a source file.
    """
    if not _rendered:
        _rendered.append(_render())
    return _rendered[0]


def write(path: str) -> None:
    """Put a bundle where it may be in use: a tool that has opened the former one goes on with that.

    Raises:
        InstallationError: as ``render`` does.
        OSError: it cannot be written.
    """
    draft = f"{path}.{os.getpid()}.new"
    content = render()
    try:
        with open(draft, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
        os.replace(draft, path)
    except OSError:
        if os.path.lexists(draft):
            os.unlink(draft)
        raise


def _render() -> bytes:
    modules: dict[str, tuple[str, int, int, CodeType | None]] = {}
    for name in [*OTHERS, *_modules()]:
        loader = _loader(name)
        if loader is None:
            continue
        state = os.stat(loader.path)
        try:
            code = loader.get_code(name)  # None if it is compiled C
        except SyntaxError:
            continue  # somebody is writing it
        modules[name] = (loader.path, state.st_mtime_ns, state.st_size, code)
    pieces = list[bytes]()
    table = _placed(pieces, modules)
    made = {tool: [(name, *modules[name]) for name in _ends(roots, modules)] for tool, roots in STARTS.items()}
    starts = _placed(pieces, made)
    head = marshal.dumps((_source(FINDER).get_code(FINDER), table, starts))
    return b"".join((MAGIC_NUMBER, checksum(head), len(head).to_bytes(LENGTH_BYTES, "little"), head, *pieces))


def _placed(pieces: list[bytes], contents: Mapping[str, Any]) -> dict[str, tuple[int, int, bytes]]:
    """Add contents to the pieces of a bundle; return by name where each begins, its length and its checksum."""
    places, end = {}, sum(map(len, pieces))
    for name, content in contents.items():
        piece = marshal.dumps(content)
        places[name] = (end, len(piece), checksum(piece))
        pieces.append(piece)
        end += len(piece)
    return places


def checksum(content: bytes) -> bytes:
    """Return what tells damaged bytes: Python's own hash of sources, in every interpreter from its start and fast."""
    return source_hash(0, content)


def _modules() -> Iterator[str]:
    """Yield the names of all modules in ``PACKAGES``."""
    for package in PACKAGES:
        top = os.path.dirname(_source(package).path)
        for folder, folders, files in os.walk(top):
            folders.sort()
            parts = [package, *os.path.relpath(folder, top).split(os.sep)] if folder != top else [package]
            for file in sorted(files):
                if file.endswith(".py") and file[:-3].isidentifier():
                    yield ".".join(parts if file == "__init__.py" else [*parts, file[:-3]])


def _ends(roots: Sequence[str], known: Container[str]) -> tuple[str, ...]:
    """Return what modules import as they are imported themselves, and these, in the order in which the imports end.

    Only statements that stand at the margin count: what is missed is imported a little later, as ever.
    """
    ends: dict[str, None] = {}
    begun: set[str] = set()

    def visit(name: str) -> None:
        if name in begun or name not in known or name.partition(".")[0] not in PACKAGES:
            return
        begun.add(name)
        visit(name.rpartition(".")[0])
        for line in _source(name).get_data(_source(name).path).decode().splitlines():
            if line.startswith(("from ", "import ")):
                _, module, *rest = line.replace(",", " ").split()
                for target in (module, *(f"{module}.{word}" for word in rest[1:])):
                    visit(target)
        ends[name] = None

    for root in roots:
        visit(root)
    return tuple(ends)


def _loader(name: str) -> ExtensionFileLoader | SourceFileLoader | None:
    """Return what reads a module's file; None if it has none, as it is built in, or is not there in this Python."""
    spec = find_spec(name)
    loader = None if spec is None else spec.loader
    return loader if isinstance(loader, (ExtensionFileLoader, SourceFileLoader)) else None


def _source(name: str) -> SourceFileLoader:
    loader = _loader(name)
    if not isinstance(loader, SourceFileLoader):
        raise InstallationError(f"the module {name} is not there as a source file")
    return loader
