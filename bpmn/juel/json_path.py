"""JSONPath as Spin's `jsonPath()` takes it: steps, indexes, wildcards, deep search, slices and simple filters.

A path of plain steps gives one value, or an error when it leads nowhere; any other path gives the list of what it
finds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from bpmn.errors import EvaluationError
from bpmn.juel.operators import shown

Json = Any
_MOST_LOOKED_AT = 200_000
_LITERAL = r"""(?:'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|true|false|null)"""
_STEP = re.compile(
    rf"""
     \.\.(?P<deep>[\w\-]+|\*)
    |\.(?P<name>[^\W\d][\w\-]*|\d+)
    |\['(?P<quoted>[^']+)'\]
    |\["(?P<double>[^"]+)"\]
    |\[(?P<index>-?\d+)\]
    |(?P<all>\.\*|\[\*\])
    |\[(?P<slice>-?\d*:-?\d*)\]
    |\[\?\(\s*@(?P<inner>(?:\.[\w\-]+)+)\s*(?:(?P<operator>==|!=|<=|>=|<|>)\s*(?P<literal>{_LITERAL})\s*)?\)\]
    """,
    re.VERBOSE,
)


def find(value: Json, path: str) -> Json:
    """What the path finds in a JSON value.

    Raises `EvaluationError` for a path of another kind, and for one of plain steps that finds nothing.
    """
    steps = list(_STEP.finditer(path, 1))
    if not path.startswith("$") or sum(len(step[0]) for step in steps) != len(path) - 1:
        raise EvaluationError(
            f"The JSON path {shown(path)} is not supported. There are: $, .name, ['name'], [0], [*], [1:3], ..name and "
            "[?(@.name == 'x')]."
        )
    found, is_one, left = [value], True, [_MOST_LOOKED_AT]
    for step in steps:
        is_one = is_one and step.lastgroup in ("name", "quoted", "double", "index")
        found = list(chain.from_iterable(_taken(outer, step, left) for outer in found))
    if not is_one:
        return found
    if not found:
        raise EvaluationError(f"The JSON path {shown(path)} leads nowhere.")
    return found[0]


def _taken(value: Json, step: re.Match[str], left: list[int]) -> Iterator[Json]:
    _look(left, 1)
    name = step["name"] or step["quoted"] or step["double"]
    if name:
        yield from [value[name]] if isinstance(value, dict) and name in value else []
    elif step["index"]:
        place = int(step["index"])
        yield from [value[place]] if isinstance(value, list) and -len(value) <= place < len(value) else []
    elif step["slice"]:
        first, last = (int(bound) if bound else None for bound in step["slice"].split(":"))
        yield from value[first:last] if isinstance(value, list) else []
    elif step["deep"]:
        yield from _deep(value, step["deep"], left)
    elif step["all"]:
        _look(left, len(_children(value)))
        yield from _children(value)
    else:
        yield from (child for child in _children(value) if _passes(child, step))


def _look(left: list[int], count: int) -> None:
    left[0] -= count
    if left[0] < 0:
        raise EvaluationError(f"A JSON path may look at {_MOST_LOOKED_AT:,} values at most. Make it narrower.")


def _children(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _deep(value: Json, name: str, left: list[int]) -> Iterator[Json]:
    stack = [value]
    while stack:
        one = stack.pop()
        children = _children(one)
        _look(left, 1 + len(children))
        if name == "*":
            yield from children
        elif isinstance(one, dict) and name in one:
            yield one[name]
        stack.extend(reversed(children))


def _passes(value: Json, step: re.Match[str]) -> bool:
    for name in step["inner"].split(".")[1:]:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    if not step["operator"]:
        return True
    text = step["literal"]
    wanted = text[1:-1] if text[0] in "'\"" else json.loads(text)
    if step["operator"] in ("==", "!="):
        is_same = value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
        return is_same == (step["operator"] == "==")
    return _ordered(value, wanted, step["operator"])


def _ordered(value: Json, wanted: Json, operator: str) -> bool:
    kinds = [str if isinstance(one, str) else float if type(one) in (int, float) else None for one in (value, wanted)]
    if kinds[0] is None or kinds[0] is not kinds[1]:
        return False
    answers = {"<": value < wanted, "<=": value <= wanted, ">": value > wanted, ">=": value >= wanted}
    return bool(answers[operator])
