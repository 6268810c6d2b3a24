"""Claims jobs, runs their connectors in threads, outside any transaction, and ends each job in one of its ways.

Any number of workers may run, in any number of processes: leases keep them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition, Thread
from time import monotonic

import structlog

from engine.engine import Engine
from engine.errors import EngineError, LeaseLost
from engine.store.jobs import Job
from engine.worker.call import JobCall
from engine.worker.leases import Leases

log = structlog.get_logger()

LONGEST_JOB_SECONDS = 3600.0
_LONGEST_PAUSE_SECONDS = 30.0


def pause_seconds(poll_seconds: float, failures: int) -> float:
    """How long to wait for the next round after so many failed ones in a row: doubled each time, 30 seconds at most."""
    return min(poll_seconds * 2.0 ** min(failures, 16), max(_LONGEST_PAUSE_SECONDS, poll_seconds))


class Worker:
    """Serves the job types of the engine's connectors, or those of them named in `types`.

    `name` must be unique among running workers. `threads` jobs are worked on at once. `secrets` resolves the names that
    diagrams quote; it raises Permanent for an unknown one. `poll_seconds` is the pause when there was nothing to do.
    Raises ValueError when a type is named that no connector serves.
    """

    def __init__(  # noqa: PLR0913 - settings, all named
        self,
        engine: Engine,
        *,
        name: str,
        secrets: Callable[[str], str],
        types: Sequence[str] = (),
        threads: int = 4,
        lease_seconds: float = 60.0,
        poll_seconds: float = 1.0,
    ) -> None:
        served = engine.connectors.types()
        if unknown := sorted(set(types) - served):
            raise ValueError(
                f"No connector serves {', '.join(unknown)}. Served: {', '.join(sorted(served))}. "
                "Install the package that brings it, or run a worker of your own for that type."
            )
        self.name = name
        self.types = tuple(sorted(set(types) or served))
        self._engine = engine
        self._secrets = secrets
        self._threads = threads
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._changed = Condition()
        self._busy = 0
        self._is_stopping = False
        self._leases = Leases(self._extend, lease_seconds=lease_seconds, limit_seconds=LONGEST_JOB_SECONDS)

    def run(self, *, drain_seconds: float = 30.0) -> None:
        """Work until `stop` is called, then wait for running jobs, `drain_seconds` at most."""
        log.info("worker started", worker=self.name, types=len(self.types), threads=self._threads)
        failures = 0
        with self._leases:
            while not self._is_stopping:
                try:
                    claimed = self._claim_and_start()
                    failures = 0
                except Exception as problem:  # the loop must outlive whatever goes wrong in one round
                    claimed, failures = 0, failures + 1
                    log.warning("no jobs claimed", worker=self.name, error=_said(problem))
                if not claimed:
                    self._wait(pause_seconds(self._poll_seconds, failures))
            self._drain(drain_seconds)
        log.info("worker stopped", worker=self.name, unfinished=self._busy)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the running jobs are done. May be called from a signal handler."""
        self._is_stopping = True

    def wake(self) -> None:
        """Look for jobs now instead of after the pause."""
        with self._changed:
            self._changed.notify_all()

    def run_once(self) -> int:
        """Claim as many jobs as there are threads, do them, and return how many they were."""
        with self._leases:
            claimed = self._claim_and_start()
            with self._changed:
                self._changed.wait_for(lambda: not self._busy)
        return claimed

    def run_until_idle(self) -> int:
        """Do jobs until none can be claimed, those that came up meanwhile included; returns how many they were."""
        done = 0
        while claimed := self.run_once():
            done += claimed
        return done

    def _claim_and_start(self) -> int:
        free = self._threads - self._busy
        if free <= 0 or not self.types:
            return 0
        jobs = self._engine.claim_jobs(
            worker=self.name, types=self.types, limit=free, lease_seconds=self._lease_seconds
        )
        self._leases.hold(job.key for job in jobs)
        for job in jobs:
            self._begin(job)
        return len(jobs)

    def _begin(self, job: Job) -> None:
        with self._changed:
            self._busy += 1
        try:
            Thread(target=self._work, args=(job,), name=f"baton job {job.key}", daemon=True).start()
        except RuntimeError:  # no thread to be had: the lease runs out, and somebody else does it
            self._end(job)
            log.error("job not begun, the machine has no thread left", job=job.key)

    def _work(self, job: Job) -> None:
        try:
            JobCall(self._engine, job, self.name, self._secrets).run()
        except LeaseLost:
            log.info("job dropped, its lease is lost", job=job.key, type=job.type)
        except Exception as problem:  # a thread has nobody to raise to
            # The lease runs out, and the job is done again, by whoever claims it.
            log.warning("job not settled", job=job.key, type=job.type, error=_said(problem))
        finally:
            self._end(job)

    def _end(self, job: Job) -> None:
        self._leases.release(job.key)
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def _extend(self, job_key: int) -> None:
        self._engine.extend_lease(job_key, worker=self.name, seconds=self._lease_seconds)

    def _wait(self, seconds: float) -> None:
        # In short turns: `stop` may come from a signal handler, which must not take the lock.
        deadline = monotonic() + seconds
        with self._changed:
            while not self._is_stopping and (left := deadline - monotonic()) > 0:
                if self._changed.wait(min(left, 0.2)):
                    return

    def _drain(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout=seconds)


def _said(problem: Exception) -> str:
    """What may stand in a log: the engine's own words are made for it, those of others may hold anything."""
    return str(problem) if isinstance(problem, EngineError) else type(problem).__name__
