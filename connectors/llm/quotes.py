"""Where in a document the values of an answer stand, for people who compare the two."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.base import Json
from connectors.llm.figures import dates_in, readings
from connectors.llm.grounding import claims_of, is_iso_date

_NUMBER = re.compile(r"(?<!\w)\d(?:[\d.,'\u2019\u00a0 ]*\d)?(?!\w)")
_DATE = re.compile(
    r"\d{1,4}[./-]\s?\d{1,2}[./-]\s?\d{1,4}|\d{1,2}\.?\s+[^\W\d_]{3,12}\.?,?\s+\d{4}|[^\W\d_]{3,12}\s+\d{1,2},?\s+\d{4}"
)
_MOST = 200
_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Quote:
    """A value of the answer and the part of the text that says it, from `start` up to `end`."""

    field: str
    value: Json
    start: int
    end: int


def quotes(output: Json, schema: Mapping[str, Json], text: str) -> list[Quote]:
    """The first place of each value that the schema wants from the document, in the order of the text; none overlap."""
    text = text[:_LONGEST]
    found: list[Quote] = []
    for claim in list(claims_of(output, schema))[:_MOST]:
        spans = (span for span in _spans(claim.value, text) if not any(_overlap(span, one) for one in found))
        if (span := next(spans, None)) is not None:
            found.append(Quote(claim.field, claim.value, *span))
    return sorted(found, key=lambda one: one.start)


def _spans(value: str | int | float, text: str) -> Iterator[tuple[int, int]]:
    if not isinstance(value, str):
        yield from _of_number(Decimal(str(value)), text)
        return
    if is_iso_date(value):
        day = date.fromisoformat(value[:10])
        yield from (match.span() for match in _DATE.finditer(text) if day in dates_in(match[0]))
    if words := value.split():
        pattern = r"\s+".join(map(re.escape, words))
        yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))


def _of_number(value: Decimal, text: str) -> Iterator[tuple[int, int]]:
    for match in _NUMBER.finditer(text):
        if abs(value) in readings(match[0]):
            yield match.span()


def _overlap(span: tuple[int, int], other: Quote) -> bool:
    return span[0] < other.end and other.start < span[1]
