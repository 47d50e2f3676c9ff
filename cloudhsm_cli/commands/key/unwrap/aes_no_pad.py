"""key unwrap aes-no-pad."""

from __future__ import annotations

from cloudhsm_cli.unwrap import command, syntax

SYNTAX = syntax("aes-no-pad")
run = command("aes-no-pad")
