"""Helpers for tests of what Client SDK 5 asks of the model: worlds with HSMs of a type, clients, shorthands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_support import ALICE, World, make_world

from shared import attribute_names as names
from shared import mechanisms as m
from shared.cluster.modern import KeyClient, Wish
from shared.hsm.keys import Template
from shared.store.protocol import Criteria

if TYPE_CHECKING:
    from pathlib import Path

    from shared.cluster.keyview import KeyView
    from shared.crypto.passwords import Password


def modern_world(folder: Path, nodes: int = 2, hsm_type: str = m.HSM1, mode: str = m.FIPS) -> World:
    """Return a world as ``make_world`` does, with HSMs of a type and mode."""
    world = make_world(folder, nodes)
    world.store.change(world.cluster, hsm_type=hsm_type, mode=mode)
    return world


def key_client(
    world: World, name: str = "alice", password: Password = ALICE, user_type: str = "CU", available_on: int = 2
) -> KeyClient:
    """Return a client in which a user is logged in on every HSM."""
    session = world.realm.open_session("test")
    for hsm in world.hsms(session):
        hsm.login(user_type, name, password)
    return KeyClient(world.realm, world.cluster.id, session, available_on)


def wish(key_class: int = m.CLASS_SECRET, *users: str, label: bytes = b"k", token: bool = True, **flags: bool) -> Wish:
    """Return what is asked of a key of a class; attributes are named with underscores."""
    wanted = names.DEFAULTS[key_class]
    for name, value in flags.items():
        wanted = names.with_value(wanted, name.replace("_", "-"), value)
    return Wish(Template(label, token=token, flags=wanted), users)


def by_label(label: bytes) -> Criteria:
    """Return the criteria of a label."""
    return Criteria(label=label)


def rsa_pair(client: KeyClient, label: bytes = b"rsa", **private: bool) -> list[KeyView]:
    """Make an RSA pair whose public key may verify and wrap."""
    public = wish(m.CLASS_PUBLIC, label=label, verify=True, wrap=True).template
    return client.make_rsa(2048, 65537, wish(m.CLASS_PRIVATE, label=label, **private), public)
