"""Skip expressions of Activiti and Flowable: work that is left out, and conditions that are not asked.

They count only in instances whose variable says so, _ACTIVITI_SKIP_EXPRESSION_ENABLED before
_FLOWABLE_SKIP_EXPRESSION_ENABLED (SkipExpressionUtil). A skipped activity is passed with its listeners and mappings; a
skipped flow is taken whatever its condition (TakeOutgoingSequenceFlowsOperation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bpmn.model import Expression, Language, SequenceFlow
from engine.runtime.formulas import Formula
from engine.runtime.problem import EXTRACT_VALUE, Problem

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

_ACTIVITI, _FLOWABLE = "_ACTIVITI_SKIP_EXPRESSION_ENABLED", "_FLOWABLE_SKIP_EXPRESSION_ENABLED"
_ALWAYS = Expression("${true}", Language.JUEL)
ASKED = "skip-asked"  # in the memo of a token whose work has begun


class Skip:
    """The compiled skip expression of an activity."""

    def __init__(self, expression: Expression) -> None:
        self._formula = Formula(expression)

    def holds(self, token: Token) -> bool:
        """Whether the work is to be left out; asked once a visit."""
        if ASKED in token.memo:
            return False
        if _is_enabled(token) and self._formula.boolean(token):
            return True
        token.memo[ASKED] = True
        return False


class SkippableCondition(Formula):
    """The condition of a flow, asked only where its skip expression does not decide."""

    def __init__(self, flow: SequenceFlow, skip: Expression) -> None:
        super().__init__(flow.condition or _ALWAYS)
        self._skip = Formula(skip)

    def boolean(self, token: Token, extra: Mapping[str, Any] | None = None) -> bool:
        """Whether the flow is taken."""
        if _is_enabled(token):
            return self._skip.boolean(token, extra)
        return super().boolean(token, extra)


def condition_of(flow: SequenceFlow) -> Formula | None:
    """What decides about a flow; None when nothing does."""
    if flow.skip is not None:
        return SkippableCondition(flow, flow.skip)
    return None if flow.condition is None else Formula(flow.condition)


def _is_enabled(token: Token) -> bool:
    variables = token.workflow.scopes.visible(token)
    older = variables.get(_ACTIVITI)
    found = older if isinstance(older, bool) else variables.get(_FLOWABLE, False)
    if found is None or isinstance(found, bool):
        return bool(found)
    raise Problem(EXTRACT_VALUE, f"The variable {_FLOWABLE} should be a boolean. Set it to true or false.")
