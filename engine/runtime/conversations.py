"""Message flows between the pools of one file: who hears what is sent along them (BPMN 2.0.2, 9.3 and 10.5.1).

Only standard BPMN means them so: both vendors send by a job or code. What is sent goes to the process that the flow
leads to, in the same conversation: both sides are known by the business key, or by the key of the instance that began.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmn.model import Dialect, EventKind, Expression, FlowNode, Kind, Model, Process, walk
from engine.runtime.formulas import Formula
from engine.step import MessageThrown

if TYPE_CHECKING:
    from engine.runtime.process import Process as Running
    from engine.runtime.tokens import Token

_SENDERS = frozenset({Kind.SEND_TASK, Kind.INTERMEDIATE_THROW_EVENT, Kind.END_EVENT})
_CATCHERS = frozenset({Kind.START_EVENT, Kind.INTERMEDIATE_CATCH_EVENT, Kind.BOUNDARY_EVENT})


@dataclass(frozen=True, slots=True)
class Sending:
    """A message along a flow: the name by which the other side waits for it, and its process."""

    name: Formula
    process_id: str

    def send(self, token: Token) -> None:
        """Send it with every variable that the sender sees. Raises `Problem`, and then nothing was sent."""
        process = token.workflow
        carried = dict(process.scopes.visible(token))
        thrown = MessageThrown(self.name.text(token), conversation(process), carried, self.process_id)
        process.step.messages.append(thrown)


def conversation(process: Running) -> str:
    """By what both sides of a conversation are known."""
    return process.business_key or str(process.root.id)


@dataclass(frozen=True, slots=True)
class Flows:
    """What the message flows of a file mean for one of its processes.

    `sendings` are by the id of the sender; `hearers` the ids of the elements that flows lead to.
    """

    sendings: Mapping[str, tuple[Sending, ...]]
    hearers: frozenset[str]


def message_flows(model: Model, process: Process) -> Flows:
    """The flows that leave the senders of a process without a job of their own, and those that come to its elements."""
    sendings: dict[str, tuple[Sending, ...]] = {}
    hearers: set[str] = set()
    if model.dialect is Dialect.PLAIN and model.message_flows:
        for source, target, other in _between(model):
            if source.id in process.by_id:
                sendings[source.id] = (*sendings.get(source.id, ()), *_sendings(target, other))
            elif other is process and isinstance(target, FlowNode):
                hearers.add(target.id)
    return Flows(sendings, frozenset(hearers))


def _between(model: Model) -> Iterator[tuple[FlowNode, FlowNode | Process, Process]]:
    """Sender, target (an element or a whole pool) and the target's process, of every flow between executable ones."""
    nodes = {node.id: (node, process) for process in model.executable for node in walk(process.nodes)}
    pools = {process.id: process for process in model.executable}
    for flow in model.message_flows:
        source, _ = nodes.get(flow.source, (None, None))
        if source is None or source.kind not in _SENDERS or source.job is not None or source.event.job is not None:
            continue
        if flow.target in nodes:
            yield source, *nodes[flow.target]
        elif flow.target in pools:
            yield source, pools[flow.target], pools[flow.target]


def _sendings(target: FlowNode | Process, process: Process) -> Iterator[Sending]:
    """To a pool's edge: whatever message starts the process."""
    for node in (target,) if isinstance(target, FlowNode) else process.starts(EventKind.MESSAGE):
        yield from (Sending(Formula(name), process.id) for name in _awaited(node))


def _awaited(node: FlowNode) -> Iterator[Expression]:
    messages = [event.message for event in node.events] if node.kind in _CATCHERS else [node.message]
    yield from (message.name for message in messages if message is not None and message.name is not None)
