"""The home of SQL: `open_store` gives the `Store`, the one thing of Baton that remembers."""

from __future__ import annotations

from engine.store.store import Store, open_store
from engine.store.unit_of_work import UnitOfWork

__all__ = ["Store", "UnitOfWork", "open_store"]
