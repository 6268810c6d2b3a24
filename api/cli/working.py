"""`baton worker`: the jobs of Baton's connectors and the timers, worked on until somebody stops it."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from typing import TYPE_CHECKING

import click

from api.cli.console import Command, say
from api.cli.tree import end_with_parent
from api.cli.wired import open_engine

if TYPE_CHECKING:
    from api.settings import Settings
    from engine.engine import Engine

DRAIN_SECONDS = 20.0


@click.command(cls=Command)
@click.option("--follow-parent", type=int, hidden=True, metavar="PID", help="End when this process has ended.")
@click.option("--warm-up", hidden=True, metavar="NAME", help="Load what this local model needs before the first job.")
def worker(follow_parent: int | None, warm_up: str | None) -> None:
    """Run a worker and the scheduler. Any number may run on one database; Ctrl-C lets running jobs finish."""
    from api.wiring import build_scheduler, build_worker

    if follow_parent:
        end_with_parent(follow_parent)
    settings, engine = open_engine(log_level=logging.INFO)
    loop, scheduler = build_worker(settings, engine), build_scheduler(settings, engine)

    def stop(*_: object) -> None:
        scheduler.stop()
        loop.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    say(f"Worker {loop.name} serves {', '.join(loop.types)} (Ctrl-C ends it)")
    timers = threading.Thread(target=scheduler.run, name="scheduler", daemon=True)
    timers.start()
    if warm_up:
        threading.Thread(target=_warm_up, args=(warm_up,), name="warm-up", daemon=True).start()
    loop.run(drain_seconds=DRAIN_SECONDS)
    timers.join(DRAIN_SECONDS)


def _warm_up(model: str) -> None:
    """Import the model library and start the local model's server, so that the first job need not wait for them."""
    from connectors.llm import library, local_server

    library.litellm()
    # Weights that are not there yet are no trouble now: the first job says so, or finds them.
    with contextlib.suppress(local_server.LocalServerFailed):
        local_server.shared(model)


def start_in_background(settings: Settings, engine: Engine) -> None:
    """Worker and scheduler as threads of this process; a job under way when it ends is done again by the next one."""
    from api.wiring import build_scheduler, build_worker

    loops = (build_worker(settings, engine).run, build_scheduler(settings, engine).run)
    for loop in loops:
        threading.Thread(target=loop, name="baton worker", daemon=True).start()


class Round:
    """One round of worker and scheduler, for a command that drives them itself. `types` are the job types served."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        from api.wiring import build_scheduler, build_worker

        self._worker = build_worker(settings, engine)
        self._scheduler = build_scheduler(settings, engine)
        self.types = frozenset(self._worker.types)

    def __call__(self) -> int:
        """Fire what is due and do the jobs that wait; returns how many both were."""
        return self._scheduler.run_once() + self._worker.run_once()
