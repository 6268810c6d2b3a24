"""A process begins at a start event, and so does an embedded sub-process (BPMN 2.0.2, 10.5.2).

BPMN allows to leave it out, with every node without incoming flow as a start: so plain files are read. No vendor's
engine does so.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.rules.subject import Rule, Subject

RULE = Rule("no-start-event")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per process or sub-process without a start event."""
    for level in subject.levels:
        begins = level.starts() or (level.is_process and any(node.begins_process for node in level.nodes))
        if level.nodes and not level.is_ad_hoc and not begins:
            yield RULE.error(level.owner, "has no start event.", "Add a start event and connect it to the first step.")
