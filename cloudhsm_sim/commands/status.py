"""``cloudhsm-sim status``: every HSM with its users and keys, read straight from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudhsm_sim import output, views
from cloudhsm_sim.access import clusters
from shared.hsm.inspection import state_digest
from shared.store.records import Cluster, Key, Share, User

if TYPE_CHECKING:
    import argparse

    from shared.store.protocol import Store

_USER_COLUMNS = ("id", "type", "name", "login_failures", "quorum_key", "two_factor")
_KEY_COLUMNS = ("handle", "class", "type", "label", "owner", "shared_with", "session", "m_value", "kcv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options of ``cloudhsm-sim status``."""
    parser.add_argument("--json", action="store_true", help="print JSON, with all attributes of the keys")


def run(args: argparse.Namespace) -> int:
    """Print all clusters and return 0; raises RefusedError or InstallationError if they cannot be read."""
    with clusters() as (_, realm):
        realm.reap()
        # One view of everything: a writer in between must not make HSMs look out of step.
        with realm.store.snapshot():
            found = [_cluster(realm.store, row) for row in realm.store.rows(Cluster, "created, name")]
    if args.json:
        output.write_json({"clusters": found})
    else:
        output.write("\n\n\n".join(map(_text, found)) or "No clusters")
    return 0


def _cluster(store: Store, row: Cluster) -> dict[str, Any]:
    view = views.cluster(store, row)
    hsms = [hsm | _content(store, hsm["id"]) for hsm in view["hsms"]]
    return {**view, "hsms": hsms, "in_step": len({hsm["digest"] for hsm in hsms}) <= 1}


def _content(store: Store, hsm: str) -> dict[str, Any]:
    sharers: dict[int, list[int]] = {}
    for share in store.rows(Share, "handle, user", hsm=hsm):
        sharers.setdefault(share.handle, []).append(share.user)
    return {
        "users": [views.user(row) for row in store.rows(User, "id", hsm=hsm)],
        "keys": [views.key(row, sharers.get(row.handle, ())) for row in store.rows(Key, "slot, handle", hsm=hsm)],
        "digest": state_digest(store, hsm),
    }


def _text(cluster: dict[str, Any]) -> str:
    verdict = "its HSMs are in step" if cluster["in_step"] else "its HSMs differ"
    if not cluster["hsms"]:
        verdict = "it has no HSMs"
    parts = [f"Cluster {cluster['name']} ({cluster['id']}): {verdict}"]
    for hsm in cluster["hsms"]:
        place = f"HSM {hsm['id']} at {hsm['ip']}, node {hsm['node']}, {hsm['state']}"
        parts.append(f"{place}\ndigest {hsm['digest']}")
        parts.append(output.table(_USER_COLUMNS, hsm["users"]))
        parts.append(output.table(_KEY_COLUMNS, hsm["keys"]) if hsm["keys"] else "no keys")
    return "\n\n".join(parts)
