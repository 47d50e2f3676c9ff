"""key wrap aes-pkcs5-pad."""

from __future__ import annotations

from cloudhsm_cli.wrap import command, syntax

SYNTAX = syntax("aes-pkcs5-pad")
run = command("aes-pkcs5-pad")
