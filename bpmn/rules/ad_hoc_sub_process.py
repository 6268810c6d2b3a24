"""An ad-hoc sub-process has something to choose from, and no start or end events (BPMN 2.0.2, 10.3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.ad_hoc import can_begin
from bpmn.errors import Finding
from bpmn.model import ACTIVITIES, Kind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("ad-hoc-sub-process")


def check(subject: Subject) -> Iterator[Finding]:
    """An error per start or end event inside, and for an ad-hoc sub-process in which nothing can begin."""
    for level in subject.levels:
        if level.is_ad_hoc:
            yield from _of_level(level)


def _of_level(level: Level) -> Iterator[Finding]:
    owner = level.owner
    for node in level.nodes:
        if node.kind in (Kind.START_EVENT, Kind.END_EVENT):
            yield RULE.error(
                node,
                "stands in an ad-hoc sub-process, which has neither start nor end.",
                "Delete it: what has no incoming flow can be begun by choice.",
            )
    if not any(node.kind in ACTIVITIES and not node.triggered_by_event for node in level.nodes):
        yield RULE.error(owner, "holds no activity.", "Draw the activities in it that can be chosen.")
    elif not any(can_begin(node) for node in level.nodes):
        yield RULE.error(
            owner, "holds nothing that can be begun.", "Leave one activity in it without an incoming flow."
        )
