"""Growing tables of a PostgreSQL database, partitioned by ranges of keys, as `engine/decisions/partitions.md` says."""

from __future__ import annotations

from itertools import pairwise

import psycopg

#: The column whose ranges are partitions: it is part of the primary key, and it grows with time.
BY = {
    "elements": "key",
    "variables": "instance_key",
    "variable_changes": "key",
    "decision_evaluations": "key",
    "audit_records": "seq",
}


def partition(connection: psycopg.Connection, *, from_now: dict[str, int], ranges: int, width: int) -> None:
    """Make what is there the first partition of each table, and add `ranges` of `width` from `from_now` on.

    `from_now` gives for each table a key above all that it holds. No row is copied.
    """
    for table, column in BY.items():
        begin = from_now[table]
        with connection.transaction():
            for statement in _statements(table, column, begin, ranges, width):
                connection.execute(statement.encode())


def _statements(table: str, column: str, begin: int, ranges: int, width: int) -> list[str]:
    old = f"{table}_before"
    ends = [begin + number * width for number in range(ranges + 1)]
    return [
        f"ALTER TABLE {table} RENAME TO {old}",
        f"CREATE TABLE {table} (LIKE {old} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES) "
        f"PARTITION BY RANGE ({column})",
        f"ALTER TABLE {table} ATTACH PARTITION {old} FOR VALUES FROM (MINVALUE) TO ({begin})",
        *(
            f"CREATE TABLE {table}_{number} PARTITION OF {table} FOR VALUES FROM ({low}) TO ({high})"
            for number, (low, high) in enumerate(pairwise(ends))
        ),
        f"CREATE TABLE {table}_rest PARTITION OF {table} FOR VALUES FROM ({ends[-1]}) TO (MAXVALUE)",
    ]
