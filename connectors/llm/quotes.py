"""Where in a document the values of an answer stand, for people who compare the two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice

from connectors.base import Json
from connectors.llm.figures import dates_in, readings
from connectors.llm.grounding import claims_of, is_iso_date

_NUMBER = re.compile(r"(?<!\w)\d(?:[\d.,'\u2019\u00a0 ]*\d)?(?!\w)")
_DATE = re.compile(
    r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}|\d{1,2}\.?\s+[^\W\d_]{3,12}\.?,?\s+\d{4}|[^\W\d_]{3,12}\s+\d{1,2},?\s+\d{4}"
)
_MOST = 200
_LONGEST = 200_000
_MOST_READ = 5_000  # numbers, and dates, of a text
_LONGEST_NUMBER = 60
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Quote:
    """A value of the answer and the part of the text that says it, from `start` up to `end`."""

    field: str
    value: Json
    start: int
    end: int


def quotes(output: Json, schema: Mapping[str, Json], text: str) -> list[Quote]:
    """The first place of each value that the schema wants from the document, in the order of the text; none overlap."""
    told = _Text(text[:_LONGEST])
    found: list[Quote] = []
    for claim in islice(claims_of(output, schema), _MOST):
        spans = (span for span in told.spans(claim.value) if not any(_overlap(span, one) for one in found))
        if (span := next(spans, None)) is not None:
            found.append(Quote(claim.field, claim.value, *span))
    return sorted(found, key=lambda one: one.start)


class _Text:
    """A text whose numbers and dates are read once, however many values are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def spans(self, value: str | int | float) -> Iterator[Span]:
        """Where a value stands."""
        if not isinstance(value, str):
            yield from self._numbers.get(abs(Decimal(str(value))), ())
            return
        if is_iso_date(value):
            yield from self._dates.get(date.fromisoformat(value[:10]), ())
        if words := value.split():
            pattern = r"\s+".join(map(re.escape, words))
            yield from (match.span() for match in re.finditer(pattern, self._text, re.IGNORECASE))

    @cached_property
    def _numbers(self) -> Mapping[Decimal, list[Span]]:
        found: dict[Decimal, list[Span]] = {}
        for match in islice(_NUMBER.finditer(self._text), _MOST_READ):
            for number in set(readings(match[0][:_LONGEST_NUMBER])):
                found.setdefault(number, []).append(match.span())
        return found

    @cached_property
    def _dates(self) -> Mapping[date, list[Span]]:
        found: dict[date, list[Span]] = {}
        for match in islice(_DATE.finditer(self._text), _MOST_READ):
            for day in dates_in(match[0]):
                found.setdefault(day, []).append(match.span())
        return found


def _overlap(span: Span, other: Quote) -> bool:
    return span[0] < other.end and other.start < span[1]
