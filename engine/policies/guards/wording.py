"""The guard `wording`: words, patterns and promises that no answer and no outgoing text may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import regex

from connectors.base import ToolUse
from engine.policies.base import Allow, Facts, Verdict
from engine.policies.guards.disallowed_words import TOPICS
from engine.policies.guards.material import texts
from engine.policies.guards.settings import Reaction, Settings

Json = Any

_MOST_SECONDS = 0.2  # for a pattern of the house over one text


class Wording:
    """Settings: `words`, `patterns` (regular expressions), `topics` (legal, medical, financial, promises, insults),
    `then` and `group`. Nothing is disallowed by default. A pattern that takes too long denies.
    """

    name, version = "wording", "1"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, ("words", "patterns", "topics", *Reaction.NAMES))
        self._words = [(word, re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.I)) for word in settings.texts("words")]
        self._topics = [(topic, re.compile(TOPICS[topic], re.I)) for topic in settings.texts("topics", (), TOPICS)]
        self._patterns = [(text, _compiled(settings, text)) for text in settings.texts("patterns")]
        self._react = Reaction(settings)

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """Judge an answer."""
        return self._judge(output, "The answer")

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """Judge what a tool is to send."""
        return self._judge(dict(use.arguments), f"What '{use.tool}' is to get")

    def _judge(self, value: Json, what: str) -> Verdict[Any]:
        for text in texts(value):
            for rule, found in self._found(text):
                return self._react(
                    f"{what} says {found[:80]!r}, which is not allowed ({rule}). Say it otherwise.", rule
                )
        return Allow()

    def _found(self, text: str) -> Iterator[tuple[str, str]]:
        for word, pattern in self._words:
            if pattern.search(text):
                yield f"word '{word}'", word
        for topic, pattern in self._topics:
            if found := pattern.search(text):
                yield f"topic {topic}", found[0]
        for written, own in self._patterns:
            if told := own.search(text, timeout=_MOST_SECONDS):
                yield f"pattern {written[:60]}", told[0]


def _compiled(settings: Settings, text: str) -> regex.Pattern[str]:
    try:
        return regex.compile(text, regex.IGNORECASE)
    except regex.error as problem:
        raise settings.wrong("patterns", f"regular expressions ({problem})", text) from None
