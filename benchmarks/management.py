"""cloudhsm_mgmt_util over full HSMs: as many users and keys as the quotas allow, and half of them beside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.report import Budget, Row, compared, milliseconds
from benchmarks.timing import Typist, Work, interleaved
from benchmarks.world import PASSWORD, USER, World
from shared.realm import Realm
from shared.store import records

if TYPE_CHECKING:
    from pathlib import Path

PROMPT = "aws-cloudhsm>"
USERS, KEYS = 1_024, 3_300
LIMIT_MS = 500.0
# Twice the output at the same cost each; what is left over is for the noise of the machine.
LINEAR = 2.6


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
    return rows, budgets


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
