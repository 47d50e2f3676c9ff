"""What is known when a command is translated: users, key handles, who is logged in, which tokens wait."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration import words
from migration.map.rule import Note, Unresolved, cli

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migration.map.rule import Action
    from migration.script import Capture, Login, Step
    from migration.words import Word

ROLES = {
    "CO": "admin",
    "PCO": "admin",
    "CU": "crypto-user",
    "PRECO": "unactivated-admin",
    "preCO": "unactivated-admin",
    "PO": "unactivated-admin",
}
_FIRST_OFFICER = ("PRECO", "preCO", "PO")
_OFFICER = ("CO", "PCO")
OWNER_ONLY = "an admin sees only label and reference of a key: ask as the crypto user who owns it"
HANDLE_DIGITS = 16
# Behind the name of a variable that takes one more value.
LIST = "[]"
FIRST_ID = 3
# Key types, classes, curves, mechanisms, attributes, ids; types of users; services of a quorum.
_NAMED = re.compile(r"\d[\d,]*|[A-Z][A-Z_]+")


class Scene:
    """The state of one translation, changed step by step."""

    def __init__(
        self,
        users: Mapping[int, str],
        files: Mapping[str, str],
        signatures: Mapping[str, Word],
        constants: Mapping[str, tuple[int, Word]],
        *,
        in_place: bool = False,
        names: frozenset[str] = frozenset(),
    ) -> None:
        """Take what is known beside the steps; ``in_place`` says that the script stays around its commands.

        ``names`` are variables that hold the name of a user where they held the id.
        """
        self.names = names
        self.in_place = in_place
        self._constants = constants
        self.users = dict(users)
        self.files = files
        self.signatures = signatures
        self.keys: dict[int, str] = {}
        # Handles that a recorded session shows of a key that is left to a person, with the line that made it.
        self.unmade: dict[int, int] = {}
        self.bound: set[str] = set()
        self.lists: set[str] = set()
        self.loops: set[str] = set()
        self.tokens: dict[str, Word] = {}
        self.notes: list[Note] = []
        self.next_id = 0
        self.login: Login | None = None
        self.step: Step | None = None

    @property
    def captures(self) -> tuple[Capture, ...]:
        """The variables that the script takes out of this command's output."""
        return self.step.captures if self.step else ()

    @property
    def answers(self) -> tuple[Word, ...]:
        """What is typed at this command's questions."""
        return self.step.answers if self.step else ()

    def held(self, name: str) -> Word | None:
        """Return the number or type that a variable holds here in any case, None if it holds another text or may."""
        line, word = self._constants.get(name, (0, words.EMPTY))
        is_here = self.step is not None and line <= self.step.line
        return word if is_here and _NAMED.fullmatch(words.literal(word) or "") else None

    def note(self, text: str, item: int = 0) -> None:
        """Say what differs."""
        if Note(text, item) not in self.notes:
            self.notes.append(Note(text, item))

    def role(self, kind: Word) -> Word:
        """Return the role of a legacy user type; a type in a variable is told when the script runs."""
        plain = words.literal(kind)
        if plain is None:
            self.note(f"{words.shown(kind)} holds a user type, which becomes a role when the script runs", 17)
            return words.code(f"$(hsm_role {words.bash(kind)})")
        if plain == "AU":
            raise Unresolved("an appliance user cannot log in or be changed in CloudHSM CLI")
        if plain in _FIRST_OFFICER:
            raise Unresolved(
                f"{plain} is the first officer before the activation, for whom there is no role: "
                "cluster activate needs no login and makes it an admin"
            )
        if plain not in ROLES:
            raise Unresolved(f"{plain} is no user type")
        return words.text(ROLES[plain])

    @property
    def is_admin(self) -> bool:
        """Whether an officer is known to be logged in."""
        return self.login is not None and words.literal(self.login.type) in _OFFICER

    def created(self, name: Word) -> None:
        """Count a user that is created; the ids of a cluster are known from its activation on."""
        plain = words.literal(name)
        if self.step and self.step.condition:
            # Nobody knows whether the next user has the next id.
            self.next_id = 0
        if self.next_id and plain:
            self.users.setdefault(self.next_id, plain)
        if self.next_id:
            self.next_id += 1

    def activated(self) -> None:
        """Note that the cluster is activated here: it has the users 1 and 2."""
        if not self.next_id:
            self.users = {1: "admin", 2: "app_user", **self.users}
            self.next_id = FIRST_ID

    def user(self, identity: Word) -> Word:
        """Return the name of a user id.

        Raises:
            Unresolved: nothing tells it.
        """
        number = words.number(identity)
        if len(identity) == 1 and identity[0].kind == words.VARIABLE and identity[0].text in self.names:
            return identity
        if number is None:
            raise Unresolved(
                f"{words.shown(identity)} holds a user id, and CloudHSM CLI takes names: let it hold the name"
            )
        name = self.users.get(number)
        if name is None:
            raise Unresolved(f"nothing tells the name of user {number}: give --user {number}=NAME or --cluster NAME")
        self.note(f"user {number} is {name}", 17)
        return words.text(name)

    def user_list(self, identities: Word) -> list[Word]:
        """Return the names of a comma list of user ids."""
        plain = words.literal(identities)
        if plain is None:
            return [self.user(identities)]
        return [self.user(words.text(piece)) for piece in plain.split(",") if piece]

    def key(self, handle: Word, option: str = "--filter") -> tuple[Word, ...]:
        """Return the filter that selects the key of a handle: ``--filter key-reference=...``."""
        return words.text(option), words.join([words.text("key-reference="), self.reference(handle)])

    def reference(self, handle: Word) -> Word:
        """Return the reference of a key: a variable that is bound to it, else the handle's number in hexadecimal."""
        number = words.number(handle)
        if number is not None and number in self.keys:
            return words.variable(self.keys[number])
        if number is not None and number in self.unmade:
            raise Unresolved(
                f"{number} was the key that line {self.unmade[number]} made, which is left to you: give its reference"
            )
        if number is not None:
            self.note(
                f"handle {number} is written into the script; a reference may change, so select by label or id", 29
            )
            return words.text(f"0x{number:0{HANDLE_DIGITS}x}")
        name = next(iter(words.names(handle)), "")
        if name in self.lists and name not in self.loops:
            raise Unresolved(f"${name} holds all handles that were found: take one of them")
        if name and name not in self.bound and name not in self.loops:
            self.note(f"{words.shown(handle)} holds a handle from elsewhere: it is taken decimal or as 0x...", 29)
        return handle

    def bind(self, part: str, wanted: str = "") -> tuple[tuple[str, str], ...]:
        """Return the variables that take a part of the answer, ``wanted`` for a handle that the script only shows."""
        found = [capture.variable for capture in self.captures if capture.what == part]
        names = tuple(found) or ((wanted,) if wanted else ())
        for name in names:
            (self.lists if name.endswith(LIST) else self.bound).add(name.removesuffix(LIST))
        return tuple((name, part) for name in names)

    def remember(self, numbers: tuple[int, ...], names: list[str]) -> None:
        """Note which variables stand for handles that a recorded session shows."""
        self.keys.update(zip(numbers, names, strict=False))
        for number in numbers:
            self.unmade.pop(number, None)

    def leave(self, step: Step) -> None:
        """Note that the keys which a recorded session shows to be made by a step are not made by the translation."""
        for number in step.created:
            self.keys.pop(number, None)
            self.unmade[number] = step.line

    def approval(self, service: str) -> tuple[Word, ...]:
        """Return ``--approval FILE`` if a token of the service waits, and use the token up."""
        token = self.tokens.pop(service, None)
        if token is None:
            return ()
        self.note("the token is used up by this command", 25)
        return words.text("--approval"), token

    def password(self, option: str, typed: Word | None) -> tuple[Word, ...]:
        """Return the option with a password; without one CloudHSM CLI asks for it."""
        if typed is None:
            self.note("the password is asked for at the terminal", 15)
            return ()
        self.note("a password among the arguments can be seen by others; leave it out and it is asked for", 15)
        return words.text(option), typed


def attributes(flag: str, *pairs: str, key_id: Word | None = None) -> tuple[Word, ...]:
    """Return ``--attributes`` with its values; nothing if there are none. An id becomes hexadecimal."""
    found = [words.text(pair) for pair in pairs if pair]
    if key_id is not None:
        found.append(words.join([words.text("id="), hexadecimal(key_id)]))
    return (words.text(flag), *found) if found else ()


def hexadecimal(text: Word) -> Word:
    """Return text as CloudHSM CLI takes bytes; text in a variable is turned into it when the script runs."""
    plain = words.literal(text)
    if plain is not None:
        return words.text("0x" + plain.encode("utf-8", "surrogateescape").hex())
    return words.code(f"$(hsm_hex_text {words.bash(text)})")


def option(flag: str, value: Word | None) -> tuple[Word, ...]:
    """Return a flag and its value; nothing without one."""
    return () if value is None else (words.text(flag), value)


def action(head: str, *groups: tuple[Word, ...]) -> Action:
    """Return a CLI command from its name and groups of words behind it."""
    base = cli(head)
    return base._replace(argv=(*base.argv, *(word for group in groups for word in group)))
