"""Keep the outputs in the documents what the tools print: ``python tools/docs.py`` writes them, ``--check`` compares.

A block begins with a line ``<!-- output: COMMAND -->`` and ends with ``<!-- end -->``; COMMAND is one of ours, run
without a shell.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_BLOCK = re.compile(r"(<!-- output: (?P<command>.+?) -->\n).*?(<!-- end -->)", re.DOTALL)
_MODULES = {
    "cloudhsm-sim": "cloudhsm_sim.main",
    "cloudhsm_mgmt_util": "cloudhsm_mgmt_util.main",
    "key_mgmt_util": "key_mgmt_util.main",
    "configure": "cloudhsm_sim.configure",
    "cloudhsm-cli": "cloudhsm_cli.main",
    "configure-cli": "cloudhsm_cli.configure",
}


def output(command: str) -> str:
    """Return what a command of ours prints, on a terminal of 80 columns."""
    name, *arguments = shlex.split(command)
    code = f"import sys; sys.argv[0] = {name!r}; from {_MODULES[name]} import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def renewed(text: str) -> str:
    """Return a document with its blocks as they are printed now."""

    def block(match: re.Match[str]) -> str:
        return f"{match[1]}```\n{output(match['command']).rstrip()}\n```\n{match[3]}"

    return _BLOCK.sub(block, text)


def main() -> int:
    """Write or check all documents; 1 when a checked one is out of date."""
    stale = []
    for path in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")]):
        text = path.read_text()
        fresh = renewed(text)
        if fresh != text:
            stale.append(path.relative_to(ROOT))
            if "--check" not in sys.argv:
                path.write_text(fresh)
    if stale and "--check" in sys.argv:
        sys.stderr.write("out of date: " + ", ".join(map(str, stale)) + " (python tools/docs.py)\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
