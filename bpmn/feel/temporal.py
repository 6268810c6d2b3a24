"""Dates, times and durations: reading and writing their ISO texts, and calendar arithmetic on them.

Rules: DMN 1.5, 10.3.2.3.3 to 10.3.2.3.8 and 10.3.4.1; where Camunda writes a zero duration differently the caller
says so.
"""

from __future__ import annotations

import datetime as python
import re
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bpmn.feel.values import DAY, SECOND, Date, DateTime, DaysTime, Time, Value, YearsMonths

MAXIMUM_YEAR = 999_999_999
MAXIMUM_OFFSET = 18 * 3600
_MAXIMUM_MONTHS = 12 * 2_000_000_000
_MAXIMUM_NANOSECONDS = DAY * 366 * 2_000_000_000

_DATE = r"(-?(?:\d{4}|[1-9]\d{4,8}))-(\d\d)-(\d\d)"
_TIME = r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:(Z|z)|([+-])(\d\d):(\d\d)(?::(\d\d))?|@([A-Za-z][\w+\-/]*))?"
_DATE_TEXT = re.compile(_DATE, re.ASCII)
_TIME_TEXT = re.compile("T?" + _TIME, re.ASCII)
_DATE_TIME_TEXT = re.compile(f"{_DATE}T{_TIME}", re.ASCII)
# Twenty digits are more than any calendar needs, and few enough for a number to be made of them at once.
_MONTHS_TEXT = re.compile(r"(-)?P(?:(\d{1,20})Y)?(?:(\d{1,20})M)?", re.ASCII)
_DAYS_TEXT = re.compile(
    r"(-)?P(?:(\d{1,20})D)?(?:T(?:(\d{1,20})H)?(?:(\d{1,20})M)?(?:(\d{1,20}(?:\.\d{1,99})?|\.\d{1,99})S)?)?", re.ASCII
)


# -- reading -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def parse_date(text: str) -> Date | None:
    """`2024-02-29`, years with four to nine digits and a sign; None when it is not a day of the calendar."""
    match = _DATE_TEXT.fullmatch(text)
    return _date(match[1], match[2], match[3]) if match else None


@lru_cache(maxsize=4096)
def parse_time(text: str) -> Time | None:
    """`10:30:00.5`, with `Z`, an offset or `@Zone`; None when it is not one."""
    match = _TIME_TEXT.fullmatch(text)
    if match is None or match[1] == "24":
        return None
    return _time(match.groups())


@lru_cache(maxsize=4096)
def parse_date_time(text: str) -> DateTime | None:
    """A date, `T` and a time; a date alone is its midnight; `24:00:00` is the next day's."""
    match = _DATE_TIME_TEXT.fullmatch(text)
    if match is None:
        date = parse_date(text)
        return DateTime(date, Time(0, 0, 0)) if date else None
    date = _date(match[1], match[2], match[3])
    fields = match.groups()[3:]
    if date and fields[0] == "24" and fields[1] == fields[2] == "00" and not int(fields[3] or 0):
        midnight = _time(("00", *fields[1:]))
        return DateTime(add_days(date, 1), midnight) if midnight else None
    time = _time(fields)
    return DateTime(date, time) if date and time else None


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> YearsMonths | DaysTime | None:
    """`P1Y2M` or `P1DT2H3M4.5S`; a mixture of both kinds is None."""
    if text[-1:] in ("P", "T", ""):
        return None
    match = _MONTHS_TEXT.fullmatch(text)
    if match:
        months = int(match[2] or 0) * 12 + int(match[3] or 0)
        return years_months(-months if match[1] else months)
    match = _DAYS_TEXT.fullmatch(text)
    if match is None:
        return None
    seconds = int(match[2] or 0) * 86_400 + int(match[3] or 0) * 3600 + int(match[4] or 0) * 60
    nanoseconds = seconds * SECOND + int(Decimal(match[5] or 0) * SECOND)
    return days_time(-nanoseconds if match[1] else nanoseconds)


def parse_any(text: str) -> Value:
    """What `@"..."` means: a date, date and time, time or duration; None for anything else."""
    return parse_date(text) or (parse_date_time(text) or parse_time(text) or parse_duration(text))


def _date(year: str, month: str, day: str) -> Date | None:
    return make_date(int(year), int(month), int(day))


