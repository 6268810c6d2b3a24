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
from connectors.embedded.provider import EmbeddedClassifier
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
    return EmbeddedClassifier("embedded/test", by_words).ask(call)


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
