"""One search of one noun, from the body to the page: what every search of Camunda 8 has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from flask import Response

from api.camunda8.routes import read_body
from api.camunda8.searching import Property, QueryBody, answer, comparisons, order, portion
from api.context import engine
from engine.queries import Comparison, Findable, Search

T = TypeVar("T")
Json = Any


def query_body() -> QueryBody:
    """The body of a search, which may be missing."""
    return read_body(QueryBody, or_nothing=True)


def searched(
    noun: Findable[T],
    known: Mapping[str, Property],
    show: Callable[[Sequence[T]], list[dict[str, Json]]],
    also: Callable[[dict[str, Json]], Iterable[Comparison]] = lambda _: (),
) -> Response:
    """Answer the search in the request. `also` takes out of the filter what it knows better, and says what it means."""
    body = query_body()
    offset, limit = portion(body.page)
    given = dict(body.filter)
    more = tuple(also(given))
    wanted = (*comparisons(given, known), *more)
    found = engine().queries.find(noun, Search(wanted, order(body, known), offset, limit))
    return answer(show(found.items), found.total, offset)
