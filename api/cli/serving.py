"""`baton serve`: the application behind granian, in threads, one process unless asked for more."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.util import Finalize
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from api.cli.console import Command, Exit, Failure, say
from api.cli.loading import keep, loading
from api.cli.ports import is_free
from api.cli.tree import end_with_parent
from api.cli.wired import check_database, load_settings, open_engine, upgrade_database

if TYPE_CHECKING:
    from api.cli.working import Loops
    from api.settings import Settings
    from engine.heart import Heart
    from engine.store.wakeups import WakeUps

#: More than this make Python threads wait for one another.
THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)
#: Threads that may wait, for slow bodies or for what a request waits for, beside those that work.
PATIENT_THREADS = 512
#: How the command tells the process that granian starts what was asked for. Not a setting.
_ASKED = "_BATON_SERVE"
#: Where processes that count together leave their counts: the variable that the library of metrics looks at.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
#: What a process that ends gets beside the time for its running jobs.
_SLACK_SECONDS = 10


@click.command(cls=Command)
@click.option("--host", help="Address to listen on (BATON_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (BATON_PORT).")
@click.option("--threads", default=THREADS, show_default=True, type=click.IntRange(1, 256), help="Requests at once.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes that serve.")
@click.option("--with-worker", is_flag=True, help="Work on jobs and timers in the same processes.")
@click.option("--upgrade", is_flag=True, hidden=True, help="Bring an older database up to date first.")
@click.option("--follow-parent", type=int, hidden=True, metavar="PID", help="End when this process has ended.")
def serve(  # noqa: PLR0913 - one parameter per option
    host: str | None,
    port: int | None,
    threads: int,
    workers: int,
    with_worker: bool,
    upgrade: bool,
    follow_parent: int | None,
) -> None:
    """Run the server."""
    settings = _settings(host, port)
    if not is_free(settings.host, settings.port):
        raise Failure(
            f"Something else listens on {settings.host}:{settings.port}. Stop it, or choose another --port.",
            Exit.FAILED,
            code="port-in-use",
        )
    if follow_parent:
        end_with_parent(follow_parent)
    else:  # whoever starts a tree of processes has looked already
        check_database()
    flags = [name for name, wanted in (("worker", with_worker), ("upgrade", upgrade)) if wanted]
    os.environ[_ASKED] = " ".join([str(os.getpid()), str(threads), *flags])
    say(f"Baton at http://{settings.host}:{settings.port}/ (Ctrl-C ends it)")
    with _counted_together(settings):
        _listen(settings, threads, workers)


@contextmanager
def _counted_together(settings: Settings) -> Iterator[None]:
    """A folder in which all processes of this server count, and the port of the metrics, if there is to be one."""
    with TemporaryDirectory(prefix="baton-metrics-") as folder:
        os.environ.setdefault(_FOLDER, folder)
        if settings.metrics_port:
            # The processes that serve load both, too: this one does not without need.
            from api.metrics import serve_metrics
            from api.wiring import build_engine

            serve_metrics(build_engine(settings), settings.metrics_host, settings.metrics_port)
        yield


def _settings(host: str | None, port: int | None) -> Settings:
    """The settings with the options put in their place, checked like all others."""
    if host:
        os.environ["BATON_HOST"] = host
    if port:
        os.environ["BATON_PORT"] = str(port)
    return load_settings()


def _listen(settings: Settings, threads: int, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "api.cli.serving:application",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=threads + PATIENT_THREADS,
        log_level=LogLevels.error,  # it warns of so many threads, most of which sleep
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.drain_seconds) + _SLACK_SECONDS,
    ).serve()


def _work_beside(loops: Loops) -> None:
    """Do jobs and timers in this process, until the server that started it ends it."""
    loops.run_in_background()
    # The server's processes are those of multiprocessing, whose ends pass over `atexit`.
    Finalize(None, loops.end, exitpriority=0)


def _live(heart: Heart) -> None:
    """Give signs of life until the server that started this process ends it."""
    heart.__enter__()
    Finalize(None, heart.__exit__, (None, None, None), exitpriority=0)


def _hear_the_end(wakeups: WakeUps) -> None:
    """Tell those who wait for more work when this process is told to end, so that no long poll holds up a restart.

    granian sets handlers of its own after the application is made; every signal that one of those takes is also
    written to this descriptor.
    """
    heard, told = socket.socketpair()
    told.setblocking(False)

    def listen() -> None:
        with told:
            while heard.recv(1)[0] not in (signal.SIGTERM, signal.SIGINT):
                pass
        wakeups.end()

    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    Thread(target=listen, name="baton end", daemon=True).start()


def application() -> Any:
    """The WSGI application, made in the process that granian starts."""
    asked = os.environ[_ASKED].split()
    end_with_parent(int(asked[0]))
    with loading():
        from api.app import create_app
        from api.cli.working import Loops
        from api.slow_bodies import WholeBodies
        from api.wiring import build_heart, observer

        if "upgrade" in asked:
            upgrade_database()
        settings, engine = open_engine(log_level=logging.INFO)
        engine.observer = observer(settings)
        app = create_app(settings, engine)
    keep()
    _hear_the_end(engine.store.wakeups)
    if "worker" in asked:
        _work_beside(Loops(settings, engine, also=["server"]))
    else:
        _live(build_heart(engine, "server"))
    return WholeBodies(app, at_once=int(asked[1]), limit_bytes=settings.upload_limit_bytes)
