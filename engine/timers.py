"""Timers that are due: an element goes on, or a process starts (BPMN 2.0.2, 10.5.5; zeebe-extensions §8)."""

from __future__ import annotations

from bpmn import timers as times
from bpmn.errors import EvaluationError, LanguageError
from bpmn.model import TimerKind
from engine import commands, events
from engine.errors import IllegalMove
from engine.moves import Compiled, Moves, Start
from engine.store import timers
from engine.store.timers import StartTimer, Timer


def fire(moves: Moves, timer: Timer) -> bool:
    """Fire a timer once, whoever else tries; False when it has gone. Raises `IllegalMove` when it must wait."""
    if timer.definition_key:
        return _begin(moves, timer)
    row = moves.lock(timer.instance_key)
    if timers.find(moves.tx, timer.key) is None:
        return False  # another scheduler was faster, or the element is over
    _tell(moves, row.key, timer)
    moves.resume(row, commands.FireTimer(timer.element_key, timer.repetitions))
    return True


def _begin(moves: Moves, timer: Timer) -> bool:
    if not timers.take(moves.tx, timer.key):
        return False  # another scheduler was faster, or a new version took its place
    compiled = moves.library.process(moves.tx, timer.definition_key)
    if timer.repetitions:
        timers.add_starts(moves.tx, [_next(compiled, timer, moves)], moves.now)
    row = moves.start(Start(compiled, {}, start_element=timer.element_id))
    _tell(moves, row.key, timer)
    return True


def _next(compiled: Compiled, timer: Timer, moves: Moves) -> StartTimer:
    """The next turn of a cycle, counted from the one that is due so that late firing does not shift the rhythm."""
    node = compiled.definition.process.by_id[timer.element_id]
    [cycle, *_] = [one.timer for one in node.events if one.timer is not None and one.timer.kind is TimerKind.CYCLE]
    try:
        due_at = times.next_start(cycle, timer.due_at, moves.now)
    except (EvaluationError, LanguageError) as error:
        raise IllegalMove(f"The cycle that starts the process at {node.label} cannot go on: {error}") from error
    left = timer.repetitions - 1 if timer.repetitions > 0 else times.FOREVER
    return StartTimer(timer.definition_key, timer.element_id, due_at, left)


def _tell(moves: Moves, instance_key: int, timer: Timer) -> None:
    element = timer.element_id, timer.element_key
    moves.tell(instance_key, events.TIMER_FIRED, element=element, due_at=timer.due_at.isoformat())
