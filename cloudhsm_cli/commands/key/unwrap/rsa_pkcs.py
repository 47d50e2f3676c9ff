"""key unwrap rsa-pkcs."""

from __future__ import annotations

from cloudhsm_cli.unwrap import command, syntax

SYNTAX = syntax("rsa-pkcs")
run = command("rsa-pkcs")
