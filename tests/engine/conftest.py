"""A world to test the engine in: a store on either database, a clock that stands still, an engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from engine.store import Store, open_store
from tests.engine.support import World


@pytest.fixture
def store(upgraded_database_url: str) -> Iterator[Store]:
    """A store with Baton's tables, once on each kind of database."""
    opened = open_store(upgraded_database_url)
    yield opened
    opened.close()


@pytest.fixture
def world(store: Store, clock: Any) -> World:
    """An engine over that store."""
    return World(store, clock)


@pytest.fixture
def quick(upgraded_sqlite_url: str, clock: Any) -> Iterator[World]:
    """An engine on SQLite alone, for rules that no database changes."""
    opened = open_store(upgraded_sqlite_url)
    yield World(opened, clock)
    opened.close()
