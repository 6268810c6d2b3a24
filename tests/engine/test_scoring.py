"""Scores of answers: known figures of the literature, and what weights do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.scoring import Answered, Pairs, pairs, rate, score

RIGHT, WRONG = {"topic": "card"}, {"topic": "rate"}


def answered(output: Any, recorded: Any = RIGHT, *, weight: float = 1.0, has_passed: bool = True) -> Answered:
    return Answered(1, RIGHT, weight, recorded, Decimal(1), 2.0, output, has_passed, (), 0.9, Decimal("0.5"), 1.0)


def test_a_share_has_wilsons_interval() -> None:
    # Newcombe (1998), table I: 81 of 263 is 0.2553 to 0.3662, 15 of 148 0.0624 to 0.1605, 0 of 20 up to 0.1611.
    for right, count, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)):
        found = rate([(True, 1.0)] * right + [(False, 1.0)] * (count - right))
        assert found is not None
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert rate([]) is None


def test_pairs_are_tested_by_those_that_differ_alone() -> None:
    made = [answered(RIGHT)] * 50 + [answered(RIGHT, WRONG)] * 1 + [answered(WRONG)] * 9
    found = pairs(made)
    assert isinstance(found, Pairs)
    assert (found.gained, found.lost, found.difference.value) == (1, 9, pytest.approx(-8 / 60))
    assert found.p_value == pytest.approx(22 / 1024)  # 2 * (1 + 10) / 2 ** 10
    assert found.difference.low < -8 / 60 < found.difference.high < 0
    assert score(made).is_worse
    assert not score(made[50:55] + made[:5]).is_worse, "four pairs more may be an accident"


def test_a_case_that_was_drawn_from_ten_counts_as_ten_and_is_as_certain_as_one() -> None:
    made = [answered(WRONG, weight=10.0)] + [answered(RIGHT)] * 10
    found = score(made).accuracy
    assert found is not None
    assert found.value == 0.5
    assert found.low < 0.2, "two kinds of cases are known here, not twenty"


def test_wrong_answers_that_passed_have_an_upper_bound_and_fields_are_told_apart() -> None:
    found = score([answered(RIGHT)] * 58 + [answered(WRONG, has_passed=False)])
    assert (found.wrong_of_passed, found.fields) == (0, {"topic": pytest.approx(58 / 59)})
    assert found.wrong_bound == pytest.approx(1 - 0.05 ** (1 / 58))


def test_of_no_case_nothing_is_said() -> None:
    found = score([])
    assert (found.accuracy, found.pairs, found.wrong_bound, found.mean_seconds) == (None, None, None, None)
    assert not found.is_worse
