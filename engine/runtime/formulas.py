"""Expressions at run time: compiled once per definition, read with the type that the place demands.

A value of the wrong type raises `Problem` with the vendor's incident type and a text that shows what was found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn import languages
from bpmn.errors import EvaluationError
from bpmn.model import Expression, Language, Script
from engine.runtime.problem import EXTRACT_VALUE, Problem

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any
_SHOWN = 120  # characters of a wrong value that a message shows


_CLUSTER = re.compile(r"\bcamunda\s*\.\s*vars\b")


def reads_cluster(said: Expression | Script) -> bool:
    """Whether it reads variables of the cluster, which only FEEL does."""
    return said.language is Language.FEEL and _CLUSTER.search(said.text) is not None


class Formula:
    """One compiled expression. Raises `bpmn.errors.LanguageError` when built from a text that is not one."""

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self.compiled = languages.compile(expression)
        self._sees_objects = expression.language not in (Language.LITERAL, Language.FEEL)
        self._is_script = expression.language is Language.JAVASCRIPT
        self._reads_cluster = reads_cluster(expression)
        self.literal: str | None = expression.text if expression.is_literal else None

    def raw(
        self,
        token: Token,
        extra: Mapping[str, Json] | None = None,
        type_: str = EXTRACT_VALUE,
        objects: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value as the language has it (temporal values stay what they are).

        `objects` are offered beside those that are always there.
        """
        if self.literal is not None:
            return self.literal
        process = token.workflow
        if self._is_script:
            process.spend_on_script()
        if self._reads_cluster:
            extra = {**(extra or {}), **process.cluster_variables()}
        if self._sees_objects:
            objects = {**process.hosts(token), **(objects or {})}
        try:
            return self.compiled.evaluate(
                process.scopes.visible(token, extra), now=process.services.now, objects=objects
            )
        except EvaluationError as error:
            raise Problem(type_, f"Expression '{self.expression.text}' could not be evaluated: {error}") from error

    def value(self, token: Token, extra: Mapping[str, Json] | None = None, type_: str = EXTRACT_VALUE) -> Json:
        """The value as a process variable holds it: JSON."""
        return languages.as_json(self.raw(token, extra, type_))

    def boolean(self, token: Token, extra: Mapping[str, Json] | None = None) -> bool:
        """True or false; anything else, null too, is a Problem (Zeebe: EXTRACT_VALUE_ERROR)."""
        found = self.raw(token, extra)
        if isinstance(found, bool):
            return found
        raise self._wrong("a boolean", found)

    def text(self, token: Token) -> str:
        """A non-empty string; a number becomes its decimal string where a name or key is asked for."""
        found = self.optional_text(token)
        if found:
            return found
        raise self._wrong("a text", found)

    def optional_text(self, token: Token, *, numbers: bool = True) -> str | None:
        """A string, or None for null and for empty text; `numbers`: their decimal strings, too."""
        found = self.value(token)
        if found is None or found == "":
            return None
        if isinstance(found, str):
            return found
        if numbers and isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
        raise self._wrong("a text", found)

    def integer(self, token: Token) -> int:
        """A whole number, also when written as text."""
        found = self.value(token)
        if isinstance(found, bool) or (isinstance(found, float) and not found.is_integer()):
            raise self._wrong("a whole number", found)
        try:
            return int(found)
        except (TypeError, ValueError):
            raise self._wrong("a whole number", found) from None

    def items(self, token: Token) -> list[Json]:
        """A list."""
        found = self.value(token)
        if isinstance(found, list):
            return found
        raise self._wrong("a list", found)

    def names(self, token: Token) -> tuple[str, ...]:
        """Names from a list or from comma-separated text; null and empty give none."""
        found = self.value(token)
        if found is None:
            return ()
        parts = found.split(",") if isinstance(found, str) else found
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise self._wrong("a list of names", found)
        return tuple(part.strip() for part in parts if part.strip())

    def _wrong(self, expected: str, found: Any) -> Problem:
        shown = re.sub(r"\s+", " ", repr(found))[:_SHOWN]
        return Problem(EXTRACT_VALUE, f"Expression '{self.expression.text}' should give {expected}, but gave {shown}.")


def name_of(found: Formula | None) -> str:
    """The variable that the expression is, or that it is a path in, when it is nothing else; else ""."""
    path = [] if found is None else [name.strip() for name in found.expression.text.split(".")]
    return path[0] if path and all(name.isidentifier() for name in path) else ""


def formula(expression: Expression | None) -> Formula | None:
    """The compiled expression, or None for none."""
    return None if expression is None else Formula(expression)
