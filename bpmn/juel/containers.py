"""The methods of Java's lists and maps that only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel.operators import equal, number, text

CHANGING = frozenset(("add", "addAll", "remove", "removeAll", "clear", "put", "putAll", "set", "sort", "retainAll"))


def _contains(items: list[Any], wanted: Any) -> bool:
    return any(_same(item, wanted) for item in items)


def _same(one: Any, other: Any) -> bool:
    """Java's equals: null equals null, and nothing is converted; numbers are compared by value."""
    if isinstance(one, str) != isinstance(other, str) or isinstance(one, bool) != isinstance(other, bool):
        return False
    return one is other or equal(one, other)


def _index_of(items: list[Any], wanted: Any) -> int:
    return next((place for place, item in enumerate(items) if _same(item, wanted)), -1)


def _last_index_of(items: list[Any], wanted: Any) -> int:
    return next((place for place in range(len(items) - 1, -1, -1) if _same(items[place], wanted)), -1)


def _get(items: list[Any], index: Any) -> Any:
    place = int(number(index))
    if not 0 <= place < len(items):
        raise EvaluationError(f"The list of {len(items)} items has no item {place}; the first is 0.")
    return items[place]


def _contains_all(items: list[Any], others: Any) -> bool:
    if not isinstance(others, list) or len(items) * len(others) > 1_000_000:
        raise EvaluationError("'containsAll' takes a list, and compares at most 1,000,000 pairs.")
    return all(_contains(items, other) for other in others)


def _sub_list(items: list[Any], start: Any, end: Any) -> list[Any]:
    first, last = int(number(start)), int(number(end))
    if not 0 <= first <= last <= len(items):
        raise IndexError(start)
    return items[first:last]


LIST: dict[str, Callable[..., Any]] = {
    "size": len,
    "isEmpty": lambda items: not items,
    "contains": _contains,
    "containsAll": _contains_all,
    "get": _get,
    "getFirst": lambda items: _get(items, 0),
    "getLast": lambda items: _get(items, len(items) - 1),
    "indexOf": _index_of,
    "lastIndexOf": _last_index_of,
    "subList": _sub_list,
    "toArray": list,
}
MAP: dict[str, Callable[..., Any]] = {
    "size": len,
    "isEmpty": lambda entries: not entries,
    "get": lambda entries, key: entries.get(text(key)),
    "getOrDefault": lambda entries, key, default: entries.get(text(key), default),
    "containsKey": lambda entries, key: text(key) in entries,
    "containsValue": lambda entries, value: _contains(list(entries.values()), value),
    "keySet": list,
    "values": lambda entries: list(entries.values()),
    "entrySet": lambda entries: [{"key": key, "value": value} for key, value in entries.items()],
}
