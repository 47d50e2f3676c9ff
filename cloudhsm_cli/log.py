"""The log of the CLI: a line for every command that reaches a cluster, in run/cloudhsm-cli.log.<date>.

Where the file cannot be written the lines go to standard output and standard error, between the answers, as they do on
machines where /opt/cloudhsm belongs to the older client (reference sdk5-cli.md, 1.1). Their form is a choice.
"""

from __future__ import annotations

import os
import time

from shared.clock import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

LEVELS = ("error", "warn", "info", "debug", "trace")
_DAY = 86400
_WEEKDAY_OF_THE_EPOCH = 3


class Log:
    """What the ``logging`` part of the configuration asks for; ``say`` and ``complain`` write to the terminal."""

    def __init__(self, settings: dict[str, Any], say: Callable[[str], None], complain: Callable[[str], None]) -> None:
        self._settings = settings
        self._say = say
        self._complain = complain

    def write(self, level: str, message: str) -> None:
        """Write a line, if the level is one of those that are logged."""
        wanted = self._settings.get("log_level", "info")
        if LEVELS.index(level) > (LEVELS.index(wanted) if wanted in LEVELS else LEVELS.index("info")):
            return
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now()))
        line = f"{moment} {level.upper():5} [cloudhsm_cli] {message}\n"
        path = self._settings.get("log_file")
        if self._settings.get("log_type") != "term" and (not isinstance(path, str) or self._append(path, line)):
            return
        (self._complain if level in ("error", "warn") else self._say)(line)

    def _append(self, path: str, line: str) -> bool:
        """Add a line to the file of today, or of this week's first day; return whether that went well."""
        moment = now()
        if self._settings.get("log_interval") == "weekly":
            moment -= (int(moment // _DAY) + _WEEKDAY_OF_THE_EPOCH) % 7 * _DAY
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(f"{path}.{time.strftime('%Y-%m-%d', time.gmtime(moment))}", flags, 0o600)
            try:
                os.write(descriptor, line.encode("utf-8", "replace"))
            finally:
                os.close(descriptor)
        except (OSError, ValueError):  # the latter for a NUL in the path
            return False
        return True
