"""Who may import whom, and what a tool that is started for one command must not load."""

import ast
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from model_support import ROOT, make_installation

from shared.installation.launcher import import_folders

TOOLS = ("cloudhsm_sim", "cloudhsm_mgmt_util", "key_mgmt_util", "cloudhsm_cli", "migration")
SHELLS = ("cloudhsm_mgmt_util", "key_mgmt_util")
# What a script means is told by what the shells declare, so the migration reads these, and nothing that runs.
DECLARED = (
    "cloudhsm_mgmt_util.table",
    "key_mgmt_util.table",
    "key_mgmt_util.options",
    "key_mgmt_util.shell",
    "key_mgmt_util.unwrap_syntax",
    "key_mgmt_util.wrap_options",
)
# A rehearsal begins where the operator's tool can begin: with a scenario, or a fresh cluster that is activated. Both
# are programs for a person, with one frame.
LAID_OUT = (
    "cloudhsm_sim.activation",
    "cloudhsm_sim.arguments",
    "cloudhsm_sim.errors",
    "cloudhsm_sim.program",
    "cloudhsm_sim.scenarios",
)

# From the top down: a room may import itself and the rooms below it, and never one that is beside it.
LAYERS = (
    ("transcript", "editing"),
    ("installation", "console"),
    ("cluster",),
    ("hsm",),
    ("realm",),
    ("audit",),
    ("crypto", "store", "attribute_names"),
    ("attributes",),
    ("errors", "mechanisms", "clock", "numbers", "lean"),
)

# What takes long to import and is of no use to a key command (decision 6).
DEAR = (
    "_hashlib",
    "argparse",
    "asyncio",
    "base64",
    "cloudhsm_mgmt_util",
    "cloudhsm_sim",
    "cmd2",
    "collections",
    "contextlib",
    "cryptography.exceptions",
    "cryptography.hazmat.primitives",
    "cryptography.utils",
    "cryptography.x509",
    "dataclasses",
    "datetime",
    "email",
    "enum",
    "functools",
    "getpass",
    "hashlib",
    "hmac",
    "inspect",
    "ipaddress",
    "json",
    "locale",
    "logging",
    "operator",
    "pathlib",
    "pexpect",
    "prompt_toolkit",
    "random",
    "re",
    "readline",
    "rich",
    "select",
    "shared.transcript",
    "shlex",
    "shutil",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tabulate",
    "tempfile",
    "termios",
    "textwrap",
    "threading",
    "traceback",
    "typing",
    "urllib",
    "uuid",
)


class Import(NamedTuple):
    """One import: from where, of what, and whether only a type checker does it."""

    file: str
    module: str
    target: str
    for_types: bool


