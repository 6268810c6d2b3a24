"""Timers that are due: an element goes on, or a process starts (BPMN 2.0.2, 10.5.5; zeebe-extensions §8).

In Camunda 7 a timer is a job: when what it leads to fails, all of that is taken back, to be tried again from there
(camunda7-extensions §7; `engine.runtime.elements.save_points`).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import groupby

from bpmn import timers as times
from bpmn.errors import EvaluationError, LanguageError
from bpmn.model import TimerKind
from engine import commands, events
from engine.errors import IllegalMove
from engine.moves import Compiled, Moves, Start
from engine.step import TimerPurpose
from engine.store import instances, timers
from engine.store.instances import InstanceRow
from engine.store.timers import StartTimer, Timer


class MustBeTakenBack(Exception):
    """What a timer led to has failed, and its dialect keeps nothing of that: the transaction must not be committed."""


def fire(moves: Moves, timer: Timer, known: Container[int] | None = None) -> bool:
    """Fire a timer once, whoever else tries; False when it has gone. `known` are the keys of those that had not.

    Raises `IllegalMove` when it must wait, `MustBeTakenBack` when `put_off` is to follow.
    """
    if timer.definition_key:
        return _begin(moves, timer)
    row = moves.lock(timer.instance_key)
    if not _is_there(moves, timer, known):
        return False  # another scheduler was faster, or the element is over
    _tell(moves, row.key, timer)
    _move(moves, row, commands.FireTimer(timer.element_key, timer.repetitions))
    return True


def _is_there(moves: Moves, timer: Timer, known: Container[int] | None) -> bool:
    """Whether a timer has not gone. What is known of it holds until this verb moves its instance."""
    if known is None or moves.has_moved(timer.instance_key):
        return bool(timers.there(moves.tx, [timer.key]))
    return timer.key in known


def _continue(moves: Moves, turn: Sequence[Timer]) -> int:
    row = moves.lock(turn[0].instance_key)
    still_there = timers.there(moves.tx, [timer.key for timer in turn])
    left = [timer for timer in turn if timer.key in still_there]
    for timer in left:
        _tell(moves, row.key, timer)
    if left:
        _move(moves, row, commands.Continue(tuple(timer.element_key for timer in left)))
    return len(left)


def _continues(timer: Timer) -> bool:
    return timer.purpose == TimerPurpose.CONTINUATION


def _move(moves: Moves, row: InstanceRow, command: commands.Command) -> None:
    before = len(moves.failures)
    moves.resume(row, command)
    failed = moves.failures[before:]
    if failed and moves.library.process(moves.tx, row.definition_key).definition.is_camunda7:
        told = (one.incident for one in failed)
        raise MustBeTakenBack(" ".join(f"At '{one.element_id}': {one.message}" for one in told))


def in_turns(due: Sequence[Timer]) -> list[list[Timer]]:
    """Due timers in the order in which they fire, those together that move their instance in one step.

    That is what stands at save points of one instance: thousands of them would load and store it thousands of times.
    """
    first = {timer.instance_key: index for index, timer in reversed(list(enumerate(due)))}
    ordered = sorted(due, key=lambda timer: first[timer.instance_key])
    found: list[list[Timer]] = []
    for (_, continues), group in groupby(ordered, key=lambda timer: (timer.instance_key, _continues(timer))):
        turn = list(group)
        found += [turn] if continues else [[timer] for timer in turn]
    return found


def fire_all(moves: Moves, due: Sequence[Timer]) -> int:
    """Fire timers one after the other; returns how many were still there. Raises what `fire` raises.

    Then nothing of it may be stored.
    """
    moves.hold_all(instances.lock_all(moves.tx, [timer.instance_key for timer in due]))
    known = timers.there(moves.tx, [timer.key for timer in due])
    return sum(_continue(moves, turn) if len(turn) > 1 else fire(moves, turn[0], known) for turn in in_turns(due))


def put_off(moves: Moves, timer: Timer, reason: str) -> None:
    """What the timer led to was taken back: it is tried again later, or there is an incident where it stands."""
    row = moves.lock(timer.instance_key)
    if not _is_there(moves, timer, None):
        return
    element = timer.element_id, timer.element_key
    moves.tell(row, events.WORK_TAKEN_BACK, element=element, reason=reason)
    moves.resume(row, commands.TakenBack(timer.element_key, reason, timer.repetitions))


def _begin(moves: Moves, timer: Timer) -> bool:
    if not timers.take(moves.tx, timer.key):
        return False  # another scheduler was faster, or a new version took its place
    compiled = moves.library.process(moves.tx, timer.definition_key)
    following = _next(compiled, timer, moves) if timer.repetitions else None
    if following is not None:
        timers.add_starts(moves.tx, [following], moves.now)
    row = moves.start(Start(compiled, {}, start_element=timer.element_id))
    _tell(moves, row.key, timer)
    return True


def _next(compiled: Compiled, timer: Timer, moves: Moves) -> StartTimer | None:
    """The next turn of a cycle, counted from the one that is due so that late firing does not shift the rhythm.

    None when the cycle is over.
    """
    node = compiled.definition.process.by_id[timer.element_id]
    [cycle, *_] = [one.timer for one in node.events if one.timer is not None and one.timer.kind is TimerKind.CYCLE]
    try:
        due_at = times.next_start(cycle, timer.due_at, moves.now)
    except (EvaluationError, LanguageError) as error:
        raise IllegalMove(f"The cycle that starts the process at {node.label} cannot go on: {error}") from error
    if due_at is None:
        return None
    left = timer.repetitions - 1 if timer.repetitions > 0 else times.FOREVER
    return StartTimer(timer.definition_key, timer.element_id, due_at, left)


def _tell(moves: Moves, instance_key: int, timer: Timer) -> None:
    element = timer.element_id, timer.element_key
    if timer.purpose == TimerPurpose.CONTINUATION:
        moves.tell(instance_key, events.WORK_CONTINUED, element=element)
    else:
        moves.tell(instance_key, events.TIMER_FIRED, element=element, due_at=timer.due_at.isoformat())
