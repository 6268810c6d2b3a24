"""On PostgreSQL the tables that grow can be partitioned by ranges of keys, under an engine that knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from engine.actors import Actor, Role
from engine.audit import verify
from tests.benchmarks.office import Office
from tests.support.partitions import BY, partition

MILLISECOND = 1 << 22
ADMIN = Actor("root", roles=frozenset({Role.ADMIN}))


@pytest.fixture
def connection(upgraded_postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(upgraded_postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def test_partitions_by_key_hold_what_comes_and_what_was_there(
    upgraded_postgres_url: str, connection: psycopg.Connection
) -> None:
    with closing(Office(upgraded_postgres_url)) as office:
        office.deploy_cases()
        before = office.start_b().key
        begin = dict.fromkeys(BY, office.store.keys()) | {"audit_records": 3}
    partition(connection, from_now=begin, ranges=2, width=60_000 * MILLISECOND)
    with closing(Office(upgraded_postgres_url)) as office:
        office.complete(before)  # rows of both sides of the border are written and read
        for _ in range(8):
            office.b()
        office.c()
        elements = _places(connection, "elements")
        assert set(elements) == {"elements_before", "elements_0"}
        assert elements["elements_before"] < elements["elements_0"]
        assert _places(connection, "audit_records")["audit_records_0"] > 0
        [states] = connection.execute("SELECT array_agg(DISTINCT state) FROM elements").fetchone() or [None]
        assert states == ["completed"]
        assert office.engine.delete_history(before, by=ADMIN)
        assert not connection.execute("SELECT 1 FROM elements WHERE instance_key = %s", (before,)).fetchall()
        assert verify(office.store).is_intact


@pytest.mark.parametrize(
    ("table", "column"),
    [("audit_records", "instance_key"), ("elements", "instance_key"), ("instances", "key")],
)
def test_other_columns_would_give_up_a_unique_key(connection: psycopg.Connection, table: str, column: str) -> None:
    statement = f"CREATE TABLE tried (LIKE {table} INCLUDING INDEXES) PARTITION BY RANGE ({column})"
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="unique constraint on partitioned table"):
        connection.execute(statement.encode())


def _places(connection: psycopg.Connection, table: str) -> dict[str, int]:
    query = f"SELECT tableoid::regclass::text, count(*) FROM {table} GROUP BY 1"
    return dict(connection.execute(query.encode()).fetchall())
