"""crypto verify rsa-pkcs-pss."""

from __future__ import annotations

from cloudhsm_cli.signatures import verify, verify_syntax

SYNTAX = verify_syntax("rsa-pkcs-pss")
run = verify("rsa-pkcs-pss")
