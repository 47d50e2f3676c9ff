"""Scenarios: laid out whole or not at all, described truly, and repaired by their pages to the letter."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from model_support import ROOT

from cloudhsm_sim import scenarios
from cloudhsm_sim.commands.transcript import simulator
from cloudhsm_sim.errors import RefusedError
from cloudhsm_sim.scenarios import clone_behind, quorum_absent_officer, stage
from shared import errors
from shared.cluster.directory import DirectoryError
from shared.crypto.passwords import Password
from shared.errors import HsmError
from shared.hsm import Hsm
from shared.hsm.inspection import state_digest
from shared.installation import Installation, InstallationError
from shared.installation.cfg import read_client, read_servers
from shared.realm import Realm
from shared.store.records import Cluster, Key, MinimumValue
from shared.transcript.golden import load
from shared.transcript.runner import run as replay

Sim = Callable[..., tuple[int, str, str]]

PAGES = ROOT / "docs/scenarios"
every_scenario = pytest.mark.parametrize("name", scenarios.names())

# Their HSMs have equal digests: what is wrong is a count of failures, or nothing but a person who is away.
IN_STEP = ("locked-officer", "quorum-absent-officer")


@contextmanager
def realm_of(place: Installation) -> Iterator[Realm]:
    realm = Realm.open(place, create=True)
    try:
        yield realm
    finally:
        realm.close()


def contents(place: Installation) -> dict[str, bytes]:
    """Return every file of an installation that a refused command must leave alone."""
    found = [*Path(place.etc_dir).rglob("*"), *Path(place.data_dir).rglob("*")]
    kept = [path for path in found if not path.name.startswith("cloudhsm.db")]
    return {str(path): path.read_bytes() for path in kept if path.is_file()}


def test_table_files_pages_and_index_agree() -> None:
    files = {path.stem for path in Path(scenarios.__file__).parent.glob("*.py")} - {"__init__", "stage"}
    assert files == {name.replace("-", "_") for name in scenarios.names()}
    assert {path.stem for path in PAGES.glob("*.md")} - {"README"} == set(scenarios.names())
    index = (PAGES / "README.md").read_text()
    assert [name for name in scenarios.names() if f"[{name}]({name}.md)" not in index] == []


def test_addresses_are_a_scenario_s_own(installation: Installation) -> None:
    """All can be laid out in one installation; the configuration files name the last one."""
    with realm_of(installation) as realm:
        made = [scenarios.run(name, installation, realm) for name in scenarios.names()]
        assert realm.store.count(Cluster) == sum(len(one["clusters"]) for one in made)
    last = [hsm["ip"] for hsm in made[-1]["clusters"][0]["hsms"]]
    assert [entry.hostname for entry in read_servers(installation.mgmt_cfg)] == last
    assert read_client(installation.client_cfg).hostname == last[0]


@every_scenario
def test_what_is_said_is_what_there_is(installation: Installation, name: str) -> None:
    with realm_of(installation) as realm:
        made = scenarios.run(name, installation, realm)
        hsms = [hsm for cluster in made["clusters"] for hsm in cluster["hsms"]]
        for user in made["users"]:
            for hsm in (hsm for hsm in hsms if hsm["state"] == "up"):
                refusal = login(realm, hsm["id"], user)
                is_locked = name == "locked-officer" and user["name"] == "officer1" and hsm is hsms[1]
                assert (refusal is errors.RET_OK) == (hsm["ip"] in user["hsms"] and not is_locked), (user, hsm)
        for key in made["keys"]:
            held = [hsm["ip"] for hsm in hsms if realm.store.one(Key, hsm=hsm["id"], handle=key["handle"])]
            assert key["hsms"] == held
        digests = {state_digest(realm.store, hsm["id"]) for hsm in hsms}
        assert (len(digests) == 1) == (name in IN_STEP)
        assert all(Path(path).is_file() for path in made["files"])
        assert {made["scenario"], made["page"]} == {name, f"docs/scenarios/{name}.md"}


def login(realm: Realm, hsm: str, user: dict[str, Any]) -> errors.Code:
    session = realm.open_session("test")
    try:
        Hsm(realm, hsm, session).login(user["type"], user["name"], Password(user["password"]))
    except HsmError as refusal:
        return refusal.code
    finally:
        realm.close_session(session)
    return errors.RET_OK


@every_scenario
def test_page_repairs_what_the_scenario_broke(name: str) -> None:
    path = PAGES / f"{name}.md"
    golden = load(path)
    result = replay(golden, simulator())
    assert result.ok, "\n".join(result.account())
    assert golden.header.setup == (("scenario", "run", name),)
    # The last word is the state of every HSM: one digest for each lineage, which its HSMs must share to match.
    check = golden.sections[-1]
    assert (check.command, check.status) == ("cloudhsm-sim status --json", 0)
    actual = result.outcomes[-1].actual
    digests = [line for line in check.lines if '"digest": "[sha:' in line]
    assert len(digests) == sum('"digest"' in line for line in actual)
    assert len(set(digests)) == (2 if name == "two-clusters-one-cfg" else 1)
    in_step = [line for line in actual if '"in_step"' in line]
    assert in_step == ['      "in_step": true'] * check.lines.count('      "in_step": true')


@pytest.mark.parametrize("name", ["nothing", "user_missing", "stage", "user-missing/..", "User-Missing"])
def test_unknown_name_is_refused_with_those_there_are(installation: Installation, sim: Sim, name: str) -> None:
    with realm_of(installation) as realm, pytest.raises(RefusedError, match=r"no scenario .*: choose user-missing, "):
        scenarios.run(name, installation, realm)
    status, out, err = sim("scenario", "run", name)
    assert (status, out) == (1, "")
    assert err == f"cloudhsm-sim: no scenario {name}: choose {', '.join(scenarios.names())}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("clone-behind", "--ip", "10.9.9.9"), "the cluster name clone-behind is taken"),
        (("clone-behind-clone", "--ip", "10.9.9.9"), "the cluster name clone-behind-clone is taken"),
        (("mine", "--ip", clone_behind.SOURCE[1]), f"the address {clone_behind.SOURCE[1]} is taken"),
        (("mine", "--ip", clone_behind.CLONE[1]), f"the address {clone_behind.CLONE[1]} is taken"),
    ],
)
def test_taken_names_and_addresses_are_refused_and_nothing_is_left(
    installation: Installation, sim: Sim, words: tuple[str, ...], message: str
) -> None:
    assert sim("cluster", "create", *words)[0] == 0
    before = contents(installation), sim("status")
    assert sim("scenario", "run", "clone-behind") == (1, "", f"cloudhsm-sim: {message}\n")
    assert (contents(installation), sim("status")) == before


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"max_users": 4}, RefusedError),
        ({"max_keys": 2}, RefusedError),
        ({"max_hsms": 1}, DirectoryError),
    ],
)
def test_quotas_refuse_a_scenario_whole(
    installation: Installation, settings: dict[str, int], error: type[Exception]
) -> None:
    Path(installation.simulator_cfg).write_text(json.dumps(settings))
    place = Installation(installation.prefix)
    before = contents(place)
    with realm_of(place) as realm:
        with pytest.raises(error):
            scenarios.run("clone-behind", place, realm)
        assert realm.store.count(Cluster) == 0
    assert contents(place) == before


@pytest.mark.parametrize("name", ["admin.pub", "officer1.key"])
def test_a_file_that_cannot_be_written_undoes_everything(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write = stage.replace_files

    def failing(files: list[tuple[str, bytes, int]]) -> None:
        if any(path.endswith(name) for path, _, _ in files):
            raise InstallationError("cannot write: No space left on device")
        write(files)

    monkeypatch.setattr(stage, "replace_files", failing)
    before = contents(installation)
    with realm_of(installation) as realm:
        with pytest.raises(InstallationError, match="No space left"):
            scenarios.run("quorum-absent-officer", installation, realm)
        assert realm.store.count(Cluster) == 0
    assert contents(installation) == before


def test_files_of_a_scenario_are_for_their_owner(installation: Installation) -> None:
    with realm_of(installation) as realm:
        made = scenarios.run("quorum-absent-officer", installation, realm)
        minimum = [(row.service, row.value) for row in realm.store.rows(MinimumValue, "service")]
    assert minimum == [(3, 2), (3, 2), (4, 2), (4, 2)]
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in made["files"]]
    folder = os.path.dirname(made["files"][0])
    assert (modes, stat.S_IMODE(os.stat(folder).st_mode)) == ([0o600] * 3, 0o700)
    assert quorum_absent_officer.ABSENT.name not in " ".join(made["files"])


def test_a_scenario_can_be_laid_out_again_after_a_reset(installation: Installation, sim: Sim) -> None:
    assert sim("scenario", "run", "owner-missing")[0] == 0
    assert sim("reset")[0] == 0
    status, out, err = sim("scenario", "run", "owner-missing")
    assert (status, err) == (0, "")
    assert f"Begin with:  {installation.bin_dir}/cloudhsm_mgmt_util {installation.data_dir}/owner-missing/" in out


@every_scenario
def test_scenarios_exist_for_clients_of_2017_too(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CLOUDHSM_SIM_PROFILE", "1.x")
    with realm_of(installation) as realm:
        made = scenarios.run(name, installation, realm)
    assert made["users"][0]["type"] == "PCO"


def test_json_for_programs(installation: Installation, sim: Sim) -> None:
    status, out, err = sim("scenario", "list", "--json")
    assert (status, err) == (0, "")
    listed = json.loads(out)["scenarios"]
    assert [one["name"] for one in listed] == list(scenarios.names())
    assert all(one["summary"] and (ROOT / one["page"]).is_file() for one in listed)
    status, out, err = sim("scenario", "run", "password-changed", "--json")
    assert (status, err) == (0, "")
    made = json.loads(out)
    addresses = [hsm["ip"] for hsm in made["clusters"][0]["hsms"]]
    assert [user for user in made["users"] if user["name"] == "alice"] == [
        {"type": "CU", "name": "alice", "password": "alicepw1", "hsms": [addresses[0], addresses[2]]},
        {"type": "CU", "name": "alice", "password": "alicepw2", "hsms": [addresses[1]]},
    ]
    assert made["keys"] == [{"handle": 6, "label": "payments", "owner": 3, "hsms": addresses}]
    assert made["next"] == f"{installation.bin_dir}/cloudhsm_mgmt_util {installation.mgmt_cfg}"
    assert made["files"] == []
