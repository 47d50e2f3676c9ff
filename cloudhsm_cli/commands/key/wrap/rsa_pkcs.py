"""key wrap rsa-pkcs."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("rsa-pkcs")
run = command("rsa-pkcs")
