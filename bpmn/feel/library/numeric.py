"""Built-in functions on numbers (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from bpmn.feel.library.registry import Library
from bpmn.feel.run import Fault
from bpmn.feel.values import DECIMAL, DaysTime, YearsMonths, tidy

NUMERIC = Library()
define = NUMERIC.define
_LOWEST_SCALE, _HIGHEST_SCALE = -6111, 6176


def rounded(number: Any, scale: Any, mode: str) -> int | Decimal:
    """A number with at most `scale` digits after the point (before it, when negative)."""
    if scale != int(scale):
        scale = int(scale)
    if not _LOWEST_SCALE <= scale <= _HIGHEST_SCALE:
        raise Fault(f"the scale must lie between {_LOWEST_SCALE} and {_HIGHEST_SCALE}.")
    if isinstance(number, int) and scale >= 0:
        return int(number)
    exact = DECIMAL.create_decimal(number)
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= scale:
        return exact
    result = exact.quantize(Decimal(1).scaleb(-int(scale)), rounding=mode, context=_WIDE)
    return int(result) if scale <= 0 else result


_WIDE = decimal.Context(prec=7000, Emin=-decimal.MAX_EMAX, Emax=decimal.MAX_EMAX, traps=[])


@define("decimal(n: number, scale: number): number")
def decimal_(n: Any, scale: Any) -> Any:
    return rounded(n, scale, decimal.ROUND_HALF_EVEN)


@define("floor(n: number): number", "floor(n: number, scale: number): number")
def floor(n: Any, scale: Any = 0) -> Any:
    return rounded(n, scale, decimal.ROUND_FLOOR)


@define("ceiling(n: number): number", "ceiling(n: number, scale: number): number")
def ceiling(n: Any, scale: Any = 0) -> Any:
    return rounded(n, scale, decimal.ROUND_CEILING)


@define("round up(n: number, scale: number): number")
def round_up(n: Any, scale: Any) -> Any:
    return rounded(n, scale, decimal.ROUND_UP)


@define("round down(n: number, scale: number): number")
def round_down(n: Any, scale: Any) -> Any:
    return rounded(n, scale, decimal.ROUND_DOWN)


@define("round half up(n: number, scale: number): number")
def round_half_up(n: Any, scale: Any) -> Any:
    return rounded(n, scale, decimal.ROUND_HALF_UP)


@define("round half down(n: number, scale: number): number")
def round_half_down(n: Any, scale: Any) -> Any:
    return rounded(n, scale, decimal.ROUND_HALF_DOWN)


@define("abs(n: number): number", "abs(n: duration)")
def absolute(n: Any) -> Any:
    if type(n) is YearsMonths:
        return YearsMonths(abs(n.months))
    if type(n) is DaysTime:
        return DaysTime(abs(n.nanoseconds))
    return n if n >= 0 else -n


@define("modulo(dividend: number, divisor: number): number")
def modulo(dividend: Any, divisor: Any) -> Any:
    """The result has the divisor's sign: dividend - divisor * floor(dividend / divisor)."""
    if divisor == 0:
        raise Fault("the divisor is zero.")
    if type(dividend) is int and type(divisor) is int:
        return dividend % divisor
    with decimal.localcontext(DECIMAL):
        rest = tidy(Decimal(dividend) % Decimal(divisor))
        if rest is None:
            raise Fault("the numbers are too far apart.")
        return rest + divisor if rest and (rest < 0) != (divisor < 0) else rest


@define("sqrt(number: number): number")
def sqrt(number: Any) -> Any:
    if number < 0:
        raise Fault("a negative number has no square root.")
    return DECIMAL.sqrt(Decimal(number))


@define("log(number: number): number")
def log(number: Any) -> Any:
    if number <= 0:
        raise Fault("only positive numbers have a logarithm.")
    return DECIMAL.ln(Decimal(number))


@define("exp(number: number): number")
def exp(number: Any) -> Any:
    return _finite(DECIMAL.exp(Decimal(number)))


def _finite(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise Fault("the result is too large.")
    return number


@define("odd(number: number): boolean")
def odd(number: Any) -> bool:
    return bool(_remainder_of_two(number) == 1)


@define("even(number: number): boolean")
def even(number: Any) -> bool:
    return bool(_remainder_of_two(number) == 0)


def _remainder_of_two(number: Any) -> Any:
    return abs(number) % 2 if type(number) is int else abs(_WIDE.remainder(number, 2))
