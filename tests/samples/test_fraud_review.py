"""The sample goes as its `expected.json` says, with the model and the people scripted and everything else real."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples.playing import SAMPLES, assert_is_tidy, cases_of, loaded

SAMPLE = SAMPLES / "fraud-review"
run = loaded("fraud-review")


@pytest.mark.parametrize("case", cases_of(SAMPLE), ids=lambda case: case["case"])
def test_each_transfer_goes_the_way_that_is_expected(case: dict[str, Any], upgraded_sqlite_url: str) -> None:
    assert run.SAMPLE.play(case, upgraded_sqlite_url) == []


def test_the_files_have_no_finding_and_a_place_for_everything() -> None:
    assert_is_tidy(SAMPLE)
