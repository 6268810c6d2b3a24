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
MESSAGE = "<bpmn:messageEventDefinition messageRef='m'/>"
ERROR = "<bpmn:errorEventDefinition errorRef='er'/>"


_LOOP = "<bpmn:standardLoopCharacteristics loopMaximum='3'/>"


def _start(definition: str) -> bytes:
    return diagram(f"<bpmn:startEvent id='s'>{definition}</bpmn:startEvent>{END}", chain("s", "e"), roots=_ROOTS)


def _end(definition: str, extension: str = "", dialect: str = "camunda8") -> bytes:
    end = f"<bpmn:endEvent id='e'>{extension}{definition}</bpmn:endEvent>"
    return diagram(START + end, chain("s", "e"), roots=_ROOTS, dialect=dialect)


def _throw(definition: str) -> bytes:
    event = f"<bpmn:intermediateThrowEvent id='x'>{definition}</bpmn:intermediateThrowEvent>"
    return around(event, roots=_ROOTS)


def _boundary(definition: str) -> bytes:
    event = f"<bpmn:task id='x'/><bpmn:boundaryEvent id='b' attachedToRef='x'>{definition}</bpmn:boundaryEvent>"
    return diagram(START + event + END, [*chain("s", "x", "e"), ("b", "e")], roots=_ROOTS)


def _event_sub_process(definition: str) -> bytes:
    inside = f"<bpmn:startEvent id='i'>{definition}</bpmn:startEvent>"
    body = f"<bpmn:subProcess id='x' triggeredByEvent='true'>{inside}</bpmn:subProcess>"
    return diagram(START + END + body, chain("s", "e"), roots=_ROOTS)


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
)
