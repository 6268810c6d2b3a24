"""Searches of a noun by any of its facts: comparisons, any order, a count beside the page.

A noun says once which columns, its own or a joined table's, it is compared and sorted by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from engine.errors import InvalidInput
from engine.store.comparisons import Comparison, column_is
from engine.store.finds import Found, Search
from engine.store.sights import within
from engine.store.unit_of_work import UnitOfWork

T = TypeVar("T")
Sql = Any


@dataclass(frozen=True, slots=True)
class Findable(Generic[T]):
    """A noun: its rows, what they are compared and sorted by, their key, what a row's values become, whose they are."""

    query: Select[Any]
    by: Mapping[str, Sql]
    key: tuple[Sql, ...]
    make: Callable[..., T]
    owned_by: Any  # the table that says to which tenant a row belongs; None for what is of the house

    def where(self, condition: Sql) -> Findable[T]:
        """Only those for which the condition holds."""
        return replace(self, query=self.query.where(condition))

    def compared(self, wanted: tuple[Comparison, ...], *, is_sqlite: bool) -> Findable[T]:
        """Only those for which every comparison holds. Raises `InvalidInput` for what they are not compared by."""
        found = self
        for one in wanted:
            found = found.where(column_is(self._column(one.name), one, is_sqlite=is_sqlite))
        return found

    def seen(self, tx: UnitOfWork) -> Findable[T]:
        """Only those that whoever asks may see."""
        return self if self.owned_by is None else replace(self, query=within(tx, self.query, self.owned_by))

    def find(self, tx: UnitOfWork, search: Search) -> Found[T]:
        """One page of them; the oldest first unless another order is wanted."""
        query = self.compared(search.wanted, is_sqlite=tx.is_sqlite).seen(tx).query
        total = int(tx.execute(select(func.count()).select_from(query.subquery())).scalar())
        order = [self._column(name).desc() if down else self._column(name) for name, down in search.order]
        rows = tx.execute(query.order_by(*order, *self.key).offset(search.offset).limit(search.limit))
        return Found(tuple(self.make(*row) for row in rows), total)

    def _column(self, name: str) -> Sql:
        if name not in self.by:
            raise InvalidInput(f"There is no comparing by '{name[:60]}', only by {', '.join(self.by)}.")
        return self.by[name]


def named(table: Any, *names: str) -> dict[str, Sql]:
    """Columns of a table by their names."""
    return {name: table.c[name] for name in names}
