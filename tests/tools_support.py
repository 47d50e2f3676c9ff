"""Helpers for tests that type at both tools in this process: each runs whole, in a thread of its own, line by line."""

import io
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from model_support import TEMPLATES, use_known_rsa_keys

import cloudhsm_mgmt_util.main as cmu_main
import key_mgmt_util.main as kmu_main
from cloudhsm_mgmt_util import texts
from cloudhsm_mgmt_util.shell import GLOBAL_PROMPT
from cloudhsm_sim import configure
from cloudhsm_sim import main as sim_main
from key_mgmt_util.commands.set_attribute import PROMPT as BOOLEAN
from key_mgmt_util.shell import PROMPT as KMU_PROMPT
from shared.cluster import members
from shared.console import Console
from shared.crypto import generation
from shared.installation import Installation
from shared.installation.cfg import set_servers
from shared.installation.layout import lay_out
from shared.realm import Realm
from shared.store.records import Cluster, Hsm

ADMIN_PASSWORD = "adminpw1"
FIRST_PASSWORD = "password1"
SOURCE, CLONE, OTHER = "source", "clone", "other"
# What is answered when a line has brought no answers, or too few.
ANSWERS = {texts.CONTINUE: "y", texts.RETRY_IGNORE_ABORT: "A", texts.RETRY_ROLLBACK_IGNORE: "I", BOOLEAN: "1"}
# What each cluster begins with, and who makes it.
KEYS = (
    ("alice", "genSymKey -t 31 -s 32 -l shared -u 4,5"),
    ("alice", "genECCKeyPair -i 2 -l pair"),
    ("bob", "genSymKey -t 31 -s 16 -l bobs"),
)
CURVE = ec.derive_private_key(7, ec.SECP256R1())

# Longer than anything takes, so that a tool that hangs is a failure and no hanging test.
PATIENCE = 120


class TypedConsole(Console):
    """A terminal at which a test sits: what is printed collects until the tool waits for a line."""

    def __init__(self) -> None:
        super().__init__(source=-1, sink=-1)
        self.interactive = True
        self.lines = SimpleQueue[str | None]()
        self.waits = SimpleQueue[str | None]()
        self.printed: list[str] = []

    def flush(self) -> None:
        """Print."""
        self.printed += self._pending
        self._pending.clear()

    def read_line(self, prompt: str = "") -> str | None:
        """Tell the test that the tool waits behind a prompt, and return what is typed."""
        self.write(prompt)
        self.flush()
        self.waits.put(prompt)
        return self.lines.get()


class Tool(threading.Thread):
    """One run of a tool, from its start to its end, which is None or the status that it ended with."""

    def __init__(self, main: Callable[[list[str]], int], *words: str) -> None:
        super().__init__(daemon=True)
        self.console = TypedConsole()
        self.status: int | None = None
        self._main = main
        self._words = list(words)
        self._failure: BaseException | None = None
        self.start()
        self.greeting = self._until_prompt(())

    def run(self) -> None:
        """Run the tool."""
        try:
            self.status = self._main(self._words)
        except BaseException as failure:  # noqa: BLE001 - it is the test's, which runs in another thread
            self._failure = failure
        self.console.waits.put(None)

    def type(self, line: str, *answers: str) -> str:
        """Return what the tool prints for a line, up to and with its next prompt; questions get the answers in turn."""
        self.console.lines.put(line)
        return self._until_prompt(answers)

    def _until_prompt(self, answers: tuple[str, ...]) -> str:
        left = list(answers)
        while True:
            prompt = self.console.waits.get(timeout=PATIENCE)
            if self._failure is not None:
                raise self._failure
            if prompt not in ANSWERS:
                text, self.console.printed = "".join(self.console.printed), []
                assert text.endswith(prompt or "")
                assert prompt is None or prompt in (KMU_PROMPT, GLOBAL_PROMPT) or prompt.startswith("server")
                self.prompt = prompt
                return text
            answer = left.pop(0) if left else ANSWERS[prompt]
            self.console.printed.append(f"{answer}\n")
            self.console.lines.put(answer)

    def end(self) -> None:
        """End the input, and with it the tool."""
        if self.is_alive():
            self.console.lines.put(None)
            self.join(PATIENCE)
            assert not self.is_alive()


