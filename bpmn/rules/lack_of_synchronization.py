"""Parallel branches that meet without a join run everything behind the meeting point once each (BPMN 2.0.2, 13.4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import GATEWAYS, EventKind, FlowNode, Kind
from bpmn.rules.soundness import explored
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("lack-of-synchronization")

# Ends that are as well reached twice; with a terminate end the first one wins, which is what it is drawn for.
_SILENT = frozenset({EventKind.NONE, EventKind.TERMINATE})


def check(subject: Subject) -> Iterator[Finding]:
    """A warning per node where parallel tokens meet, unless nothing but an end follows."""
    for level in subject.levels:
        # What was seen can happen, also where there was too much to see all of it.
        yield from _of_level(subject, level, explored(level, narrow=True).doubled)


def _of_level(subject: Subject, level: Level, doubled: set[str]) -> Iterator[Finding]:
    for node in level.nodes:
        if node.id in doubled and _matters(subject, level, node):
            yield RULE.warning(
                node,
                "is reached by several tokens at once: what follows runs once for each.",
                "Join the parallel branches with a parallel gateway first.",
            )


def _matters(subject: Subject, level: Level, node: FlowNode) -> bool:
    """Whether anything is done behind it."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.kind not in GATEWAYS and not (here.kind is Kind.END_EVENT and here.event.kind in _SILENT):
            return True
        targets = [flow.target for flow in subject.outgoing(here)]
        waiting += [level.by_id[name] for name in targets if name in level.by_id and name not in seen]
        seen.update(targets)
    return False
