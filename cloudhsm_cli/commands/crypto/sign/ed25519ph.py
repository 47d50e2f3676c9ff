"""crypto sign ed25519ph."""

from __future__ import annotations

from cloudhsm_cli.signatures import sign, sign_syntax

SYNTAX = sign_syntax("ed25519ph")
run = sign("ed25519ph")
