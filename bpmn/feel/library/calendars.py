"""Baton's own built-in functions: working days and working time, for due dates and timers."""

from __future__ import annotations

from decimal import Decimal

from bpmn import working_time
from bpmn.errors import EvaluationError
from bpmn.feel.library.conversion import date_of
from bpmn.feel.library.registry import Library
from bpmn.feel.run import Fault
from bpmn.feel.values import Date, DateTime, DaysTime, Value, take_in, to_python

CALENDARS = Library()
define = CALENDARS.define


@define("is working day(date: date|date and time, calendar: string): boolean")
def is_working_day(value: Date | DateTime, calendar: str) -> bool:
    return _calendar(calendar).is_working_day(to_python(date_of(value)))


@define("add working days(from: date|date and time, days: number, calendar: string): any")
def add_working_days(value: Date | DateTime, days: Decimal, calendar: str) -> Value:
    if days != int(days):
        raise Fault("days must be a whole number.")
    try:
        day: Date = take_in(_calendar(calendar).add_days(to_python(date_of(value)), int(days)))
    except EvaluationError as problem:
        raise Fault(str(problem)) from None
    return DateTime(day, value.time) if isinstance(value, DateTime) else day


@define("add working time(from: date and time, time: days and time duration, calendar: string): date and time")
def add_working_time(value: DateTime, length: DaysTime, calendar: str) -> Value:
    try:
        return take_in(_calendar(calendar).add_time(to_python(value), to_python(length)))
    except EvaluationError as problem:
        raise Fault(str(problem)) from None


def _calendar(text: str) -> working_time.Calendar:
    try:
        return working_time.calendar(text)
    except EvaluationError as problem:
        raise Fault(str(problem)) from None
