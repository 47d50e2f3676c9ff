"""crypto verify ed25519."""

from __future__ import annotations

from cloudhsm_cli.signatures import verify, verify_syntax

SYNTAX = verify_syntax("ed25519")
run = verify("ed25519")
