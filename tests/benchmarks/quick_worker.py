"""A worker for jobs that are no work, in a process of its own.

    python -m tests.benchmarks.quick_worker DATABASE_URL

It prints "ready", begins when it gets a line, works until it gets another one, and prints how many jobs it did and how
many CPU seconds that took.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time

import structlog

from connectors.base import Request, Result
from connectors.registry import Registry
from engine.clock import SystemClock
from engine.engine import Engine
from engine.store import open_store
from engine.worker import Worker, from_environment

TYPE = "no-work"
THREADS = 16


class Counted:
    """The connector: it only counts."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    def __call__(self, _: Request) -> Result:
        with self._lock:
            self.count += 1
        return Result()


def main(url: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    done = Counted()
    engine = Engine(open_store(url), SystemClock(), Registry({TYPE: done}, use_entry_points=False))
    worker = Worker(engine, name=f"w{os.getpid()}", secrets=from_environment({}), types=[TYPE], threads=THREADS)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    loop = threading.Thread(target=worker.run)
    loop.start()
    sys.stdin.readline()
    cpu = time.process_time() - began
    worker.stop()
    loop.join()
    print(done.count, cpu, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
