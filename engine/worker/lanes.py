"""A lane: so many jobs of some types at once, in threads of its own, so that slow work leaves room for quick work.

Threads are made when they are needed. Of jobs that take no time, some are claimed ahead: the next one then waits here
rather than in the database.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from time import monotonic

import structlog

from engine.store.jobs import Job

log = structlog.get_logger()

#: Claimed ahead is what this lane does in so many seconds, and never more jobs than this.
AHEAD_SECONDS = 0.05
MOST_AHEAD = 200
#: The next claim waits until this many fit in, or a quarter of the lane.
_FEWEST_CLAIMED = 32
_IDLE_SECONDS = 10.0
_WEIGHT = 0.1  # of the last job in the average


class Lane:
    """`work` does a job in one of up to `threads` threads; `has_room` is called when more may be claimed."""

    def __init__(self, types: Sequence[str], threads: int, work: Callable[[Job], None]) -> None:
        self.types = tuple(types)
        self.threads = threads
        self.is_dry = False  # the last claim found less than it asked for
        self.has_room: Callable[[], None] = lambda: None
        self._work = work
        self._changed = Condition()
        self._waiting: deque[Job] = deque()
        self._here: Counter[str] = Counter()  # jobs by type, those that wait included
        self._begun: set[int] = set()
        self._idle = self._alive = 0
        self._seconds = float("inf")

    @property
    def room(self) -> int:
        """How many more jobs may be claimed now."""
        return max(self._capacity - self._here.total(), 0)

    @property
    def wants_more(self) -> bool:
        """Whether a claim is worth its transaction: there may be jobs, and enough of them have room."""
        return not self.is_dry and self.room >= min(_FEWEST_CLAIMED, max(1, self._capacity // 4))

    @property
    def begun(self) -> list[int]:
        """The keys of the jobs that are being done."""
        with self._changed:
            return list(self._begun)

    def in_turn(self) -> tuple[str, ...]:
        """The types, those with the fewest jobs here first, equals in any order."""
        shuffled = random.sample(self.types, len(self.types))
        return tuple(sorted(shuffled, key=self._here.__getitem__))

    def add(self, jobs: Sequence[Job]) -> list[Job]:
        """Have these jobs done; returns those that cannot be begun because the machine has no thread left."""
        with self._changed:
            self._waiting.extend(jobs)
            self._here.update(job.type for job in jobs)
            for _ in range(min(len(jobs) - self._idle, self.threads - self._alive)):
                if not self._add_thread():
                    break
            self._changed.notify(len(jobs))
        return [] if self._alive else self.take_back()

    def take_back(self) -> list[Job]:
        """The jobs that nobody has begun; they will not be done here."""
        with self._changed:
            jobs = list(self._waiting)
            self._waiting.clear()
            self._here.subtract(job.type for job in jobs)
        return jobs

    def wait_until_done(self, seconds: float | None = None) -> bool:
        """Wait for the jobs that are here; False when the time was up before."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._begun, seconds)

    @property
    def _capacity(self) -> int:
        ahead = int(self.threads * AHEAD_SECONDS / self._seconds) if self._seconds else MOST_AHEAD
        return self.threads + min(ahead, MOST_AHEAD)

    def _add_thread(self) -> bool:
        try:
            Thread(target=self._run, name="baton job", daemon=True).start()
        except RuntimeError:  # no thread to be had: those that are there do the work
            log.error("the machine has no thread left", threads=self._alive)
            return False
        self._alive += 1
        return True

    def _run(self) -> None:
        while (job := self._next()) is not None:
            began = monotonic()
            try:
                self._work(job)
            finally:
                self._end(job, monotonic() - began)

    def _next(self) -> Job | None:
        """The next job; None when there was none for a while, and this thread may go."""
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting, _IDLE_SECONDS)
            self._idle -= 1
            if not self._waiting:
                self._alive -= 1
                return None
            job = self._waiting.popleft()
            self._begun.add(job.key)
            return job

    def _end(self, job: Job, seconds: float) -> None:
        with self._changed:
            self._here[job.type] -= 1
            self._begun.discard(job.key)
            self._seconds = seconds if self._seconds == float("inf") else _mean(self._seconds, seconds)
            if not self._waiting and not self._begun:
                self._changed.notify_all()
            wants_more = self.wants_more
        if wants_more:
            self.has_room()


def _mean(before: float, last: float) -> float:
    return before + _WEIGHT * (last - before)
