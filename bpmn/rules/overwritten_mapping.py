"""Mappings are made from top to bottom: of two into one variable only the last leaves anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bpmn.errors import Finding
from bpmn.model import Expression, FlowNode, VariableMapping
from bpmn.rules.subject import Rule, Subject

RULE = Rule("overwritten-mapping")


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per mapping whose value is replaced before anything can have read it."""
    for node in subject.nodes:
        yield from _of(node, "input", node.inputs)
        yield from _of(node, "output", node.outputs)


def _of(node: FlowNode, kind: str, mappings: Sequence[VariableMapping]) -> Iterator[Finding]:
    for place, mapping in enumerate(mappings):
        later = mappings[place + 1 :]
        again = next((one for one in later if one.target and one.target == mapping.target), None)
        if again is None:
            continue
        readers = (*later[: later.index(again)], again)
        if not any(_reads(reader, mapping.target) for reader in readers):
            says = f"has two {kind} mappings into '{mapping.target}': the first is lost."
            yield RULE.warning(node, says, "Remove one of them, or give it another target.", mapping.line)


def _reads(mapping: VariableMapping, target: str) -> bool:
    """Whether the source may read the variable. What is no expression is taken to read everything."""
    if not isinstance(mapping.source, Expression):
        return True
    first = re.escape(target.split(".")[0])
    return not mapping.source.is_literal and re.search(rf"\b{first}\b", mapping.source.text) is not None
