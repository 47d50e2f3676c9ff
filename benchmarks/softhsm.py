"""The peer: SoftHSM behind pkcs11-tool, with tokens that hold as many keys as ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from typing import TYPE_CHECKING

from benchmarks.timing import BenchmarkError, clean

if TYPE_CHECKING:
    from pathlib import Path

PIN = "12345678"
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


def missing() -> str:
    """Return what is not installed, or nothing."""
    programs = {"softhsm2-util": "softhsm2", "pkcs11-tool": "opensc"}
    absent = [package for program, package in programs.items() if shutil.which(program) is None]
    if not absent and _module() is None:
        return "libsofthsm2.so is in none of the usual places"
    return f"Debian packages {' and '.join(absent)} are not installed" if absent else ""


def _module() -> str | None:
    return next((path for path in _MODULES if os.path.exists(path)), None)


class Token:
    """A SoftHSM token in a folder of its own, with ``keys`` AES keys."""

    def __init__(self, folder: Path, keys: int) -> None:
        self._tokens = folder / "tokens"
        self._tokens.mkdir(parents=True)
        conf = folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self._tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.env = {"SOFTHSM2_CONF": str(conf)}
        initialise = ["softhsm2-util", "--init-token", "--free", "--label", "bench", "--pin", PIN, "--so-pin", PIN]
        subprocess.run(initialise, env=clean(self.env), check=True, capture_output=True)
        if keys:
            self._fill(keys)

    def generate(self) -> list[str]:
        """Return the words that make an AES key."""
        return [*self._tool(), "--login", "--pin", PIN, "--keygen", "--key-type", "AES:32", "--label", "new"]

    def listing(self) -> list[str]:
        """Return the words that list all objects."""
        return [*self._tool(), "--login", "--pin", PIN, "--list-objects"]

    def _tool(self) -> list[str]:
        return ["pkcs11-tool", "--module", str(_module()), "--token-label", "bench"]

    def _fill(self, keys: int) -> None:
        """Have one key made and copy its file, which is all that an object is: by pkcs11-tool it would take minutes."""
        subprocess.run(self.generate(), env=clean(self.env), check=True, capture_output=True)
        (template,) = self._tokens.glob("*/*-*.object")
        content = template.read_bytes()
        for _ in range(keys - 1):
            name = template.with_name(f"{uuid.uuid4()}.object")
            name.write_bytes(content)
            name.with_suffix(".lock").touch()
        shown = subprocess.run(self.listing(), env=clean(self.env), check=True, capture_output=True, text=True).stdout
        if shown.count("Secret Key Object") != keys:
            raise BenchmarkError(f"the token has {shown.count('Secret Key Object')} keys, not {keys}")
