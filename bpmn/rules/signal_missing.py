"""Who waits for a signal or sends one must say which, by name; a start by signal knows it at deployment."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import EventKind, FlowNode, Kind
from bpmn.parts import shorten
from bpmn.rules.message_missing import reads_variables
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("signal-missing")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per signal event without a name, and per process start whose name needs variables."""
    for level in subject.levels:
        for node in level.nodes:
            yield from _of_node(node, level)


def _of_node(node: FlowNode, level: Level) -> Iterator[Finding]:
    for event in node.events:
        if event.kind is not EventKind.SIGNAL or event.reference:
            continue
        if event.signal is None:
            yield RULE.error(node, "names no particular signal.", "Choose or create a signal with a name.", event.line)
        elif event.signal.name is None:
            yield RULE.error(node, f"is about the signal {event.signal.id}, which has no name.", "Give it a name.")
        elif level.is_process and node.kind is Kind.START_EVENT and reads_variables(event.signal.name):
            yield RULE.error(
                node,
                f"waits for a signal whose name needs variables: {shorten(event.signal.name.text)}",
                "Write the name as plain text; before the start there are no variables.",
                event.signal.name.line,
            )
