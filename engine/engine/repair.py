"""The verbs that change what runs: move an instance, carry it over to another version, begin an ended one again.

Each leaves in the audit trail where the instance stood before and after, who asked for it and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import commands, duties, events, skipping
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import IllegalMove, InvalidInput
from engine.moves import Moves, NewDefinition, Start
from engine.runtime import MigrationPlan
from engine.store import elements, instances, variables
from engine.store.instances import Instance, InstanceRow
from engine.variables import checked, checked_reason

Json = Any
Change = commands.Activate | commands.Terminate | commands.Move

MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class Modified:
    """An instance after a change: the ids of its active elements before and after, one for each visit."""

    instance: Instance
    before: tuple[str, ...]
    after: tuple[str, ...]


class RepairVerbs(Verbs):
    """What operators do when a case must go another way than its diagram."""

    def modify(
        self, instance_key: int, changes: Sequence[Change], *, by: Actor, reason: str = "", dry_run: bool = False
    ) -> Modified:
        """Begin at elements, end visits, move from one element to another; all or nothing.

        A dry run tells where the instance would stand and changes nothing. Raises `NotFound`, `InvalidInput`,
        `IllegalMove` with what cannot be done.
        """
        wanted = _checked(changes)
        checked_reason(reason)

        def act(moves: Moves) -> Modified:
            row = moves.lock(instance_key)
            before = _standing(moves, instance_key)
            skipping.check_changes(moves, row, wanted, reason)
            if any(one.variables for one in wanted if not isinstance(one, commands.Terminate)):
                duties.note_edit(moves, row)
            told = moves.tell_later(row, events.INSTANCE_MODIFIED)
            moves.resume(row, commands.Modify(wanted))
            after = _standing(moves, instance_key)
            told(changes=[_described(one) for one in wanted], before=before, after=after, reason=reason)
            return Modified(instances.public(row), tuple(before), tuple(after))

        return self._tried("modify", by, act) if dry_run else self._asked("modify", by, act)

    def migrate(  # noqa: PLR0913 - what a migration may say
        self,
        instance_key: int,
        target_key: int,
        elements: Mapping[str, str] | None = None,
        *,
        by: Actor,
        reason: str = "",
        dry_run: bool = False,
        keeps_names: bool = True,
    ) -> MigrationPlan:
        """Carry an instance over to another definition. `elements` maps ids that are called differently there.

        Others keep theirs, or, without `keeps_names`, have no counterpart, as Camunda 8 has it. A dry run tells what
        would be done, with every reason why it cannot, and changes nothing. Raises `NotFound`, `InvalidInput` for ids
        that are not there, and `IllegalMove` with every fault of the plan.
        """
        mapping = dict(elements or {})
        checked_reason(reason)

        def new(moves: Moves) -> NewDefinition:
            return NewDefinition(moves.process(target_key), mapping, keeps_names)

        def plan(moves: Moves) -> MigrationPlan:
            return moves.plan_migration(moves.lock(instance_key), new(moves))

        def act(moves: Moves) -> MigrationPlan:
            row = moves.lock(instance_key)
            before, names = _standing(moves, instance_key), _named("from", row)
            target = new(moves)
            skipping.check_migration(moves, row, target.compiled.definition.process, mapping, reason)
            told = moves.tell_later(row, events.INSTANCE_MIGRATED)
            made = moves.migrate(row, target)
            duties.carry_over(moves, row, row, mapping)
            after = _standing(moves, instance_key)
            told(names | _named("to", row), elements=mapping, before=before, after=after, reason=reason)
            return made

        return self._tried("migrate", by, plan) if dry_run else self._act("migrate", by, act)

    def restart(
        self,
        instance_key: int,
        element_ids: Sequence[str] = (),
        *,
        by: Actor,
        definition_key: int = 0,
        reason: str = "",
    ) -> Instance:
        """Begin an ended instance again, as a new one with the variables the old one ended with.

        It begins at these elements (none: at its start event), of the same definition or another. Raises `NotFound`,
        `IllegalMove` while the old one runs.
        """
        checked_reason(reason)

        def act(moves: Moves) -> Instance:
            old = moves.lock(instance_key)
            if old.is_active:
                raise IllegalMove(f"Process instance {old.key} still runs. Move it, or cancel it first.")
            if old.parent_key is not None:
                raise IllegalMove(f"Process instance {old.key} was called by {old.parent_key}: restart {old.root_key}.")
            compiled = self.library.process(moves.tx, definition_key or old.definition_key)
            moves.check_may_be_of(old.tenant_id, compiled.row)
            given = variables.of_scope(moves.tx, old.key, old.key)
            at = tuple(commands.Activate(one) for one in element_ids)
            row = moves.start(Start(compiled, given, old.business_key, at=at, tenant_id=old.tenant_id))
            skipping.check_beginning(moves, row, compiled.definition.process, element_ids, reason)
            duties.carry_over(moves, old, row)
            moves.tell(row, events.INSTANCE_RESTARTED, of_key=str(old.key), elements=list(element_ids), reason=reason)
            return instances.public(row)

        return self._asked("restart", by, act)


def _named(prefix: str, row: InstanceRow) -> dict[str, Json]:
    names = {"process_id": row.process_id, "version": row.version, "key": str(row.definition_key)}
    return {f"{prefix}_{name}": value for name, value in names.items()}


def _checked(changes: Sequence[Change]) -> tuple[Change, ...]:
    if not 1 <= len(changes) <= MOST_CHANGES:
        raise InvalidInput(f"Give 1 to {MOST_CHANGES} changes.", {"changes": f"1 to {MOST_CHANGES}"})
    for change in changes:
        if not isinstance(change, commands.Activate) and bool(change.element_key) == bool(change.element_id):
            raise InvalidInput("Say what ends either by element_key or by element_id.", {"changes": "one of two"})
        if not isinstance(change, commands.Terminate):
            for values in change.variables.values():
                checked(values)
    return tuple(changes)


def _standing(moves: Moves, key: int) -> list[str]:
    """The ids of the active elements, innermost work and scopes alike."""
    active = elements.of_instance(moves.tx, key, active_only=True)
    return sorted(one.element_id for one in active if one.kind != "process")


def _described(change: Change) -> dict[str, Json]:
    """A change as JSON, without what it does not say; keys are text, as everywhere in JSON."""
    said = {name: getattr(change, name) for name in change.__slots__}
    told = {name: str(value) if name.endswith("_key") else value for name, value in said.items() if value}
    return {"do": type(change).__name__.lower(), **told}
