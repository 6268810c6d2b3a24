"""Fires due timers, brings signals to those who wait, works on batches, and sweeps away what has had its time.

Any number of schedulers may run at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Event
from time import monotonic

import structlog

from engine.engine import Engine
from engine.errors import EngineError
from engine.sealer import Sealer
from engine.store.wakeups import SIGNALS, TIMERS

log = structlog.get_logger()

_LONGEST_PAUSE_SECONDS = 30.0
#: A timer that somebody else holds, or that cannot fire now, must not make this one run in circles.
_SHORTEST_PAUSE_SECONDS = 0.05
_LOOK_FOR_STOP_SECONDS = 0.2
_TOPICS = frozenset({TIMERS, SIGNALS})


class Scheduler:
    """Fires timers when they are due, `batch` of them in one go; sweeps every `sweep_seconds`.

    It sleeps until the next timer that it knows of, is woken by new ones that are due soon, and looks by itself every
    `poll_seconds`. Each takes timers of its own, so that several share the work.

    `history_days` is how long ended instances are kept where nobody says otherwise, and ended batches; None: for ever.
    `sealer` seals the audit trail, None: nobody does.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        poll_seconds: float = 1.0,
        batch: int = 100,
        sweep_seconds: float = 300.0,
        history_days: int | None = None,
        sealer: Sealer | None = None,
    ) -> None:
        self._engine = engine
        self._poll_seconds = poll_seconds
        self._batch = batch
        self._history_days = history_days
        self._sealer = sealer
        self._sweep_every = timedelta(seconds=sweep_seconds)
        self._swept_at: datetime | None = None
        self._stop = Event()

    def run(self) -> None:
        """Work until `stop` is called. A database that is away is tried again after growing pauses."""
        log.info("scheduler started")
        failures = 0
        while not self._stop.is_set():
            mark = self._engine.store.wakeups.mark(_TOPICS)
            pause = self._poll_seconds
            try:
                self.run_until_idle()
                self.sweep_when_due()
                if self._sealer is not None:
                    self._sealer.seal_when_due()
                failures = 0
                pause = self._pause()
            except Exception as problem:  # the loop must outlive whatever goes wrong in one round
                failures += 1
                said = str(problem) if isinstance(problem, EngineError) else type(problem).__name__
                log.warning("round not finished", error=said)
            self._wait(mark, min(pause * 2.0 ** min(failures, 16), max(_LONGEST_PAUSE_SECONDS, self._poll_seconds)))
        log.info("scheduler stopped")

    def stop(self) -> None:
        """End `run` after the round that is under way."""
        self._stop.set()

    def _pause(self) -> float:
        """How long to sleep: until the next timer, and no longer than usual."""
        due_at = self._engine.queries.next_timer()
        if due_at is None:
            return self._poll_seconds
        left = (due_at - self._engine.clock.now()).total_seconds()
        return min(max(left, _SHORTEST_PAUSE_SECONDS), self._poll_seconds)

    def _wait(self, mark: int, seconds: float) -> None:
        # In short turns: `stop` may come from a signal handler, which must not take the lock of the wake-ups.
        until = monotonic() + seconds
        while not self._stop.is_set() and (left := until - monotonic()) > 0:
            if self._engine.store.wakeups.wait(_TOPICS, mark, min(left, _LOOK_FOR_STOP_SECONDS)):
                return

    def run_once(self) -> int:
        """Fire due timers, deliver signals, remind of tasks and work on batches, some of each; returns how many."""
        fired = self._engine.fire_due_timers(limit=self._batch) + self._engine.deliver_signals(limit=self._batch)
        return fired + self._engine.remind() + self._engine.run_batches(limit=self._batch)

    def run_until_idle(self) -> int:
        """Fire until nothing is due, what came due through the firing included; returns how many they were."""
        fired = 0
        while not self._stop.is_set() and (count := self.run_once()):
            fired += count
        return fired

    def sweep_when_due(self) -> int:
        """Drop what has had its time, when the last sweep is long enough ago; returns how many rows and instances."""
        now = self._engine.clock.now()
        # The time since then counts in both directions: a clock that is set back must not put the sweep off by hours.
        if self._swept_at is not None and abs(now - self._swept_at) < self._sweep_every:
            return 0
        self._swept_at = now
        swept = self._engine.sweep() + self._engine.purge(default_days=self._history_days)
        return swept + self._engine.purge_batches(days=self._history_days)
