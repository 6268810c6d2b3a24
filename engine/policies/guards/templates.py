"""The guard `template`: what goes out is an approved text, word for word, with nothing but its variables filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import regex

from connectors.base import Request, ToolUse
from engine.policies.base import Allow, Facts, Verdict
from engine.policies.guards.material import at_path
from engine.policies.guards.settings import Reaction, Settings

Json = Any

_VARIABLE = regex.compile(r"\{\{\s*([A-Za-z_]\w{0,40})\s*\}\}")
_ANY_VALUE = r"[^\r\n]{1,120}?"  # of a variable, unless the template says otherwise
# What no value may hold, so that no second text gets in: line breaks, markup, addresses, quotes of secrets.
_NO_VALUE = regex.compile(r"[\r\n<>{}]|://|www\.|\]\(", regex.IGNORECASE)
_MOST_SECONDS = 0.2


@dataclass(frozen=True)
class ApprovedText:
    """A text with `{{variables}}`, its id and version. `patterns` say what the value of a variable must look like."""

    id: str
    version: str
    text: str
    patterns: Mapping[str, str]

    @cached_property
    def hash(self) -> str:
        """The SHA-256 of the text."""
        return sha256(self.text.encode()).hexdigest()

    def render(self, values: Mapping[str, str]) -> str:
        """The text with the values filled in. Raises KeyError for one that is missing."""
        return _VARIABLE.sub(lambda found: values[found[1]], self.text)

    def values_in(self, text: str) -> dict[str, str] | None:
        """The values with which it gives that very text; None when there are none.

        Found by its fixed parts, and proved by rendering. White space counts as one blank.
        """
        found = self._pattern.fullmatch(_spaced(text), timeout=_MOST_SECONDS)
        if found is None:
            return None
        values = found.groupdict()
        is_proved = _spaced(self.render(values)) == _spaced(text) and not any(map(_NO_VALUE.search, values.values()))
        return values if is_proved else None

    @cached_property
    def _pattern(self) -> regex.Pattern[str]:
        parts, end, seen = [], 0, set[str]()
        text = _spaced(self.text)
        for found in _VARIABLE.finditer(text):
            name = found[1]
            parts += [regex.escape(text[end : found.start()]), self._value(name, name in seen)]
            seen.add(name)
            end = found.end()
        return regex.compile("".join(parts) + regex.escape(text[end:]))

    def _value(self, name: str, is_repeated: bool) -> str:
        if is_repeated:
            return f"(?P={name})"
        return f"(?P<{name}>{self.patterns.get(name, _ANY_VALUE)})"


class TemplateBound:
    """Settings: `templates` (each with id, version, text, and patterns of variables), `field` (the path of the text in
    an answer, a tool's arguments or a job's variables; default text), `then` and `group`.
    """

    name = "template"

    def __init__(self, given: Mapping[str, Json]) -> None:
        settings = Settings(self.name, given, ("templates", "field", *Reaction.NAMES))
        listed = settings.raw("templates")
        if not isinstance(listed, list) or not listed:
            raise settings.wrong("templates", "a list of templates", listed)
        self._templates = [_template(settings, one) for one in listed]
        self._field = settings.text("field", "text")
        self._react = Reaction(settings)
        self.version = "1, " + ", ".join(f"{one.id} {one.version} {one.hash[:8]}" for one in self._templates)

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """Judge an answer's text."""
        return self._judge(output)

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """Judge what a tool is to send."""
        return self._judge(dict(use.arguments))

    def before(self, request: Request) -> Verdict[Request]:
        """Judge what a connector is to send."""
        return self._judge(request.variables)

    def _judge(self, value: Json) -> Verdict[Any]:
        text = value if isinstance(value, str) else at_path(value, self._field)
        if not isinstance(text, str):
            return self._react(f"There is no text at '{self._field}'.", "no text")
        for template in self._templates:
            if template.values_in(text) is not None:
                return Allow(f"{template.id} {template.version} sha256:{template.hash}")
        known = ", ".join(f"{one.id} {one.version}" for one in self._templates)
        return self._react(
            f"The text is none of the approved ones ({known}). Copy one and fill in its variables only.", "none"
        )


def _template(settings: Settings, given: Json) -> ApprovedText:
    if not isinstance(given, Mapping) or not all(
        isinstance(given.get(name), str) and given[name] for name in ("id", "text")
    ):
        raise settings.wrong("templates", "templates with id, version and text", given)
    patterns = given.get("patterns") or {}
    if not isinstance(patterns, Mapping) or not all(isinstance(one, str) for one in patterns.values()):
        raise settings.wrong("templates", "templates whose patterns are texts by variable", patterns)
    template = ApprovedText(given["id"], str(given.get("version", "1")), given["text"], patterns)
    try:
        template.values_in("")
    except regex.error as problem:
        raise settings.wrong(
            "templates", f"templates with patterns that are regular expressions ({problem})", patterns
        ) from None
    return template


def _spaced(text: str) -> str:
    return " ".join(text.split())
