"""``python -m benchmarks [--markdown]``: measure everything in one run, interleaved, and print the tables."""

from __future__ import annotations

import argparse
import compileall
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks import management, rehearsal, softhsm
from benchmarks.report import Budget, Row, compared, milliseconds, text
from benchmarks.timing import RUNS, Typist, Work, interleaved, peak_megabytes, process
from benchmarks.world import CLI_LOGIN, KEYS_EACH, PASSWORD, USER, WRITERS, World, write_together

ROOT = Path(__file__).resolve().parent.parent
SIZES = (0, 1_000, 10_000)
# The peer lists 10,000 keys in seconds, and starts on an empty token in milliseconds: many rounds of those cost little.
SHORT_RUNS = 41
MAKE, FIND = "genSymKey -t 31 -s 32 -l new", "findKey"
CLI_MAKE, CLI_FIND = "key generate-symmetric aes --label new --key-length-bytes 32", "key list"
KMU_PROMPT, CMU_PROMPT = "\r\nCommand:  ", "aws-cloudhsm>"
SINGLECMD_MEGABYTES, FINDKEY_MEGABYTES = 60, 100
COMMAND_MS = 5.0
FLAT = 1.5


class Starts(NamedTuple):
    """The single commands of a tool that make a key and list keys: where their times are, and what they are called."""

    prefix: str
    make: str
    find: str


STARTS = (
    Starts("", "singlecmd genSymKey", "singlecmd findKey"),
    Starts("cli ", "cloudhsm-cli key generate-symmetric aes", "cloudhsm-cli key list"),
)


def main() -> int:
    """Measure and print; return 0 whatever the verdicts, since a busy machine is no fault of the code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--markdown", action="store_true", help="print tables for the README")
    options = parser.parse_args()
    for package in ("shared", "key_mgmt_util", "cloudhsm_mgmt_util", "cloudhsm_cli", "cloudhsm_sim", "migration"):
        compileall.compile_dir(ROOT / package, quiet=1)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cloudhsm-bench-") as folder:
        rows, budgets = measure(Path(folder))
    print(text(rows, budgets, markdown=options.markdown))
    print(f"medians of interleaved runs, in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


def measure(folder: Path) -> tuple[list[Row], list[Budget]]:
    """Return all figures and verdicts."""
    worlds = {size: World(folder / f"keys-{size}", size) for size in SIZES}
    without = softhsm.missing()
    tokens = {} if without else {size: softhsm.Token(folder / f"token-{size}", size) for size in SIZES}
    bare = [sys.executable, "-I", "-c", "pass"]
    times: dict[str, float] = {}
    for size, world in worlds.items():
        # A round may end with the peer's longest run, after which the first of ours would pay for cold caches.
        works = [Work("warm", process(world.singlecmd("listAttributes"))), *_processes(world, size, tokens.get(size))]
        if size == SIZES[0]:
            works += [Work("bare", process(bare)), *_prompts(world)]
        times |= interleaved(works, SHORT_RUNS if size == SIZES[0] else RUNS)
    rows, budgets = _against_softhsm(times, without)
    more_rows, more_budgets = _against_python(times)
    rows, budgets = rows + more_rows, budgets + more_budgets
    for part in (_typed, _memory, _writers):
        more_rows, more_budgets = part(worlds)
        rows, budgets = rows + more_rows, budgets + more_budgets
    for room in (management, rehearsal):
        more_rows, more_budgets = room.measure(folder)
        rows, budgets = rows + more_rows, budgets + more_budgets
    return rows, budgets


def _processes(world: World, size: int, token: softhsm.Token | None) -> list[Work]:
    """Return whole processes, ours and the peer's side by side; both of ours make a key where the peer makes one."""
    works = [
        Work(f"make {size}", process(world.singlecmd(MAKE), wanted="Key Created")),
        Work(f"find {size}", process(world.singlecmd(FIND), wanted="Total number of keys")),
        Work(f"cli make {size}", process(world.cli(CLI_MAKE), CLI_LOGIN, "key-reference")),
        Work(f"cli find {size}", process(world.cli(CLI_FIND), CLI_LOGIN, "total_key_count")),
    ]
    if token is not None:
        works.append(Work(f"peer make {size}", process(token.generate(), token.env, "Key generated")))
        works.append(Work(f"peer find {size}", process(token.listing(), token.env)))
    return works


def _prompts(world: World) -> list[Work]:
    """Return the start of both shells up to the first prompt; the end is untimed, in the round's next step."""
    open_tools: list[tuple[Typist, str]] = []

    def close() -> None:
        while open_tools:
            tool, line = open_tools.pop()
            tool.end(line)

    def key_tool() -> None:
        open_tools.append((Typist(world.key_tool(), KMU_PROMPT), "exit"))

    def management_tool() -> None:
        open_tools.append((Typist(world.management_tool(), CMU_PROMPT), "quit"))

    return [
        Work("prompt key", key_tool),
        Work("prompt management", management_tool, close),
        Work("end", lambda: None, close),
    ]


def _against_softhsm(times: dict[str, float], without: str) -> tuple[list[Row], list[Budget]]:
    rows, budgets = [], []
    for starts in STARTS:
        for size in SIZES:
            more_rows, more_budgets = _beside_peer(times, starts, size, without)
            rows += more_rows
            budgets += more_budgets
    return rows, budgets


