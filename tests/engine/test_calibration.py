"""Thresholds from recorded verdicts: they keep their promise, and say nothing where the evidence is too thin."""

from __future__ import annotations

import random

import pytest

from engine.calibration import (
    MANY,
    Curve,
    Judgement,
    Steps,
    calibration_error,
    calibrator,
    least_judgements,
    tail,
    threshold,
    upper_bound,
)


def draw(seed: int, count: int, *, overrated: bool = False) -> list[Judgement]:
    """Outcomes whose chance of being right is their confidence, or its cube where they are overrated."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        confidence = chance.random() ** 0.03
        found.append(Judgement(confidence, chance.random() < (confidence**3 if overrated else confidence)))
    return found


@pytest.mark.parametrize(("target", "least"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_so_many_flawless_outcomes_certify_a_target(target: float, least: int) -> None:
    assert least_judgements(target) == least
    flawless = [Judgement(1.0, True)] * least
    found = threshold(flawless, target)
    assert found is not None
    assert (found.accepted, found.errors) == (least, 0)
    assert found.bound <= target
    assert threshold(flawless[1:], target) is None


@pytest.mark.parametrize(
    ("errors", "count", "bound"), [(0, 59, 0.0495), (1, 100, 0.0466), (5, 300, 0.0347), (9, 9, 1.0)]
)
def test_the_upper_bound_is_that_of_clopper_and_pearson(errors: int, count: int, bound: float) -> None:
    assert upper_bound(errors, count) == pytest.approx(bound, abs=1e-4)  # from the quantiles of the beta distribution
    assert tail(errors, count, upper_bound(errors, count)) == pytest.approx(0.05 if errors < count else 1.0, abs=1e-6)


def test_the_promise_is_kept_where_a_naive_threshold_breaks_it() -> None:
    world = draw(0, 20_000, overrated=True)
    broken = naive_broken = certified = 0
    for seed in range(1, 41):
        recorded = draw(seed, 500, overrated=True)
        if found := threshold(recorded, 0.05):
            certified += 1
            broken += error_above(world, found.confidence) > 0.05
        naive_broken += error_above(world, naive(recorded, 0.05)) > 0.05
    assert certified > 20
    assert broken <= 2
    assert naive_broken > 8


def naive(recorded: list[Judgement], target: float) -> float:
    bars = sorted({one.confidence for one in recorded})
    return next(bar for bar in bars if error_above(recorded, bar) <= target)


def error_above(outcomes: list[Judgement], bar: float) -> float:
    passed = [one for one in outcomes if one.confidence >= bar]
    return sum(not one.is_right for one in passed) / len(passed)


def test_a_model_that_is_sure_and_wrong_gets_no_threshold() -> None:
    recorded = [Judgement(0.99, at % 5 != 0) for at in range(500)]
    assert threshold(recorded, 0.05) is None


def test_equal_confidences_are_not_told_apart() -> None:
    recorded = [Judgement(0.9, True)] * 300 + [Judgement(0.5, False)] * 200
    found = threshold(recorded, 0.05)
    assert found is not None
    assert (found.confidence, found.accepted) == (0.9, 300)


def test_cases_out_of_scope_are_kept_out() -> None:
    inside = [Judgement(0.5 + at / 2000, True) for at in range(1000)]
    strays = [Judgement(0.2 + at / 200, False, is_in_scope=False) for at in range(100)]
    loose, strict = threshold([*inside, *strays], 0.05), threshold([*inside, *strays], 0.05, slipping=0.05)
    assert loose is not None
    assert strict is not None
    passed = [sum(stray.confidence >= bar.confidence for stray in strays) for bar in (loose, strict)]
    assert passed[0] > 10
    assert passed[1] <= 1


def test_the_curve_tells_the_share_of_right_answers() -> None:
    recorded, world = draw(3, 500, overrated=True), draw(4, 5_000, overrated=True)
    curve = Curve.through(recorded)
    assert calibration_error(world, curve) < 0.5 * calibration_error(world, lambda confidence: confidence)


@pytest.mark.parametrize("is_right", [True, False])
def test_the_curve_stays_finite_when_all_are_right_or_all_wrong(is_right: bool) -> None:
    curve = Curve.through([Judgement(confidence / 20, is_right) for confidence in range(21)])
    assert 0 < curve(0.5) < 1
    assert (curve(0.5) > 0.5) is is_right


def test_without_outcomes_nothing_is_claimed() -> None:
    assert threshold([], 0.05) is None
    assert calibration_error([], lambda confidence: confidence) == 0


def test_steps_only_rise_and_tell_the_share_of_right_answers_of_many() -> None:
    judged = draw(11, 3000, overrated=True)
    made = calibrator(judged)
    assert isinstance(made, Steps)
    assert isinstance(calibrator(judged[: MANY - 1]), Curve)
    levels = [made(at / 1000) for at in range(1001)]
    assert levels == sorted(levels)
    assert 0 < levels[0] <= levels[-1] < 1
    fresh = draw(12, 3000, overrated=True)
    assert calibration_error(fresh, made) < 0.03 < calibration_error(fresh, lambda confidence: confidence)


def test_a_sampled_judgement_stands_for_those_like_it() -> None:
    seen = [Judgement(0.9, True, weight=10.0)] * 30 + [Judgement(0.9, False)] * 30
    flat = [Judgement(0.9, True)] * 300 + [Judgement(0.9, False)] * 30
    for through in (Curve.through, Steps.through):
        assert through(seen)(0.9) == pytest.approx(through(flat)(0.9), abs=0.005)
    assert Curve.through(seen)(0.9) > 0.85, "unweighted, half of them would seem wrong"


def test_weights_do_not_make_evidence() -> None:
    heavy = [Judgement(0.9, True, weight=10.0)] * 58
    assert threshold(heavy, 0.05) is None, "58 flawless judgements do not certify 5 %, whatever they stand for"
    mixed = [Judgement(0.9, True)] * 59 + [Judgement(0.9, True, weight=100.0)]
    assert threshold(mixed, 0.05) is None, "one that stands for a hundred is most of what is known"
    assert threshold([Judgement(0.9, True, weight=7.0)] * 59, 0.05) is not None
