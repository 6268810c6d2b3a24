"""Flows that meet at an activity are not joined: it runs once for each token (BPMN 2.0.2, 13.3.1)."""

from __future__ import annotations

from collections.abc import Iterator

from bpmn.errors import Finding
from bpmn.model import GATEWAYS, Kind
from bpmn.rules.subject import Level, Rule, Subject

RULE = Rule("fake-join")

_BRANCHING = frozenset({Kind.PARALLEL_GATEWAY, Kind.INCLUSIVE_GATEWAY, Kind.COMPLEX_GATEWAY})


def check(subject: Subject) -> Iterator[Finding]:
    """A remark per activity or event with several incoming flows, ends excepted, where there are parallel branches."""
    for level in subject.levels:
        if any(node.kind in _BRANCHING for node in level.nodes):
            yield from _of_level(level)


def _of_level(level: Level) -> Iterator[Finding]:
    for node in level.nodes:
        if len(node.incoming) > 1 and node.outgoing and node.kind not in GATEWAYS:
            yield RULE.info(
                node,
                f"has {len(node.incoming)} incoming flows, which do not wait for each other.",
                "Draw the gateway that is meant: exclusive to merge alternatives, parallel to join branches.",
            )
