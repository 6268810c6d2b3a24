"""Texts of a form that are FEEL (`=...`) or hold it (`{{...}}`), as form-js shows them.

The templates are feelers': `{{expression}}` is what `string(expression)` gives; `{{#if expression}}...{{/if}}` stands
when the expression is true; `{{#loop list}}...{{/loop}}` once per entry, whose own entries are names there beside
`this` and `parent`. What cannot be evaluated shows as a warning sign and leaves the rest of the text alone. Numbers are
FEEL's decimals: 0.1 + 0.2 is 0.3, where form-js computes with binary fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bpmn import feel
from bpmn.errors import EvaluationError, LanguageError
from bpmn.feel.run import Run

Json = Any
Scope = Mapping[str, Json]
BROKEN = " {{⚠}} "
_MAXIMUM_DEPTH = 20
_MAXIMUM_CHARACTERS = 100_000
_STEPS_OF_A_TURN = 1_000
_HAS_INSERT = re.compile(r"\{\{.*?\}\}")
_TAG = re.compile(
    r"\{\{(?:#(?P<open>if|loop) (?P<subject>.*?)\}\}\n?|/(?P<close>if|loop)\}\}(?P<line>\n?)|=?(?P<insert>.*?)\}\})",
    re.DOTALL,
)
# What HTML and form-js' own templates would read as more than text.
_ESCAPED = {ord(sign): f"&#{ord(sign)};" for sign in ":;{}"} | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    ord("'"): "&#039;",
}

_LINES = ("label", "dateLabel", "timeLabel", "description", "alt", "source", "url")
_ADORNERS = ("prefixAdorner", "suffixAdorner")


class _Broken(Exception):
    """A part cannot be shown."""


@dataclass(frozen=True, slots=True)
class _Showing:
    """How parts are shown: whether conditions and lists must be such, whether what is inserted stands in HTML, and
    what all expressions of the text together may still use up.
    """

    is_strict: bool
    is_html: bool
    run: Run


_TEXT = feel.compile("string(value)", dialect="dmn")  # contexts, too, read there as in form-js
Part = Callable[[Scope, _Showing], str]
Value = Callable[[Scope, _Showing], Json]


@dataclass(frozen=True, slots=True)
class Template:
    """A text that was read."""

    parts: tuple[Part, ...]
    is_one_line: bool
    is_strict: bool
    is_html: bool

    def shown(self, scope: Scope) -> str:
        """The text over these values, at most 100,000 characters of it."""
        showing = _Showing(self.is_strict, self.is_html, Run())
        text = _joined(self.parts, {"this": scope, "parent": None, **scope}, showing)[:_MAXIMUM_CHARACTERS]
        return text.split("\n", 1)[0] if self.is_one_line else text


def read(text: Json, *, is_one_line: bool = True, is_strict: bool = False, is_html: bool = False) -> Template | None:
    """The template in a property; None for a text that is shown as it is written, and for what is no text.

    Labels and their like show their first line only. Raises nothing: what is broken shows as broken.
    """
    if not isinstance(text, str):
        return None
    if text.startswith("="):
        parts = [_insert(text[1:])] if text[1:] else []
    elif _HAS_INSERT.search(text):
        parts = _Reader(text).parts("", 0)
    else:
        return None
    return Template(tuple(parts), is_one_line, is_strict, is_html)


def templates_of(part: Mapping[str, Json]) -> dict[str, Template]:
    """The properties of a component's JSON that are templates, those of form-js 1 and 2.

    The labels of options are `values[0].label` and so on; all but `text` and `content` are of one line.
    """
    is_strict = part.get("strict") is True
    appearance, values = part.get("appearance"), part.get("values")
    found = {name: read(part.get(name)) for name in _LINES}
    if isinstance(appearance, dict):
        found |= {name: read(appearance.get(name)) for name in _ADORNERS}
    if isinstance(values, list):
        labels = [one.get("label") if isinstance(one, dict) else None for one in values]
        found |= {f"values[{index}].label": read(label) for index, label in enumerate(labels)}
    if part.get("type") == "text":
        found["text"] = read(part.get("text"), is_one_line=False, is_strict=is_strict)
    if part.get("type") == "html":
        found["content"] = read(part.get("content"), is_one_line=False, is_strict=is_strict, is_html=True)
    return {name: template for name, template in found.items() if template is not None}


class _Reader:
    """A template being read, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._line = ""  # the line break after the tag that closed the last section

    def parts(self, section: str, depth: int) -> list[Part]:
        """The parts up to the end of the section; one that is not closed ends with the text."""
        found: list[Part] = []
        while (tag := _TAG.search(self._text, self._place)) is not None:
            found.append(_written(self._text[self._place : tag.start()]))
            self._place = tag.end()
            if tag["close"] is not None:
                if tag["close"] == section:
                    self._line = tag["line"]
                    return found
            elif tag["open"] is not None:
                found.append(self._section(tag["open"], tag["subject"], depth + 1))
            elif tag["insert"].strip():
                found.append(_insert(tag["insert"]))
        found.append(_written(self._text[self._place :]))
        self._place, self._line = len(self._text), ""
        return found

    def _section(self, kind: str, subject: str, depth: int) -> Part:
        if depth > _MAXIMUM_DEPTH:
            self._place = len(self._text)
            return _broken
        inner = self.parts(kind, depth)
        value = _value(subject)
        return _condition(value, inner, self._line) if kind == "if" else _loop(value, inner, self._line)


