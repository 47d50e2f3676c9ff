"""Tools on terminals that start from processes which have loaded them: a start costs no Python and no imports."""

import json
import subprocess
import sys
from collections.abc import Hashable, Mapping
from pathlib import Path

import ready_tool

from shared.transcript.child import Child

_TOOLS = ("key_mgmt_util", "cloudhsm_mgmt_util", "cloudhsm_cli")
# What Python looks at when it starts and never again.
_AT_START = ("LANG", "LC_", "PYTHON", "TZ")
_ready: dict[Hashable, "subprocess.Popen[bytes]"] = {}


class ReadyChild(Child):
    """A child that a waiting process becomes if it is one of the tools, started as an installation's launcher does."""

    @staticmethod
    def start(args: list[str], env: Mapping[str, str], cwd: str, terminal: str) -> int:
        """Start as `Child` does."""
        tool = _tool(Path(args[0]))
        if tool is None or not ready_tool.POSSIBLE:
            return Child.start(args, env, cwd, terminal)
        process = _process(Path(args[0]), tool, env)
        assert process.stdin
        assert process.stdout
        request = {"args": args, "env": dict(env), "cwd": cwd, "terminal": terminal}
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        if not (pid := int(process.stdout.readline() or 0)):
            raise OSError(f"{args[0]} cannot be started in {cwd} on {terminal}")
        return pid


def _tool(launcher: Path) -> str | None:
    text = launcher.read_text(encoding="utf-8", errors="replace") if launcher.is_file() else ""
    return next((tool for tool in _TOOLS if ready_tool.IMPORT.format(tool=tool) in text), None)


def _process(launcher: Path, tool: str, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    prefix = str(launcher.parents[1])
    started = {name: value for name, value in env.items() if name.startswith(_AT_START)}
    key = (launcher.read_text(encoding="utf-8").replace(prefix, ""), tuple(sorted(started.items())))
    if key not in _ready:
        _ready[key] = subprocess.Popen(
            [sys.executable, "-IS", ready_tool.__file__, str(launcher), tool],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=started,
            cwd="/",
            start_new_session=True,
        )
    return _ready[key]
