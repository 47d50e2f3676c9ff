"""crypto sign rsa-pkcs-pss."""

from __future__ import annotations

from cloudhsm_cli.signatures import sign, sign_syntax

SYNTAX = sign_syntax("rsa-pkcs-pss")
run = sign("rsa-pkcs-pss")
