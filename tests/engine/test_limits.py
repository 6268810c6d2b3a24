"""Limits as arithmetic: in no minute more than the limit, a small burst, places for so many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.limits import AT_ONCE_PAUSE_SECONDS, Limit, LimitKind, burst

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def limit(per_minute: int | None = None, at_once: int | None = None) -> Limit:
    starts = burst(per_minute) if per_minute else 0.0
    return Limit(LimitKind.MODEL, "m", per_minute, at_once, starts, NOW, NOW, "root")


def test_a_tenth_of_a_minute_may_start_at_once() -> None:
    assert limit(per_minute=60).allowed(0) == 6
    assert limit(per_minute=1).allowed(0) == 1


def test_places_and_starts_both_count() -> None:
    assert limit(per_minute=60, at_once=10).allowed(7) == 3
    assert limit(per_minute=60, at_once=10).allowed(11) == 0
    assert limit(at_once=2).allowed(0) == 2


def test_the_pause_lasts_until_the_next_start() -> None:
    spent = limit(per_minute=60).spent(6)
    pause = spent.pause_seconds(0)
    assert 0 < pause < 2
    assert spent.now(NOW + timedelta(seconds=pause)).allowed(0) == 1
    assert limit(at_once=1).pause_seconds(1) == AT_ONCE_PAUSE_SECONDS
    assert limit(at_once=1).pause_seconds(0) == 0


def test_a_clock_that_goes_back_neither_gives_nor_takes() -> None:
    spent = limit(per_minute=60).spent(6)
    assert spent.now(NOW - timedelta(hours=1)).starts == spent.starts


@given(per_minute=st.integers(1, 400), waits=st.lists(st.floats(0, 20), min_size=20, max_size=200))
def test_in_no_minute_do_more_start_than_the_limit_says(per_minute: int, waits: list[float]) -> None:
    state, at, started = limit(per_minute), NOW, []
    for wait in waits:
        at += timedelta(seconds=wait)
        state = state.now(at)
        count = state.allowed(0)
        state = state.spent(count)
        started.append((at, count))
    for first, _ in started:
        within = (count for at, count in started if first <= at < first + timedelta(seconds=60))
        assert sum(within) <= per_minute


@pytest.mark.parametrize("per_minute", [1, 7, 60, 600])
def test_over_a_long_time_nearly_as_many_start_as_the_limit_says(per_minute: int) -> None:
    state, count = limit(per_minute), 0
    for tenth in range(36_000):
        state = state.now(NOW + timedelta(seconds=tenth / 10))
        count += state.allowed(0)
        state = state.spent(state.allowed(0))
    assert count >= 60 * per_minute * 0.85
