"""Small diagrams as text, for tests that care about behaviour and not about drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:modeler="http://camunda.org/schema/modeler/1.0"
  id="defs" targetNamespace="http://bpmn.io/schema/bpmn" {platform}>
"""
_PLATFORMS = {
    "camunda8": 'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.8.0"',
    "camunda7": 'modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.21.0"',
    "plain": "",
}

Flow = tuple[str, str] | tuple[str, str, str]


def diagram(
    body: str,
    flows: Sequence[Flow] = (),
    *,
    dialect: str = "camunda8",
    roots: str = "",
    process_id: str = "p",
    attributes: str = "",
) -> bytes:
    """A file with one executable process, and a shape for everything in it.

    `body` is the XML of its flow elements, `flows` are (source, target) or (source, target, condition), named f0, f1;
    `roots` is XML beside the process (messages, errors).
    """
    return "".join(
        [
            _HEAD.format(platform=_PLATFORMS[dialect]),
            roots,
            f'<bpmn:process id="{process_id}" isExecutable="true" {attributes}>',
            body,
            sequence_flows(flows),
            "</bpmn:process>",
            shapes(re.findall(r"""\bid=["']([^"']+)""", body)),
            "</bpmn:definitions>",
        ]
    ).encode()


def shapes(names: Iterable[str]) -> str:
    """The part of a file that modelers show: a shape for each id, all in one place."""
    plane = "".join(f'<di:BPMNShape bpmnElement="{name}"/>' for name in names)
    return f'<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI">{plane}</di:BPMNDiagram>'


def sequence_flows(flows: Sequence[Flow], prefix: str = "f") -> str:
    """The XML of sequence flows, named by `prefix` and their index."""
    return "".join(_flow(f"{prefix}{index}", flow) for index, flow in enumerate(flows))


def chain(*ids: str) -> list[Flow]:
    """Flows from each id to the next."""
    return list(pairwise(ids))


def service(element_id: str, job_type: str = "work", inner: str = "", retries: str = "3") -> str:
    """A Camunda 8 service task; `inner` are further extension elements."""
    return (
        f'<bpmn:serviceTask id="{element_id}" name="{element_id}"><bpmn:extensionElements>'
        f'<zeebe:taskDefinition type="{job_type}" retries="{retries}"/>{inner}'
        "</bpmn:extensionElements></bpmn:serviceTask>"
    )


def _flow(flow_id: str, flow: Flow) -> str:
    source, target, *condition = flow
    text = condition[0].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") if condition else ""
    inner = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{text}</bpmn:conditionExpression>'
    return (
        f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">'
        f"{inner if text else ''}</bpmn:sequenceFlow>"
    )
