"""Numbers and dates as people write them, read into values: decimal points and commas, month names, day-first or not.

Where a notation is ambiguous (`1.234`, `03/04/2025`) every reading counts, because the question here is only whether a
value can have come from a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import permutations

_SPACES = "\u0020\u00a0\u2007\u2009\u202f"
_NUMBER = re.compile(
    rf"\d{{1,3}}(?:[{_SPACES}'\u2019]\d{{3}})+(?![\d])(?:[.,]\d+)?"  # 1 234,50   1'234.50
    r"|\d+(?:[.,]\d+)*"  # 1234   1,234.50   1.234,50   1,23,456.00
)
# BH/2025/118 is a name, not three numbers; EUR-20 is a number.
_IDENTIFIER = re.compile(r"(?<!\w)(?=[\w/-]{0,80}[^\W\d_])(?=[\w/-]{0,80}\d)\w+(?:[/-]\w+)+|(?<!\w)[^\W\d]+\d\w*")
_CURRENCY = re.compile(
    r"(?:EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|AUD|CAD|BRL|ZAR|RS|US|KC|ZL)[-/_]?\d[\d.,]*", re.IGNORECASE
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio janeiro januari",
            "february feb februar février febrero febbraio fevereiro februari",
            "march mar märz mrz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_WORD = r"(?P<month>[^\W\d_]{3,10})\.?"
_DATES = (
    re.compile(r"(?<!\d)(?P<a>\d{4})[-./](?P<b>\d{1,2})[-./](?P<c>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<a>\d{1,2})\s?[-./]\s?(?P<b>\d{1,2})\s?[-./]\s?(?P<c>\d{4}|\d{2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<c>\d{4})(?P<a>\d{2})(?P<b>\d{2})(?!\d)"),
)
_NAMED = (
    re.compile(
        rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]*(?:de\s+)?{_WORD}[\s,-]*(?:de\s+)?(?P<year>\d{{4}})"
    ),
    re.compile(rf"(?<!\w){_WORD}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"),
    re.compile(rf"(?<!\d)(?P<year>\d{{4}})[\s-]+{_WORD}[\s-]+(?P<day>\d{{1,2}})(?!\d)"),
)


def numbers_in(text: str) -> frozenset[Decimal]:
    """Every value that a number of the text can stand for.

    Digits inside identifiers (`INV-2025-118`) do not count. A number with a minus before it, or in parentheses, stands
    for its negative too; one with a percent sign also for its hundredth.
    """
    found: set[Decimal] = set()
    text = _IDENTIFIER.sub(_blank, text)
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        for value in readings(match[0]):
            found |= {value, *_variants(value, text[max(0, start - 2) : start], text[end : end + 3])}
    return frozenset(found)


def readings(token: str) -> Iterator[Decimal]:
    """The values that one written number can have: `2310,50` one, `1.234` two (a thousand or a bit over one).

    Groups set apart by blanks (`3 310,50`) are read as one number and, since they may be two columns, one by one.
    """
    yield from _readings(re.sub(rf"[{_SPACES}'\u2019]", "", token))
    pieces = re.split(rf"[{_SPACES}]", token)
    if len(pieces) > 1:
        for piece in pieces:
            yield from _readings(piece)


def dates_in(text: str) -> frozenset[date]:
    """Every date that the text can mean: ISO, day or month first, and with month names of eight languages."""
    return frozenset(day for _, days in _dates(text) for day in days)


def first_date(text: str) -> date | None:
    """The date that stands first in a text; None when there is none or it can be read in two ways (`03/04/2025`)."""
    days = min(_dates(text), default=(0, frozenset[date]()))[1]
    return next(iter(days)) if len(days) == 1 else None


def _dates(text: str) -> Iterator[tuple[int, frozenset[date]]]:
    """Where dates stand, and how each can be read."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if days := frozenset(_orders(match)):
                yield match.start(), days
    for pattern in _NAMED:
        for match in pattern.finditer(text):
            if days := frozenset(
                _date(int(match["year"]), _MONTHS.get(match["month"].casefold(), 0), int(match["day"]))
            ):
                yield match.start(), days


def _readings(plain: str) -> Iterator[Decimal]:
    points, commas = plain.count("."), plain.count(",")
    if not points and not commas:
        yield from _decimal(plain)
    elif points and commas:
        last = max(plain.rfind("."), plain.rfind(","))
        yield from _decimal(re.sub("[.,]", "", plain[:last]) + "." + re.sub("[.,]", "", plain[last + 1 :]))
    else:
        yield from _one_separator(plain, "." if points else ",")


def _blank(match: re.Match[str]) -> str:
    return match[0] if _CURRENCY.fullmatch(match[0]) else " " * len(match[0])


def _one_separator(plain: str, separator: str) -> Iterator[Decimal]:
    parts = plain.split(separator)
    if len(parts) == 2:
        yield from _decimal(".".join(parts))
    if all(len(part) == 3 for part in parts[1:]) or (len(parts) > 2 and len(parts[-1]) == 3):
        yield from _decimal("".join(parts))


def _decimal(text: str) -> Iterator[Decimal]:
    try:
        yield Decimal(text)
    except InvalidOperation:  # digits of other scripts that Decimal does not take
        return


def _variants(value: Decimal, before: str, after: str) -> Iterator[Decimal]:
    if before.rstrip().endswith(("-", "\u2212", "\u2013", "(")):
        yield -value
    if after.lstrip().startswith("-"):
        yield -value
    if after.lstrip().startswith("%"):
        yield value / 100


def _orders(match: re.Match[str]) -> Iterator[date]:
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) == 4:
        yield from _date(int(a), int(b), int(c))
        return
    year = int(c) if len(c) == 4 else 2000 + int(c)
    # With points between them the day comes first everywhere; 20251121 has its parts in order.
    orders = permutations((int(a), int(b))) if re.search("[-/]", match[0]) else [(int(a), int(b))]
    for day, month in orders if match.re is not _DATES[2] else [(int(b), int(a))]:
        yield from _date(year, month, day)


def _date(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
