"""What moves are given and hand about: an instance to start or held, what is told of it, variables after a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import commands
from engine.audit import Draft
from engine.moves.library import Compiled
from engine.runtime import Migration
from engine.step import CallWait, Event, IncidentRaised, Step
from engine.store.definitions import ProcessDefinition
from engine.store.instances import InstanceRow

Json = Any


@dataclass(frozen=True, slots=True)
class Start:
    """A new instance: of which process, with what, and who asked (a message, a parent)."""

    compiled: Compiled
    variables: Mapping[str, Json]
    business_key: str | None = None
    start_element: str | None = None
    correlation_key: str | None = None
    parent: InstanceRow | None = None
    parent_element_key: int | None = None
    key: int | None = None  # when it had to be known before
    tenant_id: str = ""  # when it is not that of its definition or parent
    at: Sequence[commands.Activate] = ()  # where to begin instead of at a start event


@dataclass(frozen=True, slots=True)
class NewDefinition:
    """Another definition for a running instance; see `engine.runtime.Migration`."""

    compiled: Compiled
    mapping: Mapping[str, str]
    keeps_names: bool = True

    def migration(self, source: Compiled) -> Migration:
        """From the definition that the instance has."""
        return Migration(source.definition, self.compiled.definition, self.mapping, self.keeps_names)


@dataclass(slots=True)
class Held:
    """An instance in the hands of the verb: its locked row and its variables, once they were needed."""

    row: InstanceRow
    variables: dict[int, dict[str, Json]] | None = None


@dataclass(frozen=True, slots=True)
class FailedStep:
    """What failed in an instance of this definition."""

    row: InstanceRow
    definition: ProcessDefinition
    incident: IncidentRaised


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


def apply(known: dict[int, dict[str, Json]], step: Step) -> None:
    """Make the variables that were known before the step those after it."""
    for key in step.dropped_scopes:
        known.pop(key, None)
    for key, name in step.removed_variables:
        known.get(key, {}).pop(name, None)
    for key, values in step.variables.items():
        known.setdefault(key, {}).update(values)


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
