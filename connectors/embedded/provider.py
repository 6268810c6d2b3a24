"""The embedded classifier as a provider of answers, beside language models and rules."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from threading import Lock

from connectors.base import Permanent
from connectors.embedded.choices import Field, beyond, fields_of
from connectors.embedded.encoder import Encoder, MiniLm
from connectors.embedded.learner import Guess, learn
from connectors.embedded.words import learn_words
from connectors.llm import models
from connectors.llm.call import Call, CallFailed, Example, Message, Reply, Token, Trouble
from connectors.llm.prompt import text_of

WEIGHTS = "minilm"
WORDS = "words"
Judge = Callable[[Sequence[str]], list[Guess]]
School = Callable[[Sequence[str], Sequence[str]], Judge]
_KEPT = 64  # classifiers, by what they were learned from
_learning = Lock()


@dataclass(frozen=True, slots=True)
class ByMeaning:
    """Learns from texts and labels what their vectors tell."""

    encoder: Encoder

    def __call__(self, texts: Sequence[str], labels: Sequence[str]) -> Judge:
        classifier = learn(self.encoder(texts), labels)
        return lambda asked: classifier.guess(self.encoder(asked))


@dataclass(frozen=True, slots=True)
class EmbeddedClassifier:
    """Chooses for every field whose values the schema lists; `name` is only what the books show.

    `school` makes of texts and their labels what judges other texts; it is hashable.
    """

    name: str
    school: School
    kind: str = "embedded-classifier"

    @classmethod
    def of(cls, name: str) -> EmbeddedClassifier:
        """The classifier of a name: `embedded/minilm` over installed weights, or `embedded/words`, which needs none.

        Raises Permanent without the weights.
        """
        which = name.partition("/")[2]
        return cls(name, learn_words if which == WORDS else ByMeaning(_encoder(which)))

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
        asked = [text_of(call.source)]
        guesses = {field.name: self._judge(field, call.examples)(asked)[0] for field in fields}
        return _reply(guesses, self.name)

    def _judge(self, field: Field, examples: Sequence[Example]) -> Judge:
        texts = tuple(
            (text, value)
            for example in examples
            if (value := _label(example, field))
            for text in (text_of(example.source),)
        )
        with _learning:  # one learns, others find what it learned
            return _learned(self.school, field, texts)


@lru_cache(_KEPT)
def _learned(school: School, field: Field, examples: tuple[tuple[str, str], ...]) -> Judge:
    """What the choices' own words and the examples teach."""
    told = [(text, choice.value) for choice in field.choices for text in choice.said]
    texts, labels = zip(*(*told, *examples), strict=True)
    return school(texts, labels)


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
        raise Permanent(f"No embedded model '{name[:100]}' is known. Known: {WEIGHTS}, {WORDS}.")
    files = models.files_of(name)
    if not files:
        raise Permanent(f"The embedded model '{name}' is not installed. Run `baton models install {name}`.")
    try:
        return MiniLm(*files)
    except ImportError as problem:
        raise Permanent(f"Install Baton with its extra [embedded] to use '{name}': {problem}.") from problem
