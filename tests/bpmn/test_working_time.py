"""Working days and hours: holidays, weekends, hours, zones, and what is no calendar; as functions of FEEL, too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bpmn import languages, timers
from bpmn.errors import EvaluationError
from bpmn.model import Expression, Language, TimerKind
from bpmn.working_time import calendar

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 2, 14, tzinfo=UTC)  # Maundy Thursday


def test_holidays_are_those_of_the_country_and_its_part() -> None:
    bavaria, berlin = calendar("DE-BY"), calendar("DE-BE")
    corpus_christi = date(2026, 6, 4)
    assert not bavaria.is_working_day(corpus_christi)
    assert berlin.is_working_day(corpus_christi)
    assert calendar("- Mon-Sun").is_working_day(date(2026, 12, 25))


def test_easter_is_jumped_over() -> None:
    assert calendar("DE").add_days(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert calendar("DE").add_days(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert calendar("US").add_days(date(2026, 4, 2), 1) == date(2026, 4, 3)


def test_no_days_mean_this_day_or_the_next_that_work_is_done_on() -> None:
    assert calendar("DE").add_days(date(2026, 4, 2), 0) == date(2026, 4, 2)
    assert calendar("DE").add_days(date(2026, 4, 4), 0) == date(2026, 4, 7)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-04-02T10:00", 2, "2026-04-02T12:00"),
        ("2026-04-02T16:00", 1, "2026-04-02T17:00"),
        ("2026-04-02T16:00", 2, "2026-04-07T10:00"),
        ("2026-04-02T20:00", 1, "2026-04-07T10:00"),
        ("2026-04-04T03:00", 0, "2026-04-07T09:00"),
        ("2026-04-02T10:00", 40, "2026-04-13T10:00"),
    ],
)
def test_only_time_at_work_counts(start: str, hours: int, due: str) -> None:
    at = datetime.fromisoformat(start)
    assert calendar("DE").add_time(at, timedelta(hours=hours)) == datetime.fromisoformat(due)


def test_hours_are_those_of_the_calendars_zone() -> None:
    due = calendar("DE 08:00-16:00 Europe/Berlin").add_time(NOW, timedelta(hours=1))
    assert due == datetime(2026, 4, 7, 9, tzinfo=BERLIN)


def test_a_night_at_work_is_as_long_as_it_is_when_the_clocks_change() -> None:
    nights = calendar("- Mon-Sun 00:00-08:00 Europe/Berlin")
    start = datetime(2026, 3, 29, tzinfo=BERLIN)  # this night has seven hours until eight
    assert nights.add_time(start, timedelta(hours=7)) == datetime(2026, 3, 29, 8, tzinfo=BERLIN)


def test_days_may_go_round_the_weekend() -> None:
    shop = calendar("- Thu-Mon")
    assert [shop.is_working_day(date(2026, 4, day)) for day in range(6, 13)] == [
        True, False, False, True, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holidays of ''"),
        ("Atlantis", "holidays of 'Atlantis'"),
        ("DE-XX", "holidays of 'DE-XX'"),
        ("DE 17:00-09:00", "begin before they end"),
        ("DE 25:00-26:00", "no hours"),
        ("DE Mon-Foo", "no day 'Foo'"),
        ("DE Mars/Base", "'Mars/Base' is neither"),
    ],
)
def test_what_is_no_calendar_is_refused(text: str, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        calendar(text)


def test_what_never_comes_is_refused() -> None:
    with pytest.raises(EvaluationError, match="not so many working days"):
        calendar("DE").add_days(date(2026, 4, 2), 10_000)
    with pytest.raises(EvaluationError, match="not so much"):
        calendar("DE").add_time(NOW, timedelta(hours=1_000_000))
    with pytest.raises(EvaluationError, match="negative"):
        calendar("DE").add_time(NOW, timedelta(hours=-1))


def feel(text: str) -> Any:
    return languages.compile(Expression(text, Language.FEEL)).evaluate({}, now=NOW)


def test_feel_knows_working_days_and_time() -> None:
    assert feel('is working day(date("2026-04-03"), "DE")') is False
    assert str(languages.as_json(feel('add working days(date("2026-04-02"), 2, "DE")'))) == "2026-04-08"
    assert feel('add working days(date("2026-04-02"), 1.5, "DE")') is None
    assert feel('is working day(date("2026-04-03"), "Atlantis")') is None


def test_a_timer_is_due_after_working_time() -> None:
    date_of_timer = feel('add working time(now(), duration("PT6H"), "DE-BY 09:00-17:00 Europe/Berlin")')
    due, _ = timers.due(TimerKind.DATE, date_of_timer, NOW)
    assert due == datetime(2026, 4, 7, 14, tzinfo=BERLIN)
