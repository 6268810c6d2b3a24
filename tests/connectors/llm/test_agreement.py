"""Asking the same question several times, and asking for the model's own word: what that does to a confidence."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Permanent, Result, Review, Worth
from connectors.llm.task import AiTask
from tests.support.books import Books, request

SCHEMA = {"type": "object", "properties": {"topic": {"enum": ["card", "rate"]}}, "required": ["topic"]}
CARD, RATE = '{"topic": "card"}', '{"topic": "rate"}'
PRICE = {"input_per_million": 1, "output_per_million": 1, "max_tokens": 100}


def play(script: Sequence[Any], books: Books | None = None, model: str = "scripted/a", **changes: Any) -> Any:
    given = {"prompt": "Which topic?", "input": "My card", "schema": SCHEMA, "models": model, "onExhausted": "desk"}
    table = {"scripted/a": {"script": list(script), **PRICE}}
    return AiTask.of(table)(request({**given, **changes}, books))


def test_of_three_answers_the_majority_counts_and_each_is_a_call_of_its_own() -> None:
    books = Books()
    outcome = play([CARD, CARD, RATE], books, samples=3)
    assert isinstance(outcome, Result)
    assert outcome.response["result"] == {"topic": "card"}
    assert [row.faults[0].partition(":")[0] if row.faults else "" for row in books.rows] == ["sample", "sample", ""]
    assert [row.cost for row in books.rows] == [Decimal("0.00012")] * 3
    assert outcome.response["cost"] == "0.00036"
    evidence = outcome.response["evidence"]
    assert (evidence["method"], evidence["features"]["agreement"]) == ("agreement of samples", 0.625)  # 2.5 of 4
    assert [row.confidence for row in books.rows] == [None, None, 0.625], "a held answer is no evidence of its own"


def test_answers_that_all_agree_are_surer_than_those_that_do_not_and_never_certain() -> None:
    agreed = play([CARD], samples=5).response["confidence"]
    split = play([CARD, RATE, CARD, RATE, CARD], samples=5).response["confidence"]
    assert split < agreed < 1


def test_too_little_agreement_goes_to_a_person() -> None:
    outcome = play([CARD, RATE, CARD], samples=3, minConfidence=0.8)
    assert isinstance(outcome, Review)
    assert outcome.proposal == {"topic": "card"}
    assert "it is 0.62 (agreement of samples), and 0.80 is asked for" in outcome.faults[0]


def test_a_wrong_answer_among_the_samples_is_mended_as_ever() -> None:
    books = Books()
    outcome = play([CARD, "nonsense", CARD], books, samples=3)
    assert isinstance(outcome, Result)
    assert [row.faults[0].partition(":")[0] if row.faults else "" for row in books.rows] == ["sample", "json", ""]


def test_what_answers_alike_each_time_is_asked_once() -> None:
    books = Books()
    play([], books, model="rules/invoice", samples=5)
    assert len(books.rows) == 1


def test_samples_stay_within_the_budget_of_the_task() -> None:
    first, books = Books(), Books()
    play([CARD], first)
    enough_for_two = (first.reserved[1] or Decimal(0)) + Decimal("0.0002")
    outcome = play([CARD], books, samples=5, maxCost=str(enough_for_two))
    assert isinstance(outcome, Review)
    assert (len(books.rows), outcome.proposal) == (2, {"topic": "card"})


@pytest.mark.parametrize("wrong", [0, 6, 1.5, "many"])
def test_another_number_of_samples_is_refused(wrong: Any) -> None:
    with pytest.raises(Permanent, match="'samples'"):
        play([CARD], samples=wrong)


def test_a_models_own_word_is_asked_for_taken_out_and_counts_half() -> None:
    books = Books()
    said = json.dumps({"topic": "card", "_confidence": 0.99})
    outcome = play([{"text": said, "logprob": math.log(0.5)}], books, askConfidence="true")
    assert outcome.response["result"] == {"topic": "card"}
    assert "_confidence" in books.rows[0].prompt[0]["content"]
    assert outcome.response["evidence"]["features"] == {"token": 0.5, "own_word": 0.99, "correction": 1.0}
    assert 0.5 < outcome.response["confidence"] < (0.5 + 0.99) / 2 + 0.1


def test_alone_a_models_own_word_is_not_taken_at_its_word() -> None:
    outcome = play([json.dumps({"topic": "card", "_confidence": 1.0})], askConfidence=True)
    assert outcome.response["confidence"] == 0.9


def test_a_model_that_does_not_give_its_word_is_told_so() -> None:
    books = Books()
    play([CARD], books, askConfidence=True)
    assert "_confidence" in books.rows[0].faults[0]


def test_every_result_says_what_its_confidence_is_worth_by_which_calibrator_and_what_was_asked_for() -> None:
    books = Books()
    books.worths["scripted/a"] = Worth(0.91, "platt/120/0a1b2c3d")
    outcome = play([{"text": CARD, "logprob": -0.1}], books, minConfidence=0.5)
    evidence = outcome.response["evidence"]
    assert (evidence["probability"], evidence["calibrator"]) == (0.91, "platt/120/0a1b2c3d")
    assert (evidence["threshold"], evidence["method"]) == (0.5, "token probability")
