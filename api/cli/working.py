"""`baton worker`: the jobs of Baton's connectors and the timers, worked on until somebody stops it."""

from __future__ import annotations

import contextlib
import fnmatch
import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from api.cli.console import Command, Exit, Failure, say
from api.cli.loading import keep, loading
from api.cli.tree import end_with_parent
from api.cli.wired import open_engine
from connectors.base import Permanent
from connectors.registry import AI_TASK

if TYPE_CHECKING:
    from api.settings import Settings
    from engine.engine import Engine

#: For the last words to the database.
_SLACK_SECONDS = 5.0

_FOLLOW_PARENT = click.option(
    "--follow-parent", type=int, hidden=True, metavar="PID", help="End when this process has ended."
)


@click.command(cls=Command)
@click.option("--types", multiple=True, metavar="PATTERN", help="Only job types like this (* is any text); repeatable.")
@click.option("--tenant", "tenants", multiple=True, metavar="ID", help="Only the work of this tenant; repeatable.")
@click.option("--except", "others", multiple=True, metavar="PATTERN", help="But not job types like this; repeatable.")
@click.option("--threads", type=click.IntRange(1, 256), help="Jobs at once, AI tasks aside (BATON_WORKER_THREADS).")
@click.option("--max-llm-calls", type=click.IntRange(1, 5000), help="AI tasks at once (BATON_MAX_LLM_CALLS).")
@click.option("--no-scheduler", is_flag=True, help="Leave timers to other processes.")
@_FOLLOW_PARENT
@click.option("--warm-up", hidden=True, metavar="NAME", help="Load what this local model needs before the first job.")
def worker(  # noqa: PLR0913 - one parameter per option
    types: tuple[str, ...],
    tenants: tuple[str, ...],
    others: tuple[str, ...],
    threads: int | None,
    max_llm_calls: int | None,
    no_scheduler: bool,
    follow_parent: int | None,
    warm_up: str | None,
) -> None:
    """Run a worker and the scheduler. Any number may run on one database; Ctrl-C lets running jobs finish.

    \b
    baton worker --types 'baton:ai-task:*' --max-llm-calls 200
    baton worker --except 'baton:ai-task:*' --threads 16
    """
    if follow_parent:
        end_with_parent(follow_parent)
    for name, value in (("BATON_WORKER_THREADS", threads), ("BATON_MAX_LLM_CALLS", max_llm_calls)):
        if value is not None:
            os.environ[name] = str(value)
    with loading():
        from api.wiring import observe

        settings, engine = open_engine(log_level=logging.INFO)
        observe(settings, engine)
    keep()
    served = _chosen(engine, types, others)
    loops = Loops(settings, engine, types=served, tenants=tenants, with_scheduler=not no_scheduler)
    say(f"Worker {loops.worker.name} serves {', '.join(loops.worker.types)} (Ctrl-C ends it)")
    if warm_up or (settings.models and AI_TASK in loops.worker.types):
        threading.Thread(target=_warm_up, args=(warm_up,), name="warm-up", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, loops.stop)
    loops.run()


@click.command(cls=Command)
@_FOLLOW_PARENT
def scheduler(follow_parent: int | None) -> None:
    """Run the scheduler alone: it fires timers. Any number may run; workers have one of their own."""
    from api.wiring import build_heart, build_scheduler, observe

    if follow_parent:
        end_with_parent(follow_parent)
    settings, engine = open_engine(log_level=logging.INFO)
    observe(settings, engine)
    loop = build_scheduler(settings, engine)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.stop())
    say("The scheduler fires timers (Ctrl-C ends it)")
    with build_heart(engine, "scheduler"):
        loop.run()


def _chosen(engine: Engine, types: Sequence[str], others: Sequence[str]) -> list[str]:
    """The served job types that fit a pattern, and none of the others."""
    served = sorted(engine.connectors.types())
    for pattern in types:
        if not fnmatch.filter(served, pattern):
            raise Failure(f"No connector serves a job type like '{pattern}'. Served: {', '.join(served)}.", Exit.USAGE)
    wanted = [type_ for type_ in served if _fits(type_, types or ["*"]) and not _fits(type_, others)]
    if not wanted:
        raise Failure("These options leave no job type to serve.", Exit.USAGE)
    return wanted


def _fits(type_: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(type_, pattern) for pattern in patterns)


class Loops:
    """A worker, and in threads a scheduler and a courier; they end together. `also` is what else runs here."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        *,
        types: Sequence[str] = (),
        tenants: Sequence[str] = (),
        with_scheduler: bool = True,
        also: Sequence[str] = (),
    ) -> None:
        from api.wiring import build_courier, build_heart, build_scheduler, build_worker

        self._courier = build_courier(settings, engine) if with_scheduler else None
        self.worker = build_worker(settings, engine.for_tenants(frozenset(tenants) or None), types=types)
        self._scheduler = build_scheduler(settings, engine) if with_scheduler else None
        beside = ("scheduler", "courier") if with_scheduler else ()
        self._heart = build_heart(engine, "worker", *beside, *also, name=self.worker.name)
        self._drain_seconds = settings.drain_seconds
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Work until `stop` is called, and then as long as running jobs take, within limits."""
        if self._scheduler is not None:
            self._begin("scheduler", self._scheduler.run)
        if self._courier is not None:
            self._begin("courier", self._courier.run)
        with self._heart:
            self.worker.run(drain_seconds=self._drain_seconds)
        self._join()

    def run_in_background(self) -> None:
        """Begin to work in threads, which `end` ends."""
        self._begin("worker", self.run)

    def stop(self, *_: object) -> None:
        """Take nothing more. May be a signal's handler."""
        if self._scheduler is not None:
            self._scheduler.stop()
        if self._courier is not None:
            self._courier.stop()
        self.worker.stop()

    def end(self) -> None:
        """Stop, and wait for what is under way."""
        self.stop()
        self._join()

    def _begin(self, name: str, loop: Callable[[], None]) -> None:
        self._threads.append(threading.Thread(target=loop, name=f"baton {name}", daemon=True))
        self._threads[-1].start()

    def _join(self) -> None:
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(self._drain_seconds + _SLACK_SECONDS)


def _warm_up(local_model: str | None) -> None:
    """Import the model library and start the local model's server, so that the first job need not wait for them."""
    from connectors.llm import library, local_server

    with contextlib.suppress(Permanent):  # without it the first job says so
        with loading():
            library.litellm()
        keep()
    if local_model is None:
        return
    # Weights that are not there yet are no trouble now: the first job says so, or finds them.
    with contextlib.suppress(local_server.LocalServerFailed):
        local_server.shared(local_model)


class Round:
    """One round of worker and scheduler, for a command that drives them itself. `types` are the job types served."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        from api.wiring import build_scheduler, build_worker

        self._worker = build_worker(settings, engine)
        self._scheduler = build_scheduler(settings, engine)
        self.types = frozenset(self._worker.types)

    def schedule(self) -> int:
        """The scheduler's part alone."""
        return self._scheduler.run_once()

    def __call__(self) -> int:
        """Fire what is due and do the jobs that wait; returns how many both were."""
        return self.schedule() + self._worker.run_once()
