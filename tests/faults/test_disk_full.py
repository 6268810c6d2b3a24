"""The disk is full: every verb says so and changes nothing, and when there is room again all goes on.

No right to mount anything is needed: SQLite is given a most of pages, and processes a most of bytes per file, which the
system answers as it answers a quota. Where a small file system may be mounted, that is tried, too.
"""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from engine.clock import FakeClock
from engine.errors import StoreUnavailable
from engine.store import open_store
from engine.store.jobs import Job
from tests.engine.support import World, end, line, service, start
from tests.faults.ledger import Ledger
from tests.faults.wholeness import assert_whole
from tests.support import postgres

DIAGRAM = line("p", start(), service("work"), end())
REFUSALS = 12
MOST_STARTS = 400
BIG = 100_000  # bytes


def fill(world: World) -> list[Job]:
    """Start cases with much to keep until there is no room; returns jobs that were claimed before."""
    world.deploy(DIAGRAM)
    world.start("p")
    held = world.claim("work", lease_seconds=3600)
    with pytest.raises(StoreUnavailable):
        for _ in range(MOST_STARTS):
            world.start("p", text=os.urandom(BIG // 2).hex())
    return held


def refuse(world: World, ledger: Ledger, kind: str) -> None:
    """Whatever needs room is refused, and has left no trace."""
    before = world.engine.queries.counts()
    for _ in range(REFUSALS):
        with pytest.raises(StoreUnavailable):
            world.start("p", text=os.urandom(BIG).hex())
        ledger.inject(kind, world.store.url)
    assert world.engine.queries.counts() == before


def go_on(world: World, held: list[Job]) -> None:
    for job in held:
        world.engine.complete_job(job.key, {}, worker="w1")
    while found := world.claim("work", limit=100):
        for job in found:
            world.engine.complete_job(job.key, {}, worker="w1")
    assert world.engine.queries.counts().active_instances == 0
    assert_whole(world.store, world.clock)


def test_sqlite_with_a_most_of_pages(upgraded_sqlite_url: str, clock: FakeClock, ledger: Ledger) -> None:
    store = open_store(upgraded_sqlite_url)
    most = 400

    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={most}")  # type: ignore[attr-defined]

    event.listen(store.sql, "connect", limit)
    world = World(store, clock)
    held = fill(world)
    refuse(world, ledger, "disk full (SQLite's most of pages)")
    most = 100_000
    store.close()  # its connections; the next ones have room
    go_on(world, held)
    store.close()


def in_child(work: Callable[[], None]) -> None:
    """Run it in a process of its own, whose limits are not ours. The ledger's counts come back by its exit code."""
    child = os.fork()
    if child:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        return
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def test_sqlite_with_a_most_of_bytes_per_file(
    upgraded_sqlite_url: str, clock: FakeClock, ledger: Ledger, tmp_path: Path
) -> None:
    def work() -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, hard))
        store = open_store(upgraded_sqlite_url)
        world = World(store, clock)
        held = fill(world)
        refuse(world, ledger, "")
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        go_on(world, held)

    in_child(work)
    ledger.inject("disk full (most of bytes per file)", upgraded_sqlite_url, REFUSALS)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here; the limits above stand in for it")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_sqlite_on_a_small_disk(small_disk: Path, clock: FakeClock, ledger: Ledger) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_000_000))
    store = open_store(f"sqlite:///{small_disk / 'baton.db'}")
    store.upgrade()
    world = World(store, clock)
    held = fill(world)
    refuse(world, ledger, "disk full (a small file system)")
    ballast.unlink()
    go_on(world, held)
    store.close()


@pytest.mark.faults
def test_postgresql_with_a_most_of_bytes_per_file(clock: FakeClock, ledger: Ledger) -> None:
    with postgres.running(synchronous_commit="on") as server:
        store = open_store(server.url(server.create()))
        store.upgrade()
        server.restart(most_blocks=2 * 16 * 1024)  # as much as a segment of its log needs
        world = World(store, clock)
        held = fill(world)
        refuse(world, ledger, "disk full (most of bytes per file)")
        server.restart()
        go_on(world, held)
        store.close()
