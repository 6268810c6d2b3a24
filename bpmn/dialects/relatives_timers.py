"""Timers of Activiti and Flowable: when a cycle ends, and the calendar that reads the time."""

from __future__ import annotations

from dataclasses import replace

from bpmn.dialects.camunda7_relatives import NAMESPACES
from bpmn.dialects.plain import Plain, Values
from bpmn.model import Expression, Language, Timer, TimerKind
from bpmn.parts import Part, line_of

# The engine's own calendars, which its timers use anyway (BusinessCalendarManager).
OWN_CALENDARS = frozenset({"cycle", "dueDate", "duration"})


def place_timer(dialect: Plain, part: Part, values: Values) -> None:
    """endDate of a timeCycle, and businessCalendarName of the event definition."""
    timer: Timer | None = values.get("timer")
    calendar = (part.vendor("businessCalendarName") or "").strip()
    if timer is None:
        return
    if timer.kind is TimerKind.CYCLE:
        timer = replace(timer, end=_end(dialect, part))
    if calendar and calendar not in OWN_CALENDARS:
        kind = TimerKind.CYCLE if timer.kind is TimerKind.CYCLE else TimerKind.DATE
        timer = replace(timer, kind=kind, value=in_calendar(calendar, timer.value))
    values["timer"] = timer


def _end(dialect: Plain, part: Part) -> Expression | None:
    for cycle in part.children("timeCycle"):
        for namespace in NAMESPACES:
            if end := cycle.get(f"{{{namespace}}}endDate"):
                return dialect.optional(end, line_of(cycle))
    return None


def in_calendar(calendar: str, time: Expression) -> Expression:
    """What a calendar, in Java a bean of that name, makes of a time: `${calendar.resolveDuedate(time)}`.

    A bean of the same name and method may be offered here (`bpmn.juel.beans`).
    """
    if calendar in OWN_CALENDARS:
        return time
    text = time.text.strip()
    is_lone = time.language is Language.JUEL and text[:2] in ("${", "#{") and text.find("}") == len(text) - 1
    argument = text[2:-1] if is_lone else quoted(text)
    bean = calendar[2:-1] if calendar[:2] in ("${", "#{") else calendar
    return Expression(f"${{{bean}.resolveDuedate({argument})}}", Language.JUEL, time.line)


def quoted(text: str) -> str:
    """A text as JUEL writes one."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
