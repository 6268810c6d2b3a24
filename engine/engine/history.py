"""The verbs of what is over: how long it is kept, what must not go, and what goes.

Deleting leaves the audit trail whole: its records keep their hashes and lose what they held, and a record of each
deleted instance says who deleted it and when.
"""

from __future__ import annotations

from engine import events
from engine.actors import SYSTEM, Actor
from engine.engine.base import Verbs
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.moves import Moves
from engine.store import definitions, purge
from engine.store.definitions import ProcessDefinition
from engine.store.instances import InstanceRow
from engine.store.purge import LegalHold, Retention
from engine.variables import checked_reason, checked_text

LONGEST_RETENTION_DAYS = 100 * 366
# How many families of instances one transaction deletes.
_PORTION = 50


class HistoryVerbs(Verbs):
    """Keeping and deleting. Who may ask for these is for the API to say."""

    def set_retention(self, process_id: str, days: int | None, *, by: Actor) -> Retention:
        """Keep ended instances of a process for so many days (None: for ever), whatever its diagram says."""
        checked_text(process_id, "process_id", is_required=True)
        if days is not None and (isinstance(days, bool) or not 0 <= days <= LONGEST_RETENTION_DAYS):
            raise InvalidInput(f"days must be from 0 to {LONGEST_RETENTION_DAYS}, or null.", {"days": repr(days)[:60]})

        def act(moves: Moves) -> Retention:
            if not definitions.is_known(moves.tx, ProcessDefinition, process_id):
                raise NotFound(f"There is no process '{process_id}'.")
            new = Retention(process_id, days, moves.now, moves.by.id)
            purge.set_retention(moves.tx, new)
            moves.tell(0, events.RETENTION_SET, process_id=process_id, days="for ever" if days is None else days)
            return new

        return self._act("set_retention", by, act)

    def forget_retention(self, process_id: str, *, by: Actor) -> None:
        """Leave it to the diagram again."""

        def act(moves: Moves) -> None:
            if not purge.forget_retention(moves.tx, process_id):
                raise NotFound(f"No retention was set for process '{process_id}'.")
            moves.tell(0, events.RETENTION_SET, process_id=process_id, days="as the diagram says")

        self._act("set_retention", by, act)

    def hold(self, instance_key: int, *, reason: str, by: Actor) -> LegalHold:
        """Keep an instance and all that it called until the hold is released, whatever else is said."""
        checked_text(reason, "reason", most=2000, is_required=True)

        def act(moves: Moves) -> LegalHold:
            row = _root(moves, instance_key)
            new = LegalHold(row.key, reason, moves.now, moves.by.id)
            purge.hold(moves.tx, new)
            moves.tell(row, events.HOLD_SET, reason=reason)
            return new

        return self._act("hold", by, act)

    def release_hold(self, instance_key: int, *, by: Actor, reason: str = "") -> None:
        """End a hold; the retention counts again."""
        checked_reason(reason)

        def act(moves: Moves) -> None:
            row = _root(moves, instance_key)
            if not purge.release(moves.tx, row.key):
                raise NotFound(f"Process instance {row.key} is not held.")
            moves.tell(row, events.HOLD_RELEASED, reason=reason)

        self._act("release_hold", by, act)

    def delete_history(self, instance_key: int, *, by: Actor, reason: str = "") -> int:
        """Delete an ended instance and all that it called; returns how many instances they were.

        Raises `IllegalMove` while it runs or is held.
        """
        checked_reason(reason)

        def act(moves: Moves) -> int:
            row = _root(moves, instance_key)
            if not row.has_ended:
                raise IllegalMove(f"Process instance {row.key} is {row.state.value}. Only what has ended is deleted.")
            if (held := purge.find_hold(moves.tx, row.key)) is not None:
                raise IllegalMove(
                    f"Process instance {row.key} is held by {held.held_by} ({held.reason}). Release the hold first."
                )
            return _delete(moves, [row.key], reason)

        return self._act(events.HISTORY_DELETED, by, act)

    def purge(self, *, default_days: int | None = None, most: int = 1000) -> int:
        """Delete ended instances whose retention is over, the oldest first, each portion in a transaction of its own.

        `default_days` counts for processes of which neither an administrator nor the diagram says anything. Returns
        how many instances went, those that were called included; up to `most` of those that were not.
        """
        deleted = 0
        for _ in range(0, most, _PORTION):
            gone = self._act(events.HISTORY_DELETED, SYSTEM, lambda moves: _purge_portion(moves, default_days))
            deleted += gone
            if not gone:
                break
        return deleted


def _purge_portion(moves: Moves, default_days: int | None) -> int:
    due = purge.due(moves.tx, default_days, moves.now, _PORTION)
    return _delete(moves, due, "Its retention is over.") if due else 0


def _delete(moves: Moves, root_keys: list[int], reason: str) -> int:
    keys = purge.family(moves.tx, root_keys)
    purge.delete_rows(moves.tx, keys)
    for key in keys:
        moves.tell(key, events.HISTORY_DELETED, reason=reason)
    return len(keys)


def _root(moves: Moves, key: int) -> InstanceRow:
    row = moves.lock(key)
    if row.parent_key is not None:
        raise IllegalMove(
            f"Process instance {row.key} was called by another one and is kept or deleted with it. "
            f"Name the instance that all began with: {row.root_key}."
        )
    return row
