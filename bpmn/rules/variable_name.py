"""A variable is found again by its name: in Camunda 8 one that FEEL cannot name is lost (zeebe-extensions §11)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import FlowNode, MultiInstance
from bpmn.rules.subject import Rule, Subject

RULE = Rule("variable-name")

_PATH = re.compile(r"[a-zA-Z_]\w*(\.[a-zA-Z_]\w*)*", re.ASCII)
_RESERVED = frozenset("and between else every false for function if in null or return satisfies some then true".split())


def check(subject: Subject) -> Iterator[Finding]:
    """An error per name of a variable that Camunda 8 refuses, a warning per word of FEEL's own."""
    if not subject.is_camunda8:
        return
    for node in subject.nodes:
        for name, line in _names(node):
            if not name or name.startswith("="):
                continue
            if not _PATH.fullmatch(name):
                hint = "Use letters, digits and underscores, with a letter first, and dots between the parts of a path."
                yield RULE.error(node, f"names a variable '{name}', which no expression can read.", hint, line)
            elif name in _RESERVED:
                says = f"names a variable '{name}', which expressions read as a word of FEEL's own."
                yield RULE.warning(node, says, "Give it another name.", line)


def _names(node: FlowNode) -> Iterator[tuple[str, int]]:
    for mapping in (*node.inputs, *node.outputs):
        yield mapping.target, mapping.line
    for owner in (node.script, node.decision):
        if owner is not None:
            yield owner.result_variable, owner.line
    if isinstance(node.loop, MultiInstance):
        yield node.loop.element_variable, node.line
        yield node.loop.output_collection, node.line
    yield node.ad_hoc_output_collection, node.line
