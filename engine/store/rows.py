"""Small things that every noun's file needs: columns in a record's order, portions, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Select, Table

from engine.errors import InvalidInput
from engine.store.unit_of_work import UnitOfWork

T = TypeVar("T")

MOST_PER_PAGE = 1000
# Below SQLite's 32,766 and PostgreSQL's 65,535 parameters per statement.
_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted: up to `limit` (1 to 1000) items behind the cursor `after`."""

    limit: int = 50
    after: str | int | None = None

    @property
    def cursor(self) -> int | None:
        """The key to go on behind. Raises `InvalidInput` for a cursor that no list has given."""
        if self.after is None or self.after == "":
            return None
        try:
            key = int(self.after)
        except ValueError:
            key = -1
        if not 0 <= key < 2**63:
            raise InvalidInput("The cursor 'after' is not one that a list has given.", {"after": "no such cursor"})
        return key

    @property
    def size(self) -> int:
        """The limit, checked. Raises `InvalidInput`."""
        if isinstance(self.limit, bool) or not isinstance(self.limit, int) or not 1 <= self.limit <= MOST_PER_PAGE:
            raise InvalidInput(f"limit must be from 1 to {MOST_PER_PAGE}.", {"limit": f"1 to {MOST_PER_PAGE}"})
        return self.limit


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """A page of a list. `next` is the cursor of the following page, None at the end."""

    items: tuple[T, ...]
    next: str | None = None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def columns(table: Table, record: type[Any]) -> list[Column[Any]]:
    """The table's columns named as the record's fields that exist there, in the record's order."""
    return [table.c[field.name] for field in fields(record) if field.name in table.c]


def paged(
    tx: UnitOfWork,
    query: Select[Any],
    key: Column[int],
    page: Page,
    make: Callable[..., T],
    *,
    oldest_first: bool = False,
) -> Paged[T]:
    """Run a query ordered by key (newest first unless said otherwise) for one page. `make` gets a row's values."""
    size, cursor = page.size, page.cursor
    if cursor is not None:
        query = query.where(key > cursor if oldest_first else key < cursor)
    query = query.order_by(key if oldest_first else key.desc()).limit(size + 1)
    found = tx.execute(query).all()
    position = [column.name for column in query.selected_columns].index(key.name)
    following = str(found[size - 1][position]) if len(found) > size else None
    return Paged(tuple(make(*row) for row in found[:size]), following)


def portions(keys: Iterable[T]) -> Iterator[Sequence[T]]:
    """The keys in portions that one statement can take."""
    all_keys = list(keys)
    for start in range(0, len(all_keys), _MOST_KEYS):
        yield all_keys[start : start + _MOST_KEYS]
