"""When a timer is due: ISO 8601 dates, durations and cycles, and cron, as both vendors' diagrams write them. Pure.

A value is the text of a timer definition or what its expression gave: text, a FEEL value (`bpmn.feel.values`), or one
of Python's dates. All results are aware datetimes in UTC. Sources: BPMN 2.0.2, 10.5.5; Camunda 8 timer events (cron of
six fields as Spring reads it, in UTC unless it names a zone); Camunda 7 (Quartz, six or seven fields, Sunday is 1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from bpmn.errors import EvaluationError
from bpmn.feel import temporal, values
from bpmn.feel.text import shown
from bpmn.model import Expression, Timer, TimerKind

FOREVER = -1
_CYCLE = re.compile(r"R(-1|\d*)/(.+)", re.DOTALL)
_ISO_DATE = re.compile(r"\s*\d{4}-\d\d-\d\d")
_MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_QUARTZ_DAYS = {"1": "SUN", "2": "MON", "3": "TUE", "4": "WED", "5": "THU", "6": "FRI", "7": "SAT"}
_MAXIMUM_YEARS = 30  # how far a cron date is looked for
_MAXIMUM_TEXT = 500
_Duration = values.YearsMonths | values.DaysTime


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: calendar months and days, then exact nanoseconds. ISO 8601 may say all, FEEL only some."""

    months: int = 0
    days: int = 0
    nanoseconds: int = 0

    def after(self, start: datetime, zone: tzinfo = UTC, times: int = 1) -> datetime:
        """The moment so many times this long after another, in UTC.

        Months and days are those of the zone's calendar and keep its time of day; a month ends with the month. A time
        that a change of the clock leaves out is as much later, one that comes twice is the first of both. Raises
        `EvaluationError` out of range.
        """
        try:
            day = start.astimezone(UTC)
            if self.months or self.days:
                day = self._calendar(start.astimezone(zone), times).replace(tzinfo=zone).astimezone(UTC)
            return day + timedelta(microseconds=self.nanoseconds * times // 1000)
        except (OverflowError, ValueError):
            raise EvaluationError("The timer would lie outside of the years 1 to 9999.") from None

    def _calendar(self, start: datetime, times: int) -> datetime:
        moved = temporal.add_months(values.Date(start.year, start.month, start.day), self.months * times)
        if moved is None:
            raise OverflowError
        wall = start.replace(year=moved.year, month=moved.month, day=moved.day, tzinfo=None)
        return wall + timedelta(days=self.days * times)


def due(kind: TimerKind, value: Any, now: datetime) -> tuple[datetime, int]:
    """When a timer fires first, and how often again after that (`FOREVER`: without end).

    A date in the past is given as it is: the timer is due at once. Of a cycle with a start, the next turn that is not
    over counts. Raises `EvaluationError` with words about what was expected.
    """
    found = _known(value)
    if kind is TimerKind.CYCLE:
        return _cycle(found, now)
    if kind is TimerKind.DURATION:
        return span(found).after(now), 0
    return _date(found), 0


def next_due(value: Any, last: datetime, now: datetime, end: Any = None) -> datetime | None:
    """The turn of a cycle after `last`, counted from there so that late firing does not shift the rhythm.

    Turns that are over by `now` are left out. None when the next one is later than the cycle's end, which the text may
    say (`R/PT1H/2030-01-01T00:00Z`) or `end`: a date, or a period from now. Raises `EvaluationError`.
    """
    found = _known(value)
    if _is_date(found):
        turn = _date(found)
        return turn if turn > last else None
    text = found.strip() if isinstance(found, str) else None
    cycle = _CYCLE.fullmatch(text) if text else None
    interval = _interval(cycle[2]) if cycle else _Interval(None, found, None)
    if text is not None and cycle is None and not text.startswith(("P", "-P")):
        turn = _cron(text, max(last, now))
    else:
        turn = _turn(interval, last, now)
    ends = [moment(one, now) for one in (interval.end, end) if one is not None]
    return turn if all(turn <= one for one in ends) else None


def start_due(timer: Timer, now: datetime) -> tuple[datetime, int]:
    """Like `due`, for a timer that starts a process: its expression sees no variables. Raises `LanguageError` too."""
    return due(timer.kind, _without_variables(timer.value, now), now)


def next_start(timer: Timer, last: datetime, now: datetime) -> datetime | None:
    """Like `next_due`, for a timer that starts a process. Raises `LanguageError` too."""
    end = None if timer.end is None else _without_variables(timer.end, now)
    return next_due(_without_variables(timer.value, now), last, now, end)


def _without_variables(expression: Expression, now: datetime) -> Any:
    from bpmn import languages  # noqa: PLC0415 - what a time means can be asked without all the languages

    return languages.compile(expression).evaluate({}, now=now)


def moment(value: Any, now: datetime) -> datetime:
    """A date and time from a date, text, or a duration from now (due dates). Raises `EvaluationError`."""
    found = _known(value)
    if isinstance(found, _Duration) or (isinstance(found, str) and found.strip().startswith(("P", "-P"))):
        return span(found).after(now)
    return _date(found)


def seconds(value: Any, now: datetime) -> int:
    """The length of a duration that begins now, in whole seconds. Raises `EvaluationError`."""
    return round((span(value).after(now) - now).total_seconds())


def _known(value: Any) -> Any:
    if value is None or value == "":
        raise EvaluationError("There is no value for it: the expression gave null or an empty text.")
    if isinstance(value, str) and len(value) > _MAXIMUM_TEXT:
        raise EvaluationError(f"A timer's text may have at most {_MAXIMUM_TEXT} characters.")
    if isinstance(value, datetime | date | time | timedelta):
        return values.take_in(value)
    return value


# -- dates and durations -----------------------------------------------------------------------------------------


def _date(value: Any) -> datetime:
    return _zoned(value).astimezone(UTC)


def _zoned(value: Any) -> datetime:
    """A date and time in the zone that it names; UTC where it names none."""
    found = _parse_date(value.strip()) if isinstance(value, str) else value
    if isinstance(found, values.Date):
        found = values.DateTime(found, values.Time(0, 0, 0))
    if not isinstance(found, values.DateTime):
        raise EvaluationError(f"Expected a date and time such as 2025-12-31T18:00:00Z, but found {shown(value)}.")
    try:
        moment: datetime = values.to_python(found)
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        zoned.astimezone(UTC)
        return zoned
    except (ValueError, OverflowError):
        raise EvaluationError(f"{shown(value)} lies outside of the years 1 to 9999.") from None


_OFFSET_AND_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)?\[([^\]]+)\]$")
_SHORT_OFFSET = re.compile(r"([+-]\d\d)(\d\d)$")
_NO_SECONDS = re.compile(r"(T\d\d:\d\d)(?=$|[Z+\-@\[])")


