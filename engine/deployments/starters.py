"""Who may start a process: its author may name candidates (camunda:candidateStarterUsers and -Groups). Pure."""

from __future__ import annotations

from engine.actors import Actor, ActorKind, Role
from engine.errors import NotAllowed
from engine.store.definitions import ProcessDefinition

_PEOPLE = frozenset({ActorKind.HUMAN, ActorKind.PROGRAM})


def may_start(definition: ProcessDefinition, by: Actor) -> bool:
    """Whether the actor may start it: a candidate, or an operator; without candidates any analyst.

    Roles are the API's to ask for, so an actor without any is not kept from what names nobody.
    """
    if by.kind not in _PEOPLE or by.has(Role.OPERATOR):
        return True
    groups, users = definition.starter_groups or (), definition.starter_users or ()
    if groups or users:
        return by.id in users or not by.groups.isdisjoint(groups)
    return not by.roles or by.has(Role.ANALYST)


def check_may_start(definition: ProcessDefinition, by: Actor) -> None:
    """Raises `NotAllowed`, saying who may."""
    if not may_start(definition, by):
        named = [f"the group {name}" for name in definition.starter_groups or ()] + list(definition.starter_users or ())
        who = " or ".join(named) or "an analyst"
        raise NotAllowed(f"Process '{definition.process_id}' is started by {who} or an operator, not by {by.id}.")
