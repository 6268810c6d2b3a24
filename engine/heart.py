"""The heartbeat of a process: signs of life in the database, which tell others who is there and whose clock is off."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from threading import Event, Thread
from types import TracebackType

import structlog

from engine.engine import Engine
from engine.errors import EngineError

log = structlog.get_logger()

BEAT_SECONDS = 20.0


class Heart(AbstractContextManager["Heart"]):
    """Beats inside of the block, in a thread of its own; the node is forgotten at its end.

    `name` must be unique among running processes; `roles` is what this one does (worker, scheduler, courier, server).
    """

    def __init__(self, engine: Engine, name: str, roles: Sequence[str], *, seconds: float = BEAT_SECONDS) -> None:
        self._engine = engine
        self._name = name
        self._roles = tuple(roles)
        self._seconds = seconds
        self._stop = Event()
        self._thread = Thread(target=self._run, name="baton heart", daemon=True)

    def beat(self) -> None:
        """One sign of life. A database that is away hears the next one."""
        try:
            self._engine.beat(self._name, self._roles)
        except EngineError as problem:
            log.warning("no sign of life given", node=self._name, error=str(problem))

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        with suppress(EngineError):  # it is forgotten later, then
            self._engine.leave(self._name)

    def _run(self) -> None:
        while True:
            try:
                self.beat()
            except Exception as error:  # the thread must outlive whatever goes wrong in one round
                log.error("no sign of life given", node=self._name, error=type(error).__name__)
            if self._stop.wait(self._seconds):
                return
