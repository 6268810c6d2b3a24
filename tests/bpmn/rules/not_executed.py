"""Cases of the rule `not-executed`: one wrong diagram per row of its tables."""

from __future__ import annotations

from tests.bpmn.rules.cases import END, START, Case, around, catch, split, subprocess, task
from tests.support.diagrams import chain, diagram

_PLAIN = around(task(kind="task"))
_JOB = "<zeebe:taskDefinition type='crm'/>"
_ROOTS = (
    "<bpmn:message id='m' name='m'/><bpmn:signal id='s1' name='s'/><bpmn:escalation id='es' escalationCode='E'/>"
    "<bpmn:error id='er' errorCode='E'/>"
)
TIMER = "<bpmn:timerEventDefinition><bpmn:timeCycle>R/PT1H</bpmn:timeCycle></bpmn:timerEventDefinition>"
SIGNAL = "<bpmn:signalEventDefinition signalRef='s1'/>"
ESCALATION = "<bpmn:escalationEventDefinition escalationRef='es'/>"
CONDITION = "<bpmn:conditionalEventDefinition><bpmn:condition>=x</bpmn:condition></bpmn:conditionalEventDefinition>"
COMPENSATION = "<bpmn:compensateEventDefinition/>"
LINK = "<bpmn:linkEventDefinition name='l'/>"
_ALL = "parallelMultiple='true'"
MESSAGE = "<bpmn:messageEventDefinition messageRef='m'/>"
ERROR = "<bpmn:errorEventDefinition errorRef='er'/>"


_LOOP = "<bpmn:standardLoopCharacteristics loopMaximum='3'/>"


def _start(definition: str, attributes: str = "", dialect: str = "camunda8") -> bytes:
    start = f"<bpmn:startEvent id='s' {attributes}>{definition}</bpmn:startEvent>"
    return diagram(start + END, chain("s", "e"), roots=_ROOTS, dialect=dialect)


def _end(definition: str, extension: str = "", dialect: str = "camunda8") -> bytes:
    end = f"<bpmn:endEvent id='e'>{extension}{definition}</bpmn:endEvent>"
    return diagram(START + end, chain("s", "e"), roots=_ROOTS, dialect=dialect)


def _throw(definition: str, dialect: str = "camunda8") -> bytes:
    event = f"<bpmn:intermediateThrowEvent id='x'>{definition}</bpmn:intermediateThrowEvent>"
    return around(event, roots=_ROOTS, dialect=dialect)


def _boundary(definition: str, attributes: str = "", dialect: str = "camunda8") -> bytes:
    event = f"<bpmn:boundaryEvent id='b' attachedToRef='x' {attributes}>{definition}</bpmn:boundaryEvent>"
    flows = [*chain("s", "x", "e"), ("b", "e")]
    return diagram(f"{START}<bpmn:task id='x'/>{event}{END}", flows, roots=_ROOTS, dialect=dialect)


def _event_sub_process(definition: str) -> bytes:
    inside = f"<bpmn:startEvent id='i'>{definition}</bpmn:startEvent>"
    body = f"<bpmn:subProcess id='x' triggeredByEvent='true'>{inside}</bpmn:subProcess>"
    return diagram(START + END + body, chain("s", "e"), roots=_ROOTS)


def _gateway(attributes: str) -> bytes:
    event = "<bpmn:intermediateCatchEvent id='{}'>{}</bpmn:intermediateCatchEvent>"
    nodes = f"<bpmn:eventBasedGateway id='g' {attributes}/>{event.format('a', MESSAGE)}{event.format('b', SIGNAL)}"
    flows = [*chain("s", "g", "a", "e"), *chain("g", "b", "e")]
    return diagram(START + nodes + END, flows, roots=_ROOTS, dialect="plain")


def _case(wrong: bytes, element: str, says: str, right: bytes = _PLAIN) -> Case:
    return Case("not-executed", wrong, right, element, says=says)


CASES = (
    _case(_start(ERROR), "s", "cannot start a process", _start(TIMER)),
    _case(catch(""), "x", "waits for nothing", catch(TIMER)),
    _case(_boundary(""), "b", "waits for nothing", _boundary(CONDITION)),
    _case(_boundary(TIMER + MESSAGE), "b", "several triggers"),
    _case(
        split("complexGateway", [("g", "a"), ("g", "b")]),
        "g",
        "refused by Camunda 8",
        split("complexGateway", [("g", "a"), ("g", "b")], dialect="plain"),
    ),
    _case(split("complexGateway", [("g", "a"), ("g", "b")], dialect="camunda7"), "g", "left out by Camunda 7"),
    _case(
        subprocess("<bpmn:startEvent id='i'/>", kind="transaction"),
        "x",
        "refused by Camunda 8",
        subprocess("<bpmn:startEvent id='i'/>"),
    ),
    _case(_event_sub_process(COMPENSATION), "i", "refused by Camunda 8", _event_sub_process(ESCALATION)),
    _case(
        around(task(kind="task", inside=_LOOP)),
        "x",
        "is a loop",
        around(task(kind="task", inside=_LOOP), dialect="plain"),
    ),
    _case(around(task(kind="receiveTask", attributes="instantiate='true'")), "x", "start instances"),
    _case(_throw(LINK + SIGNAL, "plain"), "x", "link among several", _throw(ESCALATION + SIGNAL, "plain")),
    _case(
        _boundary(COMPENSATION + SIGNAL, dialect="plain"),
        "b",
        "compensation among several",
        _boundary(ERROR + SIGNAL, dialect="plain"),
    ),
    _case(
        _boundary(ESCALATION + SIGNAL, _ALL, "plain"),
        "b",
        "thrown inside",
        _boundary(CONDITION + SIGNAL, _ALL, "plain"),
    ),
    _case(
        _start(MESSAGE + SIGNAL, _ALL, "plain"),
        "s",
        "before there is an instance",
        _start(MESSAGE + SIGNAL, dialect="plain"),
    ),
    _case(
        _start(TIMER + SIGNAL + TIMER, dialect="plain"), "s", "several cycles", _start(TIMER + SIGNAL, dialect="plain")
    ),
    _case(_start(MESSAGE + ERROR, dialect="plain"), "s", "cannot start a process"),
    _case(_gateway("eventGatewayType='Parallel'"), "g", "waits for all of its events", _gateway("")),
    _case(_gateway("instantiate='true'"), "g", "no flow leads to", _gateway("")),
)
