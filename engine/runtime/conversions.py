"""Flowable's types of parameters (sourceType, targetType): what a value becomes before it gets its new name.

The table is that of DefaultVariableValueConversionHandler; dates are ISO texts, as everywhere in process variables.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from bpmn import timers
from bpmn.errors import EvaluationError
from engine.runtime.problem import IO_MAPPING, Problem

Json = Any


def convert(value: Json, type_: str, now: datetime) -> Json:
    """The value as that type; null and an unnamed type change nothing. Raises `Problem` for what cannot become one."""
    if value is None or not type_:
        return value
    try:
        return _CONVERTERS[type_.lower()](value, now)
    except KeyError:
        known = ", ".join(sorted(_CONVERTERS))
        raise Problem(IO_MAPPING, f"There is no type of parameter '{type_}'. There are: {known}.") from None
    except (ValueError, TypeError, EvaluationError) as error:
        raise Problem(IO_MAPPING, f"{str(value)[:60]!r} cannot become a {type_}: {error}") from error


def _text(value: Json, now: datetime) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _whole(value: Json, now: datetime) -> int:
    return int(value.strip()) if isinstance(value, str) else int(value)


def _number(value: Json, now: datetime) -> float:
    return float(value.strip()) if isinstance(value, str) else float(value)


def _boolean(value: Json, now: datetime) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.strip().lower() == "true"
    raise TypeError("only true, false and texts can")


def _date(value: Json, now: datetime) -> str:
    return timers.moment(value, now).isoformat()


def _day(value: Json, now: datetime) -> str:
    return timers.moment(value, now).date().isoformat()


def _json(kind: type, says: str) -> Callable[[Json, datetime], Json]:
    def read(value: Json, now: datetime) -> Json:
        found = json.loads(value) if isinstance(value, str) else value
        if not isinstance(found, kind):
            raise TypeError(says)
        return found

    return read


_CONVERTERS: dict[str, Callable[[Json, datetime], Json]] = {
    "string": _text,
    "integer": _whole,
    "int": _whole,
    "long": _whole,
    "double": _number,
    "boolean": _boolean,
    "date": _date,
    "localdate": _day,
    "json": _json(dict, "it is no object"),
    "array": _json(list, "it is no list"),
}
