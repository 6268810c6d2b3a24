"""Whether a decision can be a policy: its inputs are things that a policy knows, its outputs are those of a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from bpmn import dmn, feel
from bpmn.dmn.model import Decision, DecisionTable, LiteralExpression
from bpmn.errors import Finding, LanguageError
from bpmn.feel.library import library
from bpmn.model import Language
from bpmn.policies.document import PolicyDocument

#: What a table may ask about, wherever it is asked, and at each point beside that.
EVERYWHERE = frozenset({"process", "element", "instance", "tenant", "variables", "headers", "cost", "type"})
OF_A_CALL = frozenset({"agent", "agent_version", "risk", "model", "residency"})
AT = {
    "job": frozenset[str](),
    "input": OF_A_CALL | {"message", "messages", "source"},
    "output": OF_A_CALL | {"output", "confidence", "source"},
    "tool": OF_A_CALL | {"tool", "tool_element", "arguments"},
}
OUTPUTS = frozenset({"verdict", "reason", "group", "changes"})
_RULE = "policy-columns"
_HINT = "engine/policies/README.md lists what a table may ask about, and what it may answer."


def findings(definitions: dmn.Definitions, document: PolicyDocument) -> list[Finding]:
    """Errors for columns that no policy has: unknown names in inputs, unknown outputs, no verdict.

    A decision that is not a table is judged when it is asked.
    """
    decision = next((one for one in definitions.decisions if one.id == document.decision), None)
    if decision is None or not isinstance(decision.logic, DecisionTable):
        return []
    known = EVERYWHERE.union(*(AT[point] for point in document.at))
    required = {name for one in definitions.decisions if one is not decision for name in _called(one)}
    return [*_inputs(decision, decision.logic, known, known | required), *_outputs(decision, decision.logic)]


def _called(decision: Decision) -> set[str]:
    return {name for name in (decision.id, decision.name, decision.variable.name) if name}


def _inputs(
    decision: Decision, table: DecisionTable, known: Iterable[str], allowed: frozenset[str]
) -> Iterator[Finding]:
    for clause in table.inputs:
        for name in sorted(_names(clause.expression) - allowed):
            text = f"The table '{decision.id}' asks about '{name}', which a policy does not know there."
            yield _finding(decision, text, _guess(name, known), clause.expression.line)


def _outputs(decision: Decision, table: DecisionTable) -> Iterator[Finding]:
    names = [output.name or output.label or output.id for output in table.outputs]
    for name in names:
        if name not in OUTPUTS:
            yield _finding(decision, f"The table '{decision.id}' has the output '{name}'.", _guess(name, OUTPUTS), 0)
    if "verdict" not in names:
        text = f"The table '{decision.id}' has no output 'verdict', so it is no policy."
        yield _finding(decision, text, "Add an output named verdict, with allow, change, ask or deny.", 0)


def _names(expression: LiteralExpression) -> frozenset[str]:
    if expression.language not in (Language.FEEL, None) or not expression.text.strip():
        return frozenset()
    try:
        return feel.compile(expression.text).names - library("camunda").functions.keys()
    except LanguageError:
        return frozenset()  # a finding of the table's own check


def _guess(name: str, known: Iterable[str]) -> str:
    meant = get_close_matches(name, sorted(known), n=1)
    return f"Did you mean '{meant[0]}'?" if meant else f"Known: {', '.join(sorted(known))}. {_HINT}"


def _finding(decision: Decision, text: str, hint: str, line: int) -> Finding:
    return Finding("error", _RULE, text, decision.id, line or decision.line, hint)
