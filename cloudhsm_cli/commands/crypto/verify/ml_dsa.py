"""crypto verify ml-dsa."""

from __future__ import annotations

from cloudhsm_cli.signatures import verify, verify_syntax

SYNTAX = verify_syntax("ml-dsa")
run = verify("ml-dsa")
