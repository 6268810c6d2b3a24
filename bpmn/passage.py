"""Which elements lie on every way to another one: what a token must have passed when it stands there. Pure.

The dominators of flow analysis (Aho, Sethi, Ullman, 10.4), for a few marked elements, with three rules of BPMN: what
joins in parallel has passed all that each branch has; who leaves by the border of an activity has not passed it; and a
sub-process is entered by its start events and left by its ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from bpmn.model import EventKind, FlowNode, Kind, Process, SequenceFlow

_Passed = dict[str, frozenset[str]]


def passed_before(process: Process, marked: Collection[str]) -> Mapping[str, frozenset[str]]:
    """For each element, which of the marked ones every way to it has passed; the element itself is not among them."""
    entered: _Passed = dict.fromkeys(process.by_id, frozenset(marked))
    ways = _Ways(process)
    moved = True
    while moved:  # each round can only take away, so it ends
        moved = False
        for id, node in process.by_id.items():
            found = ways.entering(node, entered, frozenset(marked))
            if found != entered[id]:
                entered[id], moved = found, True
    return entered


def leads_to(process: Process, source: str, target: str) -> bool:
    """Whether a token at `source` may come to `target`, or stands there."""
    ways, seen, waiting = _Ways(process), set[str](), [source]
    while waiting:
        here = waiting.pop()
        if here == target:
            return True
        if here not in seen:
            seen.add(here)
            waiting += ways.following(here)
    return False


class _Ways:
    """The flows of a process and of its sub-processes, both ways."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._into: dict[str, list[str]] = {}
        self._out: dict[str, list[str]] = {}
        for flow in _flows(process):
            self._add(flow.source, flow.target)
        links: dict[str, list[str]] = {}
        for node in process.by_id.values():
            if node.kind is Kind.INTERMEDIATE_THROW_EVENT and node.event.kind is EventKind.LINK:
                links.setdefault(f"{node.parent} {node.event.link_name}", []).append(node.id)
        for node in process.by_id.values():
            if node.kind is Kind.INTERMEDIATE_CATCH_EVENT and node.event.kind is EventKind.LINK:
                for source in links.get(f"{node.parent} {node.event.link_name}", ()):
                    self._add(source, node.id)

    def entering(self, node: FlowNode, entered: _Passed, marked: frozenset[str]) -> frozenset[str]:
        """What a token has passed that comes to the node, by what is known so far."""
        if node.kind is Kind.BOUNDARY_EVENT:
            return entered.get(node.attached_to, frozenset())
        sources = [self._leaving(id, entered, marked) for id in self._into.get(node.id, ())]
        if not sources:
            return entered.get(node.parent, frozenset())
        if node.kind is Kind.PARALLEL_GATEWAY:
            return frozenset().union(*sources)
        return frozenset.intersection(*sources)

    def following(self, id: str) -> Iterator[str]:
        """What may be entered when the element has been."""
        yield from self._out.get(id, ())
        node = self._process.by_id.get(id)
        if node is None:
            return
        yield from (inner.id for inner in node.nodes if not self._into.get(inner.id))
        yield from (one.id for one in self._process.by_id.values() if one.attached_to == id)
        if not self._out.get(id) and node.parent in self._process.by_id:
            yield from self._out.get(node.parent, ())

    def _leaving(self, id: str, entered: _Passed, marked: frozenset[str]) -> frozenset[str]:
        node = self._process.by_id.get(id)
        if node is None:
            return frozenset()
        own = entered[id] | ({id} & marked)
        ends = [inner for inner in node.nodes if not self._out.get(inner.id) and not inner.triggered_by_event]
        if not ends or node.kind is Kind.AD_HOC_SUB_PROCESS:
            return own
        return own | frozenset.intersection(*(self._leaving(inner.id, entered, marked) for inner in ends))

    def _add(self, source: str, target: str) -> None:
        self._out.setdefault(source, []).append(target)
        self._into.setdefault(target, []).append(source)


def _flows(process: Process) -> Iterator[SequenceFlow]:
    yield from process.flows
    for node in process.by_id.values():
        yield from node.flows
