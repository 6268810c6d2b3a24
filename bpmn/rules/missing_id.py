"""A flow node without an id can be neither connected nor found again after a new version.

Camunda 7 and its relatives run an event sub-process without one, to which nothing is connected.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("missing-id")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per node without an id; a warning where its engine runs it."""
    nodes = {node.id: node for node in subject.nodes}
    for made_up, line in subject.model.without_id:
        kind = made_up.partition("_")[0]
        node = nodes.get(made_up)
        is_run = not subject.is_camunda8 and node is not None and node.triggered_by_event
        yield RULE.about_file(
            "warning" if is_run else "error",
            f"A {kind} in line {line} has no id.",
            "Give it a unique id.",
            line,
            made_up,
        )
