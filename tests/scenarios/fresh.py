"""A fresh engine over a database with Baton's tables, with a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from connectors.base import Connector
from connectors.registry import Registry
from engine.clock import FakeClock
from engine.engine import Engine
from engine.policies import Policies
from engine.store import open_store
from tests.scenarios.driver import Driver


@contextmanager
def fresh_driver(database_url: str, connectors: Mapping[str, Connector] | None = None) -> Iterator[Driver]:
    """A driver over a database; `connectors` serve job types in place of the built-in ones."""
    store = open_store(database_url)
    clock = FakeClock()
    registry = Registry(connectors, use_entry_points=False)
    yield Driver(Engine(store, clock, registry, Policies()), clock)
    store.close()
