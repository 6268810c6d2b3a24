"""One right and one wrong diagram per rule, as data: the wrong one differs by what the rule is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.support.diagrams import Flow, chain, diagram

JOB = "<bpmn:extensionElements><zeebe:taskDefinition type='crm'/></bpmn:extensionElements>"
START = "<bpmn:startEvent id='s'/>"
END = "<bpmn:endEvent id='e'/>"


@dataclass(frozen=True)
class Case:
    """`wrong` must be found by `rule` at `element` with this severity, `right` must not."""

    rule: str
    wrong: bytes
    right: bytes
    element: str
    severity: str = "error"
    says: str = ""


def around(middle: str, *, dialect: str = "camunda8", roots: str = "", attributes: str = "") -> bytes:
    """A process in which start and end stand around one node with the id `x`."""
    return diagram(START + middle + END, chain("s", "x", "e"), dialect=dialect, roots=roots, attributes=attributes)


def task(extension: str = "", kind: str = "serviceTask", inside: str = "", attributes: str = "") -> str:
    """A node with the id `x`."""
    holder = f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>" if extension else ""
    return f"<bpmn:{kind} id='x' name='Do it' {attributes}>{holder}{inside}</bpmn:{kind}>"


def split(kind: str, flows: Sequence[Flow], attributes: str = "", dialect: str = "camunda8") -> bytes:
    """Start, a gateway `g`, two tasks `a` and `b`, an end; f0 leads in, f1 to a, f2 to b."""
    nodes = f"<bpmn:{kind} id='g' name='Well?' {attributes}/><bpmn:task id='a'/><bpmn:task id='b'/>"
    return diagram(START + nodes + END, [("s", "g"), *flows, ("a", "e"), ("b", "e")], dialect=dialect)


def catch(definition: str, *, dialect: str = "camunda8", roots: str = "") -> bytes:
    """A process that waits at the catch event `x`."""
    return around(
        f"<bpmn:intermediateCatchEvent id='x' name='Wait'>{definition}</bpmn:intermediateCatchEvent>",
        dialect=dialect,
        roots=roots,
    )


def subprocess(inside: str, flows: Sequence[Flow] = (), attributes: str = "", kind: str = "subProcess") -> bytes:
    """A process with the sub-process `x`."""
    from tests.support.diagrams import sequence_flows

    return around(f"<bpmn:{kind} id='x' {attributes}>{inside}{sequence_flows(flows, 'i')}</bpmn:{kind}>")
