"""What a worker is made of: lanes that share threads between types, and completions that share a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock
from typing import Any
from unittest.mock import Mock

import pytest

from engine.engine import Completion
from engine.errors import EngineError, LeaseLost, StoreUnavailable
from engine.store.jobs import Job
from engine.worker import completions as completions_module
from engine.worker.completions import MOST_TOGETHER, Completions
from engine.worker.lanes import Lane


def job(key: int, type_: str = "a", instance_key: int = 1) -> Job:
    made: Any = Mock(spec=Job, key=key, type=type_, instance_key=instance_key)
    made.key, made.type, made.instance_key = key, type_, instance_key
    return made  # type: ignore[no-any-return]


class Gate:
    """Work that waits until it may go on."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.is_full = Event()
        self.go_on = Event()
        self.full_at = 1
        self._lock = Lock()

    def __call__(self, one: Job) -> None:
        with self._lock:
            self.begun.append(one.key)
            if len(self.begun) >= self.full_at:
                self.is_full.set()
        assert self.go_on.wait(10)


def test_a_lane_does_so_many_jobs_at_once_and_the_others_after_them() -> None:
    gate = Gate()
    gate.full_at = 2
    lane = Lane(["a"], 2, gate)
    assert lane.room == 2
    lane.add([job(key) for key in range(5)])
    assert gate.is_full.wait(10)
    assert (len(lane.begun), lane.room) == (2, 0)
    gate.go_on.set()
    assert lane.wait_until_done(10)
    assert sorted(gate.begun) == [0, 1, 2, 3, 4]
    assert lane.begun == []


def test_what_nobody_has_begun_can_be_taken_back() -> None:
    gate = Gate()
    lane = Lane(["a"], 1, gate)
    lane.add([job(1), job(2), job(3)])
    assert gate.is_full.wait(10)
    assert [one.key for one in lane.take_back()] == [2, 3]
    gate.go_on.set()
    assert lane.wait_until_done(10)
    assert gate.begun == [1]


def test_types_with_fewer_jobs_here_go_first() -> None:
    gate = Gate()
    lane = Lane(["a", "b", "c"], 8, gate)
    lane.add([job(1, "a"), job(2, "a"), job(3, "c")])
    assert lane.in_turn() == ("b", "c", "a")
    gate.go_on.set()
    assert lane.wait_until_done(10)


def test_quick_jobs_are_claimed_ahead_and_slow_ones_are_not() -> None:
    quick = Lane(["a"], 2, lambda _: None)
    quick.add([job(key) for key in range(50)])
    assert quick.wait_until_done(10)
    assert quick.room > 2
    gate = Gate()
    slow = Lane(["a"], 2, gate)
    slow.add([job(1)])
    assert gate.is_full.wait(10)
    assert slow.room == 1
    gate.go_on.set()
    assert slow.wait_until_done(10)


def test_a_lane_asks_for_more_only_when_there_may_be_more() -> None:
    asked: list[int] = []
    lane = Lane(["a"], 1, lambda _: None)
    lane.has_room = lambda: asked.append(1)
    lane.is_dry = True
    lane.add([job(1)])
    assert lane.wait_until_done(10)
    assert asked == []


def test_a_claim_waits_until_a_quarter_of_the_lane_is_free() -> None:
    gate = Gate()
    lane = Lane(["a"], 8, gate)
    lane.add([job(key) for key in range(7)])
    assert (lane.room, lane.wants_more) == (1, False)
    lane.take_back()
    gate.go_on.set()
    assert lane.wait_until_done(10)
    assert lane.wants_more


