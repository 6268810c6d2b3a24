"""External functions: a small table of Java methods that decision models call (DMN 1.5, 10.2.1.3).

Nothing else runs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from bpmn.feel.values import NUMBERS, Value, from_float, number_text

Call = Callable[[Sequence[Value]], Value]


def function(body: Value) -> Call | None:
    """What `{java: {class, method signature}}` names, or None when it is not offered."""
    java = body.get("java") if isinstance(body, dict) else None
    if not isinstance(java, dict):
        return None
    name, signature = java.get("class"), java.get("method signature")
    if not isinstance(name, str) or not isinstance(signature, str):
        return None
    method, _, rest = signature.replace(" ", "").partition("(")
    parameters = tuple(part for part in rest.removesuffix(")").split(",") if part)
    known = _JAVA.get((name, method, parameters))
    return None if known is None else _total(known, parameters)


def _total(known: Callable[..., Any], parameters: tuple[str, ...]) -> Call:
    """The method, with null for arguments of other types and for whatever fails."""

    def call(arguments: Sequence[Value]) -> Value:
        try:
            return known(*_converted(arguments, parameters))
        except (ValueError, TypeError, OverflowError, KeyError, IndexError):
            return None

    return call


def _converted(arguments: Sequence[Value], parameters: tuple[str, ...]) -> list[Any]:
    converted: list[Any] = []
    for index, kind in enumerate(parameters):
        if kind.endswith(("[]", "...")) or kind.startswith("["):
            rest = list(arguments[index:])
            converted.append(rest[0] if len(rest) == 1 and isinstance(rest[0], list) else rest)
            return converted
        converted.append(_CONVERTERS[kind](arguments[index]))
    if len(arguments) != len(parameters):
        raise TypeError("wrong number of arguments")
    return converted


def _integer(value: Value) -> int:
    if type(value) not in NUMBERS or value != int(value):
        raise TypeError("not a whole number")
    return int(value)


def _double(value: Value) -> float:
    if type(value) not in NUMBERS:
        raise TypeError("not a number")
    return float(value)


def _string(value: Value) -> str:
    if type(value) is not str:
        raise TypeError("not a string")
    return value


_CONVERTERS: dict[str, Callable[[Value], Any]] = (
    dict.fromkeys(("int", "long", "short", "byte", "java.lang.Integer", "java.lang.Long"), _integer)
    | dict.fromkeys(("double", "float", "java.lang.Double", "java.lang.Float"), _double)
    | dict.fromkeys(("java.lang.String", "java.lang.CharSequence"), _string)
    | {"java.lang.Object": lambda value: value}
)


def _number(value: float) -> Value:
    return from_float(value)


_FORMAT = re.compile(r"%(?:-?[1-9]\d{0,2})?(?:\.\d{1,2})?[sdf]|%%|%")
_MAXIMUM_PATTERN = 1000


def _format(pattern: str, arguments: list[Value]) -> str:
    """java.lang.String.format for %s, %d and %f with a width of up to three digits; anything else is refused."""
    if len(pattern) > _MAXIMUM_PATTERN or "%" in _FORMAT.findall(pattern):
        raise ValueError("pattern")
    return pattern % tuple(float(item) if isinstance(item, Decimal) else item for item in arguments)


def _long_value(text: str) -> int:
    return int(text, 10)


_JAVA: dict[tuple[str, str, tuple[str, ...]], Callable[..., Any]] = {
    ("java.lang.Math", "cos", ("double",)): lambda x: _number(math.cos(x)),
    ("java.lang.Math", "sin", ("double",)): lambda x: _number(math.sin(x)),
    ("java.lang.Math", "tan", ("double",)): lambda x: _number(math.tan(x)),
    ("java.lang.Math", "sqrt", ("double",)): lambda x: _number(math.sqrt(x)),
    ("java.lang.Math", "exp", ("double",)): lambda x: _number(math.exp(x)),
    ("java.lang.Math", "log", ("double",)): lambda x: _number(math.log(x)),
    ("java.lang.Math", "log10", ("double",)): lambda x: _number(math.log10(x)),
    ("java.lang.Math", "pow", ("double", "double")): lambda x, y: _number(math.pow(x, y)),
    ("java.lang.Math", "ceil", ("double",)): math.ceil,
    ("java.lang.Math", "floor", ("double",)): math.floor,
    ("java.lang.Math", "round", ("double",)): lambda x: math.floor(x + 0.5),
    ("java.lang.String", "format", ("java.lang.String", "[Ljava.lang.Object;")): _format,
    ("java.lang.String", "format", ("java.lang.String", "java.lang.Object[]")): _format,
    ("java.lang.String", "valueOf", ("double",)): lambda x: number_text(Decimal(repr(x))),
    ("java.lang.Integer", "parseInt", ("java.lang.String",)): _long_value,
    ("java.lang.Long", "parseLong", ("java.lang.String",)): _long_value,
    ("java.lang.Double", "parseDouble", ("java.lang.String",)): lambda text: _number(float(text)),
}
for _kinds in (("int", "int"), ("long", "long"), ("double", "double"), ("float", "float")):
    _whole = _kinds[0] in ("int", "long")
    for _name, _operation in (("max", max), ("min", min)):
        _JAVA["java.lang.Math", _name, _kinds] = (
            _operation if _whole else (lambda x, y, choose=_operation: _number(choose(x, y)))
        )
_BOXES = {"Integer": "int", "Long": "long", "Short": "short", "Byte": "byte", "Double": "double", "Float": "float"}
for _box, _kind in _BOXES.items():
    _is_whole = _kind not in ("double", "float")
    for _argument in (_kind, "java.lang.String"):
        _JAVA[f"java.lang.{_box}", "valueOf", (_argument,)] = (
            int if _is_whole else (lambda value: _number(float(value)))
        )
for _kind in ("int", "long", "double", "float"):
    _JAVA["java.lang.Math", "abs", (_kind,)] = abs if _kind in ("int", "long") else (lambda x: _number(abs(x)))
