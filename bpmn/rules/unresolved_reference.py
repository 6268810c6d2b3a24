"""Forms, decisions and processes that are neither in this file nor deployed with it. Late binding is legal: they may
come later, but a typing error would look the same."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Binding, Expression, FlowNode, FormReference
from bpmn.rules.ai_task import ROUTING
from bpmn.rules.subject import Rule, Subject

RULE = Rule("unresolved-reference")

Reference = tuple[str, Expression, Binding | None]


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per unknown id; a warning when it is bound to this deployment."""
    own = {process.id for process in subject.model.processes}
    for node in subject.nodes:
        for kind, reference, binding in _references(node):
            known = subject.companions.get(kind, frozenset()) | subject.companions.get("", frozenset())
            if not reference.is_literal or reference.text in known or (kind == "process" and reference.text in own):
                continue
            says = f"refers to the {kind} '{reference.text}', which is not deployed here."
            hint = f"Deploy the {kind} before an instance gets there, or correct the id."
            if binding is not None and binding.type == "deployment":
                yield RULE.warning(node, says, f"It is bound to this deployment: upload both together. {hint}")
            else:
                yield RULE.info(node, says, hint)


def _references(node: FlowNode) -> Iterator[Reference]:
    if node.called is not None:
        yield "process", node.called.process_id, node.called.binding
    if node.decision is not None:
        yield "decision", node.decision.decision_id, node.decision.binding
    if node.job is not None and (table := node.job.headers.get(ROUTING)):
        yield "decision", Expression(table), None
    yield from _form(node.form)
    yield from _form(node.user_task.form if node.user_task is not None else None)


def _form(form: FormReference | None) -> Iterator[Reference]:
    if form is not None and form.id is not None:
        yield "form", form.id, form.binding
