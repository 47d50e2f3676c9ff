"""crypto sign rsa-pkcs."""

from __future__ import annotations

from cloudhsm_cli.signatures import sign, sign_syntax

SYNTAX = sign_syntax("rsa-pkcs")
run = sign("rsa-pkcs")
