"""Comparisons as text, for addresses and the console: `amount>=100`, `customer=ACME`, `city~New*`, `order=null`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from api.problems import Problem
from engine.queries import Comparison

_OPERATORS = {">=": "gte", "<=": "lte", "!=": "neq", "=": "eq", ">": "gt", "<": "lt", "~": "like"}
_TEXT = re.compile(r"(?P<name>[^<>=!~]{1,255}?)\s*(?P<sign>>=|<=|!=|=|>|<|~)\s*(?P<value>.*)", re.DOTALL)


def comparisons(texts: Iterable[str], field: str) -> tuple[Comparison, ...]:
    """What the texts ask of variables. A value is JSON when it can be read as JSON, else text.

    Raises `Problem` 422 that names `field`.
    """
    return tuple(_comparison(text, field) for text in texts)


def _comparison(text: str, field: str) -> Comparison:
    found = _TEXT.fullmatch(text)
    if found is None:
        said = f"'{text[:100]}' compares nothing. Write NAME=VALUE, with one of {' '.join(_OPERATORS)} between them."
        raise Problem(422, "invalid-input", said, fields={field: "expected NAME=VALUE"})
    operator = _OPERATORS[found["sign"]]
    value = found["value"] if operator == "like" else _value(found["value"])
    return Comparison(found["name"].strip(), operator, value)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
