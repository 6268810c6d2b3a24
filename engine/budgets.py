"""Budgets of AI: how much may be spent where, in all or in each month or day, and what is likely to be spent. Pure.

Money is counted in whole billionths of a US dollar, so that sums are exact; costs are rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from enum import StrEnum

from engine.errors import InvalidInput
from engine.scopes import Scope, ScopeKind

_NANO = Decimal(10) ** 9
MOST = Decimal(1_000_000_000)


class Period(StrEnum):
    """For which time a budget is; months and days are those of UTC."""

    TOTAL = "total"
    MONTH = "month"
    DAY = "day"


class Exhausted(StrEnum):
    """What becomes of a task whose call does not fit into what is left."""

    PERSON = "person"
    WAIT = "wait"  # for the next period, or until the budget is raised


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget in US dollars. One of an instance's kind is for each instance of the process."""

    scope: Scope
    period: Period
    amount: Decimal
    then: Exhausted
    set_at: datetime
    set_by: str

    @property
    def is_of_instance(self) -> bool:
        """Whether each instance of the process has it for itself."""
        return self.scope.kind is ScopeKind.INSTANCE

    def book(self, instance_key: int, now: datetime) -> str:
        """The name of the book that a call made now is written into."""
        place = f"instance:{instance_key}" if self.is_of_instance else self.scope.text
        return f"{self.period.value}|{starts(self.period, now)}|{place}"


@dataclass(frozen=True, slots=True)
class Book:
    """What was spent, and what open calls may cost, in billionths of a dollar."""

    name: str
    reserved: int
    spent: int

    def left(self, amount: Decimal) -> int:
        """What may still be reserved of a budget of so many dollars."""
        return nano(amount) - self.reserved - self.spent


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget and how it stands in its present period; of one for each instance only the sum of all is told."""

    budget: Budget
    reserved: Decimal
    spent: Decimal
    forecast: Decimal | None


def nano(dollars: Decimal) -> int:
    """Billionths of a dollar, rounded up."""
    return int((dollars * _NANO).to_integral_value(ROUND_CEILING))


def dollars(nanos: int) -> Decimal:
    """Billionths as dollars."""
    return Decimal(nanos) / _NANO


def starts(period: Period, now: datetime) -> str:
    """The name of the period that a time lies in; empty for all time."""
    day = now.astimezone(UTC).date().isoformat()
    return {Period.TOTAL: "", Period.MONTH: day[:7], Period.DAY: day}[period]


def ends(period: Period, now: datetime) -> datetime | None:
    """When the next period begins; None when there is none."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period is Period.DAY:
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) if period is Period.MONTH else None


def forecast(spent: Decimal, period: Period, now: datetime) -> Decimal | None:
    """What will have been spent when the period ends, if it goes on like this; None without an end."""
    end = ends(period, now)
    if end is None:
        return None
    begin = end - timedelta(days=1) if period is Period.DAY else (end - timedelta(days=1)).replace(day=1)
    passed = max((now - begin).total_seconds(), 1.0)
    return (spent * Decimal((end - begin).total_seconds() / passed)).quantize(Decimal("0.000001"))


def checked(amount: Decimal | str | float, field: str = "amount") -> Decimal:
    """An amount of US dollars. Raises `InvalidInput`."""
    try:
        value = Decimal(str(amount)) if not isinstance(amount, bool) else Decimal("NaN")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= MOST:
        raise InvalidInput(f"{field} must be US dollars, from 0 to {MOST}.", {field: repr(amount)[:60]})
    return value