class Store:
    """Completes what it is given, one batch at a time, and tells which batches they were."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.problems: dict[int, EngineError] = {}
        self.is_at_it, self.go_on = Event(), Event()

    def complete(self, done: Sequence[Completion]) -> Mapping[int, EngineError]:
        self.batches.append([one.job_key for one in done])
        self.is_at_it.set()
        assert self.go_on.wait(10)
        return {key: problem for key, problem in self.problems.items() if key in self.batches[-1]}


def waiting_in(completions: Completions) -> int:
    return len(completions._waiting)


def test_completions_that_come_meanwhile_share_the_next_transaction_in_one_order() -> None:
    store = Store()
    completions = Completions(store.complete, at_once=1)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(completions.complete, job(1), Completion(1, {}))
        assert store.is_at_it.wait(10)
        others = [
            pool.submit(completions.complete, job(key, instance_key=-key), Completion(key, {})) for key in (2, 3, 4)
        ]
        while waiting_in(completions) < 3:
            pass
        store.go_on.set()
        for one in (first, *others):
            one.result(10)
    assert store.batches == [[1], [4, 3, 2]]


def test_who_was_stored_together_is_stored_together_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completions_module, "GATHER_SECONDS", 10)
    store = Store()
    completions = Completions(store.complete, at_once=2)

    def work(name: int) -> None:
        for turn in range(4):
            completions.complete(job(10 * turn + name), Completion(10 * turn + name, {}))

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(completions.complete, job(99), Completion(99, {}))
        assert store.is_at_it.wait(10)
        others = [pool.submit(work, name) for name in range(5)]
        while waiting_in(completions) < 5:
            pass
        store.go_on.set()
        for one in (first, *others):
            one.result(10)
    assert list(map(len, store.batches)) == [1, 5, 5, 5, 5]


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_transaction_that_hangs_holds_up_nothing_else_where_two_may_run(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(completions_module, "SLOW_SECONDS", 0.02)
    hangs, go_on, stored = Event(), Event(), Event()

    def complete(done: Sequence[Completion]) -> Mapping[int, EngineError]:
        if done[0].job_key == 1:
            hangs.set()
            assert go_on.wait(10)
        else:
            stored.set()
        return {}

    completions = Completions(complete, at_once=at_once)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(completions.complete, job(1), Completion(1, {}))
        assert hangs.wait(10)
        second = pool.submit(completions.complete, job(2), Completion(2, {}))
        assert stored.wait(10 if at_once == 2 else 0.1) == (at_once == 2)
        go_on.set()
        first.result(10)
        second.result(10)
    assert stored.is_set()


def test_a_problem_is_told_to_whom_it_concerns() -> None:
    store = Store()
    store.go_on.set()
    store.problems[2] = LeaseLost("gone")
    completions = Completions(store.complete, at_once=1)
    completions.complete(job(1), Completion(1, {}))
    with pytest.raises(LeaseLost, match="gone"):
        completions.complete(job(2), Completion(2, {}))


@pytest.mark.parametrize("problem", [StoreUnavailable("away"), RuntimeError("a bug")])
def test_whatever_goes_wrong_all_who_wait_hear_of_it(problem: Exception) -> None:
    begun, go_on = Event(), Event()

    def fail(done: Sequence[Completion]) -> Mapping[int, EngineError]:
        begun.set()
        assert go_on.wait(10)
        raise problem

    completions = Completions(fail, at_once=1)
    with ThreadPoolExecutor(4) as pool:
        tries = [pool.submit(completions.complete, job(key), Completion(key, {})) for key in range(4)]
        assert begun.wait(10)
        go_on.set()
        for one in tries:
            with pytest.raises(type(problem), match=str(problem)):
                one.result(10)


def test_a_crowd_is_stored_in_portions_and_nobody_is_forgotten() -> None:
    store = Store()
    store.go_on.set()
    completions = Completions(store.complete, at_once=2)
    with ThreadPoolExecutor(100) as pool:
        for one in [pool.submit(completions.complete, job(key), Completion(key, {})) for key in range(500)]:
            one.result(20)
    assert sorted(key for batch in store.batches for key in batch) == list(range(500))
    assert max(map(len, store.batches)) <= MOST_TOGETHER
