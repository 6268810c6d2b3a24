"""Working days and hours: a calendar is a text, such as `DE-BY Mon-Fri 09:00-17:00 Europe/Berlin`. Pure.

The text begins with a country, or a country and its part, whose public holidays the library `holidays` knows (ISO 3166:
`DE`, `DE-BY`, `US-CA`; `-` for none). Days, hours and zone may follow in any order; without them work is done Monday
to Friday, 09:00 to 17:00, on the clock of the time that is asked about. So a diagram says all there is to know, and
means the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bpmn.errors import EvaluationError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Farther than this nobody plans, and a calendar without a single working day must not be searched for ever.
MOST_DAYS = 10_000
_DAY = timedelta(days=1)
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAYS = re.compile(r"(\w{3})(?:-(\w{3}))?")
_EXPECTED = "Expected one such as DE-BY Mon-Fri 09:00-17:00 Europe/Berlin"


@dataclass(frozen=True)
class Calendar:
    """When work is done. `opens` and `closes` are of the same day; `zone` is None for the clock of whoever asks."""

    holidays: Container[date]
    weekdays: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo | None

    def is_working_day(self, day: date) -> bool:
        """Whether work is done on a day."""
        return day.weekday() in self.weekdays and day not in self.holidays

    def add_days(self, day: date, count: int) -> date:
        """The working day so many after a day, or before it; for 0 the day itself or the next working day.

        Raises `EvaluationError` when it is too far away.
        """
        step = _DAY if count >= 0 else -_DAY
        left = abs(count)
        if left == 0:
            return day if self.is_working_day(day) else self.add_days(day, 1)
        for _ in range(MOST_DAYS):
            day += step
            left -= self.is_working_day(day)
            if left == 0:
                return day
        raise EvaluationError(f"There are not so many working days within {MOST_DAYS} days.")

    def add_time(self, start: datetime, length: timedelta) -> datetime:
        """The moment when so much working time has passed; time outside of working hours does not count.

        Raises `EvaluationError` for a negative length, and when it is too far away.
        """
        if length < timedelta():
            raise EvaluationError("The working time to add must not be negative.")
        at = start.astimezone(self.zone) if self.zone and start.tzinfo else start
        for _ in range(MOST_DAYS):
            opens, closes = (datetime.combine(at.date(), hour, at.tzinfo) for hour in (self.opens, self.closes))
            if self.is_working_day(at.date()) and at < closes:
                at = max(at, opens)
                if length <= (left := _between(at, closes)):
                    return _later(at, length)
                length -= left
            at = datetime.combine(at.date() + _DAY, self.opens, at.tzinfo)
        raise EvaluationError(f"There is not so much working time within {MOST_DAYS} days.")


def _between(first: datetime, last: datetime) -> timedelta:
    """The time that passes, which is not the difference on the clock on a day when that is changed."""
    return last.astimezone(UTC) - first.astimezone(UTC) if first.tzinfo else last - first


def _later(at: datetime, length: timedelta) -> datetime:
    return (at.astimezone(UTC) + length).astimezone(at.tzinfo) if at.tzinfo else at + length


@lru_cache(maxsize=200)
def calendar(text: str) -> Calendar:
    """The calendar of a text. Raises `EvaluationError` with what was expected."""
    place, *others = text.split() or [""]
    weekdays, hours, zone = frozenset(range(5)), (time(9), time(17)), None
    for part in others:
        if match := _HOURS.fullmatch(part):
            hours = _hours(match)
        elif (match := _DAYS.fullmatch(part)) and match[1].title() in DAYS:
            weekdays = _weekdays(match)
        else:
            zone = _zone(part)
    return Calendar(_holidays(place), weekdays, *hours, zone)


def _holidays(place: str) -> Container[date]:
    if place == "-":
        return ()
    import holidays  # takes a second, which only diagrams with calendars shall cost

    country, _, part = place.partition("-")
    try:
        return holidays.country_holidays(country.upper(), subdiv=part.upper() or None)
    except NotImplementedError:
        raise EvaluationError(f"The holidays of '{place}' are not known. {_EXPECTED}.") from None


def _hours(match: re.Match[str]) -> tuple[time, time]:
    try:
        opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    except ValueError:
        raise EvaluationError(f"'{match[0]}' are no hours of a day. {_EXPECTED}.") from None
    if opens >= closes:
        raise EvaluationError(f"Working hours begin before they end, but found {match[0]}.")
    return opens, closes


def _weekdays(match: re.Match[str]) -> frozenset[int]:
    first, last = match[1].title(), (match[2] or match[1]).title()
    if last not in DAYS:
        raise EvaluationError(f"There is no day '{match[2]}'. {_EXPECTED}.")
    begin, end = DAYS.index(first), DAYS.index(last)
    return frozenset(day % 7 for day in range(begin, end + (1 if begin <= end else 8)))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise EvaluationError(f"'{name}' is neither days, hours nor a time zone. {_EXPECTED}.") from None
