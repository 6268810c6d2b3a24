"""What can still come to a gateway: found for all at once, and the same as a search from each one backwards."""

from __future__ import annotations

import random

import pytest

from bpmn.model import EventDefinition, EventKind, FlowNode, Kind, SequenceFlow
from engine.runtime.reach import Paths

KINDS = (Kind.TASK, Kind.TASK, Kind.INCLUSIVE_GATEWAY, Kind.BOUNDARY_EVENT)
LINKS = (Kind.INTERMEDIATE_THROW_EVENT, Kind.INTERMEDIATE_CATCH_EVENT)


def _level(seed: int) -> tuple[list[FlowNode], list[SequenceFlow]]:
    """A level without sense: loops, links, borders and gateways anywhere."""
    chance = random.Random(seed)
    ids = [f"n{number}" for number in range(chance.randint(2, 12))]
    nodes = []
    for id in ids:
        kind = chance.choice((*KINDS, *LINKS))
        events = (EventDefinition(EventKind.LINK, link_name=chance.choice("ab")),) if kind in LINKS else ()
        nodes.append(FlowNode(id, kind, attached_to=chance.choice(ids), events=events))
    ends = [(chance.choice(ids), chance.choice(ids)) for _ in range(chance.randint(1, 20))]
    return nodes, [SequenceFlow(f"f{number}", a, b) for number, (a, b) in enumerate(ends)]


def _upstream(flow: SequenceFlow, nodes: list[FlowNode], flows: list[SequenceFlow], *, borders: bool) -> set[str]:
    """Where a token can stand that comes by this flow, by a search that begins there."""
    steps = [(flow.source, flow.target) for flow in flows]
    steps += [(node.attached_to, node.id) for node in nodes if borders and node.kind is Kind.BOUNDARY_EVENT]
    throws, catches = ([node for node in nodes if node.kind is kind] for kind in LINKS)
    steps += [(a.id, b.id) for a in throws for b in catches if a.event.link_name == b.event.link_name]
    seen, waiting = {flow.source}, [flow.source]
    while waiting:
        current = waiting.pop()
        new = {a for a, b in steps if b == current and current != flow.target} - seen
        seen |= new
        waiting += new
    return seen


@pytest.mark.parametrize("borders", [True, False])
def test_all_gateways_at_once_are_the_same_as_one_by_one(borders: bool) -> None:
    reached = 0
    for seed in range(300):
        nodes, flows = _level(seed)
        gateways = {
            node.id: tuple(flow.id for flow in flows if flow.target == node.id)
            for node in nodes
            if node.kind is Kind.INCLUSIVE_GATEWAY
        }
        paths = Paths(nodes, flows, gateways, borders=borders)
        by_id = {flow.id: flow for flow in flows}
        for gateway, incoming in gateways.items():
            from_where = [_upstream(by_id[flow], nodes, flows, borders=borders) for flow in incoming]
            for node in nodes:
                expected = sum(1 << number for number, found in enumerate(from_where) if node.id in found)
                assert paths.to(gateway).of(node.id) == expected, (seed, gateway, node.id)
                reached += expected > 0
    assert reached > 500
