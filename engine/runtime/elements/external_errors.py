"""Camunda 7's error definitions of external tasks: an expression over what the worker said may turn it into an error.

They are asked when the work is done and when it failed; the first that is true throws its BPMN error instead
(camunda7-extensions §2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.errors import EvaluationError
from bpmn.model import ExternalError
from engine.runtime.formulas import Formula, formula
from engine.runtime.hosts import ReadOnlyBean
from engine.runtime.problem import EXTRACT_VALUE, Problem, Thrown

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any


class ExternalErrors:
    """The error definitions of one element."""

    def __init__(self, definitions: tuple[ExternalError, ...]) -> None:
        self._all = [(Formula(one.condition), formula(one.code), formula(one.message)) for one in definitions]

    def __bool__(self) -> bool:
        return bool(self._all)

    def check(self, token: Token, facts: Mapping[str, Json]) -> None:
        """Raise `Thrown` for the first definition that is true; `Problem` when one cannot be evaluated."""
        process = token.workflow
        objects = {**process.hosts(token), "externalTask": ReadOnlyBean("externalTask", facts)}
        for condition, code, message in self._all:
            try:
                found = condition.compiled.evaluate(
                    process.scopes.visible(token), now=process.services.now, objects=objects
                )
            except EvaluationError as error:
                text = f"The error definition '{condition.expression.text}' could not be evaluated: {error}"
                raise Problem(EXTRACT_VALUE, text) from error
            if found is True:
                code_text = (code.optional_text(token) if code else None) or ""
                raise Thrown(code_text, (message.optional_text(token) if message else None) or "")
