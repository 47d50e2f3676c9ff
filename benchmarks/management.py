"""cloudhsm_mgmt_util over full HSMs: as many users and keys as the quotas allow, and half of them beside."""

from __future__ import annotations

import statistics
import time
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.report import Budget, Row, compared, milliseconds
from benchmarks.timing import Typist, Work, interleaved
from benchmarks.world import IPS, PASSWORD, USER, World
from shared.cluster.directory import create_backup, create_cluster, members
from shared.installation.cfg import set_cluster
from shared.realm import Realm
from shared.store import records

if TYPE_CHECKING:
    from pathlib import Path

PROMPT, SERVER_PROMPT = "aws-cloudhsm>", "server0>"
USERS, KEYS = 1_024, 3_300
LIMIT_MS = 500.0
# Twice the output at the same cost each; what is left over is for the noise of the machine.
LINEAR = 2.6
CLONE_IP = "10.0.9.1"
SYNC_SECONDS = 60
# The first and the last so many keys are compared, by their medians.
SAMPLE = 300
FLAT = 1.5


def measure(folder: Path) -> tuple[list[Row], list[Budget]]:
    """Return the figures and verdicts of the read commands that print the most."""
    worlds = {"full": _world(folder / "full", USERS, KEYS), "half": _world(folder / "half", USERS // 2, KEYS // 2)}
    works, tools = [], []
    for name, world in worlds.items():
        officer, user = (Typist(world.management_tool(), PROMPT) for _ in range(2))
        officer.type("loginHSM CO admin adminpw1", "success")
        user.type(f"loginHSM CU {USER} {PASSWORD}", "success")
        tools += [officer, user]
        for tool, line, wanted in (
            (officer, "listUsers", "Number of users found"),
            (officer, "findAllKeys 3 1", "Key Hash"),
            (user, f"getKeyInfo {world.handle}", "Owned by user"),
        ):
            works.append(Work(f"{line.split()[0]} {name}", partial(tool.type, line, wanted)))
    times = interleaved(works)
    for tool in tools:
        tool.end("quit")
    rows, budgets = [], []
    for command, shown in (("listUsers", "users"), ("findAllKeys", "keys, with hash"), ("getKeyInfo", "")):
        own, base = times[f"{command} full"], times[f"{command} half"]
        what = f"{command} of cloudhsm_mgmt_util, {USERS:,} users and {KEYS:,} keys on three HSMs"
        rows.append(compared(what, own, "itself with half of them", base))
        budgets.append(Budget(f"{what}, under half a second", milliseconds(own), own < LIMIT_MS))
        if shown:
            grows = f"cost of {command} linear in the {shown} that it prints"
            budgets.append(Budget(grows, f"{own / base:.2f} times for twice as many", own <= LINEAR * base))
    more_rows, more_budgets = _synchronising(folder / "clone")
    return rows + more_rows, budgets + more_budgets


def _synchronising(prefix: Path) -> tuple[list[Row], list[Budget]]:
    """Measure syncKey of every key of a full cluster to its empty clone, typed in one session as the guide has it."""
    world = World(prefix, KEYS)
    handles = _cloned(world)
    tool = Typist(world.management_tool(), PROMPT)
    tool.type("loginHSM CO admin adminpw1", "success")
    tool.enter("server 0", SERVER_PROMPT)
    times = []
    for handle in handles:
        start = time.perf_counter()
        tool.type(f"syncKey {handle} 1", "syncKey success")
        times.append((time.perf_counter() - start) * 1000)
    tool.enter("exit", PROMPT)
    tool.end("quit")
    total, first, last = sum(times), statistics.median(times[:SAMPLE]), statistics.median(times[-SAMPLE:])
    what = f"syncKey of {KEYS:,} keys to a clone, in one session of cloudhsm_mgmt_util"
    return [Row(what, milliseconds(total), "")], [
        Budget(f"{what}, under a minute", milliseconds(total), total < SYNC_SECONDS * 1000),
        Budget(
            "cost of syncKey flat in the keys that are there already",
            f"{milliseconds(first)} for the first keys, {milliseconds(last)} for the last",
            last <= FLAT * first,
        ),
    ]


def _cloned(world: World) -> list[int]:
    """Make a clone without keys, configure the tool for one HSM of each, and return the handles to be copied."""
    realm = Realm.open(world.place)
    backup = create_backup(realm, "bench")
    clone = create_cluster(realm, "clone", [CLONE_IP], backup=backup.id)
    (source, *_), (destination,) = (members(realm.store, name) for name in (backup.cluster, clone.id))
    realm.store.remove(records.Key, hsm=destination.id)
    handles = [key.handle for key in realm.store.rows(records.Key, "slot", hsm=source.id)]
    realm.close()
    set_cluster(world.place.client_cfg, world.place.mgmt_cfg, IPS[0], [(ip, 2225, ip) for ip in (IPS[0], CLONE_IP)])
    return handles


def _world(prefix: Path, users: int, keys: int) -> World:
    """Return a world whose HSMs have so many users (admin, app_user and alice among them) and keys."""
    world = World(prefix, keys)
    realm = Realm.open(world.place)
    with realm.store.transaction():
        for hsm in realm.store.rows(records.Hsm):
            for number in range(4, users + 1):
                realm.store.add(records.User(hsm.id, number, "CU", f"user{number}", "no login"))
    realm.close()
    return world
