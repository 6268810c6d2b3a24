"""How often a client waits for PostgreSQL's answer: what a distant database costs, whatever the statements are."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event


class Trips:
    """`count` is how many round trips the block made."""

    count = 0


@contextmanager
def counted(engine: Engine) -> Iterator[Trips]:
    """Count the round trips of the block. libpq writes down each message and its sender: F the client, B the server."""
    trips = Trips()
    with tempfile.TemporaryFile("w+") as told:

        def hear(driver: Any, *_: Any) -> None:
            driver.pgconn.trace(told.fileno())

        event.listen(engine, "checkout", hear)
        try:
            yield trips
        finally:
            event.remove(engine, "checkout", hear)
            with engine.connect() as connection:
                driver: Any = connection.connection.dbapi_connection
                driver.pgconn.untrace()
        told.seek(0)
        senders = [line.split("\t")[1] for line in told if "\t" in line]
    trips.count = sum(now == "F" and before != "F" for before, now in zip(["B", *senders], senders, strict=False))
