"""What must hold whatever happened: nothing stuck, rows and state agree, one account of everything, an intact trail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeVar

from engine import audit
from engine.clock import Clock, SystemClock
from engine.engine import Engine
from engine.queries import AuditFilter, InstanceFilter, JobFilter, Page, Paged
from engine.states import InstanceState, JobState
from engine.store import Store

T = TypeVar("T")
# An ending is told once, or not at all.
ENDINGS = ("instance-completed", "instance-terminated", "job-completed", "job-error-thrown", "task-completed")


def assert_whole(store: Store, clock: Clock | None = None) -> None:
    """Raises AssertionError with the first thing that is wrong with a database."""
    engine = Engine(store, clock or SystemClock())
    assert list(engine.queries.misfits()) == []
    assert audit.verify(store).is_intact
    told = Counter(_facts(engine))
    assert not {fact: count for fact, count in told.items() if fact[0] in ENDINGS and count > 1}
    _assert_each_ending_is_told(engine, told)
    _assert_nothing_is_stuck(engine)


def _facts(engine: Engine) -> Iterator[tuple[str, str, str]]:
    """(type, instance, job or task) of every fact of the trail."""
    for record in every(lambda page: engine.queries.audit(AuditFilter(), page)):
        for fact in json.loads(record.payload or '{"events": []}')["events"]:
            data = fact.get("data", {})
            yield fact["type"], str(record.instance_key), str(data.get("job_key") or data.get("task_key") or "")


def _assert_each_ending_is_told(engine: Engine, told: Counter[tuple[str, str, str]]) -> None:
    completed = {str(one.key) for one in every(lambda page: engine.queries.instances(_STATE, page))}
    assert completed == {key for kind, key, _ in told if kind == "instance-completed"}
    done = {str(job.key) for job in every(lambda page: engine.queries.jobs(JobFilter(state=JobState.COMPLETED), page))}
    # What a person decides completes the job and is told as the person's deed.
    assert {job for kind, _, job in told if kind == "job-completed"} <= done


_STATE = InstanceFilter(state=InstanceState.COMPLETED)


def _assert_nothing_is_stuck(engine: Engine) -> None:
    running = InstanceFilter(state=InstanceState.ACTIVE)
    for one in every(lambda page: engine.queries.instances(running, page)):
        assert engine.queries.instance(one.key).waiting, f"{one} waits for nothing"


def every(find: Callable[[Page], Paged[T]]) -> Iterator[T]:
    """All items of a list, page by page."""
    after = None
    while True:
        page = find(Page(limit=1000, after=after))
        yield from page.items
        if page.next is None:
            return
        after = page.next
