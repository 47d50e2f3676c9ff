"""Random shell scripts: the translation leaves the same keys and users, writes and says the same as the script."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from migration_support import script
from random_shell import HEAD, Maker

from migration.bash.script import render
from migration.rehearsal.beginning import Beginning, set_up
from migration.rehearsal.compare import Passwords, differences
from migration.rehearsal.state import State, read_state
from migration.translate import translate
from shared.installation import Installation
from shared.installation.layout import lay_out
from shared.store.removed import watch

if TYPE_CHECKING:
    from pathlib import Path

# It ended before the script did, which it says: at what is left to a person, or at a command that failed.
STOPPED = "stopped"
USERS = [("CU", "alice", "password1"), ("CU", "alicia", "password2"), ("CO", "officer", "password3")]
PASSWORDS = ("adminpw1", "password1", "password2", "password3", "password4", "password5")


class Ran(NamedTuple):
    """What a script has left, said and written."""

    status: int
    said: list[str]
    files: dict[str, str]
    state: State
    err: str


class Worlds:
    """Copies of one installation, for a script and its translation each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = lay_out(str(folder / "cloudhsm"))
        set_up(self.place, Beginning(password="adminpw1", users=tuple(USERS)))
        watch(self.place.database)
        self.before = read_state(self.place)
        self.passwords = Passwords(PASSWORDS)

    def run(self, name: str, text: str) -> Ran:
        """Run a script in a world of its own."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.place.prefix, folder / "cloudhsm")
        (folder / "work").mkdir()
        (folder / "script").write_text(text.replace("/opt/cloudhsm", self.place.prefix))
        environment = {
            "PATH": os.environ["PATH"],
            "CLOUDHSM_SIM_HOME": str(folder / "cloudhsm"),
            "CLOUDHSM_CLI": f"{self.place.prefix}/bin/cloudhsm-cli",
        }
        done = subprocess.run(
            ["bash", folder / "script"],
            env=environment,
            cwd=folder / "work",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        files = {
            path.name: path.read_text().rstrip("\n")
            for path in sorted((folder / "work").iterdir())
            if path.suffix not in (".log", ".pem")
        }
        said = [line for line in done.stdout.split("\n") if line.startswith("> ")]
        return Ran(done.returncode, said, files, read_state(Installation(str(folder / "cloudhsm"))), done.stderr)


def judged(worlds: Worlds, own: Ran, other: Ran) -> str:
    """Return what is wrong with a translation that ran, ``stopped`` if it came not to the end, empty if all is well."""
    stopped = "to be done by hand" in other.err or other.said != own.said or (other.status and not own.status)
    # What a trap says stands at the end of both.
    said = [line for line in other.said if line != "> bye"]
    if stopped and other.status and said == own.said[: len(said)]:
        return f"{STOPPED} at a gap" if "to be done by hand" in other.err else STOPPED
    if other.said != own.said:
        return f"said: {own.said} and now: {other.said}"
    if bool(other.status) != bool(own.status):
        return f"status {own.status} and now {other.status}"
    found = differences(worlds.before, own.state, other.state, worlds.passwords, set())
    # They are counted on one HSM now.
    found = [item for item in found if item.field != "failed logins"]
    if found:
        return f"left: {found}"
    return f"wrote: {own.files} and now: {other.files}" if own.files != other.files else ""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    """Return where scripts are run."""
    for program in ("bash", "jq"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    return Worlds(tmp_path_factory.mktemp("worlds"))


@pytest.mark.parametrize("start", [2000, 3000])
def test_a_random_script_and_its_translation_leave_the_same(start: int, worlds: Worlds) -> None:
    to_the_end = 0
    for seed in range(start, start + 5):
        text = Maker(seed).script()
        translation = translate(script(text, "x.sh"))
        told = judged(worlds, worlds.run("own", text), worlds.run("other", render(translation)))
        assert not told or told.startswith(STOPPED), text
        to_the_end += not told
    assert to_the_end > 2


def test_a_translation_that_does_something_else_is_seen(worlds: Worlds) -> None:
    text = HEAD.format(strict="") + "say $first\n"
    new = render(translate(script(text, "x.sh")))
    own = worlds.run("own", text)
    assert judged(worlds, own, worlds.run("other", new)) == ""
    for right, wrong in (("say $first", "say $second"), ("--label two", "--label one"), ("\nsay $", "\nexit 1; $")):
        assert judged(worlds, own, worlds.run("other", new.replace(right, wrong))) != ""
