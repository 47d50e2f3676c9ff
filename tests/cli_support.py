"""Helpers for tests of the CloudHSM CLI: single commands in this process, sessions that are talked to, signatures."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from model_support import DATA

import cloudhsm_cli.main
from cloudhsm_cli.connection import Network
from cloudhsm_cli.shell import Shell
from shared.console import Console

ADMIN = ("admin", "admin:adminpw1")
ALICE = ("crypto-user", "alice:password1")

# A question, and what is typed behind it; a function is called for that when the question comes.
Sim = Callable[..., tuple[int, str, str]]
Answer = tuple[str, str | Callable[[], str]]


class Cli:
    """Runs single commands in this process; ``says`` is what stood on standard error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.says = ""

    def text(self, *words: str, by: tuple[str, str] | None = None) -> tuple[int, str]:
        """Run a command, with the credentials of somebody, and return its status and what it printed."""
        for name, value in zip(("CLOUDHSM_ROLE", "CLOUDHSM_PIN"), by or ("", ""), strict=True):
            if value:
                self._monkeypatch.setenv(name, value)
            else:
                self._monkeypatch.delenv(name, raising=False)
        console, errors = Answers(), StringIO()
        with self._monkeypatch.context() as patch:
            patch.setattr(cloudhsm_cli.main, "Console", lambda: console)
            patch.setattr(sys, "stderr", errors)
            status = cloudhsm_cli.main.main(list(words))
        self.says = errors.getvalue()
        return status, console.text

    def data(self, *words: str, by: tuple[str, str] | None = None) -> Any:
        """Run a command that must succeed and return its data."""
        status, out = self.text(*words, by=by)
        answer = json.loads(out)
        assert (status, answer["error_code"], self.says) == (0, 0, ""), out
        return answer["data"]

    def error(self, *words: str, by: tuple[str, str] | None = None) -> str:
        """Run a command that must be refused and return the text."""
        status, out = self.text(*words, by=by)
        answer = json.loads(out)
        assert (status, answer["error_code"], self.says) == (1, 1, ""), out
        return str(answer["data"])


class Answers(Console):
    """A console that is answered from a list, and keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Answer] = []
        self.text = ""

    def write(self, text: str) -> None:
        """Keep the text."""
        self.text += text

    def flush(self) -> None:
        """Do nothing."""

    def read_line(self, prompt: str = "") -> str | None:
        """Return the next answer; the question must be the one that it is for."""
        if not self.answers:
            return None
        question, answer = self.answers.pop(0)
        assert question == prompt
        return answer if isinstance(answer, str) else answer()

    def read_hidden(self, prompt: str) -> str | None:
        """Return the next answer, as ``read_line``."""
        return self.read_line(prompt)


class Session:
    """Interactive mode, in this process."""

    def __init__(self, network: Network, cluster_id: str | None = None) -> None:
        self.console = Answers()
        self.shell = Shell(self.console, network, interactive=True, cluster_id=cluster_id)

    def text(self, line: str, *answers: Answer) -> str:
        """Type a line, and what follows its questions; return what was printed."""
        self.console.text, self.console.answers = "", list(answers)
        self.shell.obey(line)
        assert not self.console.answers
        return self.console.text

    def data(self, line: str, *answers: Answer) -> Any:
        """Return the data of a command that must succeed."""
        answer = json.loads(self.text(line, *answers))
        assert answer["error_code"] == 0, answer
        return answer["data"]

    def error(self, line: str, *answers: Answer) -> str:
        """Return the text of a command that must be refused."""
        answer = json.loads(self.text(line, *answers))
        assert answer["error_code"] == 1, answer
        return str(answer["data"])

    def log_in(self, name: str, role: str, password: str) -> None:
        """Log in a user."""
        self.data(f"login --username {name} --role {role} --password {password}")


@contextmanager
def session(cluster_id: str | None = None) -> Iterator[Session]:
    """Start interactive mode and end it after the block."""
    network = Network(None)
    try:
        yield Session(network, cluster_id)
    finally:
        network.close()


def key_file(number: int) -> Path:
    """Return the file of an RSA-2048 private key."""
    return DATA / f"approver-{number}.pem"


def public_key(folder: Path, number: int) -> Path:
    """Return the file of the public key to it, made by openssl."""
    target = folder / f"public-{number}.pem"
    _openssl("pkey", "-in", str(key_file(number)), "-pubout", "-out", str(target))
    return target


def signature(digest: str, number: int) -> str:
    """Return the signature over a digest as openssl makes it, both in base64."""
    words = ("pkeyutl", "-sign", "-inkey", str(key_file(number)), "-pkeyopt", "digest:sha256")
    return base64.b64encode(_openssl(*words, data=base64.b64decode(digest))).decode()


def sign_tokens(path: Path, number: int) -> None:
    """Sign the tokens of a registration or of a second factor in their file."""
    content = json.loads(path.read_text())
    for token in content["tokens"]:
        token["signed"] = signature(token["unsigned"], number)
    path.write_text(json.dumps(content))


def approve(path: Path, *approvers: tuple[str, int]) -> None:
    """Put the signatures of approvers, by name and key, into the file of a quorum token."""
    content = json.loads(path.read_text())
    content["signatures"] += [
        {"username": name, "signature": signature(content["token"], number)} for name, number in approvers
    ]
    path.write_text(json.dumps(content))


def _openssl(*words: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout
