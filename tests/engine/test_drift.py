"""Drift: an agent that does as well as before is left alone, one that does worse is noticed."""

from __future__ import annotations

import random

import pytest

from engine.drift import DOUBT, WINDOW, are_different, too_many_wrong


@pytest.mark.parametrize(
    ("wrong", "judged", "is_too_many"), [(0, 0, False), (1, 1, False), (2, 40, False), (9, 40, True)]
)
def test_verdicts_against_five_percent(wrong: int, judged: int, is_too_many: bool) -> None:
    assert too_many_wrong(wrong, judged, 0.05) is is_too_many


def test_the_same_confidences_are_seldom_doubted_and_others_always() -> None:
    chance = random.Random(7)
    before = [chance.betavariate(8, 2) for _ in range(500)]
    same = [are_different(before, [chance.betavariate(8, 2) for _ in range(WINDOW)]) for _ in range(300)]
    other = [are_different(before, [chance.betavariate(5, 3) for _ in range(WINDOW)]) for _ in range(100)]
    assert sum(same) <= max(3, 300 * 3 * DOUBT)
    assert all(other)


def test_few_answers_say_nothing() -> None:
    assert not are_different([0.9] * 49, [0.1] * WINDOW)
    assert not are_different([0.9] * 500, [0.1] * 49)
    assert are_different([0.9] * 50, [0.1] * 50)
