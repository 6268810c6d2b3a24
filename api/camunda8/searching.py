"""The search bodies of Camunda 8 (c8-rest.md, section 3): filters with operators, sorting, pages, and their answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from flask import Response, jsonify, request
from pydantic import Field

from api.camunda8.routes import read_body
from api.camunda8.shapes import Camunda8Body
from api.camunda8.variable_keys import variable_key
from api.incoming import MAX_KEY
from api.problems import Problem
from engine.queries import Comparison
from engine.store.instances import Instance

Json = Any
MOST_PER_PAGE = 10_000
_OPERATORS = {
    "$eq": "eq",
    "$neq": "neq",
    "$exists": "exists",
    "$in": "in",
    "$notIn": "not_in",
    "$like": "like",
    "$gt": "gt",
    "$gte": "gte",
    "$lt": "lt",
    "$lte": "lte",
}
_OF_LISTS = ("in", "not_in")


class SortBody(Camunda8Body):
    """One part of the order."""

    field: str = Field(max_length=100)
    order: str = "ASC"


class QueryBody(Camunda8Body):
    """SearchQueryRequest; what a filter may hold depends on what is looked for."""

    page: dict[str, Json] = Field(default={})
    sort: list[SortBody] = Field(default=[], max_length=20)
    filter: dict[str, Json] = Field(default={})


@dataclass(frozen=True, slots=True)
class Property:
    """A property that a filter may have: our name for it, and how a value of Camunda's is read."""

    name: str
    read: Callable[[str, Json], Json]
    sorts: bool = False


def text(name: str, value: Json) -> str:
    """A text."""
    if not isinstance(value, str):
        raise _wrong_type(name, "a string")
    return value


def number(name: str, value: Json) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_KEY:
        raise _wrong_type(name, "an integer")
    return value


def key(name: str, value: Json) -> int:
    """A key: a string of digits."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()) or int(value[:20]) > MAX_KEY:
        raise _wrong_type(name, "a key, a string of digits")
    return int(value)


def moment(name: str, value: Json) -> datetime:
    """A date and time with an offset."""
    try:
        found = datetime.fromisoformat(text(name, value))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Problem(
            400, "invalid-input", f"The provided {name} '{value}' cannot be parsed as a date-time (RFC 3339)."
        )
    return found


def word(words: Mapping[str, Sequence[Json]]) -> Callable[[str, Json], Sequence[Json]]:
    """A word of an enumeration, in upper or lower case: what of ours it stands for."""

    def read(name: str, value: Json) -> Sequence[Json]:
        found = words.get(text(name, value).upper())
        if found is None:
            raise _wrong_type(name, f"one of {', '.join(words)}")
        return found

    return read


def comparisons(given: Mapping[str, Json], known: Mapping[str, Property]) -> tuple[Comparison, ...]:
    """What a filter says, all of which must hold. Raises `Problem` 400."""
    found: list[Comparison] = []
    for name, value in given.items():
        if name not in known:
            raise Problem(400, "bad-request", f"There is no filter '{name[:60]}'. There are: {', '.join(known)}.")
        found += _compared(name, value, known[name])
    return tuple(found)


def values_of(name: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Operator and operand of a filter's value: it alone means that it is equal."""
    for operator, operand in value.items() if isinstance(value, Mapping) else (("$eq", value),):
        if operator not in _OPERATORS:
            raise Problem(400, "bad-request", f"'{operator[:40]}' of '{name}' is none of {', '.join(_OPERATORS)}.")
        ours = _OPERATORS[operator]
        if ours in _OF_LISTS and not isinstance(operand, list):
            raise _wrong_type(f"{name}.{operator}", "a list")
        if ours == "exists" and not isinstance(operand, bool):
            raise _wrong_type(f"{name}.{operator}", "a boolean")
        yield ours, operand


def _compared(name: str, value: Json, known: Property) -> Iterator[Comparison]:
    for operator, operand in values_of(name, value):
        if operator == "exists":
            yield Comparison(known.name, operator, operand)
        elif operator == "like":
            yield Comparison(known.name, operator, text(name, operand))
        elif operator in _OF_LISTS:
            yield Comparison(known.name, operator, _flat([known.read(name, one) for one in operand]))
        else:
            yield _one(known.name, operator, known.read(name, operand))


def _one(name: str, operator: str, value: Json) -> Comparison:
    """A word of Camunda's may stand for several of ours."""
    if isinstance(value, tuple):
        return Comparison(name, {"eq": "in", "neq": "not_in"}.get(operator, operator), list(value))
    return Comparison(name, operator, value)


def _flat(values: Sequence[Json]) -> list[Json]:
    return [one for value in values for one in (value if isinstance(value, tuple) else (value,))]


