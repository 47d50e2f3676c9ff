"""crypto verify ed25519ph."""

from __future__ import annotations

from cloudhsm_cli.signatures import verify, verify_syntax

SYNTAX = verify_syntax("ed25519ph")
run = verify("ed25519ph")
