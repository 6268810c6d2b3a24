"""A connection as transactions and prepared statements use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

#: Where a connection's `info` holds what raises `StoreUnavailable` when its file has gone.
CHECK = "baton_check"


class Link:
    """A connection: SQLAlchemy's, and the driver's own, which stays the same to the end of a transaction.

    `check` raises `StoreUnavailable` when nothing may begin on it.
    """

    __slots__ = ("check", "connection", "dialect", "driver", "is_sqlite")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.driver: Any = connection.connection.dbapi_connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        self.check: Callable[[], None] = connection.info.get(CHECK, _nothing)


def _nothing() -> None:
    """Nothing to check."""