def _beside_peer(times: dict[str, float], starts: Starts, size: int, without: str) -> tuple[list[Row], list[Budget]]:
    make, find = times[f"{starts.prefix}make {size}"], times[f"{starts.prefix}find {size}"]
    names = (f"{starts.make}, {size:,} keys", f"{starts.find}, {size:,} keys")
    if without:
        absent = f"none: {without}"
        return [Row(name, milliseconds(own), absent) for name, own in zip(names, (make, find), strict=True)], []
    peer_make, peer_find = times[f"peer make {size}"], times[f"peer find {size}"]
    rows = [
        compared(names[0], make, "pkcs11-tool --keygen", peer_make),
        compared(names[1], find, "pkcs11-tool --list-objects", peer_find),
    ]
    limit = 2.0 if size == 0 else 1.0
    promise = "at most twice" if size == 0 else "faster than"
    what = f"{starts.make.removeprefix('singlecmd ')} {promise} pkcs11-tool --keygen, {size:,} keys"
    budgets = [Budget(what, f"{make / peer_make:.2f} of it", make <= limit * peer_make)]
    if size == max(SIZES):
        what = f"{starts.find.removeprefix('singlecmd ')} at most a tenth of --list-objects, {size:,} keys"
        budgets.append(Budget(what, f"1/{peer_find / find:.0f} of it", find * 10 <= peer_find))
    return rows, budgets


def _against_python(times: dict[str, float]) -> tuple[list[Row], list[Budget]]:
    bare = times["bare"]
    rows = [
        compared(f"{starts.make}, 0 keys", times[f"{starts.prefix}make 0"], "bare Python start", bare)
        for starts in STARTS
    ]
    budgets = []
    for tool, name in (("key", "key_mgmt_util"), ("management", "cloudhsm_mgmt_util")):
        own = times[f"prompt {tool}"]
        rows.append(compared(f"first prompt of {name}", own, "bare Python start", bare))
        what = f"first prompt of {name} within 25 bare Python starts"
        budgets.append(Budget(what, f"{own / bare:.1f} of them", own <= 25 * bare))
    return rows, budgets


def _typed(worlds: dict[int, World]) -> tuple[list[Row], list[Budget]]:
    """Measure commands at tools that are open on a terminal, with few keys and with many."""
    few, many = worlds[SIZES[1]], worlds[SIZES[-1]]
    tools = {world: Typist(world.key_tool(), KMU_PROMPT) for world in (few, many)}
    management = Typist(many.management_tool(), CMU_PROMPT)
    works = [Work("listUsers", lambda: management.type("listUsers", "Number of users found:3"))]
    for world, tool in tools.items():
        tool.type(f"loginHSM -u CU -s {USER} -p {PASSWORD}", "SUCCESS")
        size = "few" if world is few else "many"
        for command, wanted in (
            (f"findSingleKey -k {world.handle}", "SUCCESS"),
            (f"getKeyInfo -k {world.handle}", "Owned"),
        ):
            name = command.split()[0]
            works.append(Work(f"{name} {size}", partial(tool.type, command, wanted)))
        works.append(Work(f"genSymKey {size}", partial(tool.type, MAKE, "Key Created")))
    times = interleaved(works, runs=50)
    management.end("quit")
    for tool in tools.values():
        tool.end("exit")
    rows = [Row("listUsers of cloudhsm_mgmt_util, over a terminal", milliseconds(times["listUsers"]))]
    budgets = []
    slowest = times["listUsers"]
    for name in ("findSingleKey", "getKeyInfo", "genSymKey"):
        own, base = times[f"{name} many"], times[f"{name} few"]
        rows.append(
            compared(f"{name} over a terminal, {SIZES[-1]:,} keys", own, f"itself with {SIZES[1]:,} keys", base)
        )
        slowest = max(slowest, own)
        what = f"cost of {name} flat in the number of keys"
        budgets.append(
            Budget(what, f"{own / base:.2f} times from {SIZES[1]:,} to {SIZES[-1]:,} keys", own <= FLAT * base)
        )
    what = f"a command within {COMMAND_MS:.0f} ms over a terminal"
    return rows, [Budget(what, f"slowest {milliseconds(slowest)}", slowest <= COMMAND_MS), *budgets]


def _memory(worlds: dict[int, World]) -> tuple[list[Row], list[Budget]]:
    rows, budgets = [], []
    for name, world, command, limit in (
        ("singlecmd genSymKey", worlds[0], MAKE, SINGLECMD_MEGABYTES),
        (f"findKey over {SIZES[-1]:,} keys", worlds[SIZES[-1]], FIND, FINDKEY_MEGABYTES),
    ):
        peak = peak_megabytes(world.singlecmd(command))
        rows.append(Row(f"peak memory of {name}", f"{peak:.0f} MB"))
        budgets.append(Budget(f"{name} under {limit} MB", f"{peak:.0f} MB", peak < limit))
    return rows, budgets


def _writers(worlds: dict[int, World]) -> tuple[list[Row], list[Budget]]:
    world = worlds[0]
    before = world.count()
    start = time.perf_counter()
    shown = write_together(world)
    seconds = time.perf_counter() - start
    wanted = WRITERS * KEYS_EACH
    made = [after - earlier for after, earlier in zip(world.count(), before, strict=True)]
    row = Row(
        f"{WRITERS} writers at once, {KEYS_EACH} keys each on three HSMs",
        f"{wanted / seconds:.0f} keys/s, starts included",
    )
    holds = made == [wanted] * 3 and "locked" not in shown
    what = f"{WRITERS} writers lose nothing and never see 'locked'"
    return [row], [Budget(what, f"{made} of {wanted} keys, locked {shown.count('locked')} times", holds)]


if __name__ == "__main__":
    sys.exit(main())
