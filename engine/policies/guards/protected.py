"""The guard `protected`: attributes that must not count never reach the model, and no rationale may rest on them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from engine.policies.base import Allow, Change, Facts, Message, Verdict
from engine.policies.guards.hidden import plain
from engine.policies.guards.material import rewritten_outsiders, texts
from engine.policies.guards.protected_words import ATTRIBUTES
from engine.policies.guards.settings import Reaction, Settings

Json = Any

REMOVED = "[removed]"
_MOST_OBJECTS = 50  # JSON values within one text
_DECODER = json.JSONDecoder()
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_LABEL = re.compile(r"(?m)^[ \t>*•|-]{0,10}([^\W\d_][\w .'/()-]{1,40}?)[ \t*]{0,4}[:：=|][ \t]{0,10}(\S[^\n]{0,500})$")


class Protected:
    """Settings: `attributes` (default: all), `fields` (more names of fields), `words` (more words that no rationale may
    hold), `proxies` (refuse words that stand for an attribute; default true), `then` and `group` for answers.
    """

    name, version = "protected", "1"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, ("attributes", "fields", "words", "proxies", *Reaction.NAMES))
        self._attributes = settings.texts("attributes", ATTRIBUTES, ATTRIBUTES)
        self._fields = frozenset(map(_named, settings.texts("fields")))
        self._words = [(word, re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.I)) for word in settings.texts("words")]
        self._has_proxies = settings.flag("proxies", True)
        self._react = Reaction(settings)

    def input(self, facts: Facts, messages: Sequence[Message]) -> Verdict[Sequence[Message]]:
        """Documents and results of tools go without the attributes: fields by name, texts by pattern."""
        changed = rewritten_outsiders(messages, self.without)
        if changed == list(messages):
            return Allow()
        return Change(changed, f"Protected attributes were removed: {', '.join(self._attributes)}.", "removed")

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """An answer that names an attribute, or what stands for one, is not taken."""
        for text in texts(output):
            for kind, named in self._mentions(text):
                reason = f"The answer speaks of {kind} ({named!r:.60}), which must not count. Give reasons without it."
                return self._react(reason, kind)
        return Allow()

    def without(self, text: str) -> str:
        """The text without the attributes."""
        pieces, end = [], 0
        for start, stop, value in _json_in(text):
            pieces += [self._free(text[end:start]), json.dumps(self._pruned(value), ensure_ascii=False, indent=1)]
            end = stop
        return "".join(pieces) + self._free(text[end:])

    def _pruned(self, value: Json) -> Json:
        match value:
            case dict():
                return {name: self._pruned(one) for name, one in value.items() if not self._is_protected(name)}
            case list():
                return [self._pruned(one) for one in value]
            case str():
                return self._free(value)
        return value

    def _is_protected(self, field: str) -> bool:
        name = _named(field)
        return name in self._fields or any(name in _fields(kind) for kind in self._attributes)

    def _free(self, text: str) -> str:
        text = _LABEL.sub(self._label, text)
        small = text.lower()
        for kind in self._attributes:
            if any(piece in small for piece in ATTRIBUTES[kind].needs.split("|")):
                for pattern in _patterns(kind):
                    text = pattern.sub(REMOVED, text)
        return text

    def _label(self, found: re.Match[str]) -> str:
        if not self._is_protected(found[1]):
            return found[0]
        return f"{found[0][: found.start(2) - found.start()]}{REMOVED}"

    def _mentions(self, text: str) -> Iterator[tuple[str, str]]:
        for kind in self._attributes:
            for pattern in _mentions(kind, self._has_proxies):
                if found := pattern.search(text):
                    yield kind, found[0]
        for word, pattern in self._words:
            if pattern.search(text):
                yield f"'{word}'", word


@cache
def _fields(kind: str) -> frozenset[str]:
    return frozenset(map(_named, ATTRIBUTES[kind].fields.split("|")))


@cache
def _named(field: str) -> str:
    """A field's name as its words alone: dateOfBirth, DATE-OF-BIRTH and "Date of birth" are the same."""
    return _SIGNS.sub("", plain(_CAMEL.sub(" ", field)))


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(text, re.IGNORECASE if kind not in ("nationality", "ethnicity") else 0)
        for text in ATTRIBUTES[kind].texts
    )


@cache
def _mentions(kind: str, has_proxies: bool) -> tuple[re.Pattern[str], ...]:
    known = (ATTRIBUTES[kind].mentions, ATTRIBUTES[kind].proxies if has_proxies else "")
    return tuple(re.compile(text, re.IGNORECASE) for text in known if text)


def _json_in(text: str) -> Iterator[tuple[int, int, Json]]:
    """The JSON objects and lists in a text, as start, end and value."""
    at = 0
    for _ in range(_MOST_OBJECTS):
        found = re.compile(r"[\[{]\s{0,20}[\"{\[\]}]").search(text, at)
        if found is None:
            return
        try:
            value, end = _DECODER.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            at = found.end()
            continue
        yield found.start(), end, value
        at = end
