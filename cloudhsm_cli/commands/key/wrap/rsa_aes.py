"""key wrap rsa-aes."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("rsa-aes")
run = command("rsa-aes")
