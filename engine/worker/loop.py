"""Claims jobs, runs their connectors in threads, outside any transaction, and ends each job in one of its ways.

Any number of workers may run, in any number of processes: leases keep them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

import structlog
from structlog.contextvars import bound_contextvars

from engine import tracing
from engine.engine import MOST_CLAIMED, Completion, Engine
from engine.errors import EngineError, LeaseLost
from engine.observer import ObservedJob, tool_call
from engine.store.jobs import Job
from engine.store.wakeups import JOBS
from engine.worker.call import JobCall
from engine.worker.completions import Completions
from engine.worker.lanes import Lane
from engine.worker.leases import Leases

log = structlog.get_logger()

LONGEST_JOB_SECONDS = 3600.0
_LONGEST_PAUSE_SECONDS = 30.0
_LOOK_FOR_STOP_SECONDS = 0.2
_TOPICS = frozenset({JOBS})


def pause_seconds(poll_seconds: float, failures: int) -> float:
    """How long to wait for the next round after so many failed ones in a row: doubled each time, 30 seconds at most."""
    return min(poll_seconds * 2.0 ** min(failures, 16), max(_LONGEST_PAUSE_SECONDS, poll_seconds))


class Worker:
    """Serves the job types of the engine's connectors, or those of them named in `types`.

    `name` must be unique among running workers. `threads` jobs are worked on at once; a type in `apart` has threads of
    its own, so many as it says. `secrets` resolves the names that diagrams quote; it raises Permanent for an unknown
    one. New jobs wake the worker; `poll_seconds` is after how long it looks by itself. Raises ValueError when a type is
    named that no connector serves.
    """

    def __init__(  # noqa: PLR0913 - settings, all named
        self,
        engine: Engine,
        *,
        name: str,
        secrets: Callable[[str], str],
        types: Sequence[str] = (),
        threads: int = 4,
        apart: Mapping[str, int] | None = None,
        lease_seconds: float = 60.0,
        poll_seconds: float = 1.0,
    ) -> None:
        self.name = name
        self.types = _served(engine, types)
        self._engine = engine
        self._wakeups = engine.store.wakeups
        self._secrets = secrets
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._is_stopping = False
        self._leases = Leases(self._extend, lease_seconds=lease_seconds, limit_seconds=LONGEST_JOB_SECONDS)
        self._completions = Completions(self._complete, at_once=1 if engine.store.is_sqlite else 2)
        self._lanes = [Lane(types, threads, self._work) for types, threads in _lanes(self.types, threads, apart or {})]
        for lane in self._lanes:
            lane.has_room = self.wake

    def run(self, *, drain_seconds: float = 30.0) -> None:
        """Work until `stop` is called, then wait for running jobs, `drain_seconds` at most.

        What is not done by then is offered to others at once, and its result, should it come, is refused.
        """
        log.info(
            "worker started", worker=self.name, types=len(self.types), threads=[one.threads for one in self._lanes]
        )
        failures = 0
        with self._leases:
            while not self._is_stopping:
                mark = self._wakeups.mark(_TOPICS)
                try:
                    claimed = self._claim_all()
                    failures = 0
                except Exception as problem:  # the loop must outlive whatever goes wrong in one round
                    claimed, failures = 0, failures + 1
                    log.warning("no jobs claimed", worker=self.name, error=_said(problem))
                if not claimed or not self._wants_more:
                    self._wait(mark, pause_seconds(self._poll_seconds, failures))
            unfinished = self._drain(drain_seconds)
        log.info("worker stopped", worker=self.name, unfinished=unfinished)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when the running jobs are done. May be called from a signal handler."""
        self._is_stopping = True

    def wake(self) -> None:
        """Look for jobs now instead of after the pause."""
        self._wakeups.ring_here(_TOPICS)

    def run_once(self) -> int:
        """Claim as many jobs as there are threads, do them, and return how many they were."""
        with self._leases:
            claimed = self._claim_all()
            for lane in self._lanes:
                lane.wait_until_done()
        return claimed

    def run_until_idle(self) -> int:
        """Do jobs until none can be claimed, those that came up meanwhile included; returns how many they were."""
        done = 0
        while claimed := self.run_once():
            done += claimed
        return done

    @property
    def _wants_more(self) -> bool:
        return any(lane.wants_more for lane in self._lanes)

    def _claim_all(self) -> int:
        return sum(self._claim(lane) for lane in self._lanes)

    def _claim(self, lane: Lane) -> int:
        if not (room := min(lane.room, MOST_CLAIMED)):
            return 0
        jobs = self._engine.claim_jobs(
            worker=self.name, types=lane.in_turn(), limit=room, lease_seconds=self._lease_seconds
        )
        lane.is_dry = len(jobs) < room
        self._leases.hold(job.key for job in jobs)
        self._release(job.key for job in lane.add(jobs))
        return len(jobs)

    def _work(self, job: Job) -> None:
        # Whatever logs inside of this thread, and the libraries of the connector with it, says where it was.
        place = {"instance": job.instance_key, "element": job.element_id, "job": job.key, "worker": self.name}
        try:
            with bound_contextvars(**place), tracing.under(job.traceparent), self._engine.observer.job(_observed(job)):
                self._do(job)
        finally:
            self._leases.release(job.key)

    def _do(self, job: Job) -> None:
        try:
            held = self.name, self._lease_seconds
            JobCall(self._engine, job, held, self._secrets, self._completions).run()
        except LeaseLost:
            log.info("job dropped, its lease is lost", type=job.type)
        except Exception as problem:  # a thread has nobody to raise to
            # The lease runs out, and the job is done again, by whoever claims it.
            log.warning("job not settled", type=job.type, error=_said(problem))

    def _complete(self, done: Sequence[Completion]) -> Mapping[int, EngineError]:
        return self._engine.complete_jobs(done, worker=self.name)

    def _extend(self, job_keys: Sequence[int]) -> frozenset[int]:
        return self._engine.extend_leases(job_keys, worker=self.name, seconds=self._lease_seconds)

    def _release(self, job_keys: Iterable[int]) -> None:
        """Give jobs back that will not be done here. When that fails their leases run out."""
        keys = list(job_keys)
        for key in keys:
            self._leases.release(key)
        if keys:
            try:
                self._engine.release_jobs(keys, worker=self.name)
            except EngineError as problem:
                log.warning("jobs not given back", jobs=len(keys), error=str(problem))

    def _wait(self, mark: int, seconds: float) -> None:
        # In short turns: `stop` may come from a signal handler, which must not take a lock.
        deadline = monotonic() + seconds
        while not self._is_stopping and (left := deadline - monotonic()) > 0:
            if self._wakeups.wait(_TOPICS, mark, min(left, _LOOK_FOR_STOP_SECONDS)):
                return

    def _drain(self, seconds: float) -> int:
        """Finish what is begun, give back the rest; returns how many jobs were not finished."""
        deadline = monotonic() + seconds
        self._release(job.key for lane in self._lanes for job in lane.take_back())
        for lane in self._lanes:
            lane.wait_until_done(max(deadline - monotonic(), 0))
        left = [key for lane in self._lanes for key in lane.begun]
        self._release(left)
        return len(left)


def _served(engine: Engine, types: Sequence[str]) -> tuple[str, ...]:
    served = engine.connectors.types()
    if unknown := sorted(set(types) - served):
        raise ValueError(
            f"No connector serves {', '.join(unknown)}. Served: {', '.join(sorted(served))}. "
            "Install the package that brings it, or run a worker of your own for that type."
        )
    return tuple(sorted(set(types) or served))


def _lanes(types: Sequence[str], threads: int, apart: Mapping[str, int]) -> list[tuple[list[str], int]]:
    """Which types share threads, and how many."""
    shared = [type_ for type_ in types if type_ not in apart]
    own = [([type_], apart[type_]) for type_ in types if type_ in apart]
    return [(shared, threads), *own] if shared else own


def _said(problem: Exception) -> str:
    """What may stand in a log: the engine's own words are made for it, those of others may hold anything."""
    return str(problem) if isinstance(problem, EngineError) else type(problem).__name__


def _observed(job: Job) -> ObservedJob:
    tool, call_id = tool_call(job.variables)
    return ObservedJob(
        job.key, job.type, job.instance_key, job.element_id, job.process_id, job.traceparent, tool, call_id
    )
