"""What may become a process variable, and what a connector's response becomes. Pure.

Values are JSON: null, booleans, numbers, strings, lists and objects with string keys (zeebe-extensions §11).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from bpmn import languages
from bpmn.errors import EvaluationError
from bpmn.model import Expression, Language
from engine.errors import InvalidInput, TooLarge

Json = Any

MOST_BYTES = 4 * 1024 * 1024  # Camunda 8's limit for a payload
MOST_NAME = 255
MOST_REASON = 2000
MOST_DEPTH = 100
# 64 bits either way; larger integers would lose digits in the databases and languages that read them.
_INTEGERS = range(-(2**63), 2**63)

_encode = msgspec.json.encode


def checked(variables: object, *, field: str = "variables") -> dict[str, Json]:
    """The variables as a dict, when they are a JSON object that Baton can keep; None is an empty one.

    Raises `InvalidInput` that names each wrong place as a path below `field`, or `TooLarge` above 4 MB of JSON.
    """
    if variables is None:
        return {}
    if not isinstance(variables, Mapping):
        raise InvalidInput(
            f'{field} must be a JSON object such as {{"amount": 12}}, not {_kind(variables)}.',
            {field: f"expected an object, found {_kind(variables)}"},
        )
    faults: dict[str, str] = {}
    for name, value in variables.items():
        _check_name(name, field, faults)
        _check_value(value, f"{field}.{name}", 1, faults)
    if faults:
        raise InvalidInput(_sentence(faults), faults)
    result = dict(variables)
    size = len(_encode(result))
    if size > MOST_BYTES:
        raise TooLarge(
            f"{field} are {size:,} bytes of JSON; at most {MOST_BYTES:,} are kept. Store the data elsewhere and pass a "
            "reference to it.",
            {field: f"{size} bytes, at most {MOST_BYTES}"},
        )
    return result


def checked_text(value: object, field: str, *, most: int = MOST_NAME, is_required: bool = False) -> str:
    """A text that every database can keep: a string without NUL or lone surrogates, of at most `most` characters."""
    if value is None and not is_required:
        return ""
    fault = _text_fault(value, most)
    if not fault and is_required and not str(value).strip():
        fault = "must not be empty"
    if fault:
        raise InvalidInput(f"{field} {fault}.", {field: fault})
    return str(value)


def checked_reason(reason: object) -> None:
    """Why somebody did something, as the audit trail keeps it. Raises `InvalidInput`."""
    checked_text(reason, "reason", most=MOST_REASON)


def result_variables(headers: Mapping[str, str], response: Json) -> dict[str, Json]:
    """What a connector's response becomes, by the headers of its job (Camunda's connectors do the same).

    `resultVariable` gets the whole response; `resultExpression` is FEEL over the response's fields, and over `response`
    itself, whose object becomes variables. Raises `bpmn.errors.EvaluationError` for an expression that gives no object.
    """
    result: dict[str, Json] = {}
    if name := headers.get("resultVariable", "").strip():
        result[name] = response
    if text := headers.get("resultExpression", "").strip():
        expression = Expression(text.removeprefix("="), Language.FEEL)
        fields = response if isinstance(response, dict) else {}
        found = languages.as_json(languages.compile(expression).evaluate({**fields, "response": response}))
        if not isinstance(found, dict | None):
            raise EvaluationError(f"The resultExpression gives {_kind(found)} instead of an object of variables.")
        result.update(found or {})
    return result


def is_json(value: Json) -> bool:
    """Whether a value may be kept in a variable."""
    faults: dict[str, str] = {}
    _check_value(value, "", 0, faults)
    return not faults


def visible(chain: Mapping[int, Mapping[str, Json]], path: list[int]) -> dict[str, Json]:
    """What an element sees: the scopes of `path`, nearest first; a nearer name hides a farther one."""
    result: dict[str, Json] = {}
    for key in reversed(path):
        result.update(chain.get(key, {}))
    return result


def _check_name(name: object, field: str, faults: dict[str, str]) -> None:
    if type(name) is str and 0 < len(name) <= MOST_NAME and name.isidentifier() and name.isascii():
        return  # the usual case
    fault = _text_fault(name, MOST_NAME) or ("must not be empty" if not name else "")
    if fault:
        faults[f"{field}.{str(name)[:60]!r}"] = f"the name {fault}"


def _text_fault(value: object, most: int) -> str:
    if not isinstance(value, str):
        return f"must be a string, not {_kind(value)}"
    if len(value) > most:
        return f"is {len(value)} characters long, at most {most} are allowed"
    if "\0" in value:
        return "contains a NUL character"
    return _surrogate_fault(value)


def _surrogate_fault(value: str) -> str:
    if value.isascii():
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return "contains half of a surrogate pair, which is not text"
    return ""


def _check_value(value: Json, path: str, depth: int, faults: dict[str, str]) -> None:
    """Add a fault for each place below `path` that is not JSON."""
    if value is None or value is True or value is False:
        return
    if isinstance(value, str):
        fault = _surrogate_fault(value)
    elif isinstance(value, int):
        fault = "" if value in _INTEGERS else "is an integer of more than 64 bits; pass it as a string"
    elif isinstance(value, float):
        fault = "" if math.isfinite(value) else f"is {value}, which JSON does not know; use null"
    elif isinstance(value, (list, dict)):
        fault = _check_inside(value, path, depth, faults)
    else:
        fault = f"is a Python {type(value).__name__}, not JSON"
    if fault:
        faults[path] = fault


def _check_inside(value: list[Json] | dict[str, Json], path: str, depth: int, faults: dict[str, str]) -> str:
    if depth >= MOST_DEPTH:
        return f"is nested deeper than {MOST_DEPTH} levels"
    if isinstance(value, list):
        for index, item in enumerate(value):
            _check_value(item, f"{path}[{index}]", depth + 1, faults)
        return ""
    for name, item in value.items():
        if not isinstance(name, str):
            return f"has the key {name!r}, which is not a string"
        if fault := _surrogate_fault(name):
            return f"has a key that {fault}"
        _check_value(item, f"{path}.{name}", depth + 1, faults)
    return ""


def _kind(value: object) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _sentence(faults: Mapping[str, str]) -> str:
    place, fault = next(iter(faults.items()))
    more = f" {len(faults) - 1} more places are wrong too." if len(faults) > 1 else ""
    return f"{place} {fault}.{more}"


def with_facts(variables: Mapping[str, Json], facts: Mapping[str, Json]) -> dict[str, Json]:
    """Variables with facts beside them: objects of the same name are merged, anything else gives way to the fact."""
    merged = dict(variables)
    for name, fact in facts.items():
        own = merged.get(name)
        merged[name] = {**own, **fact} if isinstance(own, Mapping) and isinstance(fact, Mapping) else fact
    return merged
