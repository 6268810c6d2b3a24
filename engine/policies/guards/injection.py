"""Attempts to give orders to a model through the data that it processes: found, weighed and explained.

This lowers the odds and guarantees nothing: whoever knows the words can find others. What holds is elsewhere: content
is quoted, tools are limited to the element's list, secrets are not in prompts, answers are checked.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from engine.policies.guards.hidden import View, oddities, views
from engine.policies.guards.injection_signals import SIGNALS, Signal

SUSPECT = 0.5  # the score from which a text is taken for an attempt
_MOST_PLACES = 300  # of one word: who repeats it more often hides something
_WORD = re.compile(r"[a-z0-9]+")
_ODD = 0.3
_BENEATH = 0.35  # that a sign stands where people do not see it is a sign by itself
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that was found: its name, how it was written, and the words."""

    name: str
    weight: float
    how: str
    quote: str


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How likely a text gives orders to a model, from 0 to 1, and why."""

    score: float
    signs: tuple[Sign, ...]

    @property
    def is_suspect(self) -> bool:
        return self.score >= SUSPECT

    @property
    def reason(self) -> str:
        """The strongest signs, in words."""
        told = [f"{one.name} ({one.how}: {one.quote!r})" for one in self.signs[:5]]
        return f"It may give orders to the model (score {self.score:.2f}): {'; '.join(told)}"


def suspect(text: str) -> Suspicion:
    """Weigh a text. The signs count as independent: 1 - (1 - a)(1 - b)..."""
    found = [Sign(name, _ODD, "as it stands", name) for name in oddities(text)]
    for view in views(text):
        found += _signs(view)
    by_name: dict[str, Sign] = {}
    for one in sorted(found, key=lambda one: -one.weight):
        by_name.setdefault(one.name, one)
    rest = 1.0
    for one in by_name.values():
        rest *= 1 - one.weight
    return Suspicion(round(1 - rest, 3), tuple(by_name.values()))


def _signs(view: View) -> Iterator[Sign]:
    is_beneath = False
    words = _Words(view.text)
    for signal in SIGNALS:
        if (quote := _place(signal, view.text, words)) is not None:
            is_beneath = view.kind != "shown"
            yield Sign(signal.name, signal.weight, view.how, quote)
    if is_beneath:
        yield Sign("out of sight", _BENEATH, view.how, view.text[:_SHOWN])


class _Words:
    """The words of a text, to ask whether one begins with some letters: most signs need not be looked for."""

    def __init__(self, text: str) -> None:
        self._words = sorted(set(_WORD.findall(text)))

    def has_all(self, beginnings: tuple[str, ...]) -> bool:
        """Whether each of these begins a word."""
        return all(map(self._has, beginnings))

    def _has(self, beginning: str) -> bool:
        at = bisect_left(self._words, beginning)
        return at < len(self._words) and self._words[at].startswith(beginning)


def _place(signal: Signal, text: str, words: _Words) -> str | None:
    """The words that are the sign; None where there are none."""
    for word, beginnings in signal.starts:
        if not words.has_all(beginnings):
            continue
        at, count = text.find(word), 0
        while at >= 0:
            if (count := count + 1) > _MOST_PLACES:
                return f"{word}, more than {_MOST_PLACES} times"
            found = signal.pattern.match(text, at + len(word))
            if found and _stands_alone(text, at, word, signal):
                return text[at : found.end()][:_SHOWN]
            at = text.find(word, at + len(word))
    return None


def _stands_alone(text: str, at: int, word: str, signal: Signal) -> bool:
    if at and word[0].isalnum() and word[0].isascii() and (text[at - 1].isalnum() and text[at - 1].isascii()):
        return False
    if (
        not signal.then
        and word[-1].isalpha()
        and word.isascii()
        and text[at + len(word) : at + len(word) + 1].isalpha()
    ):
        return not text[at + len(word)].isascii()
    before = text[max(0, at - 12) : at]
    return not any(before.endswith(story) and not before[: -len(story)][-1:].isalnum() for story in signal.stories)
