"""key wrap aes-gcm."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("aes-gcm")
run = command("aes-gcm")
