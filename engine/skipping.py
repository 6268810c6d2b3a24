"""Approvals that somebody moves a case past: seen, written down, and refused where the diagram says `baton:mayNotSkip`.

A change skips an approval that every drawn way to its target passes, unless the token came from behind it already and
nobody said no there; or that it ends open, without beginning something that leads back to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bpmn.model import Process
from bpmn.passage import leads_to, passed_before
from engine import commands, duties, events, separation
from engine.errors import ApprovalSkipped
from engine.moves import Moves
from engine.store import duties as rows
from engine.store import elements
from engine.store.instances import InstanceRow

Change = commands.Activate | commands.Terminate | commands.Move


def check_changes(moves: Moves, row: InstanceRow, changes: Sequence[Change], reason: str) -> None:
    """Before an instance is moved: note which approvals that skips. Raises `ApprovalSkipped`."""
    process = moves.library.process(moves.tx, row.definition_key).definition.process
    approvals = _approvals(process)
    if not approvals:
        return
    passed = passed_before(process, approvals)
    outcomes = {task.element_id: task.approved is not False for task in rows.done_at(moves.tx, [row.key], approvals)}
    begun = {target for one in changes if (target := _target(one))}
    skipped: set[str] = set()
    for change in changes:
        source = _source(moves, change)
        behind = passed.get(source, frozenset()) if source else frozenset(outcomes)
        fine = {name for name in behind if outcomes.get(name, True)}
        skipped |= passed.get(_target(change), frozenset()) - fine
        if source in approvals and not any(leads_to(process, target, source) for target in begun):
            skipped.add(source)
    _note(moves, row, process, skipped, reason)


def check_beginning(moves: Moves, row: InstanceRow, process: Process, element_ids: Iterable[str], reason: str) -> None:
    """The same of a new instance that begins at these elements instead of at its start."""
    if approvals := _approvals(process):
        passed = passed_before(process, approvals)
        skipped = {name for id in element_ids for name in passed.get(id, ())}
        _note(moves, row, process, skipped, reason)


def check_migration(moves: Moves, row: InstanceRow, target: Process, mapping: Mapping[str, str], reason: str) -> None:
    """The same of an instance that is carried over: an open approval must become one."""
    process = moves.library.process(moves.tx, row.definition_key).definition.process
    if approvals := _approvals(process):
        active = {one.element_id for one in elements.of_instance(moves.tx, row.key, active_only=True)}
        kept = {name for name in active & approvals if mapping.get(name, name) in _approvals(target)}
        forbidden = {name for name in kept if process.duties[name].may_not_skip}
        lost = {name for name in forbidden if not target.duties[mapping.get(name, name)].may_not_skip}
        _note(moves, row, process, (active & approvals) - kept | lost, reason)


def _approvals(process: Process) -> frozenset[str]:
    return frozenset(id for id, stated in process.duties.items() if stated.is_approval)


def _target(change: Change) -> str:
    """The element at which a change begins; empty for one that only ends."""
    if isinstance(change, commands.Activate):
        return change.element_id
    return change.target_id if isinstance(change, commands.Move) else ""


def _source(moves: Moves, change: Change) -> str:
    """The element that a change ends; empty for one that only begins."""
    if isinstance(change, commands.Activate):
        return ""
    if change.element_id:
        return change.element_id
    found = elements.find(moves.tx, change.element_key)
    return found.element_id if found is not None else ""


def _note(moves: Moves, row: InstanceRow, process: Process, skipped: set[str], reason: str) -> None:
    if not skipped:
        return
    forbidden = sorted(name for name in skipped if process.duties[name].may_not_skip)
    if forbidden:
        names = ", ".join(process.by_id[name].label for name in forbidden)
        raise ApprovalSkipped(
            f"This would move the case past {names}, which may not be skipped (baton:mayNotSkip). "
            "Move it to the approval, or before it."
        )
    moves.tell(row, events.APPROVAL_SKIPPED, elements=sorted(skipped), reason=reason)
    for name in sorted(skipped):
        duties.note(moves, row, separation.SKIPPED, name)
