"""Flowable's functions over variables: `variables:equals(order, 5)`, also as `vars:` and `var:`.

The first argument names the variable, with or without quotation marks; a missing one is null and equal to nothing but
null (AbstractFlowableVariableExpressionFunction and its classes).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bpmn.errors import EvaluationError
from bpmn.juel import operators, syntax

if TYPE_CHECKING:
    from bpmn.juel.compiler import Environment

PREFIXES = ("variables", "vars", "var")


def names_variable(function: str) -> bool:
    """Whether the first argument of a function is the name of a variable."""
    return function.partition(":")[0] in PREFIXES


def variables_named(nodes: list[syntax.Node]) -> Iterator[str]:
    """The variables that such functions among these nodes read."""
    for node in nodes:
        if isinstance(node, syntax.FunctionCall) and names_variable(node.name) and node.arguments:
            first = node.arguments[0]
            if isinstance(first, syntax.Literal) and isinstance(first.value, str):
                yield first.value


def _value(environment: Environment, name: Any) -> Any:
    if not isinstance(name, str):
        raise EvaluationError(f"Expected the name of a variable, but found {operators.shown(name)}.")
    return environment.variables.get(name)


def _equals(environment: Environment, name: Any, other: Any) -> bool:
    value = _value(environment, name)
    if operators.is_number(value) and operators.is_number(other):
        # Java gives the number that is compared the type of the variable's.
        return bool(value == type(value)(other))
    return type(value) is type(other) and bool(value == other)


def _not_equals(environment: Environment, name: Any, other: Any) -> bool:
    return _value(environment, name) is not None and not _equals(environment, name, other)


def _comparing(compare: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def compared(environment: Environment, name: Any, other: Any) -> bool:
        value = _value(environment, name)
        return value is not None and other is not None and compare(value, other)

    return compared


def _has(value: Any, part: Any) -> bool:
    if isinstance(value, str):
        return isinstance(part, str) and part in value
    if isinstance(value, list):
        return any(type(one) is type(part) and one == part for one in value)
    return False


def _contains(environment: Environment, name: Any, *parts: Any) -> bool:
    value = _value(environment, name)
    return isinstance(value, str | list) and all(_has(value, part) for part in parts)


def _contains_any(environment: Environment, name: Any, *parts: Any) -> bool:
    value = _value(environment, name)
    return any(_has(value, part) for part in parts)


def _is_empty(environment: Environment, name: Any) -> bool:
    value = _value(environment, name)
    return value is None or (isinstance(value, str | list) and not value)


def _get_or_default(environment: Environment, name: Any, default: Any) -> Any:
    value = _value(environment, name)
    return default if value is None else value


def _base64(environment: Environment, name: Any) -> str | None:
    value = _value(environment, name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise EvaluationError(f"base64 takes a text, but '{name}' is {operators.shown(value)}.")
    return b64encode(value.encode()).decode()


def _format(environment: Environment, value: Any) -> str | None:
    """A date as ISO 8601 text; what is text already stays."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise EvaluationError(f"date:format takes a date, but found {operators.shown(value)}.")


def _less(left: Any, right: Any) -> bool:
    return operators.less(left, right)


def _less_or_equal(left: Any, right: Any) -> bool:
    return operators.less(left, right, or_equal=True)


_LOCAL_NAMES: dict[str, Callable[..., Any]] = {
    "get": _value,
    "getOrDefault": _get_or_default,
    "contains": _contains,
    "containsAny": _contains_any,
    "base64": _base64,
    **dict.fromkeys(("equals", "eq"), _equals),
    **dict.fromkeys(("notEquals", "ne"), _not_equals),
    **dict.fromkeys(("exists", "exist"), lambda environment, name: _value(environment, name) is not None),
    **dict.fromkeys(("isEmpty", "empty"), _is_empty),
    **dict.fromkeys(("isNotEmpty", "notEmpty"), lambda environment, name: not _is_empty(environment, name)),
    **dict.fromkeys(("lowerThan", "lessThan", "lt"), _comparing(_less)),
    **dict.fromkeys(("lowerThanOrEquals", "lessThanOrEquals", "lte"), _comparing(_less_or_equal)),
    **dict.fromkeys(("greaterThan", "gt"), _comparing(lambda left, right: _less(right, left))),
    **dict.fromkeys(("greaterThanOrEquals", "gte"), _comparing(lambda left, right: _less_or_equal(right, left))),
}
VARIABLE_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f"{prefix}:{name}": function for prefix in PREFIXES for name, function in _LOCAL_NAMES.items()},
    "date:format": _format,
}
