"""key wrap aes-zero-pad."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("aes-zero-pad")
run = command("aes-zero-pad")
