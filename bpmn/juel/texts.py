"""The methods of Java's String."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel.budget import Budget

_MAXIMUM_CHARACTERS = 1_000_000
_MARK = re.compile(r"\\(.)|\$(\d)", re.DOTALL)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _bounded(length: int) -> None:
    if length > _MAXIMUM_CHARACTERS:
        raise EvaluationError(f"A text may have at most {_MAXIMUM_CHARACTERS:,} characters.")


def _concat(value: str, other: Any) -> str:
    _bounded(len(value) + len(_text(other)))
    return value + _text(other)


def _repeat(value: str, count: Any) -> str:
    if _whole(count) < 0:
        raise ValueError(count)
    _bounded(len(value) * count)
    return value * int(count)


def _replace(value: str, old: Any, new: Any) -> str:
    _bounded(len(value) + value.count(_text(old)) * len(_text(new)))
    return value.replace(_text(old), _text(new))


def _substring(value: str, start: Any, end: Any = None) -> str:
    stop = len(value) if end is None else _whole(end)
    if not 0 <= _whole(start) <= stop <= len(value):
        raise IndexError(start)
    return value[start:stop]


def _char(value: str, index: Any) -> str:
    if not 0 <= _whole(index) < len(value):
        raise IndexError(index)
    return value[index]


def _compare(value: str, other: Any) -> int:
    return (value > _text(other)) - (value < _text(other))


def _hash(value: str) -> int:
    """As Java's documentation defines it, over UTF-16."""
    units = value.encode("utf-16-be", "surrogatepass")
    found = 0
    for place in range(0, len(units), 2):
        found = (31 * found + int.from_bytes(units[place : place + 2], "big")) & 0xFFFFFFFF
    return found - (1 << 32) if found >= 1 << 31 else found


TEXT: dict[str, Callable[..., Any]] = {
    "equals": lambda value, other: isinstance(other, str) and value == other,
    "equalsIgnoreCase": lambda value, other: isinstance(other, str) and value.casefold() == other.casefold(),
    "contentEquals": lambda value, other: value == _text(other),
    "compareTo": _compare,
    "compareToIgnoreCase": lambda value, other: _compare(value.casefold(), _text(other).casefold()),
    "length": len,
    "isEmpty": lambda value: not value,
    "isBlank": lambda value: not value.strip(),
    "trim": lambda value: value.strip(),
    "strip": lambda value: value.strip(),
    "toUpperCase": lambda value: value.upper(),
    "toLowerCase": lambda value: value.lower(),
    "contains": lambda value, part: _text(part) in value,
    "startsWith": lambda value, part, start=0: value.startswith(_text(part), _whole(start)),
    "endsWith": lambda value, part: value.endswith(_text(part)),
    "indexOf": lambda value, part, start=0: value.find(_text(part), max(_whole(start), 0)),
    "lastIndexOf": lambda value, part: value.rfind(_text(part)),
    "substring": _substring,
    "charAt": _char,
    "concat": _concat,
    "repeat": _repeat,
    "replace": _replace,
    "toCharArray": list,
    "getBytes": lambda value: list(value.encode()),
    "intern": str,
    "hashCode": _hash,
}


# -- regular expressions -----------------------------------------------------------------------------------------


def _replacing(count: int) -> Callable[..., str]:
    def replace(budget: Budget, value: str, pattern: Any, replacement: Any) -> str:
        parts = _parted(_text(replacement))
        length = len(value)

        def written(found: Any) -> str:
            nonlocal length
            new = "".join(part if isinstance(part, str) else found[part] or "" for part in parts)
            length += len(new)
            _bounded(length)
            return new

        replaced: str = budget.match("sub", pattern, written, value, count)
        return replaced

    return replace


def _parted(replacement: str) -> list[str | int]:
    """`$1` is a group; a backslash takes the meaning from what follows it (java.util.regex.Matcher)."""
    parts: list[str | int] = []
    last = 0
    for mark in _MARK.finditer(replacement):
        parts += [replacement[last : mark.start()], mark[1] or int(mark[2])]
        last = mark.end()
    return [*parts, replacement[last:]]


def _split(budget: Budget, value: str, pattern: Any, limit: Any = 0) -> list[str]:
    """Java drops the empty texts at the end, unless a limit is given, and finds nothing of no width at the start."""
    parts: list[str] = []
    last = 0

    def cut(found: Any) -> str:
        nonlocal last
        if found.end() and not 0 < _whole(limit) <= len(parts) + 1:
            parts.append(value[last : found.start()])
            last = found.end()
        return ""

    budget.match("sub", pattern, cut, value)
    parts.append(value[last:])
    while not limit and len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


REGULAR: dict[str, Callable[..., Any]] = {
    "matches": lambda budget, value, pattern: budget.match("fullmatch", pattern, value) is not None,
    "split": _split,
    "replaceAll": _replacing(0),
    "replaceFirst": _replacing(1),
}
