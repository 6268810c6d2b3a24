"""Completing many jobs in one transaction: whoever comes while one is stored waits, and is stored with the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock

from engine.engine import Completion
from engine.errors import EngineError, StoreUnavailable
from engine.store.jobs import Job

MOST_TOGETHER = 64

CompleteMany = Callable[[Sequence[Completion]], Mapping[int, EngineError]]


class _Place:
    """One job's completion on its way. Whoever is called is over, or else stores what waits now."""

    __slots__ = ("called", "done", "is_over", "order", "problem")

    def __init__(self, job: Job, done: Completion) -> None:
        self.order = (job.instance_key, job.key)
        self.done = done
        self.called = Event()
        self.is_over = False
        self.problem: Exception | None = None


class Completions:
    """Shared by the threads of a worker. No more than `at_once` transactions run side by side."""

    def __init__(self, complete: CompleteMany, *, at_once: int) -> None:
        self._complete = complete
        self._free = at_once
        self._waiting: deque[_Place] = deque()
        self._lock = Lock()

    def complete(self, job: Job, done: Completion) -> None:
        """Complete a job; returns when it is stored. Raises what `Engine.complete_job` raises."""
        place = _Place(job, done)
        if not self._may_begin(place):
            place.called.wait()
        if not place.is_over:
            self._store_with(place)
        if place.problem is not None:
            raise place.problem

    def _may_begin(self, place: _Place) -> bool:
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(place)
            return False

    def _store_with(self, place: _Place) -> None:
        with self._lock:
            others = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER - 1))]
        try:
            self._store([place, *others])
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            self._free += following is None
        if following is not None:
            following.called.set()

    def _store(self, together: Sequence[_Place]) -> None:
        # In one order in all workers, so that two of them do not hold what the other one waits for.
        together = sorted(together, key=lambda place: place.order)
        problems: Mapping[int, Exception]
        try:
            problems = self._complete([place.done for place in together])
        except StoreUnavailable as problem:  # each thread gets an exception of its own
            problems = {place.done.job_key: StoreUnavailable(str(problem)) for place in together}
        except Exception as problem:  # whoever waits must hear of it
            problems = dict.fromkeys((place.done.job_key for place in together), problem)
        for place in together:
            place.problem = problems.get(place.done.job_key)
            place.is_over = True
            place.called.set()
