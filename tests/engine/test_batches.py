"""Batches: each item once, its result beside it, whoever works on it and whenever somebody dies."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import commands, operations
from engine.engine import Engine
from engine.errors import IllegalMove, InvalidInput, NotFound
from engine.queries import AuditFilter, BatchFilter, Comparison, InstanceFilter, ItemFilter, Page
from engine.scheduler import Scheduler
from engine.states import BatchState, ItemState
from engine.store import open_store
from tests.engine.support import ADMIN, OPERATOR, World, call, end, line, service, start, user

P = InstanceFilter(process_id="p")
NOTHING = InstanceFilter()


@pytest.fixture
def house(world: World) -> World:
    world.deploy(line("p", start(), service("work", retries=1), user("check"), end()))
    return world


def run(world: World, operation: Any, wanted: InstanceFilter = P) -> Any:
    """A batch from beginning to end."""
    key = world.engine.create_batch(operation, wanted, by=OPERATOR, reason="tidy up").key
    while world.engine.run_batches():
        pass
    return world.engine.queries.batch(key)


def results(world: World, batch: Any) -> dict[int, str]:
    items = world.engine.queries.batch_items(ItemFilter(batch.key), Page(limit=1000))
    return {one.item_key: one.state.value for one in items}


def test_cancelling_takes_what_the_filter_finds_and_nothing_else(house: World) -> None:
    house.deploy(line("q", start(), user("check"), end()))
    small, large = house.start("p", amount=1).key, house.start("p", amount=1000).key
    other = house.start("q", amount=1000).key
    wanted = InstanceFilter(process_id="p", variables=[Comparison("amount", "gte", 100)])
    batch = run(house, operations.CancelInstances(), wanted)
    assert (batch.state, batch.total, batch.counts) == (BatchState.COMPLETED, 1, {ItemState.COMPLETED: 1})
    assert [house.state(key) for key in (small, large, other)] == ["active", "terminated", "active"]
    assert batch.ended_at == house.clock.now()


def test_each_item_is_in_the_audit_trail_as_what_its_creator_did(house: World) -> None:
    instance = house.start("p")
    batch = run(house, operations.CancelInstances())
    [record, *_] = house.engine.queries.audit(AuditFilter(instance_key=instance.key)).items
    assert (record.actor_id, record.verb) == ("olga", "cancel")
    assert f"tidy up (batch {batch.key})" in (record.payload or "")
    told = house.events(0)
    assert told.count("batch-created") == told.count("batch-ended") == 1
    assert house.engine.queries.verify_audit().is_intact


def test_incidents_are_items_and_get_their_retries(house: World) -> None:
    broken = [house.start("p").key for _ in range(3)]
    for job in house.claim("work"):
        house.engine.fail_job(job.key, worker="w1", message="no")
    fine = house.start("p").key
    batch = run(house, operations.ResolveIncidents(retries=2))
    assert batch.total == 3
    assert {one.retries for one in house.claim("work")} == {1, 2}
    items = house.engine.queries.batch_items(ItemFilter(batch.key))
    assert sorted(one.instance_key for one in items) == broken
    assert all(one.item_key != one.instance_key for one in items)
    assert fine not in broken


def test_migrating_modifying_and_setting_variables(house: World) -> None:
    keys = [house.start("p").key for _ in range(2)]
    house.deploy(line("p", start(), service("work"), user("look"), end()))
    target = house.engine.queries.processes(process_id="p")[0].key
    assert run(house, operations.MigrateInstances(target)).counts == {ItemState.COMPLETED: 2}
    assert {house.instance(key).version for key in keys} == {2}
    changes = operations.described([commands.Move("look", element_id="work")])
    assert run(house, operations.ModifyInstances(changes)).counts == {ItemState.COMPLETED: 2}
    assert [[one.element_id for one in house.instance(key).active] for key in keys] == [["look"], ["look"]]
    assert run(house, operations.ChangeVariables({"seen": True})).counts == {ItemState.COMPLETED: 2}
    assert [house.engine.queries.variables(key) for key in keys] == [{"seen": True}] * 2


def test_suspending_and_resuming_take_only_what_can_be(house: World) -> None:
    keys = [house.start("p").key for _ in range(2)]
    house.engine.suspend(keys[0], by=OPERATOR)
    assert results(house, run(house, operations.SuspendInstances())) == {keys[1]: "completed"}
    assert results(house, run(house, operations.ResumeInstances())) == dict.fromkeys(keys, "completed")


def test_history_is_deleted_with_a_result_for_what_is_held(house: World) -> None:
    keys = [house.start("p").key for _ in range(3)]
    for key in keys[:2]:
        house.engine.cancel(key, by=OPERATOR)
    house.engine.hold(keys[0], reason="trial", by=ADMIN)
    batch = run(house, operations.DeleteHistory())
    assert results(house, batch) == {keys[0]: "failed", keys[1]: "completed"}
    [failed] = house.engine.queries.batch_items(ItemFilter(batch.key, state=ItemState.FAILED))
    assert "trial" in (failed.error or "")
    assert {one.key for one in house.engine.queries.instances()} == {keys[0], keys[2]}


def test_what_was_named_by_key_gets_its_result_in_any_case(house: World) -> None:
    running, ended = house.start("p").key, house.start("p").key
    house.engine.cancel(ended, by=OPERATOR)
    batch = run(house, operations.CancelInstances(), InstanceFilter(keys=(running, ended, 7)))
    assert results(house, batch) == {running: "completed", ended: "failed", 7: "skipped"}
    assert batch.state is BatchState.COMPLETED


def test_called_instances_end_with_their_callers(world: World) -> None:
    world.deploy(line("p", start(), call("ask", "child"), end()), line("child", start(), service("work"), end()))
    world.start("p")
    batch = run(world, operations.CancelInstances(), NOTHING)
    assert batch.counts == {ItemState.COMPLETED: 1}
    assert world.engine.queries.counts().active_instances == 0


def test_a_failed_item_leaves_no_trace_of_its_try(house: World) -> None:
    house.start("p")
    changes = operations.described([commands.Activate("check"), commands.Terminate(element_id="nothing")])
    batch = run(house, operations.ModifyInstances(changes))
    assert batch.counts == {ItemState.FAILED: 1}
    [instance] = house.engine.queries.instances(P)
    assert [one.element_id for one in house.instance(instance.key).active] == ["work"]
    assert "instance-modified" not in house.events(instance.key)
    assert house.engine.queries.verify_audit().is_intact


def test_a_defect_of_ours_fails_its_item_only(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [house.start("p").key for _ in range(2)]
    cancel = Engine.cancel

    def broken(engine: Engine, key: int, **how: Any) -> Any:
        if key == keys[0]:
            raise ZeroDivisionError
        return cancel(engine, key, **how)

    monkeypatch.setattr(Engine, "cancel", broken)
    batch = run(house, operations.CancelInstances())
    assert results(house, batch) == {keys[0]: "failed", keys[1]: "completed"}


def test_a_suspended_batch_stands_still_and_goes_on(house: World) -> None:
    keys = [house.start("p").key for _ in range(4)]
    batch = house.engine.create_batch(operations.CancelInstances(), P, by=OPERATOR)
    assert house.engine.run_batches(limit=3) == 3  # one portion collected, two items done
    house.engine.suspend_batch(batch.key, by=OPERATOR)
    assert house.engine.run_batches() == 0
    assert Counter(house.state(key) for key in keys) == {"active": 2, "terminated": 2}
    house.engine.resume_batch(batch.key, by=OPERATOR)
    house.engine.run_batches()
    assert {house.state(key) for key in keys} == {"terminated"}
    assert house.engine.queries.batch(batch.key).counts == {ItemState.COMPLETED: 4}


def test_a_cancelled_batch_leaves_the_rest_undone(house: World) -> None:
    for _ in range(3):
        house.start("p")
    batch = house.engine.create_batch(operations.CancelInstances(), P, by=OPERATOR)
    house.engine.run_batches(limit=2)
    house.engine.cancel_batch(batch.key, by=OPERATOR, reason="enough")
    assert house.engine.run_batches() == 0
    found = house.engine.queries.batch(batch.key)
    assert (found.state, found.counts) == (BatchState.CANCELED, {ItemState.COMPLETED: 1, ItemState.CANCELED: 2})
    with pytest.raises(IllegalMove):
        house.engine.resume_batch(batch.key, by=OPERATOR)


def test_what_begins_while_a_batch_runs_is_not_in_it(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.engine.batches._COLLECTED_AT_ONCE", 2)
    for _ in range(5):
        house.start("p")
    batch = house.engine.create_batch(operations.ChangeVariables({"a": 1}), P, by=OPERATOR)
    house.engine.run_batches(limit=2)
    late = house.start("p").key
    while house.engine.run_batches():
        pass
    assert house.engine.queries.batch(batch.key).counts == {ItemState.COMPLETED: 5}
    assert house.engine.queries.variables(late) == {}


def test_nothing_found_is_a_batch_that_is_over(house: World) -> None:
    assert run(house, operations.CancelInstances()).state is BatchState.COMPLETED


def test_many_who_work_on_it_do_each_item_once(house: World) -> None:
    keys = [house.start("p", count=0).key for _ in range(20)]
    changes = operations.described([commands.Activate("check")])
    batch = house.engine.create_batch(operations.ModifyInstances(changes), P, by=OPERATOR)
    stores = [open_store(house.store.sql.url.render_as_string(hide_password=False)) for _ in range(3)]
    engines = [Engine(store, house.clock) for store in stores]

    def work(engine: Engine) -> int:
        done = 0
        while house.engine.queries.batch(batch.key).state is not BatchState.COMPLETED:
            done += engine.run_batches(limit=5)
        return done

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, engines))
    for store in stores:
        store.close()
    assert house.engine.queries.batch(batch.key).counts == {ItemState.COMPLETED: 20}
    assert {len(house.instance(key).active) for key in keys} == {2}
    assert house.engine.queries.verify_audit().is_intact


def test_the_scheduler_works_on_batches(house: World) -> None:
    instance = house.start("p")
    house.engine.create_batch(operations.CancelInstances(), P, by=OPERATOR)
    Scheduler(house.engine).run_until_idle()
    assert house.state(instance) == "terminated"


@pytest.mark.parametrize(
    ("operation", "wanted"),
    [
        (operations.ResolveIncidents(retries=0), P),
        (operations.ModifyInstances([{"do": "fly"}]), P),
        (operations.ChangeVariables({"": 1}), P),
        (operations.CancelInstances(), InstanceFilter(columns=[Comparison("frozen", "eq", 1)])),
        (operations.CancelInstances(), InstanceFilter(columns=[Comparison("started_at", "gt", "soon")])),
        (operations.CancelInstances(), InstanceFilter(keys=tuple(range(20_000)))),
    ],
)
def test_what_no_instance_could_take_is_refused_at_once(house: World, operation: Any, wanted: InstanceFilter) -> None:
    with pytest.raises(InvalidInput):
        house.engine.create_batch(operation, wanted, by=OPERATOR)
    assert len(house.engine.queries.batches()) == 0


def test_a_target_or_batch_that_is_not_there_is_not_found(house: World) -> None:
    with pytest.raises(NotFound):
        house.engine.create_batch(operations.MigrateInstances(5), P, by=OPERATOR)
    with pytest.raises(NotFound):
        house.engine.suspend_batch(5, by=OPERATOR)
    with pytest.raises(NotFound):
        house.engine.queries.batch(5)


def test_times_survive_being_kept(house: World) -> None:
    old = house.start("p").key
    house.clock.advance(60)
    limit = house.clock.now()
    young = house.start("p").key
    wanted = InstanceFilter(columns=[Comparison("started_at", "lt", limit)])
    assert results(house, run(house, operations.CancelInstances(), wanted)) == {old: "completed"}
    assert house.state(young) == "active"
    assert [one.state for one in house.engine.queries.batches(BatchFilter(BatchState.COMPLETED))] == [
        BatchState.COMPLETED
    ]


def test_the_next_item_is_found_by_index(house: World) -> None:
    from engine.store.batches import _ANY_WAITING

    assert "ix_batch_items_waiting" in house.plan(_ANY_WAITING.statement, {"batch_key": 1})
