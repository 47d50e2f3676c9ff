"""A tool that has been started up to its first own line, and is continued in a new process for each request.

`python -IS ready_tool.py LAUNCHER TOOL` reads requests, JSON objects one a line, from its standard input, and answers
each with the new process's number, or 0 if it cannot become what is asked for. The launcher's text up to the import
of the tool is run once, the rest in each process. A new process is the child of the one that asks, as if that had
started it.
"""
# ruff: noqa: S102 - running a launcher's text is the purpose

import ctypes
import importlib
import json
import os
import signal
import sys

IMPORT = "\nfrom {tool}.main import main\n"
# What every session comes to load; commands load the rest where they run.
_LOADED = (
    "{tool}.shell",
    "shared.store.sqlite",
    "shared.cluster.client",
    "shared.crypto.masking",
    "shared.crypto.primitives",
)
_CLONE = {"x86_64": 56, "aarch64": 220}.get(os.uname().machine)
POSSIBLE = sys.platform == "linux" and _CLONE is not None
_CLONE_PARENT = 0x8000


def main() -> None:
    """Answer requests until there are none any more."""
    launcher, tool = sys.argv[1:]
    with open(launcher, encoding="utf-8") as file:
        head, _, tail = file.read().partition(IMPORT.format(tool=tool))
    known = {"__name__": "__main__", "__builtins__": __builtins__, "__file__": launcher}
    exec(compile(head, launcher, "exec"), known)
    for name in _LOADED:
        importlib.import_module(name.format(tool=tool))
    rest = compile(IMPORT.format(tool=tool) + tail, launcher, "exec")
    requests, answers = os.fdopen(os.dup(0), "rb", 0), os.dup(1)
    for line in requests:
        request = json.loads(line)
        if not _fork():
            requests.close()
            # Nobody may take the terminal's other end for left alone before this one is open.
            try:
                _become(request)
            except BaseException:
                os.write(answers, b"0\n")
                raise
            os.write(answers, b"%d\n" % os.getpid())
            os.close(answers)
            exec(rest, known | {"__file__": request["args"][0]})


def _fork() -> int:
    api = ctypes.PyDLL(None)
    api.PyOS_BeforeFork()
    pid = api.syscall(_CLONE, _CLONE_PARENT | signal.SIGCHLD, 0, 0, 0, 0)
    (api.PyOS_AfterFork_Parent if pid else api.PyOS_AfterFork_Child)()
    return int(pid)


def _become(request: dict) -> None:
    os.setsid()
    terminal = os.open(request["terminal"], os.O_RDWR)
    for number in range(3):
        os.dup2(terminal, number)
    os.close(terminal)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[:] = request["args"]
    for name, mode, number in (("stdin", "r", 0), ("stdout", "w", 1), ("stderr", "w", 2)):
        old = getattr(sys, name)
        new = open(  # noqa: SIM115 - it is open as long as the process lives
            number, mode, encoding=old.encoding, errors=old.errors, newline="\n", closefd=False
        )
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


if __name__ == "__main__":
    main()
