"""crypto sign ml-dsa."""

from __future__ import annotations

from cloudhsm_cli.signatures import sign, sign_syntax

SYNTAX = sign_syntax("ml-dsa")
run = sign("ml-dsa")
