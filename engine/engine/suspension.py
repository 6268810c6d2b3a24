"""The verbs that let an instance stand still and go on: with everything it called, because they move each other."""

from __future__ import annotations

from engine import events
from engine.actors import Actor
from engine.engine.base import Verbs
from engine.errors import IllegalMove
from engine.moves import Moves
from engine.states import InstanceState, move
from engine.store import instances, suspensions
from engine.store.instances import Instance, InstanceRow
from engine.store.suspensions import Suspension
from engine.variables import checked_reason


class SuspensionVerbs(Verbs):
    """Suspend and resume. While an instance is suspended it may be looked at and cancelled, and nothing else."""

    def suspend(self, instance_key: int, *, by: Actor, reason: str = "") -> Instance:
        """Let an instance stand still: no job is handed out, no result, timer or message is taken.

        What a worker is at work on is offered anew when the instance goes on; its result comes too late (`LeaseLost`).
        Raises `IllegalMove` for one that has ended, stands still already, or was called by another.
        """
        checked_reason(reason)

        def act(moves: Moves) -> Instance:
            root, family = _family(moves, instance_key)
            move("Process instance", root.key, root.state, InstanceState.SUSPENDED)
            running = [row for row in family if row.is_active]
            suspensions.suspend(moves.tx, running, Suspension(moves.now, moves.by.id, reason))
            for row in running:
                moves.tell(row, events.INSTANCE_SUSPENDED, reason=reason)
            return instances.public(root)

        return self._act("suspend", by, act)

    def resume(self, instance_key: int, *, by: Actor, reason: str = "") -> Instance:
        """Let it go on: its work is offered again, timers that are due fire, messages that were kept arrive."""
        checked_reason(reason)

        def act(moves: Moves) -> Instance:
            root, family = _family(moves, instance_key)
            if root.state is not InstanceState.SUSPENDED:
                raise IllegalMove(f"Process instance {root.key} is {root.state.value}, not suspended.")
            standing = [row for row in family if row.state is InstanceState.SUSPENDED]
            suspensions.resume(moves.tx, standing, moves.now)
            for row in standing:
                moves.tell(row, events.INSTANCE_RESUMED, reason=reason)
            for row in standing:
                moves.catch_up(row)
            return instances.public(root)

        return self._act("resume", by, act)


def _family(moves: Moves, key: int) -> tuple[InstanceRow, list[InstanceRow]]:
    family = suspensions.lock_family(moves.tx, key)
    for row in family:
        moves.hold(row)
    root = next((row for row in family if row.key == key), None)
    if root is None:
        called = moves.lock(key)
        raise IllegalMove(
            f"Process instance {key} was called by another one and stands still or goes on with it. "
            f"Name the instance that all began with: {called.root_key}."
        )
    return root, family
