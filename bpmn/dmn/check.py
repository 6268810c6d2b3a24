"""What is odd about decisions that can be read: cheap remarks for whoever deploys them. `read` refuses errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bpmn.dmn.definitions import Definitions
from bpmn.dmn.item_types import Types
from bpmn.dmn.model import Decision, DecisionTable
from bpmn.errors import Finding

_ANYTHING = frozenset(("", "-"))


def check(definitions: Definitions) -> list[Finding]:
    """The findings of all decisions, in the order of the file; none of them keeps a decision from running."""
    found = [finding for decision in definitions.decisions for finding in _of_decision(decision, definitions.types)]
    return sorted(found, key=lambda finding: finding.line)


def _of_decision(decision: Decision, types: Types) -> Iterator[Finding]:
    if decision.logic is None:
        yield _warning("decision-without-logic", f"Decision '{decision.id}' has no logic; it is always null.", decision)
    if not types.is_known(decision.variable.type):
        text = f"The type '{decision.variable.type}' of decision '{decision.id}' is not known; it is ignored."
        yield _warning("unknown-type", text, decision)
    if isinstance(decision.logic, DecisionTable):
        for judge in _JUDGES:
            yield from judge(decision, decision.logic)


def _without_rules(decision: Decision, table: DecisionTable) -> Iterator[Finding]:
    if not table.rules:
        yield _warning("table-without-rules", f"The table of '{decision.id}' has no rules.", decision, table.line)


def _output_names(decision: Decision, table: DecisionTable) -> Iterator[Finding]:
    seen: set[str] = set()
    for output in table.outputs if len(table.outputs) > 1 else ():
        if not output.name:
            text = f"An output of '{decision.id}' has no name, so its values go by its label."
            yield _warning("output-without-name", text, decision, output.line, "Name every output.")
        elif output.name in seen:
            text = f"Two outputs of '{decision.id}' are named '{output.name}'; only the last one's values are seen."
            yield _warning("output-named-twice", text, decision, output.line, "Rename one of them.")
        seen.add(output.name)


def _equal_rules(decision: Decision, table: DecisionTable) -> Iterator[Finding]:
    if table.hit_policy != "UNIQUE":
        return
    first: dict[tuple[str, ...], int] = {}
    for rule in table.rules:
        earlier = first.setdefault(tuple(_plain(test.text) for test in rule.tests), rule.index)
        if earlier != rule.index:
            text = f"Rules {earlier} and {rule.index} of '{decision.id}' take the same inputs; UNIQUE wants one match."
            hint = "Change one of them, or choose another hit policy."
            yield _warning("rules-equal", text, decision, rule.line, hint)


def _unreachable_rules(decision: Decision, table: DecisionTable) -> Iterator[Finding]:
    if table.hit_policy != "FIRST":
        return
    for rule in table.rules[:-1]:
        if all(test.text in _ANYTHING for test in rule.tests):
            text = f"Rule {rule.index} of '{decision.id}' takes everything, so the rules after it are never reached."
            yield _warning("rules-unreachable", text, decision, rule.line, "Move it to the end.")
            return


def _plain(text: str) -> str:
    return "" if text in _ANYTHING else " ".join(text.split())


def _warning(rule: str, text: str, decision: Decision, line: int = 0, hint: str = "") -> Finding:
    return Finding("warning", rule, text, decision.id, line or decision.line, hint)


_JUDGES: tuple[Callable[[Decision, DecisionTable], Iterator[Finding]], ...] = (
    _without_rules,
    _output_names,
    _equal_rules,
    _unreachable_rules,
)
