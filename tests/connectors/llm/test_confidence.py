"""How sure to be: what is measured, and that nothing is invented."""

from __future__ import annotations

import math

import pytest

from connectors.llm.call import Token
from connectors.llm.confidence import (
    AFTER_MADE_UP_VALUE,
    AFTER_WRONG_SHAPE,
    CHECKS_ALONE,
    least_probability,
    measure,
)

TEXT = '{"no": "A-1", "total": 20}'


def tokens(*pieces: tuple[str, float]) -> tuple[Token, ...]:
    return tuple(Token(text.encode(), math.log(probability)) for text, probability in pieces)


SAID = (
    *tokens(("```", 0.01), ("json\n", 0.01), ('{"no": "', 0.1), ("A", 0.9), ("-1", 0.4)),
    *tokens(('", "total', 0.1), ('": ', 0.1), ("20", 0.8), ("}", 0.1), ("\n```", 0.01)),
)


def test_the_least_sure_value_counts_and_neither_keys_nor_fences_do() -> None:
    assert least_probability(TEXT, SAID) == pytest.approx(math.sqrt(0.9 * 0.4))


def test_a_token_over_the_edge_of_a_value_belongs_to_it() -> None:
    said = tokens(('{"no": "A', 0.5), ('-1", "total": 20', 0.9), ("}", 0.1))
    assert least_probability(TEXT, said) == pytest.approx(math.sqrt(0.5 * 0.9))


def test_tokens_that_are_not_those_of_the_text_say_nothing() -> None:
    assert least_probability('{"no": "B"}', SAID) is None


def test_letters_split_over_tokens_are_found_by_their_bytes() -> None:
    raw = '{"a": "Ü"}'.encode()
    said = tuple(Token(raw[at : at + 1], math.log(0.5)) for at in range(len(raw)))
    assert least_probability('{"a": "Ü"}', said) == pytest.approx(0.5)


def test_impossible_probabilities_do_not_break_the_measure() -> None:
    assert least_probability('{"a": 1}', (Token(b'{"a": 1}', -math.inf),)) == pytest.approx(math.exp(-100))


def test_without_probabilities_the_share_of_found_values_is_all_there_is() -> None:
    assert measure(TEXT, (), checked=2).score == CHECKS_ALONE
    assert measure(TEXT, (), checked=1).score == CHECKS_ALONE / 2


def test_nothing_measurable_is_none_and_not_zero() -> None:
    assert measure('{"class": "urgent"}', (), checked=0).score is None


def test_an_answer_after_a_correction_counts_less() -> None:
    plain, shaped, grounded = (
        measure(TEXT, (), checked=2, **earlier).score or 0 for earlier in ({}, {"shape_faults": 1}, {"made_up": 1})
    )
    assert shaped == pytest.approx(plain * AFTER_WRONG_SHAPE)
    assert grounded == pytest.approx(plain * AFTER_MADE_UP_VALUE)
    assert "after a correction" in measure(TEXT, (), checked=2, made_up=1).method


def test_scores_stay_between_zero_and_one() -> None:
    assert measure(TEXT, tokens((TEXT, 1.0)), checked=9).score == 1.0
