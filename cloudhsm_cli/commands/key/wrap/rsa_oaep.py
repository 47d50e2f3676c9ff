"""key wrap rsa-oaep."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("rsa-oaep")
run = command("rsa-oaep")
