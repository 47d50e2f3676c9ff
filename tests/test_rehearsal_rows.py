"""Every row of the migration map is rehearsed, and ends equal or with exactly the difference that the map states."""

import subprocess
from pathlib import Path

import pytest
from migration_support import dialogue

from migration import legacy, words
from migration.read import read_source
from migration.rehearsal.rehearse import Wanted, rehearse
from migration.script import CMU, HOST, Script, Step
from migration.source import load
from shared.installation.place import PROFILE_VARIABLE

DATA = Path(__file__).parent / "data"
LISTS = sorted(path for path in (DATA / "rehearsals").iterdir() if path.suffix in (".txt", ".sh"))
ROWS = [
    tuple(line.split(" | "))
    for line in (DATA / "migration-rows.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
EXPECTED = "# expected: "
USERS = {3: "alice", 4: "bob"}
# Values of these options make rows of their own; of others it only counts that they are given.
TELLING = ("-t", "-m", "-kt", "-kc", "-i", "-c", "-sess", "-a", "-n", "-m_value")
# CMU's arguments that do so, by their places.
PLACES = {
    "loginHSM": (0, 2, 3),
    "createUser": (0, 2, 3),
    "changePswd": (0, 2, 3),
    "deleteUser": (0,),
    "getAttribute": (1,),
    "setAttribute": (1,),
    "shareKey": (2,),
    "findAllKeys": (1,),
    "getToken": (0,),
    "getMValue": (0,),
    "setMValue": (0,),
    "registerQuorumPubKey": (0,),
}
# Of other words only the number counts: names and passwords are no part of the map.
WORDS = ("-hpswd", "-2fa", "CO", "CU", "PCO", "PRECO", "AU", "0", "1", "2", "3", "4")


def signature(step: Step) -> tuple[object, ...]:
    """Return what of a command makes it a row of its own."""
    texts = [words.shown(word) for word in step.words[1:]]
    if step.tool == HOST:
        return step.tool, step.name, *(text for text in texts if text.startswith("-"))
    if step.tool == CMU:
        places = PLACES.get(step.name, ())
        told = [
            text if text in WORDS or step.name in ("getAttribute", "setAttribute") else "*"
            for place, text in enumerate(texts)
            if place in places
        ]
        return step.tool, step.name, len(texts), *told
    values = legacy.parse(step.tool, step.name, step.words[1:]).values
    telling = () if step.name == "findKey" and "-m" in values else TELLING
    told = [
        f"{flag} {words.shown(value) if flag in telling and value is not None else ''}"
        for flag, value in sorted(values.items())
    ]
    return step.tool, step.name, *told


def rehearsed_steps() -> set[tuple[object, ...]]:
    """Return the signatures of everything in the lists."""
    return {signature(step) for path in LISTS for step in read_source(load(str(path))).steps}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder in which the lists find their files."""
    place = tmp_path_factory.mktemp("lists")
    key = DATA / "approver-1.pem"
    (place / "admin.key").write_bytes(key.read_bytes())
    (place / "rsa.key").write_bytes((DATA / "rsa2048-2.pem").read_bytes())
    (place / "raw.key").write_bytes(bytes(range(32)))
    (place / "des.key").write_bytes(bytes(range(1, 25)))
    (place / "reg.token").write_text("token\n")
    for command in (
        f"openssl dgst -sha256 -sign {key} -out reg.sig reg.token",
        f"openssl pkey -in {key} -pubout -out admin.pub",
    ):
        subprocess.run(command.split(), cwd=place, check=True)
    modulus = subprocess.check_output(["openssl", "rsa", "-in", "rsa.key", "-noout", "-modulus"], cwd=place, text=True)
    (place / "modulus.hex").write_text(modulus.partition("=")[2])
    return place


def expected(path: Path) -> list[str]:
    """Return the differences that stand at the head of a list."""
    return [line.removeprefix(EXPECTED) for line in path.read_text().splitlines() if line.startswith(EXPECTED)]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_a_list_ends_as_the_map_states(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("admin_private_key", str(folder / "admin.key"))
    monkeypatch.setenv(PROFILE_VARIABLE, "1.x" if path.stem == "older-client" else "3.x")
    script: Script = read_source(load(str(path)))
    # A session waits for ever for a file that is signed meanwhile; a single command meets the end of its input.
    session = not path.stem.startswith("second-factor")
    done = rehearse(Wanted(script, str(folder), {}, USERS, None, session=session), lambda *_: None)
    told = [
        f"[{found.cause.item or 'map' if found.cause else 'unexplained'}] {found.difference.kind} "
        f"{found.difference.subject}, {found.difference.field}"
        for found in done.found
    ]
    assert told == expected(path), done.translated.err[-500:]
    assert done.unexplained == 0


def test_every_row_is_in_a_list() -> None:
    known = rehearsed_steps()
    missing = []
    for tool, line, *_ in ROWS:
        step = dialogue(tool, [line]).steps[-1]
        if signature(step) not in known:
            missing.append(f"{tool} | {line}")
    assert not missing
