"""Cases of the rule `listener`: one wrong diagram per event that an element does not have."""

from __future__ import annotations

from tests.bpmn.rules.cases import END, START, Case, around, split, task
from tests.support.diagrams import chain, diagram

_LISTENS = "<zeebe:executionListeners>{}</zeebe:executionListeners>"
_ONE = "<zeebe:executionListener eventType='{}' type='{}'/>"
_ERROR = "<bpmn:error id='er' errorCode='E'/>"


def _eight(event: str, type: str = "t") -> str:
    return _LISTENS.format(_ONE.format(event, type))


def _held(extension: str) -> str:
    return f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>"


def _work(extension: str) -> bytes:
    return around(task("<zeebe:taskDefinition type='crm'/>" + extension))


def _person(event: str, native: str = "<zeebe:userTask/>") -> bytes:
    listener = f"<zeebe:taskListeners><zeebe:taskListener eventType='{event}' type='t'/></zeebe:taskListeners>"
    return around(task(native + listener, "userTask"))


def _seven(kind: str, listener: str) -> bytes:
    return around(task(listener, kind), dialect="camunda7")


def _start(extension: str) -> bytes:
    return diagram(f"<bpmn:startEvent id='s'>{_held(extension)}</bpmn:startEvent>{END}", chain("s", "e"))


def _end(extension: str, inner: str = "") -> bytes:
    event = f"<bpmn:endEvent id='e'>{_held(extension)}{inner}</bpmn:endEvent>"
    return diagram(START + event, chain("s", "e"), roots=_ERROR)


def _gateway(extension: str) -> bytes:
    whole = split("parallelGateway", [("g", "a"), ("g", "b")]).decode()
    opened = "<bpmn:parallelGateway id='g' name='Well?' "
    return whole.replace(f"{opened}/>", f"{opened}>{_held(extension)}</bpmn:parallelGateway>").encode()


_RIGHT = _work(_eight("start") + _eight("end"))


def _case(wrong: bytes, element: str, says: str, right: bytes = _RIGHT) -> Case:
    return Case("listener", wrong, right, element, says=says)


CASES = (
    _case(_work(_eight("begin")), "x", "for 'begin', and hears end, start only"),
    _case(_work(_eight("beforeAll")), "x", "for 'beforeall'"),
    _case(_work(_LISTENS.format(_ONE.format("end", "t") * 2)), "x", "two execution listeners"),
    _case(_start(_eight("start")), "s", "hears end only", _start(_eight("end"))),
    _case(_gateway(_eight("end")), "g", "hears start only", _gateway(_eight("start"))),
    _case(
        _end(_eight("end"), "<bpmn:errorEventDefinition errorRef='er'/>"), "e", "hears start only", _end(_eight("end"))
    ),
    _case(_person("create"), "x", "for 'create'", _person("creating")),
    _case(_person("creating", ""), "x", "hears nothing only"),
    _case(
        _seven("task", "<camunda:executionListener event='take' expression='${1}'/>"),
        "x",
        "for 'take'",
        _seven("task", "<camunda:executionListener event='end' expression='${1}'/>"),
    ),
    _case(
        _seven("userTask", "<camunda:taskListener event='creating' expression='${1}'/>"),
        "x",
        "for 'creating'",
        _seven("userTask", "<camunda:taskListener event='update' class='a.B'/>"),
    ),
    _case(_seven("task", "<camunda:executionListener event='end'/>"), "x", "does nothing"),
)

_SHELL = "<camunda:field name='command' stringValue='ls'/>"
CASES += (
    Case(
        "shell-task",
        around(task(_SHELL, "serviceTask", attributes="camunda:type='shell'"), dialect="camunda7"),
        around(task(_SHELL, "serviceTask", attributes="camunda:type='mail'"), dialect="camunda7"),
        "x",
        says="runs a command",
    ),
)
