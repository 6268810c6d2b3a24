"""What a schema lets the classifier choose from, and what it can learn about each choice.

A field is one it can answer when the schema lists its values: as `enum`, or as `oneOf` of `const` with a `title` and a
`description`, which is how JSON Schema says what a value means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Json

_JOINTS = re.compile(r"[_\-./]+|(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a field; `said` are texts that tell what it means."""

    value: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the answer and its choices."""

    name: str
    choices: tuple[Choice, ...]


def fields_of(schema: Mapping[str, Json]) -> tuple[Field, ...]:
    """The fields whose values the schema lists, in its order."""
    properties = schema.get("properties")
    named = properties.items() if isinstance(properties, Mapping) else ()
    return tuple(field for name, sub in named if (field := _field(name, sub)))


def beyond(schema: Mapping[str, Json]) -> tuple[str, ...]:
    """The required fields that have no list of values: nothing that a classifier could answer."""
    known = {field.name for field in fields_of(schema)}
    required = schema.get("required")
    return tuple(name for name in required if name not in known) if isinstance(required, Sequence) else ()


def _field(name: str, sub: Json) -> Field | None:
    choices = tuple(_choices(sub)) if isinstance(sub, Mapping) else ()
    return Field(name, choices) if len(choices) > 1 else None


def _choices(sub: Mapping[str, Json]) -> Iterator[Choice]:
    for value in sub.get("enum") or ():
        if isinstance(value, str):
            yield Choice(value, (_words(value),))
    for one in sub.get("oneOf") or ():
        if isinstance(one, Mapping) and isinstance(value := one.get("const"), str):
            told = (one.get("title"), one.get("description"))
            yield Choice(value, (_words(value), *(text for text in told if isinstance(text, str) and text)))


def _words(value: str) -> str:
    """`card_arrival` as a person would say it."""
    return _JOINTS.sub(" ", value).strip().lower() or value
