"""The small pure parts: states, keys, clock, back-off, errors."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest

from connectors import base
from engine import errors, events
from engine.clock import FakeClock, SystemClock
from engine.errors import IllegalMove
from engine.keys import KeyMaker, made_at
from engine.retry import back_off
from engine.states import _TABLES as TABLES
from engine.states import JobState, move


def test_an_illegal_move_names_the_thing_and_both_states() -> None:
    with pytest.raises(IllegalMove, match="Job 5 is completed and cannot become activated. It has ended"):
        move("Job", 5, JobState.COMPLETED, JobState.ACTIVATED)
    with pytest.raises(IllegalMove, match="in review"):
        move("Job", 5, JobState.IN_REVIEW, JobState.ACTIVATED)
    assert move("Job", 5, JobState.CREATED, JobState.ACTIVATED) is JobState.ACTIVATED


@pytest.mark.parametrize("kind", list(TABLES))
def test_every_state_has_a_row_in_its_table_and_can_be_left_or_is_an_end(kind: type[StrEnum]) -> None:
    table = TABLES[kind]
    assert set(table) == set(kind)
    reachable = set().union(*table.values()) | {next(iter(kind))}
    assert reachable == set(kind)


def test_keys_grow_and_are_unique_across_threads() -> None:
    make = KeyMaker(3)
    with ThreadPoolExecutor(4) as pool:
        made = [key for keys in pool.map(lambda _: [make() for _ in range(5000)], range(4)) for key in keys]
    assert len(set(made)) == 20_000
    alone = [make() for _ in range(10_000)]
    assert alone == sorted(alone)
    assert all(0 < key < 2**63 for key in alone)


def test_keys_spread_over_the_audit_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    make = KeyMaker(1)
    moments = iter(range(1_800_000_000_000_000_000, 1_800_000_000_000_000_000 + 64_000_000, 1_000_000))
    monkeypatch.setattr("engine.keys.time.time_ns", lambda: next(moments))
    assert {make() % 8 for _ in range(64)} == set(range(8))


def test_a_clock_set_back_repeats_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    make = KeyMaker(1)
    times = [1_800_000_000_000_000_000, 1_700_000_000_000_000_000, 1_800_000_000_000_000_000]
    moments = iter(times)
    monkeypatch.setattr("engine.keys.time.time_ns", lambda: next(moments))
    keys = [make() for _ in times]
    assert len(set(keys)) == 3
    assert keys == sorted(keys)
    assert made_at(keys[0]) == 1_800_000_000


def test_the_fake_clock_stands_still_until_it_is_moved() -> None:
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    assert clock.advance(1.5) == datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert clock.advance(timedelta(days=1)) == clock.now()
    assert SystemClock().now().tzinfo is UTC


@pytest.mark.parametrize(
    ("failures", "intervals", "is_camunda7", "seconds"),
    [
        (1, (), False, 5),
        (2, (), False, 15),
        (3, (), False, 45),
        (50, (), False, 900),
        (10_000, (), False, 900),
        (1, (), True, 0),
        (1, (600, 1020), True, 600),
        (2, (600, 1020), True, 1020),
        (7, (600, 1020), True, 1020),
    ],
)
def test_back_off_grows_is_capped_and_follows_the_diagram(
    failures: int, intervals: tuple[int, ...], is_camunda7: bool, seconds: float
) -> None:
    assert back_off(failures, intervals, is_camunda7=is_camunda7) == seconds


def test_every_error_has_a_code_of_its_own_and_a_sentence() -> None:
    codes = [error.code for error in errors.ALL]
    assert len(set(codes)) == len(codes)
    assert all(error.__doc__ for error in errors.ALL)
    assert issubclass(errors.LeaseLost, base.LeaseLost)


def test_events_are_distinct_words() -> None:
    words = [value for name, value in vars(events).items() if name.isupper()]
    assert len(set(words)) == len(words) > 30
