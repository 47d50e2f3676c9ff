"""key wrap aes-no-pad."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("aes-no-pad")
run = command("aes-no-pad")
