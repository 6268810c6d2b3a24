"""What `baton doctor` looks at in a running system: clocks, room on the disk, what is late, silent models."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.symptoms import Symptom
from api.cli.wired import load_settings

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.store.figures import Figures

#: Leases are told by the clocks of nodes: apart by more than this, workers take each other's jobs too early.
MOST_SKEW = timedelta(seconds=5)
#: Work that waits for longer than this has nobody who does it.
LATE = timedelta(minutes=1)
LEAST_FREE = 1_000_000_000  # bytes
PATIENCE_SECONDS = 3.0


def _clock(name: str) -> Symptom:
    with _looked_into() as engine:
        skew = datetime.now(UTC) - engine.store.now()
    found = f"{abs(skew.total_seconds()):.1f} s apart from the database's"
    wrong = abs(skew) > MOST_SKEW
    return Symptom(name, found, "Leases go by it: let NTP keep both clocks." if wrong else "")


def _disk(name: str) -> Symptom:
    from engine.store.backup import sqlite_file

    file = sqlite_file(load_settings().database_url)
    if file is None:
        return Symptom(name, "the database's own, on its server")
    free = shutil.disk_usage(Path(file).absolute().parent).free
    found = f"{free / 1e9:.1f} GB free where {file} is"
    return Symptom(name, found, "Make room: without it nothing is stored." if free < LEAST_FREE else "")


def _jobs(name: str) -> Symptom:
    found, now = _figures()
    waiting = [type_ for type_, since in sorted(found.oldest_due.items()) if now - since > LATE]
    if not waiting:
        return Symptom(name, "every job that waits was free to be taken within the last minute")
    text = f"nobody takes jobs of {', '.join(waiting)}" + (f"; {found.lapsed} leases ran out" if found.lapsed else "")
    return Symptom(name, text, "Run `baton worker`, or a worker of your own for these types.")


def _timers(name: str) -> Symptom:
    found, now = _figures()
    if found.oldest_timer is None or now - found.oldest_timer <= LATE:
        return Symptom(name, f"{found.timers} set, none late")
    late = int((now - found.oldest_timer).total_seconds())
    return Symptom(name, f"one is {late} s late", "Run `baton worker` or `baton scheduler`: it fires them.")


def _incidents(name: str) -> Symptom:
    found, _ = _figures()
    count = sum(found.incidents.values())
    if not count:
        return Symptom(name, "none open")
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.incidents.items()))
    return Symptom(name, f"{count} open: {kinds}", "`baton incident list` says what to do.", needed=False)


def _models(name: str) -> Symptom:
    import httpx

    addresses = {alias: row.api_base for alias, row in load_settings().models.items() if row.api_base}
    silent = []
    for alias, address in addresses.items():
        try:
            httpx.get(address, timeout=PATIENCE_SECONDS)  # any answer will do
        except httpx.HTTPError as problem:
            silent.append(f"{alias} ({type(problem).__name__})")
    if silent:
        return Symptom(name, f"no answer from {', '.join(silent)}", "Is `api_base` right, and the endpoint up?")
    return Symptom(name, f"{len(addresses)} endpoints of the settings answer")


@contextmanager
def _looked_into() -> Iterator[Engine]:
    """The engine over the folder's database, which is looked at and not made."""
    from engine.clock import SystemClock
    from engine.engine import Engine
    from engine.store import open_store

    store = open_store(load_settings().database_url)
    try:
        yield Engine(store, SystemClock())
    finally:
        store.close()


def _figures() -> tuple[Figures, datetime]:
    with _looked_into() as engine:
        return engine.queries.figures(), engine.clock.now()


VITALS: dict[str, Callable[[str], Symptom]] = {
    "clock": _clock,
    "disk": _disk,
    "jobs": _jobs,
    "timers": _timers,
    "incidents": _incidents,
    "endpoints of models": _models,
}
