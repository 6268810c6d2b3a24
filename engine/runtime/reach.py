"""Which elements of a level can send a token to which incoming flow of a gateway, known once a process is compiled.

Paths follow sequence flows, lead from an activity to the events on its border and from a link to its catch, and end at
the gateway itself. Inner tokens of a sub-process count at the sub-process (BPMN 2.0.2, 13.4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bpmn.model import EventKind, FlowNode, Kind, SequenceFlow


class Paths:
    """The steps of a process or sub-process, backwards; `borders` says whether they lead to events on borders, too."""

    def __init__(self, nodes: Iterable[FlowNode], flows: Iterable[SequenceFlow], *, borders: bool = True) -> None:
        self._before: dict[str, list[str]] = {}
        self._sources = {flow.id: flow.source for flow in flows}
        for flow in flows:
            self._before.setdefault(flow.target, []).append(flow.source)
        throws: dict[str, list[str]] = {}
        for node in nodes:
            if borders and node.kind is Kind.BOUNDARY_EVENT:
                self._before.setdefault(node.id, []).append(node.attached_to)
            elif node.event.kind is EventKind.LINK and node.kind is Kind.INTERMEDIATE_THROW_EVENT:
                throws.setdefault(node.event.link_name, []).append(node.id)
        for node in nodes:
            if node.event.kind is EventKind.LINK and node.kind is Kind.INTERMEDIATE_CATCH_EVENT:
                self._before.setdefault(node.id, []).extend(throws.get(node.event.link_name, ()))

    def reach(self, gateway: str, incoming: tuple[str, ...]) -> Mapping[str, int]:
        """Element id to the incoming flows, as bits in their order, that a token there can come by."""
        found: dict[str, int] = {}
        for index, flow in enumerate(incoming):
            for element in self._upstream(self._sources[flow], gateway):
                found[element] = found.get(element, 0) | 1 << index
        return found

    def _upstream(self, last: str, gateway: str) -> set[str]:
        seen, waiting = {last}, [last]
        while waiting:
            current = waiting.pop()
            if current != gateway:  # a path does not go through it; one may begin there
                new = [one for one in self._before.get(current, ()) if one not in seen]
                seen.update(new)
                waiting.extend(new)
        return seen