class Lab:
    """An installation with two unrelated clusters, ``source`` and ``other``, and the tools that are open in it.

    Both have a CO admin and the CUs alice, bob and carol, with the passwords above, and the keys ``KEYS``. It is a copy
    of ``template``.
    """

    def __init__(self, template: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cloudhsm-sim-tests-"))
        self.patch = pytest.MonkeyPatch()
        self.tools: list[Tool] = []
        prefix = self.folder / "cloudhsm"
        shutil.copytree(template or _template(), prefix)
        self.place = Installation(str(prefix))
        self.patch.setenv("CLOUDHSM_SIM_HOME", str(prefix))
        use_known_rsa_keys(self.patch)
        self.patch.setattr(generation, "ec_pair", lambda curve: generation.describe_ec(CURVE, curve))
        self.patch.setattr(time, "sleep", lambda _: None)
        for module in (kmu_main, cmu_main):
            self.patch.setattr(module, "Console", lambda: threading.current_thread().console)  # type: ignore[attr-defined]
        self.realm = Realm.open(self.place, create=True)
        self.files = 0

    def close(self) -> None:
        """End all tools and give everything back."""
        self.end_tools()
        self.realm.close()
        self.patch.undo()
        shutil.rmtree(self.folder)

    def sim(self, *words: str) -> tuple[int, str]:
        """Run ``cloudhsm-sim`` and return its status and all that it prints."""
        return _printed(sim_main.main, words)

    def asked(self, *words: str) -> Any:
        """Return what ``cloudhsm-sim`` prints as JSON."""
        status, text = self.sim(*words, "--json")
        assert status == 0, text
        return json.loads(text)

    def hsms(self, cluster: str) -> list[Hsm]:
        """Return the HSMs of a cluster, in node order, none if there is no such cluster."""
        found = self.realm.store.one(Cluster, name=cluster)
        return [] if found is None else members(self.realm.store, found.id)

    def kmu(self, cluster: str) -> Tool:
        """Start key_mgmt_util for a cluster, as ``configure -a`` lets it find one."""
        up = [hsm.ip for hsm in self.hsms(cluster) if hsm.state == "up"]
        assert _printed(configure.main, ("-a", (up or ["10.9.9.9"])[0]))[0] == 0
        return self._started(kmu_main.main)

    def cmu(self, *clusters: str) -> Tool:
        """Start cloudhsm_mgmt_util with all HSMs of some clusters, whose file is a copy as a clone's user makes one."""
        self.files += 1
        path = str(self.folder / f"{self.files}.cfg")
        shutil.copy(self.place.mgmt_cfg, path)
        addresses = [hsm.ip for cluster in clusters for hsm in self.hsms(cluster)]
        set_servers(path, [(ip, 2225, ip) for ip in addresses])
        return self._started(cmu_main.main, path)

    def _started(self, main: Callable[[list[str]], int], *words: str) -> Tool:
        tool = Tool(main, *words)
        self.tools.append(tool)
        return tool

    def end_tools(self) -> None:
        """End all tools that are open."""
        while self.tools:
            self.tools.pop().end()


def _printed(main: Callable[[list[str]], int], words: tuple[str, ...]) -> tuple[int, str]:
    sink = io.StringIO()
    with redirect_stdout(sink), redirect_stderr(sink):
        status = main(list(words))
    return status, sink.getvalue()


@cache
def _template() -> Path:
    """Return an installation that is copied for each test, as making its users and certificates takes its time."""
    prefix, empty = Path(TEMPLATES.name) / "tools", Path(TEMPLATES.name) / "empty"
    lay_out(str(empty))
    lab = Lab(empty)
    users = [word for name in ("alice", "bob", "carol") for word in ("--user", f"CU:{name}:{FIRST_PASSWORD}")]
    for cluster, addresses in ((SOURCE, "10.0.0.1,10.0.0.2"), (OTHER, "10.0.1.1")):
        words = ("cluster", "create", cluster, "--ip", addresses, "--activate", ADMIN_PASSWORD, *users)
        status, text = lab.sim(*words)
        assert status == 0, text
        for name, line in KEYS:
            kmu = lab.kmu(cluster)
            kmu.type(f"loginHSM -u CU -s {name} -p {FIRST_PASSWORD}")
            text = kmu.type(line)
            assert "returned: 0x00" in text, text
    lab.end_tools()
    shutil.copytree(lab.place.prefix, prefix)
    lab.close()
    return prefix
