"""Spin's JSON nodes: what `S()` and `JSON()` give, and what JSON variables answer to in Camunda 7 diagrams."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel.operators import is_number, shown

_STEP = re.compile(r"\.([\w\-]+)|\[(-?\d+)\]|\[['\"]([^'\"]+)['\"]\]")


class Node:
    """A JSON value with Spin's methods. It never changes; `prop(name, value)` gives a changed copy."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __str__(self) -> str:
        return json.dumps(self.value, ensure_ascii=False, separators=(",", ":"), default=str)

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
        except TypeError:
            raise EvaluationError(f"'{method}' of a JSON value was called with {len(args)} arguments.") from None


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
    """A JSONPath of plain steps, such as `$.order.items[0].name`."""
    text = str(path)
    steps = list(_STEP.finditer(text, 1))
    if not text.startswith("$") or sum(len(step[0]) for step in steps) != len(text) - 1:
        raise EvaluationError(f"The JSON path {shown(text)} is not supported: only $, .name and [index] are.")
    value = node.value
    for step in steps:
        value = _step(value, step[1] or step[3], step[2], text)
    return Node(value)


def _step(value: Any, name: str | None, index: str | None, path: str) -> Any:
    try:
        return value[int(index)] if index is not None else value[name]
    except (KeyError, IndexError, TypeError):
        raise EvaluationError(f"The JSON path {shown(path)} leads nowhere.") from None


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
    "indexOf": lambda node, item: _elements(node).index(Node(item)) if Node(item) in _elements(node) else -1,
    "contains": lambda node, item: Node(item) in _elements(node),
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
