"""A store is copied as it is at one moment, whoever works on it, and is only read."""

import os
from pathlib import Path

import pytest

from shared.store import records
from shared.store.protocol import StoreError
from shared.store.sqlite import SqliteStore, copy_store

CLUSTER = records.Cluster("cluster-1", "demo", "lineage-1", 6, None, 0.0)


def test_what_is_not_there_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no cluster store at"):
        copy_store(str(tmp_path / "none"), str(tmp_path / "copy"))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database" * 100)
    with pytest.raises(StoreError, match="cannot copy the cluster store"):
        copy_store(str(tmp_path / "text"), str(tmp_path / "copy"))


def test_a_copy_holds_what_was_committed_while_somebody_writes(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store"), create=True)
    store.add(CLUSTER)
    with store.transaction():
        store.add(CLUSTER._replace(id="cluster-2", name="later"))
        copy_store(str(tmp_path / "store"), str(tmp_path / "copy"))
    copy = SqliteStore(str(tmp_path / "copy"))
    assert copy.rows(records.Cluster) == [CLUSTER]
    assert os.stat(tmp_path / "copy").st_mode & 0o777 == 0o600
    copy.add(CLUSTER._replace(id="cluster-3", name="own"))
    assert store.count(records.Cluster, name="own") == 0
    copy.close()
    store.close()
