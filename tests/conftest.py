"""What every test may ask for: databases of both kinds, a clock that stands still, and no way out of the machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.support import offline, postgres

offline.forbid_outside_sockets()
# Their assertions say what they compared, like those of a test. Said here, before anything imports them.
pytest.register_assert_rewrite(
    "tests.faults.nodes", "tests.faults.wholeness", "tests.scenarios.driver", "tests.scenarios.look"
)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The console sets up logging for its process; the next test's `capture_logs` must still see everything."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def clock() -> Any:
    """An `engine.clock.FakeClock` that stands at 2026-01-05 09:00 UTC, a Monday. `clock.advance(seconds)` moves it."""
    from engine.clock import FakeClock

    return FakeClock(datetime(2026, 1, 5, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """One real PostgreSQL for the whole run, started when the first test asks for it."""
    with postgres.running() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An SQLite file of the test's own, not yet made."""
    return f"sqlite:///{tmp_path / 'baton.db'}"


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of the test's own: the test runs once on each kind."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture(scope="session")
def _upgraded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("upgraded") / "baton.db"
    _upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _upgraded_postgres(postgres_server: postgres.Server) -> str:
    name = postgres_server.create()
    _upgrade(postgres_server.url(name))
    return name


@pytest.fixture
def upgraded_sqlite_url(_upgraded_sqlite: Path, tmp_path: Path) -> str:
    """An SQLite file with Baton's tables, a copy of one that was upgraded once."""
    return f"sqlite:///{shutil.copy(_upgraded_sqlite, tmp_path / 'baton.db')}"


@pytest.fixture
def upgraded_postgres_url(postgres_server: postgres.Server, _upgraded_postgres: str) -> Iterator[str]:
    """A PostgreSQL database with Baton's tables, a copy of one that was upgraded once."""
    name = postgres_server.create(template=_upgraded_postgres)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded_database_url(request: pytest.FixtureRequest) -> str:
    """A database with Baton's tables, of the test's own: the test runs once on each kind. Faster than upgrading."""
    return request.getfixturevalue(f"upgraded_{'sqlite' if request.param == 'sqlite' else 'postgres'}_url")


def _upgrade(url: str) -> None:
    from engine.store import open_store

    store: Any = open_store(url)
    store.upgrade()
    # A template must not be in use when it is copied, and SQLite moves its log into the file when it closes.
    store.close()
