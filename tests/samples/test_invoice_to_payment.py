"""The sample goes as its `expected.json` says, with the model and the people scripted and everything else real."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from tests.samples.playing import SAMPLES, assert_is_tidy, cases_of, loaded

SAMPLE = SAMPLES / "invoice-to-payment"
run = loaded("invoice-to-payment")


@pytest.mark.parametrize("case", cases_of(SAMPLE), ids=lambda case: case["case"])
def test_each_invoice_goes_the_way_that_is_expected(case: dict[str, Any], upgraded_sqlite_url: str) -> None:
    assert run.play(case, upgraded_sqlite_url) == []


def test_the_files_have_no_finding_and_a_place_for_everything() -> None:
    assert_is_tidy(SAMPLE)


def test_the_documents_are_those_that_the_seed_makes() -> None:
    documents = loaded("invoice-to-payment", "documents")
    made = documents.invoices()
    assert len(made) >= 20
    assert [(SAMPLE / "documents" / one.file).read_text(encoding="utf-8") for one, _ in made] == [
        text for _, text in made
    ]
    assert json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8")) == [asdict(one) for one, _ in made]


def test_an_approval_comes_after_a_month_and_two_restarts_and_the_case_goes_on(upgraded_sqlite_url: str) -> None:
    case = next(case for case in cases_of(SAMPLE) if case["case"].startswith("02.txt"))
    first, second = case["people"]
    before = run.house(case, upgraded_sqlite_url)
    key = before.start(run.PROCESS, run.given(case))
    before.play(key, [first])
    before.close()
    run.house(case, upgraded_sqlite_url).close()
    after = run.house(case, upgraded_sqlite_url)
    after.play(key, [{"wait": "P30D"}, second])
    differences = after.played(key).differences(case["expect"])
    after.close()
    assert differences == []
