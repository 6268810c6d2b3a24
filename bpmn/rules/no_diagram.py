"""A file without shapes runs, but no modeler shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.implied_start import start_id
from bpmn.rules.subject import Rule, Subject

RULE = Rule("no-diagram")

_SHAPE = re.compile(rb"BPMNShape\b[^>]*\bbpmnElement\s*=\s*[\"']([^\"']*)[\"']")
_HINT = "Let Baton or the modeler lay it out, and save the file."


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per file without any shape, else per node that has none while others have."""
    shown = {name.decode(errors="replace").rpartition(":")[2] for name in _SHAPE.findall(subject.model.data)}
    if not shown:
        if subject.nodes:
            yield RULE.about_file("info", "The file has no shapes, so no modeler can show it.", _HINT)
        return
    for node in subject.nodes:
        if node.id.rpartition(":")[2] not in shown and node.id != start_id(node.parent):
            yield RULE.info(node, "has no shape: whoever opens the diagram does not see it.", _HINT)
