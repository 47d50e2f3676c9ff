"""crypto verify ecdsa."""

from __future__ import annotations

from cloudhsm_cli.signatures import verify, verify_syntax

SYNTAX = verify_syntax("ecdsa")
run = verify("ecdsa")