def _modules() -> dict[str, Path]:
    files = (file for package in ("shared", *TOOLS) for file in sorted((ROOT / package).rglob("*.py")))
    names = {file: ".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files}
    return {name.removesuffix(".__init__"): file for file, name in names.items()}


MODULES = _modules()


def _imports() -> Iterator[Import]:
    for module, file in MODULES.items():
        for node, for_types in _walk(ast.parse(file.read_bytes()), for_types=False):
            for target in _targets(node):
                yield Import(str(file.relative_to(ROOT)), module, target, for_types)


def _walk(node: ast.AST, *, for_types: bool) -> Iterator[tuple[ast.AST, bool]]:
    guarded = node.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" else []
    for child in ast.iter_child_nodes(node):
        is_for_types = for_types or child in guarded
        yield child, is_for_types
        yield from _walk(child, for_types=is_for_types)


def _targets(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        assert node.module is not None
        names = (f"{node.module}.{alias.name}" for alias in node.names)
        return [name if name in MODULES else node.module for name in names]
    return []


@functools.cache
def _all() -> list[Import]:
    """Return the imports of all modules; every process of a run collects this file, and one test looks for them."""
    return list(_imports())


def test_the_imports_are_found() -> None:
    assert Import("shared/store/driver.py", "shared.store.driver", "_sqlite3", for_types=False) in _all()
    assert Import("shared/hsm/base.py", "shared.hsm.base", "shared.realm", for_types=True) in _all()
    assert Import("shared/hsm/base.py", "shared.hsm.base", "shared.errors", for_types=False) in _all()


def test_every_room_of_shared_has_its_place() -> None:
    rooms = {name.split(".")[1] for name in MODULES if name.startswith("shared.")}
    assert rooms == {room for layer in LAYERS for room in layer}


def test_shared_never_imports_a_tool() -> None:
    assert not [item for item in _all() if item.module.startswith("shared") and _top(item.target) in TOOLS]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_imports_shared_and_itself_only(tool: str) -> None:
    others = {item for item in _all() if _top(item.module) == tool and _top(item.target) in TOOLS}
    declared = DECLARED + LAID_OUT if tool == "migration" else ()
    assert not [item for item in others if _top(item.target) != tool and item.target not in declared]


def test_the_rooms_of_shared_are_imported_from_above_only() -> None:
    depth = {room: number for number, layer in enumerate(LAYERS) for room in layer}
    wrong = []
    for item in _all():
        if item.for_types or not item.module.startswith("shared.") or not item.target.startswith("shared."):
            continue
        importer, imported = item.module.split(".")[1], item.target.split(".")[1]
        if importer != imported and depth[importer] >= depth[imported]:
            wrong.append(item)
    assert not wrong


def test_only_the_store_knows_sqlite() -> None:
    users = {item.module for item in _all() if _top(item.target) in ("sqlite3", "_sqlite3")}
    assert users == {"shared.store.driver"}


def test_only_the_realm_and_the_tools_choose_the_store() -> None:
    """The model works on the protocol; a second backend is put in at one place."""
    users = {item.module for item in _all() if item.target == "shared.store.sqlite"}
    assert {user for user in users if user.startswith("shared.")} == {"shared.realm"}


def test_the_model_never_prints() -> None:
    model = ("hsm", "cluster", "store", "crypto", "realm", "attributes", "errors", "mechanisms", "clock")
    for module, file in MODULES.items():
        if module.startswith(tuple(f"shared.{room}" for room in model)):
            names = {node.id for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Name)}
            assert not names & {"print", "input"}, file


LOADED = """
import sys
before = set(sys.modules)
main = __import__(f"{sys.argv[1]}.main", fromlist=["main"]).main
main(sys.argv[2:])
sys.stderr.write(" ".join(set(sys.modules) - before))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_installation(tmp_path_factory.mktemp("sim") / "home").prefix


def _run(home: str, *words: str) -> tuple[str, set[str]]:
    """Start a tool, with nothing to read, and return what it prints and the modules that it loads."""
    child = subprocess.run(
        [sys.executable, "-S", "-c", LOADED, *words],
        env={**os.environ, "CLOUDHSM_SIM_HOME": home, "PYTHONPATH": os.pathsep.join(import_folders())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return child.stdout, set(child.stderr.split())


def _dear(loaded: set[str]) -> set[str]:
    return {name for name in loaded if name in DEAR or name.startswith(tuple(f"{dear}." for dear in DEAR))}


@pytest.mark.parametrize(
    ("words", "file", "crypto"),
    [
        ("findKey", "find_key", {"masking", "passwords", "primitives"}),
        ("genSymKey -t 31 -s 32 -l new", "gen_sym_key", {"check_values", "masking", "passwords", "primitives"}),
    ],
)
def test_a_key_command_loads_its_own_file_and_nothing_dear(home: str, words: str, file: str, crypto: set[str]) -> None:
    login = "singlecmd loginHSM -u CU -s alice -p alicepw1"
    shown, loaded = _run(home, "key_mgmt_util", *f"{login} {words}".split())
    assert "returned: 0x00 : HSM Return: SUCCESS" in shown.rpartition("Command:")[2]
    assert not _dear(loaded)
    commands = {name for name in loaded if name.startswith("key_mgmt_util.commands.")}
    assert commands == {"key_mgmt_util.commands.login_hsm", f"key_mgmt_util.commands.{file}"}
    assert {name for name in loaded if name.startswith("shared.crypto.")} == {
        f"shared.crypto.{name}" for name in crypto
    }
    assert "shared.hsm.other" not in loaded


def test_the_key_tool_comes_to_its_prompt_without_crypto_and_anything_dear(home: str) -> None:
    shown, loaded = _run(home, "key_mgmt_util")
    assert "Command:" in shown
    assert not _dear(loaded)
    assert "cryptography" not in loaded


def test_the_management_tool_comes_to_its_prompt_without_crypto_and_anything_dear(home: str) -> None:
    shown, loaded = _run(home, "cloudhsm_mgmt_util", f"{home}/etc/cloudhsm_mgmt_util.cfg")
    assert "E2E enabled on server 0" in shown
    assert not {name for name in _dear(loaded) if _top(name) != "cloudhsm_mgmt_util"}
    assert "cryptography" not in loaded


def test_a_single_command_of_the_cli_loads_its_own_file_and_nothing_dear(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOUDHSM_ROLE", "admin")
    monkeypatch.setenv("CLOUDHSM_PIN", "admin:adminpw1")
    words = "user create --username carol --role admin --password carolpw1"
    shown, loaded = _run(home, "cloudhsm_cli", *words.split())
    assert '"error_code": 0' in shown
    assert not _dear(loaded)
    commands = {name for name in loaded if name.startswith("cloudhsm_cli.commands.")}
    assert commands == {"cloudhsm_cli.commands.user", "cloudhsm_cli.commands.user.create"}
    assert "shared.hsm.other" not in loaded


@pytest.mark.parametrize(
    ("words", "file", "crypto"),
    [
        ("key list", "list", set()),
        ("key set-attribute --filter attr.label=none --name sign --value true", "set_attribute", set()),
        (
            "key generate-symmetric aes --label new --key-length-bytes 32 --session",
            "generate_symmetric_aes",
            {"check_values"},
        ),
    ],
)
def test_a_key_command_of_the_cli_loads_its_own_file_and_nothing_dear(
    home: str, monkeypatch: pytest.MonkeyPatch, words: str, file: str, crypto: set[str]
) -> None:
    monkeypatch.setenv("CLOUDHSM_ROLE", "crypto-user")
    monkeypatch.setenv("CLOUDHSM_PIN", "alice:alicepw1")
    shown, loaded = _run(home, "cloudhsm_cli", *words.split())
    assert '"error_code"' in shown
    assert not _dear(loaded)
    commands = {name for name in loaded if name.startswith("cloudhsm_cli.commands.")}
    assert commands == {"cloudhsm_cli.commands.key", f"cloudhsm_cli.commands.key.{file}"}
    assert {name for name in loaded if name.startswith("shared.crypto.")} == {
        f"shared.crypto.{name}" for name in crypto | {"masking", "passwords", "primitives"}
    }
    assert not {"shared.hsm.other", "shared.cluster.directory"} & loaded


def _top(name: str) -> str:
    return name.partition(".")[0]
