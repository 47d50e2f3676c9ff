"""scriptfile: carry out the lines of a file (Cavium Cfm2Util source)."""

from __future__ import annotations

import os

from key_mgmt_util.shell import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from key_mgmt_util.shell import Shell

SHELL_REFUSED = "\n\tError: a script may not run the system shell: {line}\n"


def run_script(shell: Shell, path: str) -> None:
    """Carry out each line until ``exit`` or the end of the file, and say so if it cannot be opened.

    A line with ``shell`` in it went to the system shell in the original; here it is refused.
    """
    say = shell.console.write
    try:
        with open(path, "rb") as file:
            lines = os.fsdecode(file.read()).replace("\r", "").split("\n")
    except (OSError, ValueError):
        say(f"\n\tError: Failed to open script file {path}. \n")
        return
    for line in filter(None, lines):
        if line.startswith("#"):
            say(f"Comment: {line} \n")
        elif "shell" in line:
            say(SHELL_REFUSED.format(line=line))
        else:
            say(f"Command String: {line} \n")
            words = split(line)
            if shell.ends(words):
                return
            shell.execute(words)
        shell.console.flush()
