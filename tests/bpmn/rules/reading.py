"""Rules about what a diagram tells its readers, and what it gives away."""

from __future__ import annotations

import re

from tests.bpmn.rules.cases import END, START, Case, around, split, task
from tests.support.diagrams import chain, diagram, shapes

_JOB = "<zeebe:taskDefinition type='crm'/>"
_CALL = "<zeebe:taskDefinition type='io.camunda:http-json:1'/>"
_ERROR = "<bpmn:boundaryEvent id='b' attachedToRef='x'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>"
_CAUGHT_BESIDE = (
    "<bpmn:subProcess id='h' triggeredByEvent='true'><bpmn:startEvent id='hs'><bpmn:errorEventDefinition/>"
    "</bpmn:startEvent><bpmn:endEvent id='he'/><bpmn:sequenceFlow id='hf' sourceRef='hs' targetRef='he'/>"
    "</bpmn:subProcess>"
)
_TWO = "<bpmn:task id='a' name='A'/><bpmn:task id='x' name='X'/>"
_DONE = START + _TWO + END
_END_TOO = "<bpmn:endEvent id='e2'/>"


def _input(target: str, source: str) -> bytes:
    mapping = f"<zeebe:ioMapping><zeebe:input source='{source}' target='{target}'/></zeebe:ioMapping>"
    return around(task(_JOB + mapping))


def _header(key: str, value: str) -> bytes:
    headers = f"<zeebe:taskHeaders><zeebe:header key='{key}' value='{value}'/></zeebe:taskHeaders>"
    return around(task(_JOB + headers))


def _shapes(*names: str) -> bytes:
    """A process of which a modeler shows these elements."""
    return re.sub(rb"<di:BPMNDiagram.*</di:BPMNDiagram>", shapes(names).encode(), around(task(kind="task")))


def _ends_terminated(body: str, *flows: tuple[str, str]) -> bytes:
    terminate = "<bpmn:endEvent id='t'><bpmn:terminateEventDefinition/></bpmn:endEvent>"
    return diagram(START + _TWO + terminate + body, flows)


_SEQUENCE = diagram(_DONE, chain("s", "a", "x", "e"))
_FORK = "<bpmn:parallelGateway id='g'/>"

CASES = (
    Case("no-end-event", diagram(START + _TWO, chain("s", "a", "x")), _SEQUENCE, "p", "info"),
    Case(
        "fake-join",
        diagram(_DONE + _FORK, [("s", "g"), ("g", "a"), ("g", "x"), ("a", "x"), ("x", "e")]),
        diagram(_DONE, [("s", "a"), ("s", "x"), ("a", "x"), ("x", "e")]),
        "x",
        "info",
    ),
    Case(
        "implicit-split", diagram(_DONE + _END_TOO, [*chain("s", "a", "x", "e"), ("x", "e2")]), _SEQUENCE, "x", "info"
    ),
    Case(
        "implicit-split",
        diagram(_DONE, [*chain("s", "x"), ("x", "a", "${ok}"), ("x", "e"), ("a", "e"), ("x", "e")], dialect="camunda7"),
        diagram(_DONE, [*chain("s", "x"), ("x", "a", "${ok}"), ("x", "e"), ("a", "e")], dialect="camunda7"),
        "x",
        "info",
    ),
    Case(
        "duplicate-flow", diagram(_DONE, [*chain("s", "a", "x", "e"), ("a", "x")]), _SEQUENCE, "f3", "warning", "as f1"
    ),
    Case(
        "gateway-join-fork",
        diagram(_DONE + _FORK, [("s", "g"), ("a", "g"), ("g", "a"), ("g", "x"), ("x", "e")]),
        diagram(_DONE + _FORK, [("s", "g"), ("g", "a"), ("g", "x"), ("x", "e"), ("a", "e")]),
        "g",
        "info",
    ),
    Case(
        "superfluous-gateway",
        diagram(_DONE + _FORK, chain("s", "a", "g", "x", "e")),
        diagram(_DONE + _FORK, [("s", "g"), ("g", "a"), ("g", "x"), ("x", "e"), ("a", "e")]),
        "g",
        "info",
    ),
    Case(
        "superfluous-termination",
        _ends_terminated("", *chain("s", "a", "x", "t")),
        _ends_terminated(_FORK + END, *chain("s", "g", "a", "t"), ("g", "x"), ("x", "e")),
        "t",
        "info",
    ),
    Case("missing-name", around("<bpmn:task id='x'/>"), around(task(kind="task")), "x", "info"),
    Case(
        "missing-name",
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")]).replace(b"name='Well?'", b""),
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")])
        .replace(b"id='a'", b"id='a' name='A'")
        .replace(b"id='b'", b"id='b' name='B'"),
        "g",
        "info",
        "The exclusive gateway g",
    ),
    Case("no-diagram", _shapes(), _shapes("s", "x", "e"), "", "info", "no shapes"),
    Case("no-diagram", _shapes("s", "e"), _shapes("s", "x", "e"), "x", "info", "does not see it"),
    Case("connector-failure", around(task(_CALL)), around(task(_CALL) + _ERROR), "x", "info"),
    Case("connector-failure", around(task(_CALL)), around(task(_CALL) + _CAUGHT_BESIDE), "x", "info"),
    Case("secret-in-plain-text", _input("authentication.password", "hunter22"), _input("user", "ada"), "x", "warning"),
    Case(
        "secret-in-plain-text",
        _input("apiKey", '="0123456789"'),
        _input("apiKey", '="{{secrets.CRM}}"'),
        "x",
        "warning",
        "'apiKey'",
    ),
    Case("secret-in-plain-text", _header("X-Api-Key", "abcdef"), _header("X-Api-Key", "{{secrets.X}}"), "x", "warning"),
    Case("secret-in-plain-text", _input("url", "sk-abcdefghijklmnop12"), _input("apiKey", "=keys.crm"), "x", "warning"),
    Case("secret-in-plain-text", _header("token", "secret-value"), _header("maxTokens", "4096"), "x", "warning"),
)
