"""Brings notifications to who subscribed: a loop of its own, so that a slow receiver delays no timer and no job.

Any number of couriers may run at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import structlog

from engine.engine import Engine
from engine.errors import EngineError

log = structlog.get_logger()

_LONGEST_PAUSE_SECONDS = 30.0
_THREADS = 8


class Courier:
    """Looks for news every `poll_seconds`, and delivers up to `batch` notifications at once."""

    def __init__(self, engine: Engine, *, poll_seconds: float = 1.0, batch: int = 20) -> None:
        self._engine = engine
        self._poll_seconds = poll_seconds
        self._batch = batch
        self._stop = Event()

    def run(self) -> None:
        """Work until `stop` is called. A database that is away is tried again after growing pauses."""
        failures = 0
        while not self._stop.is_set():
            try:
                while not self._stop.is_set() and self.run_once():
                    pass
                failures = 0
            except Exception as problem:  # the loop must outlive whatever goes wrong in one round
                failures += 1
                said = str(problem) if isinstance(problem, EngineError) else type(problem).__name__
                log.warning("round not finished", error=said)
            pause = self._poll_seconds * 2.0 ** min(failures, 16)
            self._stop.wait(min(pause, max(_LONGEST_PAUSE_SECONDS, self._poll_seconds)))

    def stop(self) -> None:
        """End `run` after the round that is under way."""
        self._stop.set()

    def run_once(self) -> int:
        """Look at what is new, and deliver what is due; returns how much there was."""
        news = self._engine.tell_overdue_tasks() + self._engine.collect_notifications()
        claimed = self._engine.claim_notifications(limit=self._batch)
        if claimed:
            with ThreadPoolExecutor(_THREADS, thread_name_prefix="courier") as pool:
                list(pool.map(self._engine.deliver_notification, claimed))
        return news + len(claimed)
