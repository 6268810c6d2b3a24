"""A business rule task names a decision, or a job that decides."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Kind
from bpmn.rules.subject import Rule, Subject

RULE = Rule("decision-missing")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per business rule task without decision and job, or without a place for the result."""
    for node in subject.nodes:
        if node.kind is not Kind.BUSINESS_RULE_TASK or node.job is not None or node.expression is not None:
            continue
        if node.decision is None:
            yield RULE.error(node, "names no decision.", "Set the decision's id (of a DMN file), or a job type.")
        elif not node.decision.result_variable and subject.is_camunda8:
            yield RULE.error(node, "drops its result.", "Name a result variable for the decision.", node.decision.line)
