"""Modification and migration of instances as Camunda 8's clients ask for them (c8-rest.md)."""

from __future__ import annotations

from typing import Any

from flask import Response
from pydantic import Field

from api.camunda8.routes import camunda8, read_body
from api.camunda8.shapes import Camunda8Body, LongIn
from api.context import actor, engine
from api.rest.shapes import KeyIn, Name, Variables
from engine import commands

__all__ = ["camunda8"]


class VariableInstruction(Camunda8Body):
    """Variables of one scope; without `scopeId`, of the process."""

    variables: Variables
    scope_id: str = Field(default="", max_length=255)


class ActivateInstruction(Camunda8Body):
    """An element to begin at."""

    element_id: Name
    variable_instructions: list[VariableInstruction] = Field(default=[], max_length=100)
    ancestor_element_instance_key: KeyIn | None = None

    def command(self) -> commands.Activate:
        """The engine's word for it."""
        within = self.ancestor_element_instance_key or 0
        return commands.Activate(self.element_id, _by_scope(self.variable_instructions), within)


class TerminateInstruction(Camunda8Body):
    """A visit, or all visits of an element, to end."""

    element_instance_key: KeyIn | None = None
    element_id: str = Field(default="", max_length=255)

    def command(self) -> commands.Terminate:
        """The engine's word for it."""
        return commands.Terminate(self.element_instance_key or 0, self.element_id)


class SourceElement(Camunda8Body):
    """What is moved."""

    source_type: str = ""
    source_element_id: str = Field(default="", max_length=255)
    source_element_instance_key: KeyIn | None = None


class MoveInstruction(Camunda8Body):
    """From one element to another. The scope is always the innermost that is around both."""

    source_element_instruction: SourceElement
    target_element_id: Name
    ancestor_scope_instruction: dict[str, Any] | None = None
    variable_instructions: list[VariableInstruction] = Field(default=[], max_length=100)

    def command(self) -> commands.Move:
        """The engine's word for it."""
        source = self.source_element_instruction
        variables = _by_scope(self.variable_instructions)
        key = source.source_element_instance_key or 0
        return commands.Move(self.target_element_id, key, source.source_element_id, variables)


class ModificationBody(Camunda8Body):
    """ProcessInstanceModificationInstruction."""

    operation_reference: LongIn | None = None
    activate_instructions: list[ActivateInstruction] = Field(default=[], max_length=1000)
    move_instructions: list[MoveInstruction] = Field(default=[], max_length=1000)
    terminate_instructions: list[TerminateInstruction] = Field(default=[], max_length=1000)


class MappingInstruction(Camunda8Body):
    """An active element and what it becomes."""

    source_element_id: Name
    target_element_id: Name


class MigrationBody(Camunda8Body):
    """ProcessInstanceMigrationInstruction."""

    target_process_definition_key: KeyIn
    mapping_instructions: list[MappingInstruction] = Field(max_length=10_000)
    operation_reference: LongIn | None = None


@camunda8.post("/process-instances/<int:key>/modification")
def modify(key: int) -> Response:
    """Begin at elements, move, end visits: all or nothing."""
    body = read_body(ModificationBody)
    given: list[ActivateInstruction | MoveInstruction | TerminateInstruction]
    given = [*body.activate_instructions, *body.move_instructions, *body.terminate_instructions]
    engine().modify(key, [one.command() for one in given], by=actor())
    return Response(status=204)


@camunda8.post("/process-instances/<int:key>/migration")
def migrate(key: int) -> Response:
    """Carry an instance over; every active element must be mapped."""
    body = read_body(MigrationBody)
    mapping = {one.source_element_id: one.target_element_id for one in body.mapping_instructions}
    engine().migrate(key, body.target_process_definition_key, mapping, keeps_names=False, by=actor())
    return Response(status=204)


def _by_scope(instructions: list[VariableInstruction]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in instructions:
        found.setdefault(one.scope_id, {}).update(one.variables)
    return found
