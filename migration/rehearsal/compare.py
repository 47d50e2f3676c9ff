"""What differs between the HSMs of both copies."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from migration.rehearsal.difference import CLUSTER, KEY, NOTHING, QUORUM, USER, Difference
from migration.rehearsal.moments import same_but_for_the_time
from migration.rehearsal.pairing import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migration.rehearsal.pairing import Pair
    from migration.rehearsal.state import HsmState, KeyState, State, UserState

_STEPS = {True: "in step", False: "out of step"}


def differences(
    before: State, legacy: State, translated: State, passwords: Passwords, passing: set[str]
) -> list[Difference]:
    """Return what differs, HSM by HSM; what is the same on all HSMs of a cluster is one difference.

    ``passing`` are labels of keys whose material is made anew on each side and brought in from a file.
    """
    found: list[Difference] = []
    for name in before:
        own, other = legacy.get(name, ()), translated.get(name, ())
        each: defaultdict[Difference, list[str]] = defaultdict(list)
        matched = pairs(before[name], own, other)
        for ours, theirs in zip(own, other, strict=True):
            for difference in _hsm(ours, theirs, matched, passwords, passing):
                if ours.ip not in each[difference]:
                    each[difference].append(ours.ip)
        everywhere = len(own)
        found += [
            difference if len(hsms) == everywhere else difference._replace(hsms=tuple(hsms))
            for difference, hsms in each.items()
        ]
        told = [_STEPS[in_step(hsms, passwords)] for hsms in (own, other)]
        if told[0] != told[1]:
            found.append(Difference(CLUSTER, name, "HSMs", told[0], told[1]))
    return found


class Passwords:
    """Tells which of the passwords in a script a user has."""

    def __init__(self, texts: Sequence[str]) -> None:
        from shared.crypto.passwords import Password

        self._known = [Password(text) for text in dict.fromkeys(texts)]
        self._told: dict[str, int] = {}

    def same(self, own: UserState, other: UserState) -> bool:
        """Return whether two users have the same password, for all that can be known."""
        return own.verifier == other.verifier or self._which(own) == self._which(other) >= 0

    def _which(self, user: UserState) -> int:
        if user.verifier not in self._told:
            matching = (number for number, known in enumerate(self._known) if known.matches(user.verifier))
            self._told[user.verifier] = next(matching, -1)
        return self._told[user.verifier]


def in_step(hsms: Sequence[HsmState], passwords: Passwords) -> bool:
    """Return whether all HSMs hold the same users, values and keys; a stopped one is compared like the others."""
    return all(_alike(hsms[0], hsm, passwords) for hsm in hsms[1:])


def _alike(own: HsmState, other: HsmState, passwords: Passwords) -> bool:
    keys = [{key.handle: (key.label, key.fields, key.masked) for key in hsm.keys} for hsm in (own, other)]
    if own.users.keys() != other.users.keys() or own.values != other.values or keys[0] != keys[1]:
        return False
    pairs = [(user, other.users[name]) for name, user in own.users.items()]
    return all(
        (ours.role, ours.quorum_key) == (theirs.role, theirs.quorum_key) and passwords.same(ours, theirs)
        for ours, theirs in pairs
    )


def _hsm(
    own: HsmState, other: HsmState, matched: Sequence[Pair], passwords: Passwords, passing: set[str]
) -> Iterator[Difference]:
    for name in dict.fromkeys((*own.users, *other.users)):
        yield from _user(name, own.users.get(name), other.users.get(name), passwords)
    for service in sorted(own.values.keys() | other.values.keys()):
        values = own.values.get(service, "1"), other.values.get(service, "1")
        if values[0] != values[1]:
            yield Difference(QUORUM, f"service {service}", "value", *values)
    keys = [{key.handle: key for key in hsm.keys} for hsm in (own, other)]
    for pair in matched:
        ours, theirs = (held.get(handle or 0) for held, handle in zip(keys, pair, strict=True))
        yield from _key(ours, theirs, own, other, passing)


def _user(name: str, own: UserState | None, other: UserState | None, passwords: Passwords) -> Iterator[Difference]:
    if own is None or other is None:
        yield Difference(USER, name, "exists", own.role if own else NOTHING, other.role if other else NOTHING)
        return
    shown = {
        "role": (own.role, other.role),
        "failed logins": (str(own.failures), str(other.failures)),
        "quorum key": (own.quorum_key[:8] or "none", other.quorum_key[:8] or "none"),
        "second factor": (str(own.second_factor).lower(), str(other.second_factor).lower()),
    }
    for field, (ours, theirs) in shown.items():
        if ours != theirs:
            yield Difference(USER, name, field, ours, theirs)
    if not passwords.same(own, other):
        yield Difference(USER, name, "password", "one", "another")


def _key(
    own: KeyState | None, other: KeyState | None, ours: HsmState, theirs: HsmState, passing: set[str]
) -> Iterator[Difference]:
    if own is None or other is None:
        there = own or other
        if there is not None:
            yield Difference(KEY, there.name, "exists", "yes" if own else NOTHING, "yes" if other else NOTHING)
        return
    for field in dict.fromkeys((*own.fields, *other.fields)):
        values = own.fields.get(field, ""), other.fields.get(field, "")
        if values[0] != values[1]:
            yield Difference(KEY, own.name, field, values[0] or NOTHING, values[1] or NOTHING)
    if own.label != other.label and not same_but_for_the_time(own.label, other.label):
        yield Difference(KEY, own.name, "label", own.label, other.label)
    if own.masked != other.masked and own.label not in passing:
        material = _origin(own, ours), _origin(other, theirs)
        if material[0] != material[1]:
            yield Difference(KEY, own.name, "material", *material)


def _origin(key: KeyState, hsm: HsmState) -> str:
    """Return whose material a key has: another's on its own side, its own, or, from outside, that of a check value."""
    for other in hsm.keys:
        if other.slot < key.slot and other.masked == key.masked:
            return f"that of {other.name}"
    return "its own" if key.fields["local"] == "true" else f"from outside, check value {key.check}"
