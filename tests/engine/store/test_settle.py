"""Storing steps made by hand: what opens, what closes, and that nothing else is touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.states import InstanceState
from engine.step import (
    ElementChange,
    ElementState,
    IncidentRaised,
    JobWait,
    MessageWait,
    Outcome,
    Step,
    TimerWait,
    UserTaskChange,
    UserTaskWait,
)
from engine.store import Store, UnitOfWork, elements, instances, user_tasks, variables
from engine.store.database import Stale
from engine.store.event_tables import subscriptions, timers
from engine.store.instances import InstanceRow
from engine.store.settle import Context, settle
from engine.store.tables import jobs, metadata

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CONTEXT = Context(NOW, "ada", "camunda8")


def new_row(key: int = 8) -> InstanceRow:
    return InstanceRow(
        key=key,
        definition_key=1,
        process_id="p",
        version=1,
        business_key=None,
        state=InstanceState.ACTIVE,
        started_at=NOW,
        ended_at=None,
        started_by="ada",
        parent_key=None,
        parent_element_key=None,
        root_key=key,
        depth=0,
        start_correlation_key=None,
        frozen=None,
        is_new=True,
    )


def job(element_key: int) -> JobWait:
    return JobWait(element_key, "work", "type", 3, {"a": "b"}, retry_intervals=(1, 2))


def waiting_step() -> Step:
    return Step(
        state=b"frozen",
        elements=[
            ElementChange(8, "p", "process", ElementState.ACTIVE, 8, opened=True),
            ElementChange(9, "start", "startEvent", ElementState.ACTIVE, 8, opened=True),
            ElementChange(9, "start", "startEvent", ElementState.COMPLETED, 8, opened=False),
            ElementChange(10, "work", "serviceTask", ElementState.ACTIVE, 8, opened=True),
        ],
        waits=[
            job(10),
            TimerWait(11, "late", NOW + timedelta(hours=1)),
            MessageWait(12, "hear", "paid", "A1"),
            UserTaskWait(13, "ask", "Ask", candidate_groups=("a", "b"), candidate_users=("u",)),
        ],
        variables={8: {"x": 1}, 10: {"y": [2]}},
    )


def count(tx: UnitOfWork, table: Any) -> int:
    return int(tx.execute(select(func.count()).select_from(table)).scalar())


@pytest.fixture
def row(store: Store) -> InstanceRow:
    row = new_row()
    with store.transaction() as tx:
        settle(tx, row, waiting_step(), CONTEXT, {})
    return row


def counts(row: InstanceRow) -> tuple[int, ...]:
    return (row.open_jobs, row.open_timers, row.open_subscriptions, row.open_tasks, row.open_incidents)


def test_a_step_is_stored_and_read_back(store: Store, row: InstanceRow) -> None:
    with store.transaction() as tx:
        read = instances.lock(tx, 8)
        assert read == row
        assert (read.frozen, counts(read)) == (b"frozen", (1, 1, 1, 1, 0))
        history = elements.of_instance(tx, 8)
        assert [(one.key, one.state, one.ended_at) for one in history] == [
            (8, "active", None),
            (9, "completed", NOW),
            (10, "active", None),
        ]
        assert variables.of_instance(tx, 8) == {8: {"x": 1}, 10: {"y": [2]}}
        assert variables.seen_by(tx, [10]) == {10: {"x": 1, "y": [2]}}


def test_closed_elements_take_their_rows_with_them_and_no_others(store: Store, row: InstanceRow) -> None:
    with store.transaction() as tx:
        settle(tx, row, Step(state=b"next", closed=[10, 12]), CONTEXT, {8: {}, 10: {}})
        assert counts(row) == (0, 1, 0, 1, 0)
        assert tx.execute(select(jobs.c.state)).scalar().value == "canceled"
        assert (count(tx, timers), count(tx, subscriptions)) == (1, 0)


def test_an_element_may_close_a_wait_and_open_the_next_in_one_step(store: Store, row: InstanceRow) -> None:
    with store.transaction() as tx:
        settle(tx, row, Step(state=b"next", closed=[10], waits=[job(10)]), CONTEXT, {})
        assert row.open_jobs == 1
        states = tx.execute(select(jobs.c.state).order_by(jobs.c.key)).scalars().all()
        assert [state.value for state in states] == ["canceled", "created"]


def test_dropped_scopes_and_removed_variables_go_but_the_roots_stay(store: Store, row: InstanceRow) -> None:
    known = {8: {"x": 1}, 10: {"y": [2]}}
    step = Step(state=b"next", dropped_scopes=[10, 8], removed_variables=[(8, "x")], variables={8: {"z": 3}})
    with store.transaction() as tx:
        settle(tx, row, step, CONTEXT, known)
        assert variables.of_instance(tx, 8) == {8: {"z": 3}}


def test_incidents_are_raised_and_resolved_by_element(store: Store, row: InstanceRow) -> None:
    raised = [IncidentRaised(10, "work", "IO_MAPPING_ERROR", "text")]
    with store.transaction() as tx:
        settled = settle(tx, row, Step(state=b"a", incidents=raised), CONTEXT, {})
        assert (row.open_incidents, settled.incidents[0].type) == (1, "IO_MAPPING_ERROR")
        settle(tx, row, Step(state=b"b", resolved=[10]), CONTEXT, {})
        assert row.open_incidents == 0


def test_the_end_closes_everything(store: Store, row: InstanceRow) -> None:
    with store.transaction() as tx:
        settle(tx, row, Step(outcome=Outcome.TERMINATED), CONTEXT, {})
        assert (row.state, row.ended_at, row.frozen, counts(row)) == ("terminated", NOW, None, (0, 0, 0, 0, 0))
        assert (count(tx, timers), count(tx, subscriptions)) == (0, 0)


def test_a_listener_may_change_an_open_task(store: Store, row: InstanceRow) -> None:
    change = UserTaskChange(13, {"assignee": "otto", "candidate_groups": ("c",), "priority": 80})
    with store.transaction() as tx:
        settle(tx, row, Step(state=b"a", user_task_changes=[change]), CONTEXT, {})
        [found] = tx.execute(select(*user_tasks.COLUMNS)).all()
    task = user_tasks.make(*found)
    assert (task.assignee, task.candidate_groups, task.candidate_users, task.priority) == ("otto", ("c",), ("u",), 80)


def test_two_holders_of_the_same_row_cannot_both_save(store: Store, row: InstanceRow) -> None:
    with store.transaction() as tx:
        other = instances.lock(tx, 8)
        settle(tx, row, Step(state=b"a"), CONTEXT, {})
        with pytest.raises(Stale):
            settle(tx, other, Step(state=b"b"), CONTEXT, {})
            tx.flush()


def test_ten_thousand_parallel_elements_are_closed_in_few_statements(store: Store) -> None:
    row = new_row(16)
    keys = range(100, 10_100)
    with store.transaction() as tx:
        settle(tx, row, Step(state=b"a", waits=[job(key) for key in keys]), CONTEXT, {})
        settle(tx, row, Step(state=b"b", closed=list(keys)), CONTEXT, {})
    assert row.open_jobs == 0


def test_every_table_has_a_primary_key() -> None:
    assert [table.name for table in metadata.sorted_tables if not table.primary_key.columns] == []
