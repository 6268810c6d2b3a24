"""Which elements of a level can send a token to which incoming flow of a gateway, known once a process is compiled.

Paths follow sequence flows, lead from an activity to the events on its border and from a link to its catch, and end at
the gateway itself. Inner tokens of a sub-process count at the sub-process (BPMN 2.0.2, 13.4.3).

Found for all gateways at once: an element reaches what those behind it reach, each flow into a gateway being a bit of
one number, so that many gateways cost little more than one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bpmn.model import EventKind, FlowNode, Kind, SequenceFlow


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways to one gateway."""

    found: Mapping[str, int]
    first: int
    flows: int

    def of(self, element: str) -> int:
        """The gateway's incoming flows, as bits in their order, that a token at `element` can come by."""
        return self.found.get(element, 0) >> self.first & self.flows


class Paths:
    """The paths of a process or sub-process to `gateways`, which map their ids to their incoming flows in order.

    `borders` says whether paths lead to events on borders, too.
    """

    def __init__(
        self,
        nodes: Iterable[FlowNode],
        flows: Iterable[SequenceFlow],
        gateways: Mapping[str, tuple[str, ...]],
        *,
        borders: bool = True,
    ) -> None:
        self._behind: dict[str, list[tuple[str, int]]] = {}  # the next elements, each with the bit of the flow to it
        self._first: dict[str, int] = {}
        self._all: dict[str, int] = {}
        bits: dict[str, int] = {}
        for gateway, incoming in gateways.items():
            self._first[gateway] = len(bits)
            self._all[gateway] = ((1 << len(incoming)) - 1) << len(bits)
            bits |= {flow: 1 << number for number, flow in enumerate(incoming, len(bits))}
        for flow in flows:
            self._lead(flow.source, flow.target, bits.get(flow.id, 0))
        for source, target in _without_flow(tuple(nodes), borders=borders):
            self._lead(source, target)
        self._found = self._spread()

    def to(self, gateway: str) -> Ways:
        """The ways to one of the gateways."""
        first = self._first[gateway]
        return Ways(self._found, first, self._all[gateway] >> first)

    def _lead(self, source: str, target: str, bit: int = 0) -> None:
        self._behind.setdefault(source, []).append((target, bit))
        self._behind.setdefault(target, [])

    def _spread(self) -> dict[str, int]:
        before: dict[str, list[str]] = {}
        for source, following in self._behind.items():
            for target, _ in following:
                before.setdefault(target, []).append(source)
        found = dict.fromkeys(self._behind, 0)
        waiting = deque(_last_first(self._behind))
        while waiting:  # once for each element, and again for those in front of one that has learned more
            element = waiting.popleft()
            if (reached := self._reached(element, found)) != found[element]:
                found[element] = reached
                waiting.extend(before.get(element, ()))
        return found

    def _reached(self, element: str, found: Mapping[str, int]) -> int:
        reached = found[element]
        for target, bit in self._behind[element]:
            reached |= bit | (found[target] & ~self._all.get(target, 0))  # no path goes through the gateway it leads to
        return reached


def _without_flow(nodes: tuple[FlowNode, ...], *, borders: bool) -> Iterator[tuple[str, str]]:
    throws: dict[str, list[str]] = {}
    for node in nodes:
        if borders and node.kind is Kind.BOUNDARY_EVENT:
            yield node.attached_to, node.id
        elif node.event.kind is EventKind.LINK and node.kind is Kind.INTERMEDIATE_THROW_EVENT:
            throws.setdefault(node.event.link_name, []).append(node.id)
    for node in nodes:
        if node.event.kind is EventKind.LINK and node.kind is Kind.INTERMEDIATE_CATCH_EVENT:
            yield from ((throw, node.id) for throw in throws.get(node.event.link_name, ()))


def _last_first(behind: Mapping[str, list[tuple[str, int]]]) -> list[str]:
    """Every element after those behind it, as far as there are no loops."""
    order: list[str] = []
    seen: set[str] = set()
    for first in behind:
        waiting = [(first, iter(behind[first]))] if first not in seen else []
        seen.add(first)
        while waiting:  # a stack of our own: a chain may have thousands of elements
            element, following = waiting[-1]
            new = next((target for target, _ in following if target not in seen), None)
            if new is None:
                order.append(element)
                waiting.pop()
            else:
                seen.add(new)
                waiting.append((new, iter(behind[new])))
    return order