# -- parts -------------------------------------------------------------------------------------------------------


def _written(text: str) -> Part:
    return lambda scope, showing: text


def _broken(scope: Scope, showing: _Showing) -> str:
    raise _Broken


def _insert(expression: str) -> Part:
    value = _value(expression)

    def insert(scope: Scope, showing: _Showing) -> str:
        found = value(scope, showing)
        text = None if found is None else _TEXT.evaluate_in({"value": found}, showing.run)
        if not showing.is_html:
            return text if isinstance(text, str) else ""
        if not isinstance(text, str):
            raise _Broken
        return text.translate(_ESCAPED)

    return insert


def _value(expression: str) -> Value:
    """What an expression gives; raises `_Broken` when it is none."""
    try:
        compiled = feel.compile(expression, dialect="camunda")
    except LanguageError:
        return _no_value

    def value(scope: Scope, showing: _Showing) -> Json:
        try:
            return compiled.evaluate_in(scope, showing.run)
        except EvaluationError:
            raise _Broken from None

    return value


def _no_value(scope: Scope, showing: _Showing) -> Json:
    raise _Broken


def _condition(value: Value, parts: Sequence[Part], line: str) -> Part:
    def condition(scope: Scope, showing: _Showing) -> str:
        decided = value(scope, showing)
        if showing.is_strict and not isinstance(decided, bool):
            raise _Broken
        # As JavaScript has it, lists and contexts count as true even when they are empty.
        if not decided and not isinstance(decided, list | dict):
            return ""
        return _ended(_joined(parts, scope, showing), line)

    return condition


def _loop(value: Value, parts: Sequence[Part], line: str) -> Part:
    def loop(scope: Scope, showing: _Showing) -> str:
        items = value(scope, showing)
        if showing.is_strict and not isinstance(items, list):
            raise _Broken
        listed = items if isinstance(items, list) else [] if items is None else [items]
        try:
            showing.run.tick(len(listed) * _STEPS_OF_A_TURN)
        except EvaluationError:
            raise _Broken from None
        return _ended("".join(_joined(parts, _within(item, scope), showing) for item in listed), line)

    return loop


def _ended(text: str, line: str) -> str:
    """A section whose closing tag ends a line ends it, too."""
    return text if text.endswith("\n") else text + line


def _within(item: Json, scope: Scope) -> Scope:
    special = {"this": item, "parent": scope}
    own = item if isinstance(item, dict) else {}
    return {**special, **own, **{f"_{name}_": value for name, value in special.items()}}


def _joined(parts: Sequence[Part], scope: Scope, showing: _Showing) -> str:
    return "".join(_shown(part, scope, showing) for part in parts)


def _shown(part: Part, scope: Scope, showing: _Showing) -> str:
    try:
        return part(scope, showing)
    except _Broken:
        return BROKEN