def _parse_date(text: str) -> Any:
    """ISO 8601 as both vendors take it: seconds may be missing, `+0200` and `[Europe/Berlin]` are understood."""
    text = text.replace(" ", "T", 1) if "T" not in text else text
    text = _OFFSET_AND_ZONE.sub(r"@\1", text)
    text = _NO_SECONDS.sub(r"\1:00", text)
    if "T" in text:
        text = _SHORT_OFFSET.sub(r"\1:\2", text)
    return temporal.parse_date_time(text)


# In upper or lower case, as java.time.Duration and Period read it.
_SPAN = re.compile(
    r"(-)?P(?=.)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,12}(?:\.\d{1,9})?)S)?)?",
    re.ASCII | re.IGNORECASE,
)


def span(value: Any) -> Span:
    """A duration from ISO 8601 text, a FEEL value or a timedelta. Raises `EvaluationError` for anything else."""
    found = _known(value)
    if isinstance(found, values.YearsMonths):
        return Span(months=found.months)
    if isinstance(found, values.DaysTime):
        return Span(nanoseconds=found.nanoseconds)
    match = _SPAN.fullmatch(found.strip()) if isinstance(found, str) else None
    if match is None:
        raise EvaluationError(f"Expected a duration such as PT15M, P3D or P1M, but found {shown(value)}.")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in match.groups()[1:7])
    sign = -1 if match[1] else 1
    whole_seconds = hours * 3600 + minutes * 60
    fraction = int(Decimal(match[8] or 0) * values.SECOND)
    nanoseconds = whole_seconds * values.SECOND + fraction
    return Span(sign * (years * 12 + months), sign * (weeks * 7 + days), sign * nanoseconds)


# -- cycles ------------------------------------------------------------------------------------------------------


def _cycle(value: Any, now: datetime) -> tuple[datetime, int]:
    if isinstance(value, _Duration):
        return span(value).after(now), FOREVER
    if _is_date(value):
        return _date(value), FOREVER
    if not isinstance(value, str):
        raise EvaluationError(f"Expected a cycle such as R3/PT10M or 0 0 9 * * MON-FRI, but found {shown(value)}.")
    text = value.strip()
    match = _CYCLE.fullmatch(text)
    if match is None:
        if text.startswith(("P", "-P")):
            return span(text).after(now), FOREVER
        return _cron(text, now), FOREVER
    times = int(match[1]) if match[1] else FOREVER
    if times == 0 or len(match[1]) > 9:
        raise EvaluationError(f"A cycle must repeat at least once, but found {shown(text)}.")
    interval = _interval(match[2])
    step, start = interval.step, interval.start
    repetitions = FOREVER if times == FOREVER else times - 1
    first = _turn_after(now, step, now) if start is None else _zoned(start)
    return (first.astimezone(UTC) if first >= now else _turn_after(first, step, now)), repetitions


def _is_date(value: Any) -> bool:
    """Whether a cycle gives one date after the other: a calendar that is asked again for each turn."""
    is_date = isinstance(value, values.Date | values.DateTime)
    return is_date or (isinstance(value, str) and _ISO_DATE.match(value) is not None)


