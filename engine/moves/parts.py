"""What moves hand about among themselves: what is told of an instance, a child to start, variables after a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.audit import Draft
from engine.moves.library import Compiled
from engine.step import CallWait, Event, Step

Json = Any


@dataclass(slots=True)
class Trace:
    """What is to be told of an instance."""

    facts: list[dict[str, Json]] = field(default_factory=list)
    changed: dict[str, dict[str, Json]] = field(default_factory=dict)

    def draft(self, key: int) -> Draft:
        return Draft(key, {"events": self.facts, **({"variables": self.changed} if self.changed else {})})


@dataclass(frozen=True, slots=True)
class Child:
    """A child to start: its key and definition, or why it cannot be started."""

    wait: CallWait
    key: int | None = None
    compiled: Compiled | None = None
    problem: str = ""


def applied(known: Mapping[int, Mapping[str, Json]], step: Step) -> dict[int, dict[str, Json]]:
    """The variables after the step."""
    gone = set(step.dropped_scopes)
    scopes = {key: dict(values) for key, values in known.items() if key not in gone}
    for key, name in step.removed_variables:
        scopes.get(key, {}).pop(name, None)
    for key, values in step.variables.items():
        scopes.setdefault(key, {}).update(values)
    return scopes


def fact(event: Event) -> dict[str, Json]:
    """An event as the audit trail keeps it."""
    kept: dict[str, Json] = {"type": event.type}
    if event.element_id:
        kept["element_id"] = event.element_id
    if event.element_key:
        kept["element_key"] = str(event.element_key)
    if event.data:
        kept["data"] = {name: value for name, value in event.data.items() if value is not None}
    return kept
