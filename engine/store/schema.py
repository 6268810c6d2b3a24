"""What the tables are made of: the metadata that all belong to, and the columns that most of them have.

Keys are made by `engine.keys`, never by the database.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, Text, text

from engine.store.columns import State
from engine.tenants import DEFAULT

#: What rows of the default tenant do not fulfil.
OF_A_TENANT = f"tenant_id <> '{DEFAULT}'"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def key_column(name: str = "key") -> Column[int]:
    """A key, alone or as part of the primary key."""
    return Column(name, BigInteger, primary_key=True, autoincrement=False)


def text_column(name: str, **options: Any) -> Column[str]:
    """A text, empty when there is none."""
    return Column(name, Text, nullable=False, server_default="", **options)


def tenant_column(**options: Any) -> Column[str]:
    """The tenant that a row belongs to."""
    return Column("tenant_id", Text, nullable=False, server_default=DEFAULT, **options)


def tenant_index(table: str, *columns: Any) -> Index:
    """What a tenant has, by these columns. Costs nothing where there is only the default tenant."""
    return partial_index(f"ix_{table}_tenant_id", "tenant_id", *columns, where=OF_A_TENANT)


def number_column(name: str) -> Column[int]:
    """A count, from 0."""
    return Column(name, Integer, nullable=False, server_default="0")


def link_column(name: str) -> Column[int]:
    """The key of a row elsewhere, which the database does not check."""
    return Column(name, BigInteger, nullable=False)


def partial_index(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    """An index over the rows that fulfil a condition."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def state_column(states: type[StrEnum]) -> tuple[Column[Any], CheckConstraint]:
    """A state column that holds nothing but the states; written as SQL so that both databases keep it."""
    listed = ", ".join(f"'{state.value}'" for state in states)
    return Column("state", State(states), nullable=False), CheckConstraint(f"state IN ({listed})", name="state")


def owner_column(name: str, target: str, **options: Any) -> Column[Any]:
    """A reference that the database enforces. Rows of running instances go without: their verbs hold the lock."""
    return Column(name, ForeignKey(target), nullable=False, **options)
