"""key wrap cloudhsm-aes-gcm."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("cloudhsm-aes-gcm")
run = command("cloudhsm-aes-gcm")
