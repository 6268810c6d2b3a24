"""What benchmarks share: the results of the run, written as a page at its end, and how long it may take.

BATON_TEST_BENCH=short measures everything with smaller numbers and writes into build/; without it the page of the
repository is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.results import Results
from tests.support import postgres
from tests.support.source import ROOT

IS_SHORT = os.environ.get("BATON_TEST_BENCH") == "short"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A benchmark takes as long as it takes; `make` and CI limit the whole."""
    for item in items:
        if item.get_closest_marker("benchmark"):
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def results() -> Iterator[Results]:
    """Where figures go."""
    found = Results()
    yield found
    page = ROOT / "build" / "benchmarks.md" if IS_SHORT else Path(__file__).with_name("RESULTS.md")
    page.parent.mkdir(exist_ok=True)
    page.write_text(found.markdown())


@pytest.fixture(scope="session")
def is_short() -> bool:
    """Whether the run is to be over soon."""
    return IS_SHORT


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[postgres.Server]:
    """A PostgreSQL that waits for the disk at every commit, as one in use does."""
    with postgres.running(fsync="on", synchronous_commit="on", full_page_writes="on") as server:
        yield server
