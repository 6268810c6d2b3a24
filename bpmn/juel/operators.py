"""What JUEL's operators do: the coercions of the Expression Language 2.2, 1.7 to 1.18, over plain Python values."""

from __future__ import annotations

import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bpmn.errors import EvaluationError

_NUMBERS = (int, float, Decimal)


def is_number(value: Any) -> bool:
    """Whether a value is a number; true and false are not."""
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def boolean(value: Any) -> bool:
    """A value as true or false: null and empty text are false, text is true when it says so."""
    if value is None or value == "":
        return False
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"
    raise EvaluationError(f"{shown(value)} is neither true nor false.")


def number(value: Any) -> int | float | Decimal:
    """A value as a number: null and empty text are 0, text is read."""
    if value is None or value == "":
        return 0
    if is_number(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, str):
        return _read_number(value)
    raise EvaluationError(f"{shown(value)} is not a number. To join texts, write them side by side: ${{a}}${{b}}.")


def _read_number(text: str) -> int | float:
    try:
        if len(text) <= 400:
            return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        pass
    raise EvaluationError(f"{shown(text)} is not a number. To join texts, write them side by side: ${{a}}${{b}}.")


def text(value: Any) -> str:
    """A value as text, where it stands among other text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_part(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_part(item)}" for key, item in value.items()) + "}"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _part(value: Any) -> str:
    return "null" if value is None else text(value)


def shown(value: Any) -> str:
    """A value in a message, cut at 80 characters."""
    found = f"'{value}'" if isinstance(value, str) else _part(value)
    return found if len(found) <= 80 else f"{found[:80]}..."


def arithmetic(operator: str, left: Any, right: Any) -> int | float | Decimal:
    """+ - * / and %, on numbers only. Division gives a fraction, as Java's double does."""
    one, other = number(left), number(right)
    if isinstance(one, Decimal) != isinstance(other, Decimal):
        one, other = _decimal(one), _decimal(other)
    try:
        return _OPERATIONS[operator](one, other)  # type: ignore[no-any-return]
    except (ZeroDivisionError, InvalidOperation):
        raise EvaluationError(f"{shown(left)} cannot be divided by zero.") from None
    except OverflowError:
        raise EvaluationError("The result is too large.") from None


def _decimal(value: int | float | Decimal) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _multiply(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > 2048:
        raise OverflowError
    return left * right


def _remainder(left: Any, right: Any) -> Any:
    """The sign is the dividend's, as in Java."""
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


_OPERATIONS: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": _multiply,
    "/": lambda a, b: a / b,
    "%": _remainder,
}


def equal(left: Any, right: Any) -> bool:
    """`==`: a number and a text compare as numbers, a boolean and a text as booleans."""
    if left is None or right is None:
        return left is right
    if is_number(left) or is_number(right):
        return _equal_numbers(left, right)
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) == boolean(right)
    if isinstance(left, str) or isinstance(right, str):
        return text(left) == text(right)
    return bool(left == right)


def _equal_numbers(left: Any, right: Any) -> bool:
    try:
        return bool(number(left) == number(right))
    except EvaluationError:
        return False


def less(left: Any, right: Any, *, or_equal: bool = False) -> bool:
    """`<` and `<=`; nothing is less or greater than null."""
    if or_equal and equal(left, right):
        return True
    if left is None or right is None:
        return False
    if is_number(left) or is_number(right):
        return bool(number(left) < number(right))
    if isinstance(left, datetime.datetime) and isinstance(right, datetime.datetime):
        return _aware(left) < _aware(right)
    if isinstance(left, str) or isinstance(right, str):
        return text(left) < text(right)
    raise EvaluationError(f"{shown(left)} and {shown(right)} have no order between them.")


def _aware(moment: datetime.datetime) -> datetime.datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def is_empty(value: Any) -> bool:
    """`empty`: null, or a text, list or map without anything in it."""
    return value is None or (isinstance(value, str | list | dict) and not value)