def order(body: QueryBody, known: Mapping[str, Property]) -> tuple[tuple[str, bool], ...]:
    """The order as (our name, descending)."""
    found = []
    for one in body.sort:
        if one.field not in known or not known[one.field].sorts:
            raise Problem(400, "invalid-input", f"Unknown sortBy: {one.field}.")
        if one.order.upper() not in ("ASC", "DESC"):
            raise Problem(400, "invalid-input", f"Unknown sortOrder: {one.order[:40]}.")
        found.append((known[one.field].name, one.order.upper() == "DESC"))
    return tuple(found)


def portion(page: Mapping[str, Json]) -> tuple[int, int]:
    """Offset and limit of the page that is wanted."""
    places = [name for name in ("from", "after", "before") if page.get(name) is not None]
    unknown = sorted(page.keys() - {"limit", "from", "after", "before"})
    if unknown or len(places) > 1:
        raise Problem(400, "bad-request", f"A page has one of from, after and before, and a limit; not {list(page)}.")
    limit = number("page.limit", page.get("limit", 100))
    if not 0 < limit <= MOST_PER_PAGE:
        raise Problem(400, "invalid-input", f"The value for page.limit is '{limit}' but must be 1 to {MOST_PER_PAGE}.")
    if not places:
        return 0, limit
    place, value = places[0], page[places[0]]
    if place == "from":
        return max(number("page.from", value), 0), limit
    position = _position(place, value)
    return (position, limit) if place == "after" else (max(position - limit, 0), min(limit, position) or 1)


def answer(items: Sequence[Json], total: int, offset: int) -> Response:
    """SearchQueryResponse: one page."""
    page = {
        "totalItems": total,
        "hasMoreTotalItems": False,
        "startCursor": _cursor(offset) if items else None,
        "endCursor": _cursor(offset + len(items)) if items else None,
    }
    return jsonify(items=list(items), page=page)


def variables_answer(scopes: Sequence[tuple[int, Mapping[str, Json]]], instance: Instance) -> Response:
    """VariableSearchQueryResult over the variables of some scopes, as the body asks for them."""
    body = read_body(QueryBody)
    offset, limit = portion(body.page)
    found = [
        {
            "name": name,
            "value": json.dumps(value, ensure_ascii=False),
            "scopeKey": str(scope),
            "tenantId": instance.tenant_id,
        }
        for scope, values in scopes
        for name, value in values.items()
    ]
    for name, given in body.filter.items():
        if name != "name":
            raise Problem(400, "bad-request", f"There is no filter '{name[:60]}'. There is: name.")
        found = [one for one in found if all(_is(one["name"], *part) for part in values_of("name", given))]
    for one in reversed(body.sort):
        if one.field not in _VARIABLE_SORTS:
            raise Problem(400, "invalid-input", f"Unknown sortBy: {one.field}.")
        found.sort(key=lambda each: str(each.get(one.field, "")), reverse=one.order.upper() == "DESC")
    items = [variable_shown(one, instance.key, instance.root_key) for one in found[offset : offset + limit]]
    return answer(items, len(found), offset)


_VARIABLE_SORTS = frozenset({"value", "name", "tenantId", "variableKey", "scopeKey", "processInstanceKey"})
LONGEST_VALUE = 8191


def _is(name: str, operator: str, operand: Json) -> bool:
    match operator:
        case "eq":
            return bool(name == operand)
        case "neq":
            return bool(name != operand)
        case "in":
            return name in operand
        case "not_in":
            return name not in operand
        case "exists":
            return bool(operand)
        case "like":
            return fnmatchcase(name, text("name", operand).replace("[", "[[]"))
    raise Problem(400, "bad-request", "A name is compared by $eq, $neq, $in, $notIn, $exists and $like.")


def variable_shown(one: Mapping[str, str], instance_key: int, root_key: int) -> dict[str, Json]:
    """VariableSearchResult."""
    value = one["value"]
    is_cut = len(value) > LONGEST_VALUE and request.args.get("truncateValues", "true").lower() != "false"
    return {
        **one,
        "value": value[:LONGEST_VALUE] if is_cut else value,
        "isTruncated": is_cut,
        "variableKey": str(variable_key(int(one["scopeKey"]), one["name"])),
        "processInstanceKey": str(instance_key),
        "rootProcessInstanceKey": str(root_key),
    }


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()


def _position(name: str, cursor: Json) -> int:
    try:
        return int(base64.urlsafe_b64decode(text(f"page.{name}", cursor).encode()).decode())
    except (ValueError, UnicodeError):
        raise Problem(400, "invalid-input", f"The cursor in page.{name} is none that a search has given.") from None


def _wrong_type(name: str, wanted: str) -> Problem:
    return Problem(400, "bad-request", f"The value of '{name}' must be {wanted}.")
