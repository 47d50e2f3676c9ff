"""What is known beside a script: users of a cluster or named by options, files beside it."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

from cloudhsm_sim.arguments import name
from cloudhsm_sim.errors import RefusedError
from migration.script import HOST
from migration.source import STDIN
from migration.translate import Knowledge
from migration.words import literal

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from migration.script import Script

_MAX_APPROVALS = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a command the options that tell users."""
    parser.add_argument(
        "--cluster", type=name, metavar="NAME", help="take the users' names from a cluster of the installation"
    )
    parser.add_argument(
        "--user",
        action="append",
        default=[],
        type=user_name,
        metavar="ID=NAME",
        help="the name of a user id (may be repeated)",
    )


def user_name(text: str) -> tuple[int, str]:
    """Return the id and the name that ``ID=NAME`` gives; ArgumentTypeError if it is no such pair."""
    number, equals, name = text.partition("=")
    if (
        not equals
        or not (number.isascii() and number.isdigit() and len(number) < len("1000000"))
        or not name.isprintable()
        or not name
    ):
        raise ArgumentTypeError("expected ID=NAME")
    return int(number), name


def knowledge(args: argparse.Namespace, script: Script, path: str) -> Knowledge:
    """Return what the options and the files beside the script tell.

    Raises:
        RefusedError: there is no such cluster.
        InstallationError: there is no installation.
    """
    users = {**(_cluster_users(args.cluster) if args.cluster else {}), **dict(args.user)}
    return Knowledge(users, _files(script, path))


def _cluster_users(name: str) -> Mapping[int, str]:
    from shared.cluster import members
    from shared.cluster.directory import DirectoryError, cluster_named
    from shared.installation import Installation
    from shared.realm import Realm
    from shared.store.protocol import StoreError
    from shared.store.records import User

    installation = Installation.find()
    try:
        realm = Realm.open(installation, create=True)
        try:
            hsms = members(realm.store, cluster_named(realm.store, name).id)
            return {user.id: user.name for hsm in reversed(hsms) for user in realm.store.rows(User, "id", hsm=hsm.id)}
        finally:
            realm.close()
    except (DirectoryError, StoreError) as error:
        raise RefusedError(str(error)) from error


def _files(script: Script, path: str) -> Mapping[str, str]:
    """Return the approval files that the script names and that lie where it would find them."""
    folder = "." if path == STDIN else os.path.dirname(path) or "."
    found = {}
    for step in script.steps:
        name = (
            literal(step.words[-1])
            if step.name == "approveToken" and step.tool != HOST and len(step.words) > 1
            else None
        )
        content = _read(os.path.join(folder, name)) if name else None
        if name and content is not None:
            found[name] = content
    return found


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_MAX_APPROVALS) if os.path.isfile(path) else None
    except (OSError, ValueError):
        return None
