"""What a conditional event waits for: a condition over variables (BPMN 2.0.2, 10.5.5).

Which variables it reads is known when it is compiled; `zeebe:conditionalFilter` and Camunda 7's variableName and
variableEvents narrow it. An expression that looks variables up by itself (`execution.getVariable`, JavaScript) may read
any.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bpmn.model import EventDefinition, Language
from engine.runtime.formulas import Formula
from engine.runtime.problem import EXTRACT_VALUE, Problem
from engine.step import ConditionWait

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

_USUAL_EVENTS = frozenset({"create", "update"})
_ALL_EVENTS = _USUAL_EVENTS | {"delete"}
_LONGEST_SHOWN = 200
# Named anywhere, even inside of a text: to look once too often is harmless.
_LOOKS_UP = re.compile(r"\bexecution\b")


class ConditionSubscription:
    """A condition that an element waits for."""

    def __init__(self, event: EventDefinition, *, interrupting: bool = True) -> None:
        assert event.condition is not None
        self._formula = Formula(event.condition)
        self._interrupting = interrupting
        self._only_changes = event.only_changes
        # The variables it reads; None when that cannot be known.
        self.names = frozenset(event.condition_variables) or _read_by(self._formula)
        has_filter = bool(event.condition_events)
        self._events = frozenset(event.condition_events) if has_filter else _usual_events(self._formula)

    def evaluate(self, scope: Token) -> bool:
        """Whether it is true already. Null is not; anything else but a boolean is a `Problem`."""
        if self._only_changes:
            return False
        if scope.workflow.definition.is_camunda7:
            return self.is_met(scope)
        found = self._formula.raw(scope)
        if found is None or isinstance(found, bool):
            return bool(found)
        text = f"Condition '{self._formula.expression.text}' should give true or false, but gave {found!r:.120}."
        raise Problem(EXTRACT_VALUE, text)

    def is_met(self, scope: Token) -> bool:
        """Whether it is true now; a condition that cannot be evaluated yet is not (Camunda 7, tryEvaluate)."""
        try:
            return self._formula.raw(scope) is True
        except Problem:
            return False

    def hears(self, event: str) -> bool:
        """Whether a create, update or delete of one of `names` is one to look again for."""
        return event in self._events

    def open(self, token: Token, is_met: bool) -> None:
        """Wait for it."""
        process = token.workflow
        text = self._formula.expression.text[:_LONGEST_SHOWN]
        process.wait(token, ConditionWait(token.id, token.task_spec.id, text, self._interrupting))
        assert process.watch is not None
        process.watch.wait(token, is_met=is_met)

    def again(self, token: Token, repetitions: int) -> bool:
        """A condition that interrupted nothing is looked at again at the next change."""
        return True


def _read_by(formula: Formula) -> frozenset[str] | None:
    """The variables it reads; None when that cannot be known."""
    expression = formula.expression
    if expression.language is Language.JAVASCRIPT or _LOOKS_UP.search(expression.text):
        return None
    return formula.compiled.names


def _usual_events(formula: Formula) -> frozenset[str]:
    return _ALL_EVENTS if formula.expression.language is not Language.FEEL else _USUAL_EVENTS
