"""A node that hangs inside of a transaction: PostgreSQL ends it after a while, and the instance is free again."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine.clock import FakeClock
from engine.errors import StoreUnavailable
from engine.store import database, instances, open_store
from tests.engine.support import World, end, line, service, start
from tests.faults.ledger import Ledger
from tests.faults.wholeness import assert_whole


def test_what_a_hung_node_holds_is_free_again(
    upgraded_postgres_url: str, clock: FakeClock, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = open_store(upgraded_postgres_url)
    world = World(healthy, clock)
    world.deploy(line("p", start(), service("work"), end()))
    instance = world.start("p")
    monkeypatch.setattr(database, "IDLE_SECONDS", 0.2)
    hung = open_store(upgraded_postgres_url)
    with pytest.raises(StoreUnavailable), hung.transaction() as tx:
        instances.lock(tx, instance.key)
        ledger.inject("node hangs in a transaction", healthy.url)
        world.work("work")  # waits for the row until the server has ended the other session
        instances.lock(tx, instance.key)
    assert world.state(instance) == "completed"
    assert_whole(healthy, clock)
    hung.close()
    healthy.close()


def test_a_connection_that_broke_is_no_failure(upgraded_postgres_url: str, clock: FakeClock, ledger: Ledger) -> None:
    store = open_store(upgraded_postgres_url)
    world = World(store, clock)
    world.deploy(line("p", start(), service("work"), end()))
    world.start("p")
    other = open_store(upgraded_postgres_url)
    with other.sql.connect() as connection:
        mine = "pid <> pg_backend_pid() AND datname = current_database()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"))
    ledger.inject("sessions ended by PostgreSQL", store.url)
    world.work("work")
    assert world.engine.queries.counts().active_instances == 0
    other.close()
    store.close()
