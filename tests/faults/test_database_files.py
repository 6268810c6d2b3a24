"""A database file that is deleted, replaced or damaged while Baton runs: refused in words, and nothing half done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import StoreUnavailable
from engine.store import Store, open_store, sequences


@pytest.fixture
def file(upgraded_sqlite_url: str) -> Path:
    return Path(upgraded_sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def store(upgraded_sqlite_url: str) -> Iterator[Store]:
    store = open_store(upgraded_sqlite_url)
    assert add(store) == 1
    yield store
    store.close()


def add(store: Store) -> int:
    with store.transaction() as tx:
        return sequences.next_value(tx, "a")


def test_nothing_is_written_into_a_file_that_was_deleted(store: Store, file: Path) -> None:
    file.unlink()
    with pytest.raises(StoreUnavailable, match=r"baton\.db was removed or replaced while Baton ran"):
        add(store)
    with pytest.raises(StoreUnavailable, match="removed or replaced"), store.reading():
        pass
    assert not file.exists(), "an empty database would pass for a new one at the next start"


def test_nothing_is_written_when_another_file_took_the_place(store: Store, file: Path) -> None:
    moved = file.rename(file.with_name("moved.db"))
    file.write_bytes(moved.read_bytes())
    with pytest.raises(StoreUnavailable, match="removed or replaced"):
        add(store)
    moved.replace(file)
    assert add(store) == 2, "the file is back, and all goes on"


def test_a_file_that_is_no_database_is_named_as_the_trouble(tmp_path: Path) -> None:
    file = tmp_path / "baton.db"
    file.write_bytes(b"no database at all " * 500)
    store = open_store(f"sqlite:///{file}")
    with pytest.raises(StoreUnavailable, match="file is not a database"):
        store.check()
    store.close()


def test_a_database_that_is_locked_for_too_long_says_so(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr("engine.store.database.BUSY_SECONDS", 0.05)
    other = open_store(f"sqlite:///{file}")
    with pytest.raises(StoreUnavailable, match="locked"):
        add(other)
    holder.rollback()
    assert add(other) == 2
    holder.close()
    other.close()
