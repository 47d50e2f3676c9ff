"""key unwrap rsa-oaep."""

from __future__ import annotations

from cloudhsm_cli.unwrap import command, syntax

SYNTAX = syntax("rsa-oaep")
run = command("rsa-oaep")
