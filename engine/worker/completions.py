"""Completing many jobs in one transaction: whoever comes while one is stored waits, and is stored with the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Event

from engine.engine import Completion
from engine.errors import EngineError, StoreUnavailable
from engine.store.jobs import Job

MOST_TOGETHER = 64
#: How long a transaction waits at most until it has as many jobs as the one before.
GATHER_SECONDS = 0.005
#: A transaction that takes longer than this may be joined by another one.
SLOW_SECONDS = 0.1

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
    """Shared by the threads of a worker. One transaction runs at a time, `at_once` where they are slow.

    Threads whose jobs were stored together come back together, too, with the next ones: the first of them waits for the
    others for a moment. It would store its own job alone, and a transaction costs more than what is done in it.
    """

    def __init__(self, complete: CompleteMany, *, at_once: int) -> None:
        self._complete = complete
        self._at_once = at_once
        self._running = 0
        self._expected = 1
        self._waiting: deque[_Place] = deque()
        self._changed = Condition()

    def complete(self, job: Job, done: Completion) -> None:
        """Complete a job; returns when it is stored. Raises what `Engine.complete_job` raises."""
        place = _Place(job, done)
        if not self._may_begin(place) and not place.called.wait(SLOW_SECONDS) and not self._may_begin_beside(place):
            place.called.wait()
        if not place.is_over:
            self._store_with(place)
        if place.problem is not None:
            raise place.problem

    @property
    def _has_all(self) -> bool:
        return len(self._waiting) + 1 >= self._expected

    def _may_begin(self, place: _Place) -> bool:
        with self._changed:
            if not self._running:
                self._running = 1
                return True
            self._waiting.append(place)
            if self._has_all:
                self._changed.notify_all()
            return False

    def _may_begin_beside(self, place: _Place) -> bool:
        """Whether another transaction may begin although one runs: that one waits for a row which somebody holds."""
        with self._changed:
            if place not in self._waiting or self._running >= self._at_once:
                return False
            self._waiting.remove(place)
            self._running += 1
            return True

    def _store_with(self, place: _Place) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._has_all, GATHER_SECONDS)
            others = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER - 1))]
            self._expected = len(others) + 1
        try:
            self._store([place, *others])
        finally:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._changed:
            following = self._waiting.popleft() if self._waiting else None
            self._running -= following is None
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
