"""Built-in functions on strings (DMN 1.5, 10.3.4.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bpmn.feel import regular
from bpmn.feel.library.registry import Library
from bpmn.feel.run import Fault, Run
from bpmn.feel.values import Value

STRINGS = Library()
define = STRINGS.define


def whole(number: Any, name: str) -> int:
    """A number that must be whole, as a position or length is cut to (DMN leaves fractions open)."""
    if isinstance(number, Decimal) and number != number.to_integral_value():
        return int(number)
    if abs(number) > 10**15:
        raise Fault(f"{name} is too large.")
    return int(number)


@define("substring(string: string, start position: number, length?: number|null)")
def substring(text: str, start: Any, length: Any = None) -> str:
    position = start if type(start) is int else whole(start, "The start position")
    if position == 0 or abs(position) > len(text):
        if position == 0:
            raise Fault("positions count from 1, or from -1 at the end.")
        if position > 0:
            return ""
        position = -len(text)
    first = position - 1 if position > 0 else len(text) + position
    if length is None:
        return text[first:]
    if length < 1:
        raise Fault("the length must be at least 1.")
    return text[first : first + (length if type(length) is int else whole(length, "The length"))]


@define("string length(string: string): number")
def string_length(text: str) -> int:
    return len(text)


@define("upper case(string: string): string")
def upper_case(text: str) -> str:
    return text.upper()


@define("lower case(string: string): string")
def lower_case(text: str) -> str:
    return text.lower()


@define("substring before(string: string, match: string): string")
def substring_before(text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


@define("substring after(string: string, match: string): string")
def substring_after(text: str, match: str) -> str:
    if not match:
        return text
    return text.partition(match)[2]


@define("contains(string: string, match: string): boolean")
def contains(text: str, match: str) -> bool:
    return match in text


@define("starts with(string: string, match: string): boolean")
def starts_with(text: str, match: str) -> bool:
    return text.startswith(match)


@define("ends with(string: string, match: string): boolean")
def ends_with(text: str, match: str) -> bool:
    return text.endswith(match)


@define("matches(input: string, pattern: string, flags?: string|null): boolean", with_run=True)
def matches(run: Run, text: str, pattern: str, flags: str | None = None) -> bool:
    return regular.xpath(pattern, flags or "").search(text, run)


@define("replace(input: string, pattern: string, replacement: string, flags?: string|null): string", with_run=True)
def replace(run: Run, text: str, pattern: str, replacement: str, flags: str | None = None) -> str:
    return regular.xpath(pattern, flags or "").replace(text, replacement, run)


@define("split(string: string, delimiter: string): list", with_run=True)
def split(run: Run, text: str, delimiter: str) -> list[str]:
    return regular.xpath(delimiter, "").split(text, run)


@define("string join(list: list, delimiter?: string|null): string", with_run=True)
def string_join(run: Run, items: list[Value], delimiter: str | None = None) -> str:
    return join(run, items, delimiter or "")


def join(run: Run, items: list[Value], delimiter: str) -> str:
    """The strings of a list with a delimiter between them; nulls are left out, anything else is a fault."""
    run.tick(len(items))
    texts = [item for item in items if item is not None]
    if not all(type(item) is str for item in texts):
        raise Fault("all items must be strings.")
    run.check_characters(sum(map(len, texts)) + len(delimiter) * len(texts))
    return delimiter.join(texts)
