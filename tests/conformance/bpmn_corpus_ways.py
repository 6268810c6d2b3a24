"""Where a token can go in a diagram: the elements it can reach from each, and what must be true on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from bpmn.model import EventKind, Expression, FlowNode, Kind, Process, SequenceFlow, walk

_STARTING = frozenset((EventKind.NONE, EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL))
_CHOOSING = frozenset((Kind.EXCLUSIVE_GATEWAY, Kind.INCLUSIVE_GATEWAY, Kind.COMPLEX_GATEWAY))
_WAITING = frozenset((Kind.USER_TASK, Kind.RECEIVE_TASK, Kind.EVENT_BASED_GATEWAY, Kind.INTERMEDIATE_CATCH_EVENT))
_CAUGHT = frozenset((EventKind.ERROR, EventKind.ESCALATION))


@dataclass
class Ways:
    """The graph of a process at every depth: sequence flows, what is attached, what lies inside, links."""

    process: Process
    flows: dict[str, SequenceFlow] = field(default_factory=dict)
    _next: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nodes = dict(self.process.by_id)
        levels = [self.process.flows, *(node.flows for node in self.nodes.values())]
        self.flows = {flow.id: flow for level in levels for flow in level}
        self.inside: dict[str, list[FlowNode]] = {self.process.id: list(self.process.nodes)}
        for node in self.nodes.values():
            if node.nodes:
                self.inside[node.id] = list(node.nodes)
        for name in self.nodes:
            self._next[name] = list(dict.fromkeys(self._following(self.nodes[name])))

    def starts(self) -> list[FlowNode]:
        """The elements that can begin the process."""
        events = [node for node in self.process.nodes if node.kind is Kind.START_EVENT and node.event.kind in _STARTING]
        return events + [node for node in self.process.nodes if node.instantiate and not node.incoming]

    def reachable(self) -> frozenset[str]:
        """Every element that a token can come to when all conditions may be true."""
        starts = [node.id for node in self.starts()]
        return frozenset(self._distances([*starts, *self._event_sub_processes(self.process.nodes)]))

    def hands_everything_over(self) -> bool:
        """Whether a call in it shows its process all variables, which must then bring what that one reads."""
        calls = (node.called for node in self.nodes.values() if node.called is not None)
        return any(call.propagate_all_parent_variables for call in calls)

    def is_endless(self) -> bool:
        """Whether a token that comes into the process from outside can never end with all that it splits into."""
        ending: set[str] = set()
        before = -1
        while len(ending) > before:
            before = len(ending)
            ending |= {name for name, node in self.nodes.items() if self._can_end(node, ending)}
        return not any(node.id in ending for node in self.starts())

    def _can_end(self, node: FlowNode, ending: Collection[str]) -> bool:
        siblings = self.inside.get(node.parent) or self.inside[self.process.id]
        ways_out = [one for one in siblings if one.attached_to == node.id and _may_come(one, node)]
        if any(one.id in ending for one in ways_out if one.interrupting):
            return True
        if node.nodes and not any(name in ending for name in self.entries(node)):
            return False
        flows = [self.flows[flow] for flow in node.outgoing]
        is_choice = node.kind in _CHOOSING or node.kind is Kind.EVENT_BASED_GATEWAY or any(f.condition for f in flows)
        asked = any if is_choice else all
        return asked(flow.target in ending for flow in flows) or (is_choice and not flows)

    def waits_for_itself(self, name: str) -> bool:
        """Whether a token can come along one of its flows only from behind it, so that a parallel join never opens."""
        without = self._distances([one.id for one in self.starts() if one.id != name], avoiding=name)
        node = self.nodes.get(name)
        return node is not None and any(self.flows[flow].source not in without for flow in node.incoming)

    def _following(self, node: FlowNode) -> Iterable[str]:
        yield from (self.flows[flow].target for flow in node.outgoing if self.flows[flow].target in self.nodes)
        siblings = self.inside.get(node.parent) or self.inside[self.process.id]
        yield from (other.id for other in siblings if other.attached_to == node.id)
        if node.nodes:
            yield from self.entries(node)
        if node.compensation_handler in self.nodes:
            yield node.compensation_handler
        if node.event.kind is EventKind.LINK and node.kind is Kind.INTERMEDIATE_THROW_EVENT:
            yield from (other.id for other in siblings if _is_link_to(other, node))

    def entries(self, node: FlowNode) -> list[str]:
        """Where a sub-process begins, its event sub-processes too."""
        starts = [one.id for one in node.nodes if one.kind is Kind.START_EVENT]
        loose = [
            one.id
            for one in node.nodes
            if not one.incoming and one.kind is not Kind.BOUNDARY_EVENT and not one.is_for_compensation
        ]
        return starts or loose if not self._event_sub_processes(node.nodes) else [*starts, *loose]

    def choices(self, node: FlowNode) -> list[str]:
        """What can be begun inside an ad-hoc sub-process."""
        return [one.id for one in node.nodes if not one.incoming and one.is_activity and not one.triggered_by_event]

    def _event_sub_processes(self, nodes: Iterable[FlowNode]) -> list[str]:
        return [node.id for node in nodes if node.triggered_by_event]

    def _distances(self, begin: Iterable[str], avoiding: str = "") -> dict[str, int]:
        found = dict.fromkeys(begin, 0)
        waiting = deque(found)
        while waiting:
            here = waiting.popleft()
            for name in self._next.get(here, ()):
                if name not in found and name != avoiding:
                    found[name] = found[here] + 1
                    waiting.append(name)
        return found

    def after(self, name: str) -> list[str]:
        """What a token can come to when this element is done: behind it, or behind what it lies in."""
        node = self.nodes[name]
        found = [self.flows[flow].target for flow in node.outgoing]
        if node.kind is Kind.INTERMEDIATE_THROW_EVENT and node.event.kind is EventKind.LINK:
            found += self._next[name]
        parent = self.nodes.get(node.parent)
        return found or (self.after(parent.id) if parent is not None and not parent.triggered_by_event else [])

    def way(self, begin: Iterable[str], goals: Collection[str]) -> list[str]:
        """The shortest way from one of these to one of the goals, both included; empty when there is none."""
        before: dict[str, str] = dict.fromkeys(begin, "")
        waiting = deque(before)
        while waiting:
            here = waiting.popleft()
            if here in goals:
                way = [here]
                while before[way[0]]:
                    way.insert(0, before[way[0]])
                return way
            for name in (*self._next.get(here, ()), *self._out_of(here)):
                if name not in before:
                    before[name] = here
                    waiting.append(name)
        return []

    def _out_of(self, name: str) -> list[str]:
        node = self.nodes.get(name)
        return self.after(name) if node is not None and not node.outgoing else []

    def catches(self, name: str) -> list[FlowNode]:
        """The error and escalation events around an element: at it, at what it lies in, or beside that."""
        found: list[FlowNode] = []
        node = self.nodes.get(name)
        while node is not None:
            siblings = self.inside.get(node.parent) or self.inside[self.process.id]
            found += [one for one in siblings if one.attached_to == node.id and one.event.kind in _CAUGHT]
            found += [
                start
                for beside in siblings
                if beside.triggered_by_event and beside is not node
                for start in beside.nodes
                if start.kind is Kind.START_EVENT and start.event.kind in _CAUGHT
            ]
            node = self.nodes.get(node.parent)
        return found

    def demands(self, begin: Iterable[str], wanted: Collection[str]) -> list[tuple[Expression, bool]]:
        """What must be true for a token to go from here to the wanted elements, up to where it waits next.

        Where no wanted element lies ahead, the way to an end.
        """
        ends = {node.id for node in self.nodes.values() if node.kind is Kind.END_EVENT}
        demands: list[tuple[Expression, bool]] = []
        waiting, seen = list(begin), set[str]()
        while waiting:
            here = waiting.pop()
            if here in seen or here not in self.nodes:
                continue
            seen.add(here)
            node = self.nodes[here]
            ways = [self.flows[flow] for flow in node.outgoing]
            if len(ways) > 1 and (node.kind in _CHOOSING or any(flow.condition for flow in ways)):
                flow = self._best(ways, wanted, ends)
                demands += _conditions(node, ways, flow)
                waiting.append(flow.target)
            elif node.kind not in _WAITING or node.event.kind is EventKind.LINK:
                waiting += [flow.target for flow in ways] or self._out_of(here)
            if node.nodes:
                waiting += self.entries(node)
        return demands

    def _best(self, ways: list[SequenceFlow], wanted: Collection[str], ends: Collection[str]) -> SequenceFlow:
        def cost(flow: SequenceFlow) -> tuple[int, int]:
            to_wanted, to_end = len(self.way([flow.target], wanted)), len(self.way([flow.target], ends))
            return (to_wanted or 1000, to_end or 1000)

        return min(ways, key=cost)


def _may_come(event: FlowNode, host: FlowNode) -> bool:
    """Whether a border event can be triggered: escalations come from inside only (BPMN 2.0.2, 10.5.6)."""
    return event.event.kind is not EventKind.ESCALATION or host.is_sub_process or host.kind is Kind.CALL_ACTIVITY


def _is_link_to(catch: FlowNode, throw: FlowNode) -> bool:
    return (
        catch.kind is Kind.INTERMEDIATE_CATCH_EVENT
        and catch.event.kind is EventKind.LINK
        and catch.event.link_name == throw.event.link_name
    )


def _conditions(node: FlowNode, ways: list[SequenceFlow], chosen: SequenceFlow) -> list[tuple[Expression, bool]]:
    """What makes a gateway take one of its flows: its condition, and none of those that are asked before it."""
    demands = []
    for flow in ways:
        if flow is chosen:
            if flow.condition is not None and flow.id != node.default_flow:
                demands.append((flow.condition, True))
            if node.default_flow != flow.id and node.kind is Kind.EXCLUSIVE_GATEWAY:
                break
        elif flow.condition is not None:
            demands.append((flow.condition, False))
    # The chosen one last, so that what others ask for does not undo it.
    return sorted(demands, key=lambda demand: demand[1])


def processes_of(model_processes: Iterable[Process]) -> list[Ways]:
    """The ways of each process."""
    return [Ways(process) for process in model_processes]


def all_elements(process: Process) -> frozenset[str]:
    """Every element id at every depth."""
    return frozenset(node.id for node in walk(process.nodes))