class _Interval(NamedTuple):
    """ISO 8601's interval of a cycle: `PT1H`, `start/PT1H`, `PT1H/end`, `start/end` (8601-1, 5.5.2 and 5.6)."""

    start: str | None
    duration: Any
    end: str | None

    @property
    def step(self) -> Span:
        """How long from turn to turn; between two dates it is the time from one to the other."""
        if self.start is None or self.end is None:
            return span(self.duration)
        length = _date(self.end) - _date(self.start)
        return Span(nanoseconds=length // timedelta(microseconds=1) * 1000)


# A zone's name has a slash, too: what parts an interval stands before a period or a date.
_SLASH = re.compile(r"/(?=-?P[\dT]|\d{4}-)", re.IGNORECASE)


def _interval(text: str) -> _Interval:
    first, *rest = _SLASH.split(text, maxsplit=1)
    if not rest:
        return _Interval(None, text, None)
    second = rest[0]
    if first.startswith("P"):
        return _Interval(None, first, second)
    return _Interval(first, second, None) if second.startswith(("P", "-P")) else _Interval(first, None, second)


def _turn(interval: _Interval, last: datetime, now: datetime) -> datetime:
    """The turn after `last`: counted from the cycle's start when it has one, so that no turn shifts those after it."""
    if interval.start is None:
        return _turn_after(last, interval.step, now)
    return _turn_after(_zoned(interval.start), interval.step, max(now, last + timedelta(microseconds=1)))


def _turn_after(first: datetime, step: Span, now: datetime) -> datetime:
    """The first turn of a rhythm that is after `first`, by the calendar of its zone, and not before `now`.

    Missed turns are left out, not made up for.
    """
    zone = first.tzinfo or UTC
    turn = step.after(first, zone)
    if turn <= first:
        raise EvaluationError("The interval of a cycle must be longer than nothing.")
    if turn >= now:
        return turn
    # An estimate from below, then turn by turn: calendar months differ in length by three days at most.
    count = max(int((now - first) / (turn - first) * _FEWEST), 1)
    while (turn := step.after(first, zone, count)) < now:
        length = step.after(first, zone, count + 1) - turn
        count += max(int((now - turn) / length * _FEWEST), 1)
    return turn


_FEWEST = 0.9


# -- cron --------------------------------------------------------------------------------------------------------


_ZONED_CRON = re.compile(r"(?:CRON_)?TZ=(\S+)\s+(.+)", re.DOTALL)


def _cron(text: str, now: datetime) -> datetime:
    """The next time after `now` that a cron text names: in UTC, or in the zone of `CRON_TZ=Europe/Berlin 0 0 9 * * *`.

    Both day fields must fit, as in Spring.
    """
    zoned = _ZONED_CRON.fullmatch(text)
    zone, wanted = (_zone(zoned[1]), zoned[2]) if zoned else (UTC, text)
    fields = _MACROS.get(wanted.lower(), wanted).split()
    if not 5 <= len(fields) <= 7:
        raise EvaluationError(
            "Expected a cycle such as R3/PT10M, or cron with 6 fields such as 0 0 9 * * MON-FRI, "
            f"but found {shown(text)}."
        )
    if len(fields) == 5:
        fields.insert(0, "0")
    if len(fields) == 7 or "?" in fields:
        fields[5] = _quartz_days(fields[5])
    second, *others = fields[:6]
    year = fields[6:] if fields[6:] != ["*"] else []
    if others[1].startswith("*"):  # hours that go round know no summer time: each real hour has its turn
        zone = timezone(now.astimezone(zone).utcoffset() or timedelta())
    try:
        return _next(" ".join([*others, second, *year]).replace("?", "*"), now, zone)
    except (ValueError, KeyError, AttributeError, TypeError):
        raise EvaluationError(f"The cron text {shown(text)} cannot be read, or names no time to come.") from None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise EvaluationError(f"There is no time zone {shown(name)}. Expected one such as Europe/Berlin.") from None


def _next(expression: str, now: datetime, zone: tzinfo) -> datetime:
    """The next time on the zone's clocks. One that a change of the clock leaves out is as much later."""
    local = now.astimezone(zone).replace(tzinfo=UTC)  # the clock's face, whatever day it is
    times: Iterator[Any] = croniter(expression, local, datetime, day_or=False, max_years_between_matches=_MAXIMUM_YEARS)
    while True:
        found: datetime = next(times)
        turn = found.replace(tzinfo=zone).astimezone(UTC)
        if turn > now:  # one that comes twice is over after the first
            return turn


def _quartz_days(field: str) -> str:
    """Quartz counts days from Sunday 1; names mean the same everywhere."""

    def named(match: re.Match[str]) -> str:
        return _QUARTZ_DAYS.get(match[0], match[0])

    field = re.sub(r"(?<![#/\w])[1-7](?!\d)(?=L?)", named, field)
    return re.sub(r"^([A-Z]{3})L$", lambda match: f"L{_LAST[match[1]]}", field)


_LAST = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}
