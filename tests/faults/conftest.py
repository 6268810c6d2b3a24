"""The ledger of a run's faults, and its table at the end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.faults.ledger import LEDGER, Ledger


@pytest.fixture
def ledger() -> Ledger:
    """Where each injected fault is noted."""
    return LEDGER


@pytest.fixture
def seed() -> int:
    """BATON_TEST_SEED repeats a run's decisions; the machine's own timing stays the machine's."""
    return int(os.environ.get("BATON_TEST_SEED", "20260105"))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Whoever ends the run from outside still gets the table of what was done until then."""
    with suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


_CALL_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """What a test injected counts as survived when the test passed, and what its fixtures look at in the end, too."""
    report = yield
    if report.when == "call":
        item.stash[_CALL_PASSED] = report.passed
    elif report.when == "teardown":
        LEDGER.settle(is_well=report.passed and item.stash.get(_CALL_PASSED, False))
        LEDGER.tests += 1
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Too few faults prove nothing, and neither do tests that did not run: the run has failed then."""
    if (LEDGER.lacks() or LEDGER.left > 0) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_collection_finish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # one of several processes knows of its own share only
        LEDGER.wanted = sum(item.path.parent == Path(__file__).parent for item in session.items)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not LEDGER.total:
        return
    terminalreporter.section("faults")
    for line in LEDGER.table():
        terminalreporter.write_line(line)
    if (left := LEDGER.left) > 0:
        terminalreporter.write_line(f"CUT OFF: {left} of {LEDGER.wanted} tests did not run.", red=True)
    if lacking := LEDGER.lacks():
        terminalreporter.write_line(f"FAILED: {lacking} faults fewer than wanted.", red=True)
