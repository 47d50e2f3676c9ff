"""crypto verify rsa-pkcs."""

from __future__ import annotations

from cloudhsm_cli.signatures import verify, verify_syntax

SYNTAX = verify_syntax("rsa-pkcs")
run = verify("rsa-pkcs")
