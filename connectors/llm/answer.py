"""What a model wrote, made into a checked value: typed, or a list of faults that the model is shown once."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema_specifications import REGISTRY
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from connectors.base import Json

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_FAULTS = 10

_FENCED = re.compile(r"\A\s*```[\w-]*[ \t]*\r?\n(.*?)\r?\n?[ \t]*```\s*\Z", re.DOTALL)
_TOO_DEEP = f"The answer is nested more than {MAX_DEPTH} levels deep."


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as far as it could be read. `output` is None when it is no JSON; good only when `faults` is empty."""

    output: Json = None
    faults: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.faults

    @classmethod
    def parse(cls, text: str, schema: Mapping[str, Json]) -> Answer:
        """Read JSON (bare, or in one code fence) and hold it against a JSON Schema (draft 2020-12).

        Never raises. At most MAX_BYTES of UTF-8 and MAX_DEPTH levels; no duplicate keys, no NaN or Infinity. At most
        MAX_FAULTS faults, each naming the place and what was expected.
        """
        try:
            output = _read(text)
        except _NotUsable as problem:
            return cls(None, (str(problem),))
        if _depth_exceeds(output, MAX_DEPTH):
            return cls(None, (_TOO_DEEP,))
        if unfit := next(filter(None, map(_unfit, _everything(output))), None):
            return cls(None, (unfit,))
        return cls(output, tuple(faults_of(output, schema)))


#: Schemas whose check is remembered.
_MOST_REMEMBERED = 500


def schema_fault(schema: Json) -> str | None:
    """What is wrong with a JSON Schema; None when it can be used. References may only lead within it."""
    if not isinstance(schema, dict):
        return f"it must be a JSON object, but is {_type_of(schema)}"
    if _depth_exceeds(schema, MAX_DEPTH):
        return f"it is nested more than {MAX_DEPTH} levels deep"
    return _fault_of(json.dumps(schema))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _fault_of(text: str) -> str | None:
    """The fault of a schema, remembered: every job of a diagram's task brings the same one."""
    schema = json.loads(text)
    try:
        Draft202012Validator.check_schema(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    except SchemaError as problem:
        return f"{problem.message[:200]} (at {_path(problem.absolute_path) or 'the top'})"
    resolver = Registry().with_resource("", DRAFT202012.create_resource(schema)).resolver()
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable:
            return f"it refers to {reference[:100]!r}, which is not in it; references begin with #"
    return None


def faults_of(output: Json, schema: Mapping[str, Json]) -> list[str]:
    """How a value differs from a schema, as sentences; empty when it satisfies it."""
    try:
        errors = sorted(_validator(schema).iter_errors(output), key=lambda error: list(map(str, error.absolute_path)))
    except RecursionError:
        return [_TOO_DEEP]
    # Each missing field is an error of its own, with the same sentence.
    return list(dict.fromkeys(_sentence(error) for error in errors))[:MAX_FAULTS]


def _validator(schema: Mapping[str, Json]) -> Draft202012Validator:
    # A registry of its own: the default one would fetch a remote $ref over the network.
    return Draft202012Validator(schema, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER)


class _NotUsable(Exception):
    pass


def _read(text: str) -> Json:
    if not text.strip():
        raise _NotUsable("The answer is empty.")
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _NotUsable(f"The answer is larger than {MAX_BYTES:,} bytes.")
    fenced = _FENCED.match(text)
    try:
        return json.loads(fenced[1] if fenced else text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError:
        raise _NotUsable(_TOO_DEEP) from None
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno}, column {problem.colno}"
        raise _NotUsable(f"The answer is not JSON: {problem.msg} ({place}).") from None
    except ValueError as problem:  # a number with thousands of digits
        raise _NotUsable(f"The answer is not JSON that can be read: {str(problem)[:100]}.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(made := dict(pairs)) < len(pairs):
        raise _NotUsable("The answer has an object in which a key stands twice.")
    return made


def _constant(word: str) -> Any:
    raise _NotUsable(f"The answer holds {word}, which is not a JSON number.")


def _depth_exceeds(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        if not level:
            return False
        level = list(_children(level))
    return True


def _children(values: Iterable[Json]) -> Iterator[Json]:
    for value in values:
        match value:
            case dict():
                yield from value.values()
            case list():
                yield from value


def _everything(value: Json) -> Iterator[Json]:
    """Every value and every key in a value of bounded depth."""
    yield value
    if isinstance(value, dict):
        yield from value
    for child in _children([value]):
        yield from _everything(child)


def _unfit(value: Json) -> str | None:
    """Why a value could not be kept as a process variable."""
    if isinstance(value, float) and not math.isfinite(value):
        return "The answer holds a number that is too large."
    if isinstance(value, int) and abs(value) >= 1 << 63:
        return "The answer holds an integer of more than 64 bits; write it as a text."
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        return "The answer holds a text with a character that is none."
    return None


def _references(schema: Json) -> Iterator[str]:
    match schema:
        case dict():
            for key, value in schema.items():
                if key in ("$ref", "$dynamicRef") and isinstance(value, str):
                    yield value
                yield from _references(value)
        case list():
            for item in schema:
                yield from _references(item)


def _sentence(error: ValidationError) -> str:
    place = _path(error.absolute_path) or "the answer"
    return f"{place}: {_expectation(error)}"


def _expectation(error: ValidationError) -> str:
    found, wanted = _show(error.instance), cast(Any, error.validator_value)
    match error.validator:
        case "type":
            return f"expected {_words(wanted)}, found {found}"
        case "enum":
            return f"expected one of {_show(wanted)}, found {found}"
        case "required":
            missing = [name for name in wanted if name not in cast(Any, error.instance)]
            return f"missing {', '.join(map(repr, missing))}" if missing else error.message[:200]
    return error.message if len(error.message) <= 200 else f"does not satisfy {error.validator} {_show(wanted)}"


def _words(types: Any) -> str:
    return types if isinstance(types, str) else " or ".join(map(str, types))


def _show(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _path(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _type_of(value: Json) -> str:
    names = {type(None): "null", bool: "boolean", str: "a text", list: "a list"}
    return names.get(type(value), "a number")
