"""The provider that is not AI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.llm.call import Call
from connectors.llm.rules import Rules, extract

ENGLISH = """Polar Cleaning Ltd
Invoice No: BH/2025/118
From: Polar Cleaning Ltd
Invoice date: 21 November 2025
Due date: 2025-12-05
Purchase order: PO-7731
Subtotal 1,941.60
VAT 368.90
Total: EUR 2,310.50
Questions: billing@polar.example
IBAN: DE89 3704 0044 0532 0130 00
VAT ID DE123456789"""
GERMAN = """Rechnungsnr. 2025-0042
Lieferant: Nordlicht Energie AG
Rechnungsdatum: 3.11.2025
Fällig am 17.11.2025
Netto 1.000,00 €
Gesamtbetrag: 1.190,00 €"""


def schema(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


TEXT, NUMBER = {"type": "string"}, {"type": "number"}
DATE = {"type": "string", "format": "date"}


@pytest.mark.parametrize(
    ("document", "name", "field", "value"),
    [
        (ENGLISH, "invoiceNumber", TEXT, "BH/2025/118"),
        (ENGLISH, "invoice_no", TEXT, "BH/2025/118"),
        (ENGLISH, "ref", {"type": "string", "description": "The invoice number"}, "BH/2025/118"),
        (ENGLISH, "supplier", TEXT, "Polar Cleaning Ltd"),
        (ENGLISH, "total", NUMBER, 2310.5),
        (ENGLISH, "totalAmount", NUMBER, 2310.5),
        (ENGLISH, "netAmount", NUMBER, 1941.6),
        (ENGLISH, "vat", NUMBER, 368.9),
        (ENGLISH, "currency", TEXT, "EUR"),
        (ENGLISH, "dueDate", DATE, "2025-12-05"),
        (ENGLISH, "date", DATE, "2025-11-21"),
        (ENGLISH, "iban", TEXT, "DE89 3704 0044 0532 0130 00"),
        (ENGLISH, "email", TEXT, "billing@polar.example"),
        (ENGLISH, "orderNumber", TEXT, "PO-7731"),
        (GERMAN, "invoiceNumber", TEXT, "2025-0042"),
        (GERMAN, "supplier", TEXT, "Nordlicht Energie AG"),
        (GERMAN, "total", NUMBER, 1190),
        (GERMAN, "netTotal", NUMBER, 1000),
        (GERMAN, "currency", TEXT, "EUR"),
        (GERMAN, "invoiceDate", DATE, "2025-11-03"),
        (GERMAN, "dueDate", DATE, "2025-11-17"),
    ],
)
def test_a_field_is_read_by_its_name(document: str, name: str, field: Any, value: Any) -> None:
    assert extract(document, schema(**{name: field})) == {name: value}


def test_what_is_not_there_is_null_where_allowed_and_left_out_otherwise() -> None:
    found = extract("Nothing here", schema(iban={"type": ["string", "null"]}, total=NUMBER))
    assert found == {"iban": None}


def test_a_date_that_can_be_read_in_two_ways_is_not_guessed() -> None:
    assert extract("Date: 03/04/2025", schema(date=DATE)) == {}
    assert extract("Date: 30/04/2025", schema(date=DATE)) == {"date": "2025-04-30"}


def test_a_class_is_the_one_whose_words_occur() -> None:
    classes = schema(topic={"enum": ["billing_question", "technical problem", "other"]})
    assert extract("I have a billing question about May", classes) == {"topic": "billing_question"}
    assert extract("Good day", classes) == {}


def test_two_classes_that_fit_equally_are_no_answer() -> None:
    assert extract("red and blue", schema(colour={"enum": ["red", "blue"]})) == {}


def test_it_costs_nothing_says_that_it_is_not_ai_and_is_always_the_same() -> None:
    rules = Rules("rules/extract")
    call = Call([], schema(total=NUMBER), ENGLISH, 5, lambda _: "")
    replies = {rules.ask(call).text for _ in range(3)}
    assert [json.loads(text) for text in replies] == [{"total": 2310.5}]
    assert rules.kind == "rules"
    assert rules.reserve([]) == 0


def test_structured_input_is_read_as_its_text() -> None:
    reply = Rules("rules/extract").ask(Call([], schema(total=NUMBER), {"text": "Total: 12"}, 5, lambda _: ""))
    assert json.loads(reply.text) == {"total": 12}
