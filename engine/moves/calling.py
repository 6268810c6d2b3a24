"""Calls: a child is started, ended, or gives its result or what it threw back to whoever called it."""

from __future__ import annotations

from functools import partial

from engine import commands, events
from engine.moves.moving import Moving
from engine.moves.parts import Child, Held, Start
from engine.step import CallWait, IncidentRaised, Step, ThrownUp
from engine.store import calls
from engine.store.definitions import Home, ProcessDefinition
from engine.store.instances import InstanceRow

# How deep processes may call each other; the next one is an incident instead of an endless recursion.
MOST_DEPTH = 100
CALLED_ELEMENT_ERROR, FAILED_JOB = "CALLED_ELEMENT_ERROR", "failedJob"


class Calling(Moving):
    """The moves between an instance and those that it called."""

    def retry_call(self, row: InstanceRow, element_key: int) -> bool:
        """Try again to start the child of a call that could not be started; False when there is no such call."""
        call = calls.find(self.tx, element_key)
        if call is None or call.child_key is not None:
            return False
        self._resume(self.hold(row), commands.CallAgain(element_key))
        self._follow()
        return True

    def _plan_children(self, row: InstanceRow, step: Step, definition: ProcessDefinition) -> list[tuple[int, Child]]:
        """A key for each child that can be started; an incident in the step for each that cannot."""
        children = [
            (wait.element_key, self._child(row, wait, definition)) for wait in step.waits if isinstance(wait, CallWait)
        ]
        step.incidents += [_not_called(child, definition) for _, child in children if child.problem]
        return children

    def _child(self, row: InstanceRow, wait: CallWait, definition: ProcessDefinition) -> Child:
        if row.depth >= MOST_DEPTH:
            text = f"Processes call each other {MOST_DEPTH} deep. Does '{wait.process_id}' call itself without an end?"
            return Child(wait, problem=text)
        found = self.library.called(self.tx, wait, Home.of(definition, row.tenant_id))
        if found is None:
            which = "" if wait.binding[0] == "latest" else f" with the binding {' '.join(wait.binding).strip()}"
            text = f"No process '{wait.process_id}'{which} is deployed. Deploy it, then try again."
            return Child(wait, problem=text)
        if found.definition.start_event(None) is None:
            text = f"Process '{wait.process_id}' has no none start event, so it cannot be called."
            return Child(wait, problem=text)
        return Child(wait, self.tx.next_key(), found)

    def _start_child(self, held: Held, element_key: int, child: Child) -> None:
        if not held.row.is_active or child.compiled is None:
            return
        self.tell(
            held.row,
            events.CALL_STARTED,
            element=(child.wait.element_id, element_key),
            child_key=str(child.key),
            process_id=child.wait.process_id,
        )
        if self._is_told_of_child(held.row, child.wait):
            assert child.key is not None
            self._resume(held, commands.CallStarted(element_key, child.key))
        new = Start(
            child.compiled,
            child.wait.variables,
            child.wait.business_key,
            parent=held.row,
            parent_element_key=element_key,
            key=child.key,
        )
        self._start(new)

    def _is_told_of_child(self, row: InstanceRow, wait: CallWait) -> bool:
        process = self.library.process(self.tx, row.definition_key).definition.process
        called = process.by_id[wait.element_id].called
        return called is not None and called.id_variable is not None

    def _cancel_child(self, key: int) -> None:
        row = self.lock(key)
        if not row.has_ended:
            self._resume(self.hold(row), commands.Cancel("Its caller does not wait for it any more."))

    def _return_to_parent(self, child: Held) -> None:
        row, parent = child.row, self._caller(child.row)
        if parent is None:
            return
        assert row.parent_element_key is not None
        self.tell(parent, events.CALL_ENDED, element=("", row.parent_element_key), child_key=str(row.key))
        result = (child.variables or {}).get(row.key, {})
        self._resume(self.hold(parent), commands.Complete(row.parent_element_key, result))

    def _end_root(self, key: int) -> None:
        """The instance that all others were called from ends, and with it all that it called."""
        row = self.lock(key)
        if not row.has_ended:
            self._resume(self.hold(row), commands.EndAll())

    def _caller(self, row: InstanceRow) -> InstanceRow | None:
        """The instance whose call still waits for this one; None when there is none any more."""
        if row.parent_key is None or row.parent_element_key is None:
            return None
        parent = self.lock(row.parent_key)
        waits = parent.is_active and calls.find(self.tx, row.parent_element_key) is not None
        return parent if waits else None

    def _ask_caller(self, child: Held, thrown: ThrownUp) -> None:
        """Let the caller catch it, or its own caller; unless one ends what threw, that goes on."""
        parent = self._caller(child.row)
        if parent is None:
            return
        assert child.row.parent_element_key is not None
        result = (child.variables or {}).get(child.row.key, {})
        step = self._resume(self.hold(parent), commands.ThrownByChild(child.row.parent_element_key, thrown, result))
        if thrown not in step.thrown:
            self._next.append(partial(self._go_on, thrown))

    def _go_on(self, thrown: ThrownUp) -> None:
        row: InstanceRow | None = self.lock(thrown.instance_key)
        while row is not None and row.parent_key is not None:
            # Who caught it may have ended a call further up; the instances below end with it, in a moment.
            row = self._caller(row) if row.is_active else None
        thrower = self.lock(thrown.instance_key)
        if row is not None and row.is_active and thrower.is_active:
            self._resume(self.hold(thrower), commands.GoOn(thrown.element_key))


def _not_called(child: Child, definition: ProcessDefinition) -> IncidentRaised:
    kind = FAILED_JOB if definition.dialect == "camunda7" else CALLED_ELEMENT_ERROR
    return IncidentRaised(child.wait.element_key, child.wait.element_id, kind, child.problem)
