"""How a reference picks its version, and how Camunda 7 shapes a decision's result: a few fixed words."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import Binding, FlowNode
from bpmn.rules.subject import Rule, Subject

RULE = Rule("binding")

_TYPES = ("latest", "deployment", "version", "versionTag")
_SHAPES = ("singleEntry", "singleResult", "collectEntries", "resultList")
_FLOWABLE = "variables"  # what a dmn task means, with no word for it


def check(subject: Subject) -> Iterator[Finding]:
    """An error per word that means nothing, and per version or tag that is missing."""
    for node in subject.nodes:
        for binding in _bindings(node):
            yield from _of_binding(node, binding)
        shape = node.decision.map_result if node.decision is not None else ""
        if shape and shape not in (*_SHAPES, _FLOWABLE):
            yield RULE.error(node, f"maps the decision's result as '{shape}'.", f"Choose one of {', '.join(_SHAPES)}.")


def _bindings(node: FlowNode) -> Iterator[Binding]:
    if node.called is not None:
        yield node.called.binding
    if node.decision is not None:
        yield node.decision.binding
    for form in (node.form, node.user_task.form if node.user_task is not None else None):
        if form is not None and form.binding is not None:
            yield form.binding


def _of_binding(node: FlowNode, binding: Binding) -> Iterator[Finding]:
    if binding.type not in _TYPES:
        yield RULE.error(node, f"is bound to '{binding.type}'.", f"Choose one of {', '.join(_TYPES)}.")
    elif binding.type == "version" and binding.version is None:
        yield RULE.error(node, "is bound to a version, but does not say which.", "Fill in the version.")
    elif binding.type == "versionTag" and binding.version_tag is None:
        yield RULE.error(node, "is bound to a version tag, but does not say which.", "Fill in the version tag.")
