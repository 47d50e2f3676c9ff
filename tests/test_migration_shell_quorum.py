"""Shell scripts: by which key a token was signed."""

from __future__ import annotations

import pytest
from test_migration_shell import become, left

SIGNS = "openssl dgst -sha256 -sign {key} -out {signature} {token}"
REGISTERS = "CMU <<EOF\nloginHSM CO $o pass$o\nregisterQuorumPubKey CO $o {token} {signature} $o.pub\ny\nquit\nEOF"


def _script(key: str, signature: str = "$o.sig", used: str = "", first: str = "", token: str = "$o.token") -> str:
    signs = SIGNS.format(key=key, signature=signature, token=token)
    return f"{first}for o in a b; do\n{signs}\n{REGISTERS.format(token=token, signature=used or signature)}\ndone"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (_script("$o.key"), "$o.key"),
        (_script('"$o.key"'), "$o.key"),
        (_script("$o.key", used="$PWD/$o.sig", token="$PWD/$o.token"), "$o.key"),
        (_script("$PWD/$o.key", "./$o.sig", "$(pwd)/$o.sig"), "$PWD/$o.key"),
        (_script("$D/$o.key", first="D=keys\n"), "$D/$o.key"),
        (_script("$K", first="").replace("openssl", "K=keys/$o.pem\nopenssl"), "keys/$o.pem"),
    ],
)
def test_the_key_that_has_signed_signs_the_new_token(text: str, key: str) -> None:
    found = become(text)
    assert not left(text)
    assert f'"{key}"\n' in next(line + "\n" for line in found.split("\n") if "hsm_sign_registration" in line)
    assert ": 'the token is signed where it is used'" in found


@pytest.mark.parametrize(
    "text",
    [
        _script("$1"),
        _script("$(ls *.key)"),
        _script("$o.key", used="other.sig"),
        _script("$K", "x.sig").replace("openssl", "K=keys/$o.pem\nopenssl"),
    ],
)
def test_a_key_that_the_script_does_not_tell_is_left_to_a_person(text: str) -> None:
    assert len(left(text)) == 1
    assert "private_key" not in become(text)
