"""One verb at work: instances are moved by the runtime, and what the moves changed is stored, within one transaction.

A move may lead to others: a call starts a child, a child's end moves its parent, a new subscription meets a message
that was kept. They are all made before the verb ends; nothing is left for later. The audit trail gets one record per
instance that the verb touched.
"""

from __future__ import annotations

from functools import partial

from engine import commands, separation
from engine.moves.calling import Calling
from engine.moves.hearing import Hearing
from engine.moves.library import Compiled
from engine.moves.parts import FailedStep, Held, NewDefinition, Start, apply
from engine.moves.trail import tell_step
from engine.runtime import Frozen, MigrationPlan, Services
from engine.step import Outcome, Step, UserTaskWait, Wait
from engine.store import audit_records, settle
from engine.store.definitions import Home, ProcessDefinition
from engine.store.instances import InstanceRow


class Moves(Calling, Hearing):
    """The moves of one verb."""

    def start(self, new: Start) -> InstanceRow:
        """Begin an instance, run it to its waits and follow what that leads to."""
        row = self._start(new)
        self._follow()
        return row

    def resume(self, row: InstanceRow, command: commands.Command) -> None:
        """Ask something of an instance and follow what that leads to. Raises `IllegalMove` when it has ended."""
        self._resume(self.hold(row), command)
        self._follow()

    def look(self, row: InstanceRow) -> tuple[Compiled, Frozen, Services]:
        """An instance as it stands, for asking the runtime about it without moving it."""
        compiled, frozen = self._frozen(self.hold(row))
        return compiled, frozen, self._services(compiled.row, row.tenant_id)

    def plan_migration(self, row: InstanceRow, new: NewDefinition) -> MigrationPlan:
        """What a migration of an instance would do."""
        source, frozen = self._frozen(self.hold(row))
        self.check_may_be_of(row.tenant_id, new.compiled.row)
        return new.migration(source).plan(frozen)

    def migrate(self, row: InstanceRow, new: NewDefinition) -> MigrationPlan:
        """Carry an instance over to another definition. Raises `IllegalMove` with every fault of the plan."""
        held, target = self.hold(row), new.compiled.row
        self.check_goes_on(row)
        self.check_may_be_of(row.tenant_id, target)
        source, frozen = self._frozen(held)
        plan, step = new.migration(source).make(frozen, self._services(target, row.tenant_id))
        row.definition_key, row.process_id, row.version = target.key, target.process_id, target.version
        self._settle(held, step, target)
        self._follow()
        return plan

    def finish(self, verb: str) -> None:
        """Write the audit records: the verb's last act, because it holds the chains until the commit."""
        drafts = [trace.draft(key) for key, trace in self._traces.items() if trace.facts]
        if drafts:
            actor = (self.by.id, self.by.kind.value)
            audit_records.append(self.tx, drafts, at=self.now, verb=verb, actor=actor)

    def _settle(self, held: Held, step: Step, definition: ProcessDefinition) -> None:
        row, known = held.row, held.variables if held.variables is not None else {}
        correlation_key = row.start_correlation_key
        if step.waits:
            step.waits = [self._with_form(wait, row, definition) for wait in step.waits]
        children = self._plan_children(row, step, definition)
        context = settle.Context(self.now, self.by.id, definition.dialect, {key: child.key for key, child in children})
        settled = settle.settle(self.tx, row, step, context, known)
        self._begin_duties(row, definition, settled)
        apply(known, step)
        tell_step(partial(self.tell, row), self._trace(row.key), step, settled)
        self._note(held, step, settled, definition)
        if children:
            self._next.extend(partial(self._start_child, held, *child) for child in children if child[1].key)
        if settled.orphans:
            self._next.extend(partial(self._cancel_child, key) for key in settled.orphans)
        if keyed := [one for one in settled.subscriptions if one.correlation_key is not None]:
            self._next.append(partial(self._deliver_kept, held, keyed))
        if step.thrown:
            self._next.extend(partial(self._ask_caller, held, thrown) for thrown in step.thrown)
        if step.outcome is not Outcome.ACTIVE:
            self._plan_end(held, step, correlation_key)

    def _begin_duties(self, row: InstanceRow, definition: ProcessDefinition, settled: settle.Settled) -> None:
        if settled.tasks and (process := self.library.process(self.tx, definition.key).definition.process).duties:
            new = [(key, wait.element_id, wait.element_key) for wait, key in settled.tasks]
            separation.begin(self.tx, row, process, new, self.now)

    def _note(self, held: Held, step: Step, settled: settle.Settled, definition: ProcessDefinition) -> None:
        """What failed, and what is to be sent."""
        row = held.row
        if step.incidents:
            self.failures += [FailedStep(row, definition, one) for one in step.incidents]
        if step.messages:
            self.outbox += [(row.tenant_id, message) for message in step.messages]
        for thrown in step.signals:
            self._throw(row, thrown, settled)

    def _with_form(self, wait: Wait, row: InstanceRow, definition: ProcessDefinition) -> Wait:
        if not isinstance(wait, UserTaskWait) or not wait.form:
            return wait
        return self.library.task_form(self.tx, wait, Home.of(definition, row.tenant_id))

    def _plan_end(self, held: Held, step: Step, correlation_key: str | None) -> None:
        if step.ends_callers:
            self._next.append(partial(self._end_root, held.row.root_key))
        elif held.row.parent_key is not None and step.outcome is Outcome.COMPLETED:
            self._next.append(partial(self._return_to_parent, held))
        if correlation_key is not None:
            self._next.append(partial(self._start_kept, held.row, correlation_key))
