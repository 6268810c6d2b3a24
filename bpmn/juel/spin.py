"""Spin's JSON nodes: what `S()` and `JSON()` give, and what JSON variables answer to in Camunda 7 diagrams."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel import json_path
from bpmn.juel.operators import is_number, shown


class Node:
    """A JSON value with Spin's methods. It never changes; `prop(name, value)` gives a changed copy."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __str__(self) -> str:
        try:
            return json.dumps(self.value, ensure_ascii=False, separators=(",", ":"), default=str)
        except (ValueError, RecursionError):
            raise EvaluationError("The JSON value is nested too deeply.") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.value == other.value

    def __hash__(self) -> int:
        return hash(str(self))

    def call(self, method: str, args: Sequence[Any]) -> Any:
        """A method of SpinJsonNode. Raises `EvaluationError` for one that is not offered or does not fit."""
        known = METHODS.get(method)
        if known is None:
            raise EvaluationError(f"A JSON value has no method '{method}'. It has: {', '.join(sorted(METHODS))}.")
        try:
            return known(self, *args)
        except TypeError as error:
            raise EvaluationError(f"'{method}' of a JSON value cannot be called with {len(args)} arguments.") from error


def read(value: Any) -> Node:
    """`S(value)`: JSON text as a node; any other value as the node it is."""
    if isinstance(value, Node):
        return value
    if not isinstance(value, str):
        return Node(value)
    try:
        return Node(json.loads(value))
    except (ValueError, RecursionError):
        raise EvaluationError(f"{shown(value)} is not JSON.") from None


def _property(node: Node, name: Any, *new: Any) -> Node:
    if not isinstance(node.value, dict):
        raise EvaluationError(f"{shown(node.value)} is no JSON object and has no property '{name}'.")
    if new:
        value = new[0].value if isinstance(new[0], Node) else new[0]
        return Node({**node.value, str(name): value})
    if name not in node.value:
        raise EvaluationError(f"The JSON object has no property '{name}'. It has: {', '.join(map(str, node.value))}.")
    return Node(node.value[name])


def _typed(name: str, is_right: Callable[[Any], bool]) -> Callable[[Node], Any]:
    def read_value(node: Node) -> Any:
        if not is_right(node.value):
            raise EvaluationError(f"The JSON value {shown(node.value)} is no {name}.")
        return node.value

    return read_value


def _elements(node: Node) -> list[Node]:
    if not isinstance(node.value, list):
        raise EvaluationError(f"The JSON value {shown(node.value)} is no array.")
    return [Node(item) for item in node.value]


def _path(node: Node, path: Any) -> Node:
    return Node(json_path.find(node.value, str(path)))


def _without(node: Node, names: Any) -> Node:
    if not isinstance(node.value, dict):
        raise EvaluationError(f"{shown(node.value)} is no JSON object: it has no properties to delete.")
    gone = {str(_plain(name)) for name in (names if isinstance(names, list) else [names])}
    return Node({name: value for name, value in node.value.items() if name not in gone})


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Node) else value


def _items(node: Node) -> list[Any]:
    return [item.value for item in _elements(node)]


def _appended(node: Node, item: Any) -> Node:
    return Node([*_items(node), _plain(item)])


def _inserted(node: Node, place: Any, item: Any) -> Node:
    items = _items(node)
    if not isinstance(place, int) or not 0 <= place <= len(items):
        raise EvaluationError(f"The array of {len(items)} items has no place {shown(place)}.")
    return Node([*items[:place], _plain(item), *items[place:]])


def _removed_at(node: Node, place: Any) -> Node:
    items = _items(node)
    if not isinstance(place, int) or not -len(items) <= place < len(items):
        raise EvaluationError(f"The array of {len(items)} items has no place {shown(place)}.")
    del items[place]
    return Node(items)


def _index(node: Node, item: Any) -> int:
    items = _items(node)
    if _plain(item) not in items:
        raise EvaluationError(f"The array does not hold {shown(_plain(item))}.")
    return items.index(_plain(item))


def _last_index(node: Node, item: Any) -> int:
    items = _items(node)[::-1]
    if _plain(item) not in items:
        raise EvaluationError(f"The array does not hold {shown(_plain(item))}.")
    return len(items) - 1 - items.index(_plain(item))


METHODS: dict[str, Callable[..., Any]] = {
    "prop": _property,
    "hasProp": lambda node, name: isinstance(node.value, dict) and name in node.value,
    "stringValue": _typed("string", lambda value: isinstance(value, str)),
    "numberValue": _typed("number", is_number),
    "boolValue": _typed("boolean", lambda value: isinstance(value, bool)),
    "value": lambda node: node.value,
    "elements": _elements,
    "element": lambda node: node,
    "elementList": _elements,
    "fieldNames": lambda node: list(node.value) if isinstance(node.value, dict) else [],
    "indexOf": _index,
    "lastIndexOf": _last_index,
    "contains": lambda node, item: _plain(item) in _items(node),
    "deleteProp": _without,
    "append": _appended,
    "insertAt": _inserted,
    "insertBefore": lambda node, other, item: _inserted(node, _index(node, other), item),
    "insertAfter": lambda node, other, item: _inserted(node, _index(node, other) + 1, item),
    "remove": lambda node, item: _removed_at(node, _index(node, item)),
    "removeLast": lambda node, item: _removed_at(node, _last_index(node, item)),
    "removeAt": _removed_at,
    "size": lambda node: len(_items(node)),
    "isArray": lambda node: isinstance(node.value, list),
    "isObject": lambda node: isinstance(node.value, dict),
    "isString": lambda node: isinstance(node.value, str),
    "isNumber": lambda node: is_number(node.value),
    "isBoolean": lambda node: isinstance(node.value, bool),
    "isNull": lambda node: node.value is None,
    "isValue": lambda node: not isinstance(node.value, list | dict),
    "jsonPath": _path,
    "unwrap": lambda node: node.value,
    "mapTo": lambda node, *_: node.value,
    "toString": str,
}
