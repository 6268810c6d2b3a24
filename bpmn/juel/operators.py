"""What JUEL's operators do: the coercions of the Expression Language 2.2, 1.7 to 1.18, over plain Python values."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from bpmn.errors import EvaluationError

Number = int | float | Decimal
_NUMBERS = (int, float, Decimal)
_INTEGER = re.compile(r"[+-]?\d+")
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ISO_START = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_BITS = 2048
_MOST_DIGITS = 400
_MOST_PARTS = 20_000
_TO_JOIN = "To join texts, write them side by side: ${a}${b}."


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


def number(value: Any) -> Number:
    """A value as a number: null and empty text are 0, text is read."""
    if value is None or value == "":
        return 0
    if is_number(value):
        return value  # type: ignore[no-any-return]
    if isinstance(value, str) and len(value) <= _MOST_DIGITS:
        if _INTEGER.fullmatch(value):
            return int(value)
        if _FLOAT.fullmatch(value):
            return float(value)
    raise EvaluationError(f"{shown(value)} is not a number.")


# -- text ----------------------------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """A value as text, where it stands among other text: as Java writes it."""
    if isinstance(value, str):
        return value
    return "" if value is None else _written(value, [_MOST_PARTS])


def _written(value: Any, left: list[int]) -> str:
    left[0] -= 1
    if left[0] < 0:
        raise EvaluationError(f"A list or map of more than {_MOST_PARTS:,} parts cannot be written as text.")
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case float():
            return _double(value)
        case list():
            return "[" + ", ".join(_written(item, left) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}={_written(item, left)}" for key, item in value.items()) + "}"
    return _dated(value) if isinstance(value, datetime.date | datetime.time) else str(value)


def _dated(value: datetime.date | datetime.time) -> str:
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value.isoformat()


def _double(value: float) -> str:
    """As Java's Double.toString: 5.0, 1.0E10, 1.0E-5."""
    if not math.isfinite(value) or value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(Decimal(repr(value)), "f") if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    digits = Decimal(repr(value)).normalize()
    mantissa = digits.scaleb(-digits.adjusted())
    return f"{mantissa if '.' in str(mantissa) else f'{mantissa}.0'}E{digits.adjusted()}"


def shown(value: Any) -> str:
    """A value in a message, cut at 80 characters."""
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 80 else f"'{value[:80]}...'"
    try:
        found = _written(value, [200])
    except EvaluationError:
        return f"a {'list' if isinstance(value, list) else 'map'} of {len(value)} entries"
    return found if len(found) <= 80 else f"{found[:80]}..."


# -- arithmetic ----------------------------------------------------------------------------------------------------


def arithmetic(operator: str, left: Any, right: Any) -> Number:
    """+ - * / and %, on numbers only. Division gives a fraction, as Java's double does."""
    if left is None and right is None:
        return 0
    one, other = _summands(left, right) if operator == "+" else (number(left), number(right))
    if isinstance(one, Decimal) != isinstance(other, Decimal):
        one, other = _decimal(one), _decimal(other)
    try:
        return _bounded(_OPERATIONS[operator](one, other))
    except (ZeroDivisionError, InvalidOperation):
        raise EvaluationError(f"{shown(left)} cannot be divided by zero.") from None
    except OverflowError:
        raise EvaluationError("The result is too large.") from None


def _summands(left: Any, right: Any) -> tuple[Number, Number]:
    try:
        return number(left), number(right)
    except EvaluationError as error:
        raise EvaluationError(f"{error} '+' adds numbers only. {_TO_JOIN}") from None


def _bounded(value: Number) -> Number:
    is_large = value.bit_length() > _MOST_BITS if isinstance(value, int) else not math.isfinite(value)
    if is_large:
        raise OverflowError
    return value


def _decimal(value: Number) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _remainder(left: Any, right: Any) -> Any:
    """The sign is the dividend's, as in Java."""
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": _remainder,
}


def negative(value: Any) -> Number:
    """Unary minus."""
    return -number(value)


# -- comparison ----------------------------------------------------------------------------------------------------


def equal(left: Any, right: Any) -> bool:
    """`==`: beside a number or boolean a text is read as one; what cannot be read is an error (EL 1.8.2)."""
    if left is None or right is None:
        return left is right
    if is_number(left) or is_number(right):
        return bool(number(left) == number(right))
    if isinstance(left, bool) or isinstance(right, bool):
        return boolean(left) == boolean(right)
    moments = _moments(left, right)
    if moments is not None:
        return moments[0] == moments[1]
    if isinstance(left, str) or isinstance(right, str):
        return text(left) == text(right)
    return bool(left == right)


def less(left: Any, right: Any, *, or_equal: bool = False) -> bool:
    """`<` and `<=`; nothing is less or greater than null (EL 1.8.1)."""
    if left is None or right is None:
        return or_equal and left is right
    one, other = _ordered(left, right)
    return bool(one <= other if or_equal else one < other)


def _ordered(left: Any, right: Any) -> tuple[Any, Any]:
    if is_number(left) or is_number(right):
        return number(left), number(right)
    moments = _moments(left, right)
    if moments is not None:
        return moments
    if isinstance(left, str) or isinstance(right, str):
        return text(left), text(right)
    if isinstance(left, bool) and isinstance(right, bool):
        return left, right
    raise EvaluationError(f"{shown(left)} and {shown(right)} have no order between them.")


def moment(value: str) -> datetime.datetime | None:
    """The date or date and time that an ISO text says, else None. Baton keeps dates in variables as such texts."""
    if not _ISO_START.match(value) or len(value) > 40:
        return None
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return None


def _moments(left: Any, right: Any) -> tuple[datetime.datetime, datetime.datetime] | None:
    """Both as points in time, when one is a date and the other is one, too, or the text of one."""
    if not isinstance(left, datetime.date) and not isinstance(right, datetime.date):
        return None
    found = [_aware(moment(one) if isinstance(one, str) else one) for one in (left, right)]
    return None if found[0] is None or found[1] is None else (found[0], found[1])


def _aware(value: Any) -> datetime.datetime | None:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def is_empty(value: Any) -> bool:
    """`empty`: null, or a text, list or map without anything in it."""
    return value is None or (isinstance(value, str | list | dict) and not value)
