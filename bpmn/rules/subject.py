"""What a rule looks at, and how it words what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bpmn.errors import Finding, Severity
from bpmn.model import Dialect, FlowNode, Kind, Model, Process, SequenceFlow, walk
from bpmn.rules.expressions import Found, find_expressions
from bpmn.rules.wording import Thing, named, sentence

Companions = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Level:
    """A process, or the inside of a sub-process: the nodes and flows that stand directly in it."""

    owner: Process | FlowNode
    nodes: tuple[FlowNode, ...]
    flows: tuple[SequenceFlow, ...]

    @cached_property
    def by_id(self) -> Mapping[str, FlowNode]:
        return {node.id: node for node in self.nodes}

    @property
    def is_process(self) -> bool:
        return isinstance(self.owner, Process)

    @property
    def is_ad_hoc(self) -> bool:
        return isinstance(self.owner, FlowNode) and self.owner.kind is Kind.AD_HOC_SUB_PROCESS

    @property
    def is_event_sub_process(self) -> bool:
        return isinstance(self.owner, FlowNode) and self.owner.triggered_by_event

    def starts(self) -> list[FlowNode]:
        return [node for node in self.nodes if node.kind is Kind.START_EVENT]


@dataclass(frozen=True)
class Subject:
    """One model under check. `processes` are those that would run; `companions` is what else is known, by kind."""

    model: Model
    processes: tuple[Process, ...]
    companions: Companions

    @property
    def is_camunda7(self) -> bool:
        return self.model.dialect is Dialect.CAMUNDA7

    @property
    def is_camunda8(self) -> bool:
        return self.model.dialect is Dialect.CAMUNDA8

    @cached_property
    def nodes(self) -> tuple[FlowNode, ...]:
        """Every node at every depth of the processes under check."""
        return tuple(node for process in self.processes for node in walk(process.nodes))

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """Every process, then every sub-process in it, outer before inner."""
        top = [Level(process, process.nodes, process.flows) for process in self.processes]
        inner = [Level(node, node.nodes, node.flows) for node in self.nodes if node.is_sub_process]
        return (*top, *inner)

    @cached_property
    def flows(self) -> Mapping[str, SequenceFlow]:
        """Every sequence flow by id."""
        return {flow.id: flow for level in self.levels for flow in level.flows}

    @cached_property
    def expressions(self) -> tuple[Found, ...]:
        """Every expression and script of the processes under check, each shared definition once."""
        flows = (flow for level in self.levels for flow in level.flows)
        return tuple(find_expressions((*self.processes, *self.nodes, *flows)))

    def outgoing(self, node: FlowNode) -> list[SequenceFlow]:
        """The flows that leave a node, in the order in which they are tried."""
        return [self.flows[flow_id] for flow_id in node.outgoing]


@dataclass(frozen=True)
class Rule:
    """The stable code of a rule; makes its findings."""

    code: str

    def error(self, thing: Thing, says: str, hint: str, line: int = 0) -> Finding:
        return self._about("error", thing, says, hint, line)

    def warning(self, thing: Thing, says: str, hint: str, line: int = 0) -> Finding:
        return self._about("warning", thing, says, hint, line)

    def info(self, thing: Thing, says: str, hint: str, line: int = 0) -> Finding:
        return self._about("info", thing, says, hint, line)

    def _about(self, severity: Severity, thing: Thing, says: str, hint: str, line: int) -> Finding:
        message = sentence(f"{named(thing)} {says}")
        return Finding(severity, self.code, message, thing.id, line or thing.line, hint)

    def about_file(self, severity: Severity, message: str, hint: str, line: int = 0, element: str = "") -> Finding:
        return Finding(severity, self.code, message, element, line, hint)
