"""The ledger of a run's faults, and its table at the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.ledger import LEDGER, Ledger

pytest.register_assert_rewrite("tests.faults.nodes", "tests.faults.wholeness")


@pytest.fixture
def ledger() -> Ledger:
    """Where each injected fault is noted."""
    return LEDGER


@pytest.fixture
def seed() -> int:
    """BATON_TEST_SEED repeats a run's decisions; the machine's own timing stays the machine's."""
    return int(os.environ.get("BATON_TEST_SEED", "20260105"))


_CALL_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """What a test injected counts as survived when the test passed, and what its fixtures look at in the end, too."""
    report = yield
    if report.when == "call":
        item.stash[_CALL_PASSED] = report.passed
    elif report.when == "teardown":
        LEDGER.settle(is_well=report.passed and item.stash.get(_CALL_PASSED, False))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Too few faults prove nothing: the run has failed then."""
    if LEDGER.lacks() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not LEDGER.total:
        return
    terminalreporter.section("faults")
    for line in LEDGER.table():
        terminalreporter.write_line(line)
    if lacking := LEDGER.lacks():
        terminalreporter.write_line(f"FAILED: {lacking} faults fewer than wanted.", red=True)
