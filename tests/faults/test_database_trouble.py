"""PostgreSQL is killed and restarted and loses its sessions and connections under load: nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from engine.store import open_store
from tests.faults.cutter import Cutter
from tests.faults.ledger import Ledger
from tests.faults.nodes import Cluster, Notes
from tests.support import postgres

#: The other servers of the tests need not keep a promise longer than their own life; this one must.
DURABLE = {"synchronous_commit": "on", "full_page_writes": "on"}
PATIENCE_SECONDS = 60.0

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def durable_server() -> Iterator[postgres.Server]:
    with postgres.running(**DURABLE) as server:
        yield server


@pytest.fixture
def database(durable_server: postgres.Server) -> Iterator[str]:
    name = durable_server.create()
    store = open_store(durable_server.url(name))
    store.upgrade()
    store.close()
    yield name
    durable_server.drop(name)


def every_so_often(seconds: float, harm: Callable[[], str | None]) -> Callable[[], str | None]:
    last = time.monotonic()

    def perhaps() -> str | None:
        nonlocal last
        if time.monotonic() - last < seconds:
            return None
        last = time.monotonic()
        return harm()

    return perhaps


def test_the_server_is_killed_and_restarted_under_load(
    durable_server: postgres.Server, database: str, tmp_path: Path, ledger: Ledger, seed: int
) -> None:
    cluster = Cluster(durable_server.url(database), tmp_path, ledger, seed)

    def strike() -> str | None:
        number, what = cluster.chance.choice(
            [
                (signal.SIGKILL, "kill -9 of PostgreSQL's postmaster"),
                (signal.SIGQUIT, "PostgreSQL stopped at once and restarted"),
                (signal.SIGINT, "PostgreSQL restarted"),
            ]
        )
        with suppress(OSError, IndexError, ValueError):  # it is not up again yet
            os.kill(durable_server.pid, number)
            return what
        return None

    cluster.torment(PATIENCE_SECONDS, every_so_often(1.0, strike), wanted=12)
    cluster.finish()


def test_sessions_of_the_server_are_killed_under_load(
    durable_server: postgres.Server, database: str, tmp_path: Path, ledger: Ledger, seed: int
) -> None:
    cluster = Cluster(durable_server.url(database), tmp_path, ledger, seed)

    def end_sessions() -> str | None:
        with suppress(psycopg.Error):
            ended = _sessions(durable_server, database, "pg_terminate_backend(pid)")
            return "sessions ended by PostgreSQL" if ended else None
        return None

    def kill_session() -> str | None:
        with suppress(psycopg.Error):
            if found := _sessions(durable_server, database, "pid"):
                os.kill(cluster.chance.choice(found), signal.SIGKILL)
                return "kill -9 of a PostgreSQL backend"
        return None

    rarely, often = every_so_often(1.5, kill_session), every_so_often(0.2, end_sessions)
    cluster.torment(PATIENCE_SECONDS, lambda: rarely() or often(), wanted=50)
    cluster.finish()


def _sessions(server: postgres.Server, database: str, what: str) -> list[int]:
    with psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        query = f"SELECT {what} FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
        return [row[0] for row in connection.execute(query.encode(), [database])]


def test_connections_are_cut_under_load(
    durable_server: postgres.Server, database: str, tmp_path: Path, ledger: Ledger, seed: int
) -> None:
    cuts = Notes(tmp_path / "cuts")
    cutter = Cutter(durable_server.folder / ".s.PGSQL.5432", cuts, seed, fatal=0.03)
    try:
        cluster = Cluster(durable_server.url(database), tmp_path, ledger, seed)
        direct, cluster.url = cluster.url, f"postgresql+psycopg://postgres@127.0.0.1:{cutter.port}/{database}"
        cluster.torment(PATIENCE_SECONDS, every_so_often(0.4, cutter.cut_all), wanted=80, also=lambda: len(cuts.read()))
        cluster.url = direct
        cluster.finish()
    finally:
        cutter.close()
    for cut in cuts.read():
        ledger.inject(cut, direct)
