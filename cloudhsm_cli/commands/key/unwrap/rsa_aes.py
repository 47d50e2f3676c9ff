"""key unwrap rsa-aes."""

from __future__ import annotations

from cloudhsm_cli.unwrap import command, syntax

SYNTAX = syntax("rsa-aes")
run = command("rsa-aes")
