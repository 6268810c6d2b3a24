"""Batches: one thing done to many instances, by whichever schedulers run.

Each item is one transaction in which the verb does its work and the item gets its result; so a process may die at any
moment, and no item is done twice or forgotten. A refusal is the result of its item and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from engine import events, operations
from engine.actors import SYSTEM, Actor
from engine.engine.history import HistoryVerbs
from engine.engine.instances import InstanceVerbs
from engine.engine.repair import RepairVerbs
from engine.engine.suspension import SuspensionVerbs
from engine.errors import Conflict, EngineError, IllegalMove, InvalidInput, NotFound, StoreUnavailable
from engine.moves import Moves
from engine.operations import AnyOperation
from engine.states import BatchState, InstanceState, ItemState, move
from engine.store import UnitOfWork, batches, search
from engine.store.batches import HIGHEST_KEY, Batch, Item
from engine.store.comparisons import Comparison
from engine.store.database import Stale
from engine.store.search import InstanceFilter
from engine.variables import checked, checked_reason

log = structlog.get_logger()

Json = Any
MOST_KEYS = 10_000
_COLLECTED_AT_ONCE = 500
_LONGEST_ERROR = 1000

_RUNNING = Comparison("ended_at", "exists", False)
_ENDED = Comparison("ended_at", "exists", True)
_ROOT = Comparison("parent_key", "exists", False)
# What an operation makes sense for, when a filter and not somebody by hand chose the instances.
_NEEDS: Mapping[type[Any], tuple[Comparison, ...]] = {
    operations.CancelInstances: (_RUNNING, _ROOT),
    operations.SuspendInstances: (Comparison("state", "eq", InstanceState.ACTIVE.value), _ROOT),
    operations.ResumeInstances: (Comparison("state", "eq", InstanceState.SUSPENDED.value), _ROOT),
    operations.ResolveIncidents: (_RUNNING,),
    operations.MigrateInstances: (_RUNNING,),
    operations.ModifyInstances: (_RUNNING,),
    operations.ChangeVariables: (_RUNNING,),
    operations.DeleteHistory: (_ENDED, _ROOT),
}


class BatchVerbs(InstanceVerbs, RepairVerbs, SuspensionVerbs, HistoryVerbs):
    """Making, steering and running batches."""

    def create_batch(self, operation: AnyOperation, wanted: InstanceFilter, *, by: Actor, reason: str = "") -> Batch:
        """Do something to all instances that the filter finds while it is collected; those named by key in any case.

        Raises `InvalidInput` for what no instance could take, `NotFound` for a migration's target.
        """
        checked_reason(reason)
        _check(operation)
        if len(wanted.keys) > MOST_KEYS:
            raise InvalidInput(f"Name at most {MOST_KEYS} instances, or give a filter.", {"keys": "too many"})

        def act(moves: Moves) -> Batch:
            if isinstance(operation, operations.MigrateInstances):
                moves.process(operation.target_key)
            search.find_instance_keys(moves.tx, wanted, HIGHEST_KEY, 1)  # a filter that makes no sense fails here
            batch = Batch(
                key=moves.tx.next_key(),
                operation=operations.as_json(operation),
                wanted=msgspec.to_builtins(wanted, str_keys=True),
                state=BatchState.CREATED,
                position=HIGHEST_KEY,
                actor_id=by.id,
                actor_kind=by.kind.value,
                reason=reason,
                created_at=moves.now,
                ended_at=None,
                tenants=None if moves.tx.sight is None else sorted(moves.tx.sight),
            )
            batches.add(moves.tx, batch)
            told: dict[str, Json] = {"operation": batch.operation, "filter": batch.wanted, "reason": reason}
            moves.tell(0, events.BATCH_CREATED, batch_key=str(batch.key), **told)
            return batch

        return self._act("create_batch", by, act)

    def suspend_batch(self, key: int, *, by: Actor, reason: str = "") -> None:
        """Begin no more items until it is resumed."""
        self._steer(key, BatchState.SUSPENDED, by, reason)

    def resume_batch(self, key: int, *, by: Actor, reason: str = "") -> None:
        """Go on where it stood."""
        self._steer(key, BatchState.CREATED, by, reason)

    def cancel_batch(self, key: int, *, by: Actor, reason: str = "") -> None:
        """Leave what waits undone; what is done stays done."""
        self._steer(key, BatchState.CANCELED, by, reason)

    def retry_batch(self, key: int, *, by: Actor, reason: str = "") -> int:
        """Try again what failed, also when the batch has ended; returns how many items.

        Raises `IllegalMove` when nothing failed, or the batch was canceled.
        """
        checked_reason(reason)

        def act(moves: Moves) -> int:
            batch = _found(moves, key)
            if batch.state is BatchState.COMPLETED:
                batches.set_state(moves.tx, key, BatchState.ACTIVE)
            elif batch.ended_at is not None:
                move("Batch", key, batch.state, BatchState.ACTIVE)
            count = batches.retry_items(moves.tx, key)
            if not count:
                raise IllegalMove(f"No item of batch {key} has failed, so there is nothing to try again.")
            moves.tell(0, events.BATCH_RETRIED, batch_key=str(key), items=count, reason=reason)
            return count

        return self._act("retry_batch", by, act)

    def purge_batches(self, *, days: int | None, most: int = 100) -> int:
        """Forget batches that ended more than so many days ago, with their results; None: none. Returns how many.

        What they did stays in the audit trail.
        """
        if days is None:
            return 0

        def act(moves: Moves) -> int:
            gone = batches.forget(moves.tx, moves.now - timedelta(days=days), most)
            for key in gone:
                moves.tell(0, events.BATCH_FORGOTTEN, batch_key=str(key))
            return len(gone)

        return self._act("purge_batches", SYSTEM, act)

    def _steer(self, key: int, state: BatchState, by: Actor, reason: str) -> None:
        checked_reason(reason)

        def act(moves: Moves) -> None:
            batch = _found(moves, key)
            move("Batch", key, batch.state, state)
            if state is BatchState.CANCELED:
                batches.cancel_items(moves.tx, key, moves.now)
            batches.set_state(moves.tx, key, state, moves.now if state is BatchState.CANCELED else None)
            moves.tell(0, events.BATCH_CHANGED, batch_key=str(key), state=state.value, reason=reason)

        self._act("steer_batch", by, act)

    def run_batches(self, *, limit: int = 50) -> int:
        """Collect and work on items of open batches, the oldest first, up to `limit`; returns how many it did."""
        with self.store.reading() as tx:
            found = batches.every_open(tx)
        done = 0
        for batch in found:
            while done < limit and self._go_on(batch):
                done += 1
        return done

    def _go_on(self, batch: Batch) -> bool:
        """One portion collected, or one item done; False when there is nothing to do at it, for us or at all."""
        try:
            if batch.state is BatchState.CREATED and self._act("collect_batch", SYSTEM, lambda m: _collect(m, batch)):
                return True
            with self._spreading_last():
                if self.store.together(lambda tx: self._work(tx, batch)):
                    return True
            return self._act("end_batch", SYSTEM, lambda moves: _end(moves, batch.key)) and False
        except Conflict:
            return False  # others hold what it needs; the next round tries again

    def _work(self, tx: UnitOfWork, batch: Batch) -> bool:
        item = batches.take(tx, batch.key)
        if item is None:
            return False
        state, error = self._tried_item(batch, item)
        batches.end_item(tx, item, state, error, self.clock.now())
        return True

    def _tried_item(self, batch: Batch, item: Item) -> tuple[ItemState, str | None]:
        try:
            self._do(batch, item)
        except (Stale, StoreUnavailable):
            raise
        except NotFound as gone:
            return ItemState.SKIPPED, str(gone)[:_LONGEST_ERROR]
        except EngineError as refused:
            return ItemState.FAILED, str(refused)[:_LONGEST_ERROR]
        except Exception as defect:  # one instance that breaks us must not stop the others
            log.error("batch item failed", batch=batch.key, item=item.item_key, exc_info=defect)
            return ItemState.FAILED, f"Baton failed to do this, through a defect of its own ({type(defect).__name__})."
        return ItemState.COMPLETED, None

    def _do(self, batch: Batch, item: Item) -> None:
        reason = f"{batch.reason} (batch {batch.key})".strip()
        operation = operations.operation(batch.operation)
        _DOING[type(operation)](self, operation, item, {"by": batch.by, "reason": reason})


_DOING: Mapping[type[Any], Callable[[BatchVerbs, Any, Item, dict[str, Any]], object]] = {
    operations.CancelInstances: lambda verbs, _, item, how: verbs.cancel(item.instance_key, **how),
    operations.SuspendInstances: lambda verbs, _, item, how: verbs.suspend(item.instance_key, **how),
    operations.ResumeInstances: lambda verbs, _, item, how: verbs.resume(item.instance_key, **how),
    operations.ResolveIncidents: lambda verbs, one, item, how: verbs.resolve_incident(
        item.item_key, by=how["by"], retries=one.retries
    ),
    operations.MigrateInstances: lambda verbs, one, item, how: verbs.migrate(
        item.instance_key, one.target_key, one.elements, keeps_names=one.keeps_names, **how
    ),
    operations.ModifyInstances: lambda verbs, one, item, how: verbs.modify(item.instance_key, one.commands(), **how),
    operations.ChangeVariables: lambda verbs, one, item, how: verbs.set_variables(
        item.instance_key, one.variables, by=how["by"]
    ),
    operations.DeleteHistory: lambda verbs, _, item, how: verbs.delete_history(item.instance_key, **how),
}


def _found(moves: Moves, key: int) -> Batch:
    batch = batches.lock(moves.tx, key)
    if batch is None:
        raise NotFound(f"There is no batch {key}.")
    return batch


def _check(operation: AnyOperation) -> None:
    if isinstance(operation, operations.ChangeVariables):
        checked(operation.variables)
    if isinstance(operation, operations.ModifyInstances):
        operation.commands()
    if isinstance(operation, operations.ResolveIncidents) and not 1 <= operation.retries <= 1000:
        raise InvalidInput("retries must be from 1 to 1000.", {"retries": "1 to 1000"})


def _collect(moves: Moves, seen: Batch) -> bool:
    """Find one more portion of instances and make them items; False when the last was found, and work may begin."""
    batch = batches.lock(moves.tx, seen.key)
    if batch is None or batch.state is not BatchState.CREATED:
        return False
    operation = operations.operation(batch.operation)
    keys = _portion(moves.tx, batch, operation)
    if not keys:
        batches.set_state(moves.tx, batch.key, BatchState.ACTIVE)
        return False
    if isinstance(operation, operations.ResolveIncidents):
        items = batches.open_incidents(moves.tx, keys)
    else:
        items = [(key, key) for key in keys]
    if items:
        batches.add_items(moves.tx, batch.key, items)
    batches.set_position(moves.tx, batch.key, min(keys))
    return True


def _portion(tx: UnitOfWork, batch: Batch, operation: AnyOperation) -> list[int]:
    wanted = batch.filter
    if wanted.keys and msgspec.json.encode(wanted) == msgspec.json.encode(InstanceFilter(keys=wanted.keys)):
        # Chosen one by one: each gets its result, be it that there is no such instance.
        left = sorted({key for key in wanted.keys if key < batch.position}, reverse=True)
        return left[:_COLLECTED_AT_ONCE]
    needs = (*wanted.columns, *_NEEDS[type(operation)])
    has_incident = True if isinstance(operation, operations.ResolveIncidents) else wanted.has_incident
    narrowed = replace(wanted, columns=needs, has_incident=has_incident)
    with tx.seeing(batch.sight):
        return search.find_instance_keys(tx, narrowed, batch.position, _COLLECTED_AT_ONCE)


def _end(moves: Moves, key: int) -> bool:
    """Close the batch when nothing of it is left to do."""
    batch = batches.lock(moves.tx, key)
    if batch is None or batch.state is not BatchState.ACTIVE or not batches.is_done(moves.tx, key):
        return False
    batches.set_state(moves.tx, key, BatchState.COMPLETED, moves.now)
    counted = {state.value: count for state, count in batches.counts(moves.tx, [key])[key].items()}
    moves.tell(0, events.BATCH_ENDED, batch_key=str(key), counts=counted)
    return True
