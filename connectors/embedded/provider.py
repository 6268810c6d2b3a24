"""The embedded classifier as a provider of answers, beside language models and rules."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from threading import Lock

from connectors.base import Permanent
from connectors.embedded.choices import Field, beyond, fields_of
from connectors.embedded.encoder import Encoder, MiniLm
from connectors.embedded.learner import Classifier, Guess, learn
from connectors.llm import models
from connectors.llm.call import Call, CallFailed, Example, Message, Reply, Token, Trouble
from connectors.llm.prompt import text_of

WEIGHTS = "minilm"
_KEPT = 64  # classifiers, by what they were learned from
_learning = Lock()


@dataclass(frozen=True, slots=True)
class EmbeddedClassifier:
    """Chooses for every field whose values the schema lists; `name` is only what the books show."""

    name: str
    encoder: Encoder
    kind: str = "embedded-classifier"

    @classmethod
    def of(cls, name: str) -> EmbeddedClassifier:
        """The classifier over installed weights; `name` is `embedded/minilm`. Raises Permanent without them."""
        return cls(name, _encoder(name.partition("/")[2]))

    def reserve(self, messages: Sequence[Message]) -> Decimal:
        """Nothing: it runs here."""
        return Decimal(0)

    def ask(self, call: Call) -> Reply:
        """An answer with each field that has a list of values. Raises CallFailed when the schema asks for more."""
        fields = fields_of(call.schema)
        if missing := beyond(call.schema) or (() if fields else ("any field",)):
            wanted = (
                f"a classifier chooses among listed values, and the schema lists none for {', '.join(missing)[:200]}"
            )
            raise CallFailed(Trouble.MODEL, wanted)
        vector = self.encoder([text_of(call.source)])
        guesses = {field.name: self._classifier(field, call.examples).guess(vector)[0] for field in fields}
        return _reply(guesses, self.name)

    def _classifier(self, field: Field, examples: Sequence[Example]) -> Classifier:
        texts = tuple(
            (text, value)
            for example in examples
            if (value := _label(example, field))
            for text in (text_of(example.source),)
        )
        with _learning:  # one learns, others find what it learned
            return _learned(self.encoder, field, texts)


@lru_cache(_KEPT)
def _learned(encoder: Encoder, field: Field, examples: tuple[tuple[str, str], ...]) -> Classifier:
    """What the choices' own words and the examples teach."""
    told = [(text, choice.value) for choice in field.choices for text in choice.said]
    texts, labels = zip(*(*told, *examples), strict=True)
    return learn(encoder(texts), labels)


def _label(example: Example, field: Field) -> str | None:
    value = example.output.get(field.name)
    return value if any(value == choice.value for choice in field.choices) else None


def _reply(guesses: dict[str, Guess], name: str) -> Reply:
    """The answer, each value with how sure it is, said the way language models say it: by token."""
    tokens: list[Token] = []
    for at, (field, guess) in enumerate(guesses.items()):
        tokens.append(Token(f"{', ' if at else '{'}{json.dumps(field)}: ".encode(), 0.0))
        tokens.append(Token(json.dumps(guess.label).encode(), math.log(max(guess.confidence, 1e-9))))
    tokens.append(Token(b"}", 0.0))
    return Reply(b"".join(token.text for token in tokens).decode(), tokens=tuple(tokens), model=name)


@lru_cache
def _encoder(name: str) -> Encoder:
    if name != WEIGHTS:
        raise Permanent(f"No embedded model '{name[:100]}' is known. Known: {WEIGHTS}.")
    files = models.files_of(name)
    if not files:
        raise Permanent(f"The embedded model '{name}' is not installed. Run `baton models install {name}`.")
    try:
        return MiniLm(*files)
    except ImportError as problem:
        raise Permanent(f"Install Baton with its extra [embedded] to use '{name}': {problem}.") from problem
