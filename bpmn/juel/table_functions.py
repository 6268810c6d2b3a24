"""What Flowable gives the cells of decision tables: days, and collections (DateUtil, CollectionUtil of its DMN engine).

A collection is a list or a text with commas in it; days are dates without a time.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bpmn.errors import EvaluationError
from bpmn.juel.dates import DATE
from bpmn.juel.operators import is_number, moment, shown, text

if TYPE_CHECKING:
    from bpmn.juel.compiler import Environment


def _day(value: Any) -> datetime.date:
    found = moment(value) if isinstance(value, str) else value
    if not isinstance(found, datetime.date):
        raise EvaluationError(f"{shown(value)} is no date such as 2026-01-31.")
    return found.date() if isinstance(found, datetime.datetime) else found


def _to_date(environment: Environment, value: Any) -> datetime.date:
    return _day(value)


def _today(environment: Environment) -> datetime.date:
    if environment.now is None:
        raise EvaluationError("date:now() needs a clock, and there is none here.")
    return environment.now.date()


def _moved(direction: str) -> Callable[..., Any]:
    def move(environment: Environment, start: Any, years: Any, months: Any, days: Any) -> Any:
        date = _day(start)
        for unit, amount in (("Years", years), ("Months", months), ("Days", days)):
            date = DATE[f"{direction}{unit}"](date, amount)
        return date

    return move


def _items(value: Any) -> list[Any]:
    if value is None:
        raise EvaluationError("A collection or value of a table is null.")
    if isinstance(value, list):
        return value
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else [value]


def _is_in(value: Any, collection: list[Any]) -> bool:
    return any(text(value) == text(one) or (is_number(value) and is_number(one) and value == one) for one in collection)


def _asks(quantity: Callable[[Any], bool], expected: bool) -> Callable[..., bool]:
    """Whether any or all of the values are in the collection, as expected."""

    def ask(environment: Environment, collection: Any, value: Any) -> bool:
        items = _items(collection)
        return quantity(_is_in(one, items) for one in _items(value)) is expected

    return ask


TABLE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "date:toDate": _to_date,
    "date:now": _today,
    "date:addDate": _moved("plus"),
    "date:subtractDate": _moved("minus"),
    **dict.fromkeys(("collection:allOf", "collection:contains"), _asks(all, expected=True)),
    **dict.fromkeys(("collection:noneOf", "collection:notContains"), _asks(any, expected=False)),
    **dict.fromkeys(("collection:anyOf", "collection:containsAny"), _asks(any, expected=True)),
    **dict.fromkeys(("collection:notAllOf", "collection:notContainsAny"), _asks(all, expected=False)),
}
