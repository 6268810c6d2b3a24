"""What a batch does to each of its instances: plain records, tagged by `do`, that are kept as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import msgspec

from engine import commands
from engine.errors import InvalidInput

Json = Any
Change = commands.Activate | commands.Terminate | commands.Move

_CHANGES: Mapping[str, type[Change]] = {
    "activate": commands.Activate,
    "terminate": commands.Terminate,
    "move": commands.Move,
}


class Operation(msgspec.Struct, frozen=True, tag_field="do"):
    """The base of all."""

    @property
    def do(self) -> str:
        """The word for it."""
        return str(self.__struct_config__.tag)


class CancelInstances(Operation, frozen=True, tag="cancel"):
    """End running instances, with all that they called."""


class SuspendInstances(Operation, frozen=True, tag="suspend"):
    """Let running instances stand still."""


class ResumeInstances(Operation, frozen=True, tag="resume"):
    """Let suspended instances go on."""


class ResolveIncidents(Operation, frozen=True, tag="retry"):
    """Try again what raised their open incidents, each an item; jobs that failed get `retries`."""

    retries: int = 1


class MigrateInstances(Operation, frozen=True, tag="migrate"):
    """Carry running instances over to another definition."""

    target_key: int
    elements: dict[str, str] = {}
    keeps_names: bool = True


class ModifyInstances(Operation, frozen=True, tag="modify"):
    """Make the same changes in running instances; see `described` for their JSON."""

    changes: list[dict[str, Json]]

    def commands(self) -> list[Change]:
        """The changes as the engine's verbs take them. Raises `InvalidInput`."""
        return [_change(one) for one in self.changes]


class ChangeVariables(Operation, frozen=True, tag="set-variables"):
    """Set variables of running instances."""

    variables: dict[str, Json]


class DeleteHistory(Operation, frozen=True, tag="delete-history"):
    """Delete ended instances, with all that they called."""


AnyOperation = (
    CancelInstances
    | SuspendInstances
    | ResumeInstances
    | ResolveIncidents
    | MigrateInstances
    | ModifyInstances
    | ChangeVariables
    | DeleteHistory
)


def operation(described: Json) -> AnyOperation:
    """The operation that JSON says. Raises `InvalidInput`."""
    try:
        found: AnyOperation = msgspec.convert(described, AnyOperation)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The operation cannot be understood: {error}", {"operation": str(error)[:200]}) from None
    return found


def as_json(one: AnyOperation) -> Json:
    """The other way round."""
    return msgspec.to_builtins(one)


def described(changes: Sequence[Change]) -> list[dict[str, Json]]:
    """Changes as JSON: the fields of the commands, and which it is in `do`."""
    return [
        {"do": type(one).__name__.lower(), **{field.name: getattr(one, field.name) for field in fields(one)}}
        for one in changes
    ]


def _change(said: Mapping[str, Json]) -> Change:
    kind = _CHANGES.get(str(said.get("do")))
    if kind is None:
        raise InvalidInput(f"A change does one of {', '.join(_CHANGES)}.", {"changes": "no such change"})
    try:
        return msgspec.convert({name: value for name, value in said.items() if name != "do"}, kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"A change cannot be understood: {error}", {"changes": str(error)[:200]}) from None
