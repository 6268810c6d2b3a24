"""How a contestant is spoken to: one JSON request per line on standard input, one JSON answer per line.

{"case": "A", "seconds": 0.5} plays a case for about so long; {"wait": 100} leaves so many instances of B waiting. Every
contestant measures itself in the same way, in a process of its own, so that nobody pays for another one's imports.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Cases = Mapping[str, Callable[[], object]]


def play(cases: Cases, *, wait: Callable[[], object] | None = None, stored: Callable[[], int] | None = None) -> None:
    """Answer requests until standard input ends. `wait` leaves one instance waiting, `stored` counts all bytes kept."""
    say({"cases": list(cases), "waits": wait is not None})
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            assert wait is not None
            say(_waiting(wait, stored or (lambda: 0), asked["wait"]))
        else:
            say(_measured(cases[asked["case"]], asked["seconds"]))


def say(answer: Mapping[str, Any]) -> None:
    """One line to whoever asked."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _measured(call: Callable[[], object], seconds: float) -> dict[str, float]:
    """Milliseconds of processor and of clock time per call."""
    calls, cpu, began = 0, time.process_time(), time.perf_counter()
    while not calls or time.perf_counter() - began < seconds:
        call()
        calls += 1
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    return {"calls": calls, "cpu_ms": cpu * 1000 / calls, "wall_ms": wall * 1000 / calls}


def _waiting(wait: Callable[[], object], stored: Callable[[], int], count: int) -> dict[str, float]:
    wait()
    bytes_before, memory_before = stored(), memory()
    for _ in range(count):
        wait()
    return {"bytes": (stored() - bytes_before) / count, "memory": (memory() - memory_before) / count}


def memory() -> int:
    """Bytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def sqlite_bytes(path: str) -> int:
    """Bytes of an SQLite file, its log moved into it."""
    import sqlite3

    connection = sqlite3.connect(path, timeout=30)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [used] = connection.execute(
        "SELECT (page_count - freelist_count) * page_size "
        "FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
    ).fetchone()
    connection.close()
    return int(used)


def path_of(url: str) -> str:
    """The file of `sqlite:///FILE`; empty for another database."""
    return url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
