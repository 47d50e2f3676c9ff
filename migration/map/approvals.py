"""Quorum: what was signed and handed in is a JSON file with signatures now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import NONE, TRANSLATED, Action, Result, Unresolved, translated
from migration.map.scene import action, option

if TYPE_CHECKING:
    from migration.map.scene import Scene
    from migration.words import Word

_FIELD = re.compile(r"^\s*(Approver Name|Approval File|Multi Token File Path)\s*[:=]?\s*([^;\n]*)", re.MULTILINE)
_SERVICES = ("user", "quorum", "key-usage", "key-management")


def approvers(text: str) -> list[tuple[str, str]]:
    """Return (approver, signature file) of an approval file."""
    names, found = "", []
    for field, value in _FIELD.findall(text):
        if field == "Approver Name":
            names = value.strip()
        elif field == "Approval File":
            found.append((names, value.strip()))
    return found


def signed(file: Word, scene: Scene) -> Result:
    """Return the signatures of the token that was got last."""
    service = next((name for name in reversed(scene.tokens) if name in _SERVICES), None)
    token = scene.tokens.get(service or "")
    if token is None:
        return Result(
            NONE, instead="no getToken of this script is before it: sign the token file, and give it to --approval"
        )
    scene.note("nothing is handed in: signatures go into the token file, which --approval names", 25)
    found = approvers(scene.files.get(words.shown(file), ""))
    keys = [(name, scene.signatures.get(words.beside(words.text(signature)))) for name, signature in found]
    if not keys or not all(key for _, key in keys):
        who = ", ".join(name for name, _ in found) or "each approver"
        return Result(
            NONE,
            instead=f"which keys sign is not in the script: have {who} sign {words.shown(token)}, each with "
            f"hsm_approve {words.shown(token)} APPROVER PRIVATE_KEY",
        )
    actions = [
        Action(
            helper="hsm_approve",
            leading=(token, words.text(name), key or words.EMPTY),
            shown=f"(sign {words.shown(token)} with {words.shown(key or words.EMPTY)} as {name})",
        )
        for name, key in keys
    ]
    return Result(TRANSLATED, tuple(actions))


def key_of(signature: Word, user: Word, scene: Scene) -> Word:
    """Return the private key that made a signature file; a variable that must be given, if the script does not tell."""
    known = scene.signatures.get(words.beside(signature))
    if known is not None:
        return known
    if scene.in_place:
        # Nothing is asked before a shell script, and it may come by here for several users.
        raise Unresolved(
            f"which private key has made {words.shown(signature)} is not in the script: sign the new token with "
            "hsm_sign_registration TOKEN PRIVATE_KEY"
        )
    name = words.bash_name(f"{words.literal(user) or 'user'}_private_key")
    scene.note(f"which private key signed is not in the script: give its path in {name}", 24)
    return words.variable(name)


def registered(user: Word, token: Word, private: Word, public: Word, scene: Scene, *, extract: bool = False) -> Result:
    """Return the registration of a user's public key."""
    scene.note("the HSM makes the registration token; its signature goes into the JSON file", 24)
    if scene.login is None or scene.login.user != user:
        raise Unresolved(
            f"{words.shown(user)} registers the key, and nobody else can: log in as {words.shown(user)} before it"
        )
    first = (
        (Action(helper="hsm_public_key", leading=(private, public), shown="(write the public key)"),) if extract else ()
    )
    return translated(
        action("quorum token-sign generate", option("--service", words.text("registration")), option("--token", token)),
        *first,
        Action(helper="hsm_sign_registration", leading=(token, private), shown=f"(sign {words.shown(token)})"),
        action(
            "user change-quorum token-sign register", option("--public-key", public), option("--signed-token", token)
        ),
    )
