"""When timers are due, reckoned from noon of 1 March 2026."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bpmn import timers
from bpmn.errors import EvaluationError
from bpmn.feel.values import DaysTime, YearsMonths
from bpmn.model import TimerKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "due"),
    [
        ("PT15M", "2026-03-01T12:15"),
        ("P1Y2M3DT4H", "2027-05-04T16:00"),
        ("P2W", "2026-03-15T12:00"),
        ("-PT5M", "2026-03-01T11:55"),
        (DaysTime(60 * 1_000_000_000), "2026-03-01T12:01"),
        (YearsMonths(1), "2026-04-01T12:00"),
        (timedelta(hours=1), "2026-03-01T13:00"),
    ],
)
def test_a_duration_counts_from_now(value: Any, due: str) -> None:
    assert timers.due(TimerKind.DURATION, value, NOW) == (_at(due), 0)


def test_a_month_ends_with_the_month() -> None:
    assert timers.span("P1M").after(_at("2026-01-31T08:00")) == _at("2026-02-28T08:00")


@pytest.mark.parametrize(
    ("value", "due"),
    [
        ("2026-10-01T12:00:00+02:00", "2026-10-01T10:00"),
        ("2026-10-01T12:00:00Z", "2026-10-01T12:00"),
        ("2026-10-01T12:00:00[Europe/Berlin]", "2026-10-01T10:00"),
        ("2026-12-01T12:00:00+01:00[Europe/Berlin]", "2026-12-01T11:00"),
        ("2026-10-01T12:00:00.000+0200", "2026-10-01T10:00"),
        ("2026-10-01", "2026-10-01T00:00"),
        (datetime(2026, 10, 1, 12), "2026-10-01T12:00"),
    ],
)
def test_a_date_is_a_point_in_utc(value: Any, due: str) -> None:
    assert timers.due(TimerKind.DATE, value, NOW) == (_at(due), 0)


@pytest.mark.parametrize(
    ("value", "due", "repetitions"),
    [
        ("R/PT1M", "2026-03-01T12:01", -1),
        ("R5/PT10M", "2026-03-01T12:10", 4),
        ("R-1/PT10M", "2026-03-01T12:10", -1),
        ("R3/2026-03-01T13:00:00Z/PT1H", "2026-03-01T13:00", 2),
        ("R3/2022-01-01T00:30:00Z/PT1H", "2026-03-01T12:30", 2),
        ("0 0/5 * * * ?", "2026-03-01T12:05", -1),
        ("0 0 9-17 * * MON-FRI", "2026-03-02T09:00", -1),
        ("30 9 * * *", "2026-03-02T09:30", -1),
        ("0 0 9 ? * MON-FRI *", "2026-03-02T09:00", -1),
        ("@daily", "2026-03-02T00:00", -1),
        (DaysTime(3600 * 1_000_000_000), "2026-03-01T13:00", -1),
    ],
)
def test_a_cycle_says_when_first_and_how_often_again(value: Any, due: str, repetitions: int) -> None:
    assert timers.due(TimerKind.CYCLE, value, NOW) == (_at(due), repetitions)


def test_a_cycle_keeps_its_beat_when_it_fires_late() -> None:
    assert timers.next_due("R/PT1H", NOW, NOW + timedelta(minutes=5)) == NOW + timedelta(hours=1)


def test_turns_missed_while_nobody_ran_are_left_out() -> None:
    late = NOW + timedelta(days=400, minutes=10)
    assert timers.next_due("R/PT1H", NOW, late) == NOW + timedelta(days=400, hours=1)
    assert timers.next_due("R/P1M", NOW, late) == _at("2027-05-01T12:00")


@pytest.mark.parametrize(
    ("cycle", "end"),
    [
        ("R/PT1H/2026-03-01T14:00:00Z", None),
        ("R/2026-03-01T12:00:00Z/PT1H", "2026-03-01T14:00:00Z"),
        ("R/PT1H", "PT2H"),
        ("0 0 * * * *", "2026-03-01T14:00:00Z"),
    ],
)
def test_a_cycle_has_no_turn_after_its_end(cycle: str, end: str | None) -> None:
    assert timers.next_due(cycle, _at("2026-03-01T13:00"), NOW, end) == _at("2026-03-01T14:00")
    assert timers.next_due(cycle, _at("2026-03-01T14:00"), NOW, end) is None


@pytest.mark.parametrize("date", ["2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8)])
def test_a_cycle_may_be_a_calendar_that_is_asked_for_each_date(date: Any) -> None:
    assert timers.due(TimerKind.CYCLE, date, NOW) == (_at("2026-03-02T08:00"), timers.FOREVER)
    assert timers.next_due(date, _at("2026-03-01T08:00"), NOW) == _at("2026-03-02T08:00")
    assert timers.next_due(date, _at("2026-03-02T08:00"), NOW) is None


def test_a_cycle_between_two_dates_repeats_the_time_between_them() -> None:
    cycle = "R3/2026-03-01T13:00:00Z/2026-03-01T13:30:00Z"
    assert timers.due(TimerKind.CYCLE, cycle, NOW) == (_at("2026-03-01T13:00"), 2)
    assert timers.next_due(cycle, _at("2026-03-01T13:00"), NOW) == _at("2026-03-01T13:30")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (TimerKind.DURATION, "5 minutes"),
        (TimerKind.DURATION, ""),
        (TimerKind.DURATION, 5),
        (TimerKind.DURATION, "P99999Y"),
        (TimerKind.DATE, "tomorrow"),
        (TimerKind.DATE, None),
        (TimerKind.CYCLE, "R0/PT1S"),
        (TimerKind.CYCLE, "R/PT0S"),
        (TimerKind.CYCLE, "R99999999999/PT1S"),
        (TimerKind.CYCLE, "every day"),
        (TimerKind.CYCLE, "0 0 0 30 2 *"),
    ],
)
def test_what_is_no_time_is_refused_in_words(kind: TimerKind, value: Any) -> None:
    with pytest.raises(EvaluationError, match=r"\w+ .*\.$"):
        timers.due(kind, value, NOW)


def test_a_duration_may_be_written_in_small_letters() -> None:
    assert timers.due(TimerKind.DURATION, "pt30s", NOW) == timers.due(TimerKind.DURATION, "PT30S", NOW)


BERLIN_CYCLE = "R/2026-03-28T09:00:00[Europe/Berlin]/P1D"


def test_a_cycle_of_days_keeps_the_time_of_its_zone_through_summer_time() -> None:
    last, turns = _at("2026-03-28T08:00"), []
    for _ in range(3):
        turns.append(last := timers.next_due(BERLIN_CYCLE, last, last))
    assert turns == [_at("2026-03-29T07:00"), _at("2026-03-30T07:00"), _at("2026-03-31T07:00")]


def test_a_cycle_of_hours_counts_real_hours() -> None:
    cycle = "R/2026-03-28T09:00:00[Europe/Berlin]/PT24H"
    assert timers.next_due(cycle, _at("2026-03-28T08:00"), NOW) == _at("2026-03-29T08:00")


def test_a_time_that_the_clock_leaves_out_is_later_once_and_shifts_nothing() -> None:
    cycle = "R/2026-03-28T02:30:00[Europe/Berlin]/P1D"
    gap = timers.next_due(cycle, _at("2026-03-28T01:30"), NOW)
    assert gap == _at("2026-03-29T01:30")  # 03:30 on the clocks of Berlin, where 02:30 is left out
    assert timers.next_due(cycle, gap, NOW) == _at("2026-03-30T00:30")


def test_a_time_that_comes_twice_fires_once() -> None:
    cycle = "R/2026-10-24T02:30:00[Europe/Berlin]/P1D"
    first = timers.next_due(cycle, _at("2026-10-24T00:30"), NOW)
    assert first == _at("2026-10-25T00:30")
    assert timers.next_due(cycle, first, first) == _at("2026-10-26T01:30")


def test_the_end_of_a_month_comes_back_after_a_short_one() -> None:
    cycle = "R/2026-01-31T12:00:00Z/P1M"
    assert timers.next_due(cycle, _at("2026-02-28T12:00"), NOW) == _at("2026-03-31T12:00")


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Argentina/Buenos_Aires"])
def test_a_zone_with_slashes_is_no_part_of_the_interval(zone: str) -> None:
    assert timers.due(TimerKind.CYCLE, f"R2/2030-01-01T12:00:00[{zone}]/P1D", NOW)[1] == 1


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("CRON_TZ=Europe/Berlin 0 0 9 * * *", "2026-03-28T09:00", "2026-03-29T07:00"),
        ("TZ=Europe/Berlin 0 0 9 * * *", "2026-10-24T09:00", "2026-10-25T08:00"),
        ("CRON_TZ=Europe/Berlin @daily", "2026-03-28T09:00", "2026-03-28T23:00"),
        ("CRON_TZ=Europe/Berlin 0 30 2 * * *", "2026-03-28T09:00", "2026-03-29T01:30"),
        ("CRON_TZ=Europe/Berlin 0 30 2 * * *", "2026-10-25T00:30", "2026-10-26T01:30"),
        ("CRON_TZ=Europe/Berlin 0 0 * * * *", "2026-10-25T00:00", "2026-10-25T01:00"),
        ("CRON_TZ=Europe/Berlin 0 0 * * * *", "2026-10-25T01:00", "2026-10-25T02:00"),
        ("CRON_TZ=Asia/Kolkata 0 0 * * * *", "2026-10-25T01:00", "2026-10-25T01:30"),
    ],
)
def test_cron_may_name_the_zone_whose_clocks_it_means(cron: str, after: str, due: str) -> None:
    assert timers.next_due(cron, _at(after), _at(after)) == _at(due)


def test_a_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(EvaluationError, match="no time zone .*Mars/Base"):
        timers.due(TimerKind.CYCLE, "CRON_TZ=Mars/Base 0 0 9 * * *", NOW)