def make_date(year: int, month: int, day: int) -> Date | None:
    """A day, or None when the calendar has none such."""
    if abs(year) > MAXIMUM_YEAR or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    return Date(year, month, day)


def _time(fields: tuple[str | None, ...]) -> Time | None:
    hour, minute, second, fraction, utc, sign, hours, minutes, seconds, zone = fields
    offset: int | None = 0 if utc else None
    if sign:
        offset = (int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)) * (-1 if sign == "-" else 1)
        if int(minutes or 0) > 59 or int(seconds or 0) > 59:
            return None
    if zone is not None and zone_named(zone) is None:
        return None
    nanoseconds = int((fraction or "0")[:9].ljust(9, "0"))
    return make_time(int(hour or 0), int(minute or 0), int(second or 0), nanoseconds, offset, zone)


def make_time(
    hour: int, minute: int, second: int, nanosecond: int = 0, offset: int | None = None, zone: str | None = None
) -> Time | None:
    """A time of day, or None when a part is out of its bounds."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return None
    if offset is not None and abs(offset) > MAXIMUM_OFFSET:
        return None
    return Time(hour, minute, second, nanosecond, offset, zone)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, or None."""
    try:
        return ZoneInfo("UTC" if name == "Z" else name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


# -- writing -----------------------------------------------------------------------------------------------------


def date_text(date: Date) -> str:
    """ISO 8601; a negative year keeps its sign before four digits."""
    sign = "-" if date.year < 0 else ""
    return f"{sign}{abs(date.year):04d}-{date.month:02d}-{date.day:02d}"


def time_text(time: Time) -> str:
    """ISO 8601 with `Z`, an offset, or `@Zone` as DMN writes it."""
    text = f"{time.hour:02d}:{time.minute:02d}:{time.second:02d}{_fraction(time.nanosecond)}"
    if time.zone is not None:
        return f"{text}@{time.zone}"
    return text if time.offset is None else text + offset_text(time.offset)


def offset_text(offset: int) -> str:
    """`Z` or `+05:30`, with seconds when there are any."""
    if offset == 0:
        return "Z"
    hours, rest = divmod(abs(offset), 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{'-' if offset < 0 else '+'}{hours:02d}:{minutes:02d}"
    return f"{text}:{seconds:02d}" if seconds else text


def date_time_text(value: DateTime) -> str:
    """The date, `T`, the time."""
    return f"{date_text(value.date)}T{time_text(value.time)}"


def duration_text(value: YearsMonths | DaysTime, zero: tuple[str, str] = ("P0M", "PT0S")) -> str:
    """ISO 8601. `zero` are the texts for no months and no time (Camunda: P0Y and P0D)."""
    if type(value) is YearsMonths:
        return _months_text(value.months) or zero[0]
    return _nanoseconds_text(value.nanoseconds) or zero[1]  # type: ignore[union-attr]


def _months_text(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    if not months:
        return ""
    return f"{'-' if months < 0 else ''}P{f'{years}Y' if years else ''}{f'{rest}M' if rest else ''}"


def _nanoseconds_text(nanoseconds: int) -> str:
    if not nanoseconds:
        return ""
    days, hours, minutes, seconds, fraction = split_nanoseconds(abs(nanoseconds))
    clock = f"{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"
    if seconds or fraction:
        clock += f"{seconds}{_fraction(fraction)}S"
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"


def split_nanoseconds(nanoseconds: int) -> tuple[int, int, int, int, int]:
    """Days, hours, minutes, seconds and nanoseconds of a non-negative amount."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return days, hour, minute, second, fraction


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


# -- the calendar ------------------------------------------------------------------------------------------------


def days_in_month(year: int, month: int) -> int:
    """28 to 31, by the proleptic Gregorian calendar."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def day_number(date: Date) -> int:
    """Days since 1970-01-01."""
    year = date.year - (date.month <= 2)
    era, of_era = divmod(year, 400)
    of_year = (153 * (date.month + (-3 if date.month > 2 else 9)) + 2) // 5 + date.day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def from_day_number(number: int) -> Date:
    """The day so many days after 1970-01-01."""
    era, of_era = divmod(number + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    year = year_of_era + era * 400 + (month <= 2)
    return Date(year, month, of_year - (153 * shifted + 2) // 5 + 1)


def add_days(date: Date, days: int) -> Date:
    """The day `days` later."""
    return from_day_number(day_number(date) + days)


def add_months(date: Date, months: int) -> Date | None:
    """The same day `months` later, or the last day of that month; None outside the calendar."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if abs(year) > MAXIMUM_YEAR:
        return None
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def weekday(date: Date) -> int:
    """1 for Monday to 7 for Sunday."""
    return (day_number(date) + 3) % 7 + 1


def day_of_year(date: Date) -> int:
    """1 to 366."""
    return day_number(date) - day_number(Date(date.year, 1, 1)) + 1


def week_of_year(date: Date) -> int:
    """The ISO 8601 week, 1 to 53."""
    thursday = add_days(date, 4 - weekday(date))
    return (day_of_year(thursday) - 1) // 7 + 1


# -- time --------------------------------------------------------------------------------------------------------


def years_months(months: int) -> YearsMonths | None:
    """A duration, or None beyond what any calendar needs."""
    return YearsMonths(months) if abs(months) <= _MAXIMUM_MONTHS else None


def days_time(nanoseconds: int) -> DaysTime | None:
    """A duration, or None beyond what any calendar needs."""
    return DaysTime(nanoseconds) if abs(nanoseconds) <= _MAXIMUM_NANOSECONDS else None


def nanosecond_of_day(time: Time) -> int:
    """Nanoseconds since midnight."""
    return ((time.hour * 60 + time.minute) * 60 + time.second) * SECOND + time.nanosecond


def local_nanoseconds(value: DateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00 on the clock of the value's own place."""
    return day_number(value.date) * DAY + nanosecond_of_day(value.time)


def offset_of(value: DateTime) -> int | None:
    """Seconds east of UTC at that moment; None for a local date and time."""
    if value.time.zone is None:
        return value.time.offset
    zone = zone_named(value.time.zone)
    # The zone database speaks of years 1 to 9999; the rules of 400 years earlier or later are the same.
    year = value.date.year if 1 < value.date.year < 9999 else 2000 + value.date.year % 400
    moment = python.datetime(
        year, value.date.month, value.date.day, value.time.hour, value.time.minute, value.time.second, tzinfo=zone
    )
    between = moment.utcoffset()
    return int(between.total_seconds()) if between is not None else None


def time_offset_of(time: Time) -> int | None:
    """Seconds east of UTC; for a named zone the offset it has in winter 1970, as java.time takes it for a bare time."""
    if time.zone is None:
        return time.offset
    return offset_of(DateTime(Date(1970, 1, 1), time))


def instant(value: DateTime) -> tuple[int, bool]:
    """Nanoseconds since 1970 in UTC and whether a zone was known (if not, the local clock counts)."""
    offset = offset_of(value)
    return local_nanoseconds(value) - (offset or 0) * SECOND, offset is not None


def midnight_utc(date: Date) -> DateTime:
    """What a date is when a date and time is asked for (DMN 1.5, 10.3.2.3.5)."""
    return DateTime(date, Time(0, 0, 0, 0, 0))


def from_local_nanoseconds(nanoseconds: int, like: Time) -> DateTime | None:
    """The date and time on a place's clock, with the zone of `like`; None outside the calendar."""
    days, rest = divmod(nanoseconds, DAY)
    date = from_day_number(days)
    if abs(date.year) > MAXIMUM_YEAR:
        return None
    return DateTime(date, time_of_nanoseconds(rest, like))


def time_of_nanoseconds(nanoseconds: int, like: Time) -> Time:
    """The time of day so many nanoseconds after midnight, with the zone of `like`."""
    _, hour, minute, second, fraction = split_nanoseconds(nanoseconds)
    return Time(hour, minute, second, fraction, like.offset, like.zone)


def from_instant(nanoseconds: int, zone_name: str) -> DateTime | None:
    """A moment on the clocks of a zone; None for an unknown zone or outside the years 1 to 9999."""
    zone = zone_named(zone_name)
    if zone is None:
        return None
    seconds, fraction = divmod(nanoseconds, SECOND)
    try:
        moment = python.datetime(1970, 1, 1, tzinfo=python.UTC) + python.timedelta(seconds=seconds)
        local = moment.astimezone(zone)
    except OverflowError:
        return None
    time = Time(local.hour, local.minute, local.second, fraction, None, zone_name)
    return DateTime(Date(local.year, local.month, local.day), time)
