"""The embedded classifier: what it chooses from, what it learns, and what it says of being sure."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from connectors.base import Permanent
from connectors.embedded.choices import beyond, fields_of
from connectors.embedded.encoder import DIMENSIONS
from connectors.embedded.learner import learn
from connectors.embedded.provider import ByMeaning, EmbeddedClassifier
from connectors.embedded.words import learn_words
from connectors.llm.call import Call, CallFailed, Example, Trouble
from connectors.llm.confidence import least_probability
from connectors.llm.providers import Providers
from connectors.llm.settings import Models

SCHEMA = {
    "type": "object",
    "properties": {
        "topic": {"enum": ["lost_card", "exchangeRate"]},
        "urgency": {
            "oneOf": [
                {"const": "high", "title": "money is at risk now", "description": "stolen or fraud"},
                {"const": "low", "title": "a question"},
            ]
        },
        "note": {"type": "string"},
    },
    "required": ["topic"],
}


def by_words(texts: Sequence[str]) -> Any:
    """An encoder for tests: texts that share words point the same way."""
    found = np.zeros((len(texts), DIMENSIONS), np.float32)
    for row, text in enumerate(texts):
        for word in re.findall(r"\w+", text.lower()):
            found[row, zlib.crc32(word.encode()) % DIMENSIONS] += 1
    return found / np.linalg.norm(found, axis=1, keepdims=True).clip(1e-9)


def ask(source: Any, examples: Sequence[Example] = (), schema: Mapping[str, Any] = SCHEMA) -> Any:
    call = Call((), schema, source, 10, str, tuple(examples))
    return EmbeddedClassifier("embedded/test", ByMeaning(by_words)).ask(call)


def test_the_fields_are_those_whose_values_are_listed() -> None:
    topic, urgency = fields_of(SCHEMA)
    assert [(choice.value, choice.said) for choice in topic.choices] == [
        ("lost_card", ("lost card",)),
        ("exchangeRate", ("exchange rate",)),
    ]
    assert urgency.choices[0].said == ("high", "money is at risk now", "stolen or fraud")
    assert beyond(SCHEMA) == ()
    assert beyond({**SCHEMA, "required": ["topic", "note"]}) == ("note",)


def test_the_values_own_words_are_enough_to_choose() -> None:
    reply = ask("What is the exchange rate today? Just a question.")
    assert json.loads(reply.text) == {"topic": "exchangeRate", "urgency": "low"}


def test_examples_teach_what_the_words_do_not_say() -> None:
    text = "My plastic is gone"
    examples = [
        Example("where is my plastic, it is gone", {"topic": "lost_card"}),
        Example("euros", {"topic": "other"}),
    ]
    assert json.loads(ask(text, examples).text)["topic"] == "lost_card"


def test_each_value_says_how_sure_it_is_and_the_least_sure_counts() -> None:
    reply = ask("lost card")
    assert "".join(token.text.decode() for token in reply.tokens) == reply.text
    figures = [math.exp(token.logprob) for token in reply.tokens if token.logprob < 0]
    assert len(figures) == 2
    assert least_probability(reply.text, reply.tokens) == pytest.approx(min(figures))


def test_a_text_unlike_every_example_is_never_sure() -> None:
    topic = {**SCHEMA, "properties": {"topic": SCHEMA["properties"]["topic"]}}  # type: ignore[index]
    known, unknown = ask("lost card", schema=topic), ask("zebra crossings of Bolivia", schema=topic)
    sure = [least_probability(reply.text, reply.tokens) or 0 for reply in (known, unknown)]
    assert sure[1] < 0.2 * sure[0]


@pytest.mark.parametrize("schema", [{**SCHEMA, "required": ["note"]}, {"type": "object", "properties": {"a": {}}}])
def test_what_it_cannot_choose_goes_to_the_next_model(schema: Mapping[str, Any]) -> None:
    with pytest.raises(CallFailed, match="chooses among listed values") as failed:
        ask("text", schema=schema)
    assert failed.value.trouble is Trouble.MODEL


def test_the_same_examples_make_the_same_classifier() -> None:
    texts, labels = ["a b", "c d", "a c"], ["x", "y", "x"]
    first, second = (learn(by_words(texts), labels).guess(by_words(["a d"]))[0] for _ in range(2))
    assert first == second


def test_weights_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("BATON_MODELS_DIR", str(tmp_path))
    with pytest.raises(Permanent, match="baton models install minilm"):
        Providers(Models.read({})).of("embedded/minilm")
    with pytest.raises(Permanent, match="No embedded model 'other' is known"):
        Providers(Models.read({})).of("embedded/other")


def crowd(chance: Any, centres: Any, each: int, spread: float) -> Any:
    """Vectors around centres, all of length 1."""
    found = np.repeat(centres, each, axis=0) + chance.normal(0, spread, (len(centres) * each, centres.shape[1]))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def families(chance: Any, count: int, each: int) -> Any:
    """Centres that lie in families, as the subjects of questions do."""
    return np.repeat(chance.normal(0, 1, (count, 32)), each, axis=0) + chance.normal(0, 0.5, (count * each, 32))


def test_what_was_never_taught_is_told_apart_by_the_taught_classes_alone() -> None:
    chance = np.random.default_rng(1)
    taught, strays = families(chance, 8, 6), families(chance, 4, 6)
    classifier = learn(crowd(chance, taught, 20, 0.3), [str(at) for at in range(48) for _ in range(20)])
    passing = [guess.confidence > 0 for guess in classifier.guess(crowd(chance, strays, 30, 0.3))]
    known = [guess.confidence > 0 for guess in classifier.guess(crowd(chance, taught, 20, 0.3))]
    assert np.mean(passing) <= 0.15  # an estimate: those taught are told apart better than those never seen
    assert np.mean(known) >= 0.9


def test_with_few_classes_nothing_is_said_to_be_out_of_scope() -> None:
    chance = np.random.default_rng(1)
    labels = [str(at) for at in range(5) for _ in range(50)]
    classifier = learn(crowd(chance, chance.normal(0, 1, (5, 64)), 50, 0.5), labels)
    assert classifier.least == 0
    assert all(guess.is_known for guess in classifier.guess(crowd(chance, chance.normal(0, 1, (9, 64)), 2, 0.1)))


def test_words_and_their_parts_tell_classes_apart_without_weights() -> None:
    cards, rates = ("I lost my card", "my card was stolen"), ("how much in euros", "the rate in dollars")
    examples = [Example(text, {"topic": "lost_card"}) for text in cards]
    examples += [Example(text, {"topic": "exchangeRate"}) for text in rates]
    schema = {"properties": {"topic": SCHEMA["properties"]["topic"]}}
    call = Call((), schema, "I have lost my cards", 10, str, tuple(examples))
    reply = Providers(Models({})).of("embedded/words").ask(call)
    assert json.loads(reply.text) == {"topic": "lost_card"}
    assert 0 < (least_probability(reply.text, reply.tokens) or 0) <= 1


def test_what_a_text_would_have_been_without_itself_is_what_learning_without_it_says() -> None:
    texts = [f"{verb} {thing}" for verb in ("pay", "send", "lose", "find") for thing in ("card", "rate", "note")]
    labels = [text.split()[1] for text in texts]
    whole = learn_words(texts, labels)
    for at in range(len(texts)):
        [guess] = learn_words(texts[:at] + texts[at + 1 :], labels[:at] + labels[at + 1 :])([texts[at]])
        assert guess.label == whole.own_labels[at]


@pytest.mark.parametrize("text", ["", "!!!", "\ud800", "x" * 100_000])
def test_any_text_gets_some_answer_by_words(text: str) -> None:
    judge = learn_words(["pay the bill", "lose the card"], ["a", "b"])
    assert 0 <= judge([text])[0].confidence <= 1
