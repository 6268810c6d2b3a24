"""Carrying an instance over to another version of its process: every token to its element in the new definition.

The rules are those both vendors share: an active element goes to one of the same kind in the same scope; what waits
beside an activity goes along where the new version has it, ends where it has not, and begins where it is new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from bpmn.model import FlowNode, MultiInstance
from engine.errors import IllegalMove, InvalidInput
from engine.runtime.definition import Definition
from engine.runtime.elements.base import CHOOSE, END, ENTER, OPEN, START, TAKE, Renaming
from engine.runtime.elements.catching import WatchingEvent, watch, watched
from engine.runtime.elements.listeners import LISTENING
from engine.runtime.problem import Problem

if TYPE_CHECKING:
    from engine.runtime.elements.base import Element
    from engine.runtime.process import Process
    from engine.runtime.tokens import Token


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What a migration would do. `elements` maps each active element to its new one; with `faults` nothing is done.

    `ends` are events that wait beside an activity and have no counterpart, `begins` those that only the target has.
    """

    elements: Mapping[str, str]
    faults: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    elements: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)


def plan_migration(process: Process, renaming: Renaming) -> MigrationPlan:
    """Compare where an instance stands with another definition."""
    draft = _Draft()
    before, after = renaming.source.dialect, renaming.target.dialect
    if before is not after:
        draft.faults.append(f"The new version is a {after.value} diagram, not {before.value}.")
    for token in process.tasks.values():
        if token is not process.root:
            _plan_token(token, renaming, draft)
    begins: list[str] = []
    if not draft.faults:
        begins += (event.id for token in process.tasks.values() for event in _new(token, renaming))
    return MigrationPlan(draft.elements, tuple(dict.fromkeys(draft.faults)), tuple(draft.ends), tuple(begins))


def migrate(process: Process, renaming: Renaming) -> MigrationPlan:
    """Carry the instance over. Raises `IllegalMove` with every fault of the plan, and then nothing has changed."""
    plan = plan_migration(process, renaming)
    if plan.faults:
        raise IllegalMove("The instance cannot be migrated: " + " ".join(plan.faults))
    for token in [token for token in process.tasks.values() if _ends(token, renaming)]:
        assert isinstance(token.task_spec, WatchingEvent)
        token.task_spec.detach(token)
    begins = [(token, _new(token, renaming)) for token in process.tasks.values()]
    for token in process.tasks.values():
        _carry_over(token, renaming)
    process.spec = process.definition = renaming.target
    try:
        for token, events in begins:
            watch(token, events)
    except Problem as problem:
        raise IllegalMove(f"An event that is new cannot be waited for: {problem}") from problem
    return plan


def check_known(source: Definition, target: Definition, mapping: Mapping[str, str]) -> None:
    """Raises `InvalidInput` when the mapping names elements that are not there."""
    gone = [f"The running version has no element '{old}'." for old in mapping if old not in source.process.by_id]
    gone += [f"The new version has no element '{new}'." for new in mapping.values() if new not in target.process.by_id]
    if gone:
        raise InvalidInput(" ".join(gone), {"elements": "ids of both versions"})


def _plan_token(token: Token, renaming: Renaming, draft: _Draft) -> None:
    old = token.task_spec
    if _ends(token, renaming):
        draft.ends.append(old.id)
        return
    new = renaming.element(old)
    if new is None:
        draft.faults.append(
            f"'{old.id}' is active, and the new version has no such {old.kind}: name one in the mapping."
        )
        return
    draft.elements[old.id] = new.id
    draft.faults += _differences(old, new)
    if renaming.scope(old) != new.node.parent:
        draft.faults.append(f"'{old.id}' lies in '{old.node.parent}', but '{new.id}' lies in '{new.node.parent}'.")
    draft.faults += new.cannot_carry_over(token, renaming)


def _differences(old: Element, new: Element) -> Iterator[str]:
    for what, before, after in (
        ("a", _kind(old.node), _kind(new.node)),
        ("with", _loop(old.node), _loop(new.node)),
    ):
        if before != after:
            yield f"'{old.id}' is {what} {before}, but '{new.id}' is {what} {after}."


def _kind(node: FlowNode) -> str:
    needed = "all of " if node.parallel_multiple else ""
    event = f" ({needed}{', '.join(event.kind.value for event in node.events)})" if node.events else ""
    return f"{node.kind.value}{event}" + (" triggered by an event" if node.triggered_by_event else "")


def _loop(node: FlowNode) -> str:
    if not isinstance(node.loop, MultiInstance):
        return "one instance at a time"
    return "instances one after the other" if node.loop.sequential else "instances side by side"


def _ends(token: Token, renaming: Renaming) -> bool:
    """Whether an event that waits beside others has no counterpart in the new version."""
    return token.waits_beside and not _goes_along(token.task_spec, renaming)


def _goes_along(old: Element, renaming: Renaming) -> bool:
    """Whether the new version has the event at the same place."""
    new = renaming.element(old)
    if new is None or _kind(old.node) != _kind(new.node):
        return False
    if old.node.attached_to:
        return renaming.of(old.node.attached_to) == new.node.attached_to
    return renaming.scope(old) == new.node.parent


def _new(token: Token, renaming: Renaming) -> tuple[WatchingEvent, ...]:
    """The events that wait beside and inside a running activity in the new version only."""
    new = renaming.target.root if token.parent is None else renaming.element(token.task_spec)
    if new is None or not _is_open(token) or token.waits_beside:
        return ()
    known = {renaming.of(event.name) for event in watched(token.task_spec) if _goes_along(event, renaming)}
    found = new.boundaries if token.memo.get("interrupted") else watched(new)
    return tuple(event for event in found if event.name not in known and event.waits_outside)


def _is_open(token: Token) -> bool:
    """Whether its boundary events are waited for: they are after the start listeners, and until it is left."""
    return token.memo.get("phase") not in (ENTER, START, OPEN, END, CHOOSE, TAKE) and token.memo.get(LISTENING) != START


def _carry_over(token: Token, renaming: Renaming) -> None:
    new = renaming.target.root if token.parent is None else renaming.element(token.task_spec)
    assert new is not None
    token.task_spec = new
    new.carry_over(token, renaming)
    if token.has_incident or token._state & (TaskState.STARTED | TaskState.WAITING):
        token.workflow.step.renamed[token.id] = (new.id, new.label)
