"""crypto sign ecdsa."""

from __future__ import annotations

from cloudhsm_cli.signatures import sign, sign_syntax

SYNTAX = sign_syntax("ecdsa")
run = sign("ecdsa")
