"""Intervals in words that an analyst uses: `amount is from 100 to 200`, `colour is none of "red", "green"`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bpmn.dmn.cells import Part, outside
from bpmn.feel.temporal import duration_text
from bpmn.feel.text import shown
from bpmn.feel.values import DaysTime, YearsMonths

MOST_SHOWN = 4


def named(rules: Sequence[int]) -> str:
    """`rule 3`, `rules 3 and 7`, `rules 3, 7 and 9`."""
    texts = [str(rule) for rule in rules]
    if len(texts) == 1:
        return f"rule {texts[0]}"
    return f"rules {', '.join(texts[:-1])} and {texts[-1]}"


def condition(name: str, domain: str, parts: Sequence[Part]) -> str:
    """What a value must be to lie within the parts; one of them where there are many."""
    if domain == "string" and parts and not all(part.is_point for part in parts):
        others = outside(tuple(parts))
        if all(part.is_point for part in others):
            return f"{name} is {_none_of(domain, others)}"
    points = [part for part in parts if part.is_point]
    if points and len(points) == len(parts) <= MOST_SHOWN:
        return f"{name} is {' or '.join(_key(domain, part.low) for part in points)}"
    return f"{name} is {_interval(domain, parts[0])}" if parts else f"{name} has no value"


def _none_of(domain: str, points: Sequence[Part]) -> str:
    texts = [_key(domain, part.low) for part in points]
    if not texts:
        return "anything"
    if len(texts) > MOST_SHOWN:
        return "any other text"
    return f"none of {', '.join(texts)}" if len(texts) > 1 else f"not {texts[0]}"


def _interval(domain: str, part: Part) -> str:
    if part.low is None and part.high is None:
        return "anything"
    if part.is_point:
        return _key(domain, part.low)
    if part.low is None:
        return f"{'at most' if part.high_included else 'less than'} {_key(domain, part.high)}"
    if part.high is None:
        return f"{'at least' if part.low_included else 'more than'} {_key(domain, part.low)}"
    low, high = _key(domain, part.low), _key(domain, part.high)
    if part.low_included and part.high_included:
        return f"from {low} to {high}"
    start = f"at least {low}" if part.low_included else f"more than {low}"
    return f"{start} and {'at most' if part.high_included else 'less than'} {high}"


def _key(domain: str, key: Any) -> str:
    if domain == "date":
        return f"{key[0]:04}-{key[1]:02}-{key[2]:02}"
    if domain == "days and time duration":
        return duration_text(DaysTime(key))
    if domain == "years and months duration":
        return duration_text(YearsMonths(key))
    return shown(key)
