"""Changing what runs: modify an instance, migrate it, begin an ended one again, suspend and resume."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.instances import InstancePath
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Name, OptionalName, ReasonBody, Text, Variables, shown
from api.rest.views.running import InstanceView, MigrationView, ModifiedView
from engine import commands

repairs = noun("repairs", "Changing what runs: instances that must go another way.", path="instances")

Scoped = Annotated[
    dict[OptionalName, Variables],
    Field(description="Variables by scope: an empty name for the process, else the id of an enclosing element."),
]


class ActivateChange(Body):
    """Begin at an element."""

    do: Literal["activate"]
    element_id: Name
    within_key: KeyIn | None = Field(default=None, description="The element instance to begin in, if several could.")
    variables: Scoped = Field(default={})

    def command(self) -> commands.Activate:
        """The engine's word for it."""
        return commands.Activate(self.element_id, self.variables, self.within_key or 0)


class TerminateChange(Body):
    """End one visit by its key, or all visits of an element."""

    do: Literal["terminate"]
    element_key: KeyIn | None = None
    element_id: OptionalName = ""

    def command(self) -> commands.Terminate:
        """The engine's word for it."""
        return commands.Terminate(self.element_key or 0, self.element_id)


class MoveChange(Body):
    """End one visit by its key, or all visits of an element, and begin at another element for each."""

    do: Literal["move"]
    target_id: Name
    element_key: KeyIn | None = None
    element_id: OptionalName = ""
    variables: Scoped = Field(default={})

    def command(self) -> commands.Move:
        """The engine's word for it."""
        return commands.Move(self.target_id, self.element_key or 0, self.element_id, self.variables)


ChangeBody = Annotated[ActivateChange | TerminateChange | MoveChange, Field(discriminator="do")]


class ModifyBody(Body):
    """Changes, made together or not at all. What begins comes first, so that no scope ends for want of it."""

    changes: list[ChangeBody] = Field(min_length=1, max_length=1000)
    reason: Text = ""
    dry_run: bool = Field(default=False, description="Tell where the instance would stand, and change nothing.")


class MigrateBody(Body):
    """Which definition the instance is carried over to."""

    process_key: KeyIn = Field(description="The key of the definition, as `GET /processes` shows it.")
    elements: dict[Name, Name] = Field(
        default={}, description="Element ids that are called differently there; others keep theirs."
    )
    reason: Text = ""
    dry_run: bool = Field(default=False, description="Only say what would be done, and every reason why it cannot.")


class RestartBody(Body):
    """Where to begin."""

    elements: list[Name] = Field(default=[], max_length=100, description="Ids to begin at; none: the start event.")
    process_key: KeyIn | None = Field(default=None, description="Another definition than that of the ended instance.")
    reason: Text = ""


@repairs.post("/<instance_key>/modify", responses={200: ModifiedView})
def modify(path: InstancePath, body: ModifyBody) -> Response:
    """Begin at elements, end visits, move from one element to another."""
    changes = [change.command() for change in body.changes]
    done = engine().modify(path.instance_key, changes, reason=body.reason, dry_run=body.dry_run, by=actor())
    return shown(ModifiedView, done)


@repairs.post("/<instance_key>/migrate", responses={200: MigrationView})
def migrate(path: InstancePath, body: MigrateBody) -> Response:
    """Carry an instance over to another version of its process; a dry run shows the plan and its faults."""
    plan = engine().migrate(
        path.instance_key, body.process_key, body.elements, reason=body.reason, dry_run=body.dry_run, by=actor()
    )
    return shown(MigrationView, plan)


@repairs.post("/<instance_key>/restart", responses={201: InstanceView})
def restart(path: InstancePath, body: RestartBody) -> Response:
    """Begin an ended instance again: a new one, with the variables that the old one ended with."""
    made = engine().restart(
        path.instance_key, body.elements, definition_key=body.process_key or 0, reason=body.reason, by=actor()
    )
    return shown(InstanceView, made, 201)


@repairs.post("/<instance_key>/suspend", responses={200: InstanceView})
def suspend(path: InstancePath, body: ReasonBody) -> Response:
    """Let an instance and all that it called stand still: no work is handed out, nothing is taken."""
    return shown(InstanceView, engine().suspend(path.instance_key, reason=body.reason, by=actor()))


@repairs.post("/<instance_key>/resume", responses={200: InstanceView})
def resume(path: InstancePath, body: ReasonBody) -> Response:
    """Let a suspended instance go on."""
    return shown(InstanceView, engine().resume(path.instance_key, reason=body.reason, by=actor()))
