"""What benchmarks share: the results of the run, written as a page at its end, and how long it may take.

BATON_TEST_BENCH=short measures everything with smaller numbers. What is measured with BATON_TEST_BENCH=full takes its
place on the page of the repository; everything else is written into build/.
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
    is_full = os.environ.get("BATON_TEST_BENCH") == "full"
    page = Path(__file__).with_name("RESULTS.md") if is_full else ROOT / "build" / "benchmarks.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(found.markdown(page.read_text() if page.exists() else ""))


@pytest.fixture(scope="session")
def is_short() -> bool:
    """Whether the run is to be over soon."""
    return IS_SHORT


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[postgres.Server]:
    """A PostgreSQL that waits for the disk at every commit, as one in use does."""
    with postgres.running(fsync="on", synchronous_commit="on", full_page_writes="on") as server:
        yield server
