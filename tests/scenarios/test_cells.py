"""Every cell of the standard's table element x event x position (BPMN 2.0.2, table 10.93) has a scenario.

`CELLS` says what there is, apart from the code; `not executed` in the rules says what a dialect refuses of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

import bpmn
from bpmn.model import FlowNode, Kind, MultiInstance, Process, StandardLoop, walk
from tests.scenarios.scenario import scenarios

# Events by position. "int" and "nonint" are interrupting and not; "multiple" has several definitions.
# No parallel-multiple start of a process: before there is an instance nothing says which triggers belong together, so
# it is refused (rule `not-executed`) in favour of a parallel event-based gateway that instantiates.
CELLS = """
start process: none message timer signal conditional multiple
start sub-process: none
start event-sub-process int: message timer signal conditional error escalation compensate multiple parallel-multiple
start event-sub-process nonint: message timer signal conditional escalation multiple parallel-multiple
catch: message timer signal conditional link multiple parallel-multiple
throw: none message signal escalation link compensate multiple
end: none message signal escalation error compensate cancel terminate multiple
boundary int: message timer signal conditional error escalation compensate cancel multiple parallel-multiple
boundary nonint: message timer signal conditional escalation multiple parallel-multiple
activity: task manualTask serviceTask sendTask receiveTask scriptTask userTask businessRuleTask callActivity
activity: subProcess transaction adHocSubProcess eventSubProcess
instantiating: receiveTask eventBasedGateway
gateway: exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway complexGateway
parallel-multi-instance: serviceTask userTask scriptTask callActivity subProcess receiveTask businessRuleTask
sequential-multi-instance: serviceTask userTask scriptTask callActivity subProcess receiveTask businessRuleTask
standard-loop: userTask subProcess
""".strip()

_POSITIONS = {
    Kind.INTERMEDIATE_CATCH_EVENT: "catch",
    Kind.INTERMEDIATE_THROW_EVENT: "throw",
    Kind.END_EVENT: "end",
}


def wanted() -> list[str]:
    lines = (line.split(":") for line in CELLS.splitlines())
    return [f"{place}: {name}" for place, names in lines for name in names.split()]


@cache
def covered() -> frozenset[str]:
    found: set[str] = set()
    for data in {file for one in scenarios() for name, file in one.files.items() if name.endswith(".bpmn")}:
        for process in bpmn.read(data).processes:
            for node in walk(process.nodes):
                found.update(cells(node, process))
    return frozenset(found)


def cells(node: FlowNode, process: Process) -> Iterator[str]:
    """What a node shows: its event at its position, or its kind with its markers."""
    if node.kind is Kind.START_EVENT:
        yield f"start {_start_place(node, process)}: {_event(node)}"
    elif node.kind is Kind.BOUNDARY_EVENT:
        yield f"boundary {_interrupting(node)}: {_event(node)}"
    elif node.kind in _POSITIONS:
        yield f"{_POSITIONS[node.kind]}: {_event(node)}"
    elif node.kind.value.endswith("Gateway"):
        yield f"gateway: {node.kind.value}"
    else:
        yield f"activity: {'eventSubProcess' if node.triggered_by_event else node.kind.value}"
    if node.instantiate:
        yield f"instantiating: {node.kind.value}"
    if isinstance(node.loop, StandardLoop):
        yield f"standard-loop: {node.kind.value}"
    if isinstance(node.loop, MultiInstance):
        yield f"{'sequential' if node.loop.sequential else 'parallel'}-multi-instance: {node.kind.value}"


def _event(node: FlowNode) -> str:
    if len(node.events) > 1:
        return "parallel-multiple" if node.parallel_multiple else "multiple"
    return node.event.kind.value


def _interrupting(node: FlowNode) -> str:
    # A compensation handler is no interruption; the standard has one way to draw it.
    return "int" if node.interrupting or node.event.kind.value == "compensate" else "nonint"


def _start_place(node: FlowNode, process: Process) -> str:
    around = process.by_id.get(node.parent)
    if around is None:
        return "process"
    return f"event-sub-process {_interrupting(node)}" if around.triggered_by_event else "sub-process"


@pytest.mark.parametrize("cell", wanted())
def test_the_cell_has_a_scenario(cell: str) -> None:
    assert cell in covered(), "Write one: tests/scenarios/scenario.py says how."
