"""The bundle of compiled modules: a start finds them there, and never finds one that is not its source's any more."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.installation import InstallationError, bundle
from shared.installation.launcher import import_folders
from shared.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[1]
LAID_OUT = "import sys; from shared.installation.layout import lay_out; lay_out(sys.argv[1])"
# What a launcher does before its last import, then where each of our modules has come from.
FOUND = """
import sys
text = open(sys.argv[1]).read()
exec(text[: text.index("from key_mgmt_util.main")], {"__file__": sys.argv[1]})
import key_mgmt_util.main, key_mgmt_util.connection, shared.crypto.primitives
for name, module in sys.modules.items():
    if name.split(".")[0] in ("shared", "key_mgmt_util", "cryptography", "_sqlite3", "_cffi_backend"):
        listed = any(name in getattr(finder, "_table", ()) for finder in sys.meta_path)
        print(name, type(module.__spec__.loader).__name__, listed, module.__file__)
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Return a copy of the project's packages, to be changed."""
    folder = tmp_path / "project"
    for package in (*bundle.PACKAGES, "cloudhsm_sim"):
        shutil.copytree(ROOT / package, folder / package)
    return folder


@pytest.fixture
def prefix(tmp_path: Path, sources: Path) -> Path:
    """Return the prefix of an installation that runs that copy."""
    laid_out(tmp_path / "sim", sources)
    return tmp_path / "sim"


def laid_out(prefix: Path, sources: Path) -> None:
    """Make or renew an installation that runs a copy of the packages."""
    folders = os.pathsep.join([str(sources), *import_folders()])
    words = [sys.executable, "-c", LAID_OUT, str(prefix)]
    subprocess.run(words, check=True, env=os.environ | {"PYTHONPATH": folders}, cwd=sources)


def found(prefix: Path) -> dict[str, tuple[str, str, str]]:
    """Return what each module of a key command is found by, whether the bundle has it, and its file."""
    words = [sys.executable, "-IS", "-c", FOUND, f"{prefix}/bin/key_mgmt_util"]
    shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in shown.splitlines())
    return {name: (loader, listed, file) for name, loader, listed, file in rows}


