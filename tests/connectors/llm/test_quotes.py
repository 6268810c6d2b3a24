"""Where in a document the values of an answer stand."""

from __future__ import annotations

from time import process_time

import pytest

from connectors.llm.quotes import quotes

TEXT = "ACME  &\nSons, 21. November 2025: net 1.000,00, total 1.250,00 EUR (1250)"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Acme & sons", "ACME  &\nSons"),
        ("2025-11-21", "21. November 2025"),
        (1250, "1.250,00"),
        (-1000, "1.000,00"),
        ("nobody", None),
        (True, None),
    ],
)
def test_a_value_is_found_as_the_document_writes_it(value: object, said: str | None) -> None:
    found = [TEXT[one.start : one.end] for one in quotes({"a": value}, {}, TEXT)]
    assert found == ([] if said is None else [said])


def test_two_equal_values_have_two_places_and_quotes_never_overlap() -> None:
    found = quotes({"a": 1250, "b": 1250, "c": 1250}, {}, TEXT)
    assert [TEXT[one.start : one.end] for one in found] == ["1.250,00", "1250"]


@pytest.mark.parametrize("made_up", ["2010-01-{:02}", "Acme {} Ltd"])
def test_a_huge_document_and_a_huge_answer_take_no_time_worth_speaking_of(made_up: str) -> None:
    text = "21.11.2025 1.250,00 Acme Ltd " * 20_000
    answer = {f"f{number}": made_up.format(number % 28 + 1) for number in range(1000)}
    before = process_time()
    quotes({**answer, "n": 3.25}, {}, text)
    assert process_time() - before < 5
