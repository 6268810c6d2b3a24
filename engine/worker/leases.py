"""Keeps the leases of running jobs alive, so that a model may think longer than a lease lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType

import structlog

from engine.errors import EngineError

log = structlog.get_logger()

#: Extends the leases of jobs by key; returns the keys of those that are still held.
Extend = Callable[[Sequence[int]], frozenset[int]]


class Leases(AbstractContextManager["Leases"]):
    """One thread that extends the leases of all held jobs together, three times in the time that a lease lasts.

    A job held longer than `limit_seconds` is not extended any more: its connector hangs, and another worker may try.
    """

    def __init__(self, extend: Extend, *, lease_seconds: float, limit_seconds: float) -> None:
        self._extend = extend
        self._pause = lease_seconds / 3
        self._limit = limit_seconds
        self._held: dict[int, float] = {}
        self._lock = Lock()
        self._stop = Event()

    def hold(self, keys: Iterable[int]) -> None:
        """From now on, keep these jobs."""
        with self._lock:
            self._held |= dict.fromkeys(keys, monotonic())

    def release(self, key: int) -> None:
        """The job is done, or not ours any more."""
        with self._lock:
            self._held.pop(key, None)

    def beat(self) -> None:
        """Extend every lease once. A job that was taken over is released; a database that is away is tried again."""
        self._give_up_hanging()
        with self._lock:
            held = list(self._held)
        if not held:
            return
        try:
            kept = self._extend(held)
        except EngineError as problem:
            log.warning("leases not extended", jobs=len(held), error=str(problem))
            return
        with self._lock:
            lost = [key for key in held if key not in kept and self._held.pop(key, None) is not None]
        if lost:
            log.info("leases lost", jobs=lost)

    def _give_up_hanging(self) -> None:
        with self._lock:
            since = monotonic() - self._limit
            hanging = [key for key, began in self._held.items() if began < since]
            for key in hanging:
                del self._held[key]
        for key in hanging:
            log.warning("job held too long, its lease is left to expire", job=key, seconds=self._limit)

    def __enter__(self) -> Leases:
        self._stop.clear()
        self._thread = Thread(target=self._run, name="baton leases", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self.beat()
            except Exception as problem:  # the thread must outlive whatever goes wrong in one round
                log.error("leases not extended", error=type(problem).__name__)
