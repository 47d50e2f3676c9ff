"""The main job, live: a cluster of three HSMs is activated, used, driven apart and repaired by the two legacy tools.

Everything between the headings is what the tools' terminals show, byte for byte. The installation is thrown away at the
end. Exit status 0 if the cluster ends as it should, else 1.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pexpect

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
IPS = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
DOWN = IPS[2]
PASSWORD = "Adm1nPassw0rd"  # noqa: S105 - of a simulated officer
USER_PASSWORD = "Cu5erPassw0rd"  # noqa: S105 - of simulated users
SECONDS = 20
CMU_PROMPT = "aws-cloudhsm>"
SERVER_PROMPT = "server0>"
KMU_PROMPT = "\nCommand:  "
QUESTION = "Do you want to continue(y/n)?"


class DemoError(Exception):
    """The demo came out otherwise than it should."""


class Installation:
    """A throw-away installation, and the operator's tool over it."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        # Settings of an installation of the user's own are not those of this one.
        env = {name: value for name, value in os.environ.items() if not name.startswith("CLOUDHSM_SIM_")}
        self._env = {**env, "CLOUDHSM_SIM_HOME": str(prefix)}

    def simulator(self, *words: str) -> str:
        """Run ``cloudhsm-sim`` and return its output."""
        command = [sys.executable, "-m", "cloudhsm_sim.main", *words]
        done = subprocess.run(command, cwd=ROOT, env=self._env, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool
        if done.returncode:
            raise DemoError(f"cloudhsm-sim {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def management_tool(self) -> Tool:
        """Start cloudhsm_mgmt_util and wait for its prompt."""
        words = [f"{self.prefix}/bin/cloudhsm_mgmt_util", f"{self.prefix}/etc/cloudhsm_mgmt_util.cfg"]
        return Tool(words, CMU_PROMPT, self._env)

    def key_tool(self) -> Tool:
        """Start key_mgmt_util and wait for its prompt."""
        return Tool([f"{self.prefix}/bin/key_mgmt_util"], KMU_PROMPT, self._env)

    def hsms(self) -> list[dict[str, Any]]:
        """Return what the HSMs hold."""
        (cluster,) = json.loads(self.simulator("status", "--json"))["clusters"]
        hsms: list[dict[str, Any]] = cluster["hsms"]
        return hsms


class Tool:
    """A tool on a terminal of its own, which is shown as it goes; a context manager that ends it."""

    def __init__(self, words: list[str], prompt: str, env: dict[str, str]) -> None:
        show(f"$ {' '.join(words)}\n")
        self._child: pexpect.spawn[bytes] = pexpect.spawn(words[0], words[1:], timeout=SECONDS, env=env)
        self._child.delaybeforesend = None
        self._child.logfile_read = sys.stdout.buffer
        self._prompt = prompt
        self._wait(prompt)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close(force=True)

    def type(self, line: str, *, prompt: str = "", answer: str = "") -> str:
        """Type a line, answer the question that it leads to, and return what is shown up to the next prompt."""
        self._child.sendline(line)
        if answer:
            self._wait(QUESTION)
            self._child.sendline(answer)
        self._prompt = prompt or self._prompt
        return self._wait(self._prompt)

    def end(self, line: str) -> None:
        """Type the line that ends the tool, and wait for its end."""
        self._child.sendline(line)
        self._child.expect(pexpect.EOF)
        self._child.close()
        if self._child.exitstatus != 0:
            raise DemoError(f"a tool ended with status {self._child.exitstatus}")
        show("\n")

    def _wait(self, text: str) -> str:
        # A terminal shows a newline as CR LF.
        self._child.expect_exact(text.replace("\n", "\r\n"))
        before: bytes = self._child.before or b""
        return before.decode().replace("\r\n", "\n")


def show(text: str) -> None:
    """Write text of the demo itself."""
    sys.stdout.write(text)
    sys.stdout.flush()


def heading(text: str) -> None:
    """Say what comes next."""
    show(f"\n=== {text} {'=' * (100 - len(text))}\n\n")


def need(text: str, pattern: str, times: int = 1) -> list[str]:
    """Return what a pattern finds, which must be so many times."""
    found = re.findall(pattern, text)
    if len(found) != times:
        raise DemoError(f"{pattern!r} found {len(found)} times, not {times}")
    return found


def activate(place: Installation) -> Tool:
    """Give the officer a password and make the first crypto user; return the tool, still open."""
    tool = place.management_tool()
    tool.type("loginHSM PRECO admin password")
    need(tool.type(f"changePswd PRECO admin {PASSWORD}", answer="y"), "changePswd success", 3)
    tool.type("logoutHSM")
    tool.type(f"loginHSM CO admin {PASSWORD}")
    need(tool.type(f"createUser CU alice {USER_PASSWORD}", answer="y"), "createUser success", 3)
    return tool


def make_keys(place: Installation) -> list[str]:
    """Make a symmetric key and an RSA pair and find them; return their handles."""
    with place.key_tool() as tool:
        need(tool.type(f"loginHSM -u CU -s alice -p {USER_PASSWORD}"), "Node id . status: 0x00000000", 2)
        keys = need(tool.type("genSymKey -t 31 -s 32 -l backup-key"), r"Key Handle: (\d+)")
        pair = tool.type("genRSAKeyPair -m 2048 -e 65537 -l tls-key")
        keys += need(pair, r"(?:public|private) key handle: (\d+)", 2)
        need(tool.type("findKey"), "Total number of keys present: 3")
        tool.end("exit")
    return keys


def repair(place: Installation, keys: list[str]) -> None:
    """Copy the user and the keys that one HSM lacks to it."""
    with place.management_tool() as tool:
        need(tool.type(f"loginHSM CO admin {PASSWORD}"), "loginHSM success", 3)
        need(tool.type("findAllKeys 3 0"), "Number of keys found 0")
        tool.type("server 0", prompt=SERVER_PROMPT)
        need(tool.type("syncUser 4 2"), "syncUser success")
        for key in keys:
            need(tool.type(f"syncKey {key} 2"), "syncKey success")
        tool.type("exit", prompt=CMU_PROMPT)
        hashes = need(tool.type("findAllKeys 3 1"), r"Key Hash:\n([0-9a-f]{64})", 3)
        if len(set(hashes)) != 1:
            raise DemoError("the hashes of the HSMs differ")
        tool.end("quit")


def verify(place: Installation, keys: list[str]) -> str:
    """Compare the three HSMs and return what all of them hold."""
    hsms = place.hsms()
    if len({hsm["digest"] for hsm in hsms}) != 1:
        raise DemoError("the HSMs differ")
    users = [f"{user['name']} ({user['type']})" for user in hsms[0]["users"]]
    if users != ["admin (CO)", "app_user (AU)", "alice (CU)", "bob (CU)"]:
        raise DemoError(f"the users are {users}")
    found = {str(key["handle"]): key["label"] for key in hsms[0]["keys"]}
    if sorted(found) != sorted(keys):
        raise DemoError(f"the keys are {found}")
    return f"{', '.join(users)}; keys {', '.join(f'{label} ({handle})' for handle, label in found.items())}"


def run(place: Installation) -> str:
    """Do the main job and return what the HSMs hold at its end."""
    place.simulator("install", "--prefix", str(place.prefix))
    place.simulator("cluster", "create", "demo", "--ip", ",".join(IPS), "--json")
    heading("1. A new cluster of three HSMs is activated")
    with activate(place) as tool:
        place.simulator("hsm", "stop", DOWN)
        show("\n")
        heading(f"2. The HSM at {DOWN} goes down; what follows does not reach it")
        shown = tool.type(f"createUser CU bob {USER_PASSWORD}", answer="y")
        need(shown, "createUser success", 2)
        need(shown, "is not connected")
        tool.end("quit")
    heading("3. Keys are made and found")
    keys = make_keys(place)
    place.simulator("hsm", "start", DOWN)
    heading(f"4. {DOWN} is back, without bob and the keys: syncUser and syncKey repair it")
    repair(place, keys)
    heading("5. The other user can log in everywhere")
    with place.key_tool() as tool:
        need(tool.type(f"loginHSM -u CU -s bob -p {USER_PASSWORD}"), "Node id . status: 0x00000000", 3)
        tool.end("exit")
    return verify(place, keys)


def main() -> int:
    """Run the demo in a temporary folder and return its exit status."""
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="cloudhsm-demo-") as folder:
            held = run(Installation(Path(folder).resolve() / "cloudhsm"))
    except (DemoError, OSError, pexpect.ExceptionPexpect) as error:
        show(f"\nDEMO FAILED: {str(error).splitlines()[0]}\n")
        return 1
    heading("Verified with cloudhsm-sim status --json")
    show(f"{held}\n\nDEMO OK: three HSMs in step, in {time.monotonic() - started:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