def version(prefix: Path) -> str:
    """Return what key_mgmt_util calls its version."""
    done = subprocess.run([f"{prefix}/bin/key_mgmt_util", "-v"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()[0].split("\t")[-1]


def test_a_start_finds_its_modules_in_the_bundle(prefix: Path, sources: Path) -> None:
    modules = found(prefix)
    assert modules["key_mgmt_util.main"] == ("BundleFinder", "True", f"{sources}/key_mgmt_util/main.py")
    assert modules["shared"] == ("BundleFinder", "True", f"{sources}/shared/__init__.py")
    rust = modules["cryptography.hazmat.bindings._rust"]
    assert rust[:2] == ("ExtensionFileLoader", "True")
    assert {listed for _, listed, _ in modules.values()} == {"True"}
    assert version(prefix) == "3.04"


def test_a_source_that_has_changed_is_what_runs(prefix: Path, sources: Path) -> None:
    """Also one that is as long as before."""
    main = sources / "key_mgmt_util" / "main.py"
    main.write_text(main.read_text().replace('_VERSION = "3.04"', '_VERSION = "9.99"'))
    assert version(prefix) == "9.99"
    modules = found(prefix)
    assert modules["key_mgmt_util.main"][0] == "SourceFileLoader"
    assert modules["key_mgmt_util.connection"][0] == "BundleFinder"


@pytest.mark.parametrize("only", ["size", "time"])
def test_size_and_time_each_tell_of_a_change(prefix: Path, sources: Path, only: str) -> None:
    """As a copy that keeps times changes the size alone, and an edit of a digit the time."""
    main = sources / "key_mgmt_util" / "main.py"
    state = main.stat()
    change = "9.99" if only == "time" else "9.9.9"
    main.write_text(main.read_text().replace('_VERSION = "3.04"', f'_VERSION = "{change}"'))
    modified = state.st_mtime_ns + (1 if only == "time" else 0)
    os.utime(main, ns=(state.st_atime_ns, modified))
    assert (main.stat().st_size == state.st_size) == (only == "time")
    shutil.rmtree(main.parent / "__pycache__", ignore_errors=True)
    assert version(prefix) == change


@pytest.mark.parametrize("name", ["shared/hsm/__init__.py", "shared/lean.py", "key_mgmt_util/__init__.py"])
def test_what_others_need_may_have_changed(prefix: Path, sources: Path, name: str) -> None:
    with (sources / name).open("a") as file:
        file.write("MARK = 1\n")
    modules = found(prefix)
    changed = [module for module, (loader, _, _) in modules.items() if loader == "SourceFileLoader"]
    assert changed == [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")]
    assert version(prefix) == "3.04"


def test_an_import_that_is_new_since_then(prefix: Path, sources: Path) -> None:
    """It may turn round the order in which modules come to their ends."""
    file = sources / "key_mgmt_util" / "shell.py"
    text = file.read_text()
    assert "from shared.installation" not in text
    mark = "from __future__ import annotations\n"
    file.write_text(text.replace(mark, f"{mark}from shared.installation import Installation\n"))
    assert version(prefix) == "3.04"


def test_files_that_are_no_modules_are_left_out(prefix: Path, sources: Path) -> None:
    (sources / "shared" / ".#base.py").symlink_to("somebody@somewhere")
    (sources / "shared" / "two words.py").write_text("1")
    (sources / "shared" / "draft.py").write_text("def")
    laid_out(prefix, sources)
    assert version(prefix) == "3.04"
    assert found(prefix)["key_mgmt_util.main"][0] == "BundleFinder"


def test_a_source_that_is_gone_is_gone(prefix: Path, sources: Path) -> None:
    shutil.rmtree(sources / "key_mgmt_util")
    done = subprocess.run([f"{prefix}/bin/key_mgmt_util", "-v"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'key_mgmt_util'\n")


@pytest.mark.parametrize("damage", ["gone", "empty", "no head", "of another Python", "no bundle", "folder"])
def test_a_bundle_of_no_use_is_not_used(prefix: Path, damage: str) -> None:
    path = prefix / "lib" / "modules.bundle"
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "gone":
        changed = {
            "empty": b"",
            "no head": content[:1000],
            "of another Python": b"\0\0\0\0" + content[4:],
            "no bundle": content[:4] + bytes(bundle.CHECKSUM_BYTES) + b"\4\0\0\0text",
        }
        path.write_bytes(changed[damage])
    assert version(prefix) == "3.04"
    assert {loader for loader, _, _ in found(prefix).values()} == {"SourceFileLoader", "ExtensionFileLoader"}


def damaged(content: bytes, how: str) -> bytes:
    """Return a bundle's bytes with damage behind its magic number, where every start reads them."""
    if how == "cut off":
        return content[: len(content) // 4]
    changed = bytearray(content)
    if how == "the length":
        changed[bundle.CHECKSUM_BYTES + 7] ^= 0x10
    elif how == "the head":
        for place in range(100, 20_000, 1000):
            changed[place] ^= 0xFF
    else:
        fill = {"zeros": b"\0", "ones": b"\xff", "text": b"text"}[how]
        for place in range(26_000, len(changed) - 1000, 1000):
            changed[place : place + len(fill)] = fill
    return bytes(changed)


@pytest.mark.parametrize("how", ["cut off", "the length", "the head", "zeros", "ones", "text"])
def test_a_damaged_bundle_does_no_harm(prefix: Path, how: str) -> None:
    """Its modules come from their sources; those that are whole may come from it."""
    path = prefix / "lib" / "modules.bundle"
    path.write_bytes(damaged(path.read_bytes(), how))
    assert version(prefix) == "3.04"
    loaders = {loader for loader, _, _ in found(prefix).values()}
    assert "SourceFileLoader" in loaders


def test_every_byte_of_a_module_is_checked(prefix: Path) -> None:
    """Also one that would leave it readable, and another program."""
    path = prefix / "lib" / "modules.bundle"
    content = path.read_bytes()
    assert content.count(b"3.04") == 2  # by itself, and among what every start makes
    path.write_bytes(content.replace(b"3.04", b"6.66"))
    assert version(prefix) == "3.04"


def test_a_bundle_may_be_replaced_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "modules.bundle"
    bundle.write(str(path))
    with path.open("rb") as file:
        bundle.write(str(path))
        assert len(file.read()) == len(bundle.render()) == path.stat().st_size
    assert os.listdir(tmp_path) == ["modules.bundle"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_bundle_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "modules.bundle").mkdir()
    with pytest.raises(IsADirectoryError):
        bundle.write(str(tmp_path / "modules.bundle"))
    assert os.listdir(tmp_path) == ["modules.bundle"]


def test_a_module_without_a_source_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "_rendered", [])
    monkeypatch.setattr(bundle, "PACKAGES", ("cloudhsm_nothing",))
    with pytest.raises(InstallationError, match=r"^the module cloudhsm_nothing is not there as a source file$"):
        bundle.render()


TINY = {
    "__init__": "",
    "main": "import tiny.before\nfrom tiny.pack import VALUE\nfrom tiny import after\n",
    "before": "import os, sys\nassert 'TINY' not in os.environ or 'tiny.main' not in sys.modules\n",
    "pack/__init__": "from tiny.pack.inner import VALUE\n",
    "pack/inner": "VALUE = 5\n",
    "after": "import os\nfrom tiny.pack import VALUE\nif os.environ.get('TINY') == '1': raise ValueError('after')\n",
    "other": "",
}
MADE = """
import marshal, os, sys
bundle = os.open(sys.argv[1], os.O_RDONLY)
os.read(bundle, 12)
head = os.read(bundle, int.from_bytes(os.read(bundle, 4), "little"))
finder, table, starts = marshal.loads(head)
exec(finder)
try:
    use(bundle, 16 + len(head), table, starts["tiny"])
except ValueError as error:
    print(error)
print(*[name for name in sys.modules if name.startswith("tiny")])
del os.environ["TINY"]
sys.path.append(sys.argv[2])
import tiny.main, tiny.other, tiny.pack.inner
assert tiny.main.VALUE == tiny.after.VALUE == tiny.pack.VALUE == tiny.pack.inner.VALUE == 5
assert [module.__spec__.name for module in (tiny, tiny.pack.inner)] == ["tiny", "tiny.pack.inner"]
assert (tiny.__package__, tiny.pack.__package__, tiny.pack.inner.__package__) == ("tiny", "tiny.pack", "tiny.pack")
assert tiny.__path__ == [os.path.dirname(tiny.main.__file__)]
"""


def test_what_every_start_needs_is_made_in_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And if one of them fails, nothing is left half made."""
    for name, text in TINY.items():
        file = tmp_path / "tiny" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(bundle, "_rendered", [])
    monkeypatch.setattr(bundle, "PACKAGES", ("tiny",))
    monkeypatch.setattr(bundle, "STARTS", {"tiny": ("tiny.main",)})
    monkeypatch.setattr(bundle, "OTHERS", ("sys", "nothing_of_the_kind"))
    bundle.write(str(tmp_path / "tiny.bundle"))
    words = [sys.executable, "-IS", "-c", MADE, str(tmp_path / "tiny.bundle"), str(tmp_path)]
    for fails, shown in (
        ("0", "tiny tiny.pack tiny.before tiny.pack.inner tiny.after tiny.main\n"),
        ("1", "after\n\n"),
    ):
        done = subprocess.run(words, check=False, capture_output=True, text=True, env={"TINY": fails})
        assert (done.stdout, done.stderr) == (shown, "")


CACHED = """
import sys
sys.path[:0] = sys.argv[2:]
{before}
from shared.store import sqlite
assert ("functools" in sys.modules) == {is_loaded}
database = sqlite.sqlite3.connect(":memory:")
assert [database.execute("SELECT ?", (n,)).fetchone() for n in (1, 2)] == [(1,), (2,)]
import functools
assert functools.__file__.endswith("functools.py") and functools.partial(max, 1)(2) == 2
import sqlite3
assert sqlite3.connect is database.__class__ or sqlite3.connect(":memory:").execute("SELECT 3").fetchone() == (3,)
sqlite.SqliteStore(sys.argv[1], create=True).close()
"""


@pytest.mark.parametrize("before", ["", "import functools", "import sqlite3"])
def test_sqlite_without_functools_is_sqlite(tmp_path: Path, before: str) -> None:
    text = CACHED.format(before=before, is_loaded=bool(before))
    path = str(tmp_path / "cloudhsm.db")
    subprocess.run([sys.executable, "-IS", "-c", text, path, *import_folders()], check=True)
    SqliteStore(path).close()
