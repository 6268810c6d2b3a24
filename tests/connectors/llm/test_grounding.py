"""Pairs of a document and a value: does the one hold the other?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from connectors.llm.figures import dates_in, numbers_in
from connectors.llm.grounding import Document, check

INVOICE = """Polar Cleaning GmbH · Hauptstraße 5
Invoice No: BH/2025/118      Date: 21.11.2025
Due date: 5 December 2025
Net 1.941,60 EUR, VAT 19 % 368,90 EUR
Total: 2.310,50 EUR
IBAN DE89 3704 0044 0532 0130 00"""


@pytest.mark.parametrize(
    "value",
    [
        "BH/2025/118",
        "bh/2025/118",
        "Polar Cleaning GmbH",
        "POLAR  cleaning\ngmbh",
        "Hauptstrasse 5",  # casefold: ß is ss
        2310.5,
        1941.6,
        368.9,
        19,
        0.19,
        "2025-11-21",
        "2025-12-05",
        "2025-12-05T00:00:00Z",
        "2310.50",
        "2.310,50",
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "EUR",
    ],
)
def test_the_invoice_holds(value: Any) -> None:
    assert Document(INVOICE).holds(value)


@pytest.mark.parametrize(
    "value",
    [
        "BHR-2025-118",
        "BH/2025/11",
        "Polarity Cleaning",
        "lar Clean",
        2310,
        2.31,
        231050,
        55.102,
        118,  # digits of an identifier are no number
        -2310.5,
        "2310.05",
        "2025-11-22",
        "5000-05-01",
        "DE89370400440532013001",
        "USD",
    ],
)
def test_the_invoice_does_not_hold(value: Any) -> None:
    assert not Document(INVOICE).holds(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1’234.56", "1234.56"),
        ("1,23,456.00", "123456"),
        ("1.234", "1234"),
        ("1.234", "1.234"),
        ("12.345.678", "12345678"),
        ("0,5", "0.5"),
        ("3 310,50", "310.50"),  # two columns
        ("EUR 20", "20"),
        ("EUR20", "20"),
        ("20EUR", "20"),
        ("-5", "-5"),
        ("(5.00)", "-5"),
        ("5,00-", "-5"),
        ("7 %", "0.07"),
        ("€1,000", "1000"),
    ],
)
def test_a_number_is_read_in_every_notation(text: str, value: str) -> None:
    assert Decimal(value) in numbers_in(f"Amount {text} net")


@pytest.mark.parametrize("text", ["INV-2025-118", "BH/2025/118", "A118", "R2-D2/118"])
def test_digits_of_an_identifier_are_no_numbers(text: str) -> None:
    assert Decimal(118) not in numbers_in(f"No {text} of today")


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04",
        "04.03.2025",
        "4.3.25",
        "04/03/2025",
        "03/04/2025",  # month first
        "4 March 2025",
        "4. März 2025",
        "March 4th, 2025",
        "Mar 4, 2025",
        "4 mars 2025",
        "4 de marzo de 2025",
        "2025 March 4",
        "20250304",
    ],
)
def test_a_date_is_read_in_every_notation(text: str) -> None:
    assert date(2025, 3, 4) in dates_in(f"Dated {text}.")


@pytest.mark.parametrize("text", ["32.01.2025", "2025-13-45", "99/99/9999", "5 Smarch 2025", "1.2.3"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert not dates_in(text)


SCHEMA = {
    "type": "object",
    "properties": {
        "supplier": {"type": "string"},
        "category": {"enum": ["office", "travel"]},
        "summary": {"type": "string", "x-grounded": False},
        "urgent": {"type": "boolean"},
        "note": {"type": ["string", "null"]},
        "kind": {"const": "invoice"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        "own": {"x-grounded": False, "type": "object", "properties": {"words": {"type": "string"}}},
    },
    "$defs": {"line": {"type": "object", "properties": {"text": {"type": "string", "x-grounded": False}}}},
}


def test_enums_booleans_null_and_marked_fields_need_not_occur() -> None:
    output = {
        "category": "travel",
        "summary": "Nothing of this stands there",
        "urgent": True,
        "note": None,
        "kind": "invoice",
        "own": {"words": "freely chosen"},
        "lines": [{"text": "freely chosen"}],
    }
    assert check(output, SCHEMA, INVOICE).missing == ()


def test_every_other_value_must_occur_and_is_named_with_its_path() -> None:
    output = {"supplier": "Solar Cleaning", "lines": [{"text": "free", "total": 99}], "extra": "made up"}
    found = check(output, SCHEMA, INVOICE)
    assert [claim.field for claim in found.missing] == ["supplier", "lines[0].total", "extra"]
    assert found.faults[0] == "supplier: 'Solar Cleaning' does not occur in the document"


def test_a_mark_in_one_alternative_is_enough() -> None:
    schema = {"properties": {"a": {"anyOf": [{"type": "null"}, {"type": "string", "x-grounded": False}]}}}
    assert check({"a": "free"}, schema, "text").missing == ()


def test_structured_sources_count_with_their_values_and_not_with_their_names() -> None:
    source = {"order": {"id": "A-17", "total": 12.5, "paid": True}}
    assert not check({"id": "A-17", "total": 12.5}, {}, source).missing
    assert [claim.field for claim in check({"x": "order"}, {}, source).missing] == ["x"]


def test_a_schema_that_refers_to_itself_ends() -> None:
    schema = {"$ref": "#", "properties": {"child": {"$ref": "#"}}}
    assert check({"child": {"child": {"name": "x"}}}, schema, "y").missing[0].field == "child.child.name"


def test_a_long_document_of_slashes_is_read_in_reasonable_time() -> None:
    started = perf_counter()
    numbers_in("1/a/" * 50_000)
    numbers_in("a_1_" * 50_000)
    dates_in("1.1." * 50_000)
    assert perf_counter() - started < 5
