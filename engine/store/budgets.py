"""Budgets and their books as rows. Whoever reserves holds the books until the commit, so that none is overdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Text, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.budgets import Book, Budget, Exhausted, Period
from engine.scopes import Scope
from engine.store.ai_tables import budget_books as books
from engine.store.ai_tables import budgets as table
from engine.store.prepared import OneOf, Prepared
from engine.store.unit_of_work import UnitOfWork

_ALL = (table.c.scope, table.c.period, table.c.amount, table.c.then, table.c.set_at, table.c.set_by)
_OF = Prepared(select(*_ALL).where(OneOf(table.c.scope, "scopes", Text)))
_LISTED = select(*_ALL).order_by(table.c.scope, table.c.period)
_INSERT = Prepared(insert(table))
_THIS = (table.c.scope == bindparam("of_scope"), table.c.period == bindparam("of_period"))
_DELETE = Prepared(delete(table).where(*_THIS))
_LOCK = Prepared(
    select(books.c.name, books.c.reserved, books.c.spent)
    .where(OneOf(books.c.name, "names", Text))
    .order_by(books.c.name)  # all who lock several do it in the same order
    .with_for_update()
)
_OPEN = {
    True: Prepared(sqlite.insert(books).on_conflict_do_nothing(index_elements=["name"])),
    False: Prepared(postgresql.insert(books).on_conflict_do_nothing(index_elements=["name"])),
}
_MOVE = Prepared(
    update(books)
    .where(books.c.name == bindparam("of_name"))
    .values(reserved=books.c.reserved + bindparam("more_reserved"), spent=books.c.spent + bindparam("more_spent"))
)
_STANDING = Prepared(
    select(func.coalesce(func.sum(books.c.reserved), 0), func.coalesce(func.sum(books.c.spent), 0)).where(
        books.c.scope == bindparam("of_scope"), books.c.name.like(bindparam("beginning"))
    )
)


def of(tx: UnitOfWork, scopes: Iterable[Scope]) -> list[Budget]:
    """The budgets on these scopes."""
    return [_make(*row) for row in tx.execute(_OF, {"scopes": [scope.text for scope in scopes]})]


def lock(tx: UnitOfWork, wanted: Mapping[str, tuple[Scope, int]]) -> dict[str, Book]:
    """Books by name, held until the end of the transaction; those that are missing are opened.

    `wanted` has the scope of each book's budget, and the instance that it is about (0: none).
    """
    found = _locked(tx, wanted)
    if missing := sorted(set(wanted) - set(found)):
        for name in missing:
            scope, instance_key = wanted[name]
            row = {"name": name, "scope": scope.text, "instance_key": instance_key, "reserved": 0, "spent": 0}
            tx.execute(_OPEN[tx.is_sqlite], row)
        found = _locked(tx, wanted)
    return found


def _locked(tx: UnitOfWork, wanted: Iterable[str]) -> dict[str, Book]:
    return {name: Book(name, reserved, spent) for name, reserved, spent in tx.execute(_LOCK, {"names": list(wanted)})}


def move(tx: UnitOfWork, name: str, *, reserved: int, spent: int) -> None:
    """Add to what is reserved and spent in a book."""
    tx.execute(_MOVE, {"of_name": name, "more_reserved": reserved, "more_spent": spent})


def standing(tx: UnitOfWork, budget: Budget, beginning: str) -> tuple[int, int]:
    """What is reserved and spent in all books of a budget whose names begin so."""
    row = tx.execute(_STANDING, {"of_scope": budget.scope.text, "beginning": f"{beginning}%"}).first()
    return int(row[0]), int(row[1])


def put(tx: UnitOfWork, budget: Budget) -> None:
    """Set a budget, in the place of the one with its scope and period. Its books go on."""
    remove(tx, budget.scope, budget.period)
    row = {"scope": budget.scope.text, "period": budget.period.value, "amount": format(budget.amount, "f")}
    tx.execute(_INSERT, {**row, "then": budget.then.value, "set_at": budget.set_at, "set_by": budget.set_by})


def remove(tx: UnitOfWork, scope: Scope, period: Period) -> bool:
    """Take a budget away; False when there was none."""
    return tx.change(_DELETE, {"of_scope": scope.text, "of_period": period.value}) > 0


def listed(tx: UnitOfWork) -> Sequence[Budget]:
    """Every budget."""
    return [_make(*row) for row in tx.execute(_LISTED)]


def _make(scope: str, period: str, amount: str, then: str, set_at: datetime, set_by: str) -> Budget:
    return Budget(Scope.of(scope), Period(period), Decimal(amount), Exhausted(then), set_at, set_by)
