"""Cases of the rules about what stands where and what leads where."""

from __future__ import annotations

from tests.bpmn.rules.cases import END, START, Case, around, split, subprocess, task
from tests.support.diagrams import chain, diagram

_PLAIN = around(task(kind="task"))
_EMPTY_MODEL = b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' id='d'>%s</definitions>"
_BOUNDARY = (
    "<bpmn:task id='x'/><bpmn:task id='y'/>"
    "<bpmn:boundaryEvent id='b' attachedToRef='{host}' {more}>{event}</bpmn:boundaryEvent>"
)
_MESSAGE_START = "<bpmn:startEvent id='s2'><bpmn:messageEventDefinition messageRef='m'/></bpmn:startEvent>"


def _boundary(host: str, event: str = "<bpmn:errorEventDefinition/>", more: str = "") -> bytes:
    body = START + _BOUNDARY.format(host=host, event=event, more=more) + END
    return diagram(body, [*chain("s", "x", "e"), ("b", "y"), ("y", "e")])


def _join(kind: str) -> bytes:
    nodes = f"<bpmn:task id='a'/><bpmn:task id='b'/>{kind}"
    flows = [("s", "a"), ("s", "b"), ("a", "g"), ("b", "g"), ("g", "e")]
    return diagram(START + nodes + END, flows, dialect="plain")


def _ad_hoc(inside: str) -> bytes:
    return subprocess(f"<bpmn:task id='a'/>{inside}", kind="adHocSubProcess")


def _loop(inside: str, dialect: str = "plain") -> bytes:
    return around(task(kind="task", inside=f"<bpmn:standardLoopCharacteristics {inside}"), dialect=dialect)


_CONDITION = "<bpmn:activationCondition>activationCount &gt;= 2</bpmn:activationCondition>"

CASES = (
    Case(
        "complex-gateway",
        _join("<bpmn:complexGateway id='g'/>"),
        _join(f"<bpmn:complexGateway id='g'>{_CONDITION}</bpmn:complexGateway>"),
        "g",
        "warning",
        "no activation condition",
    ),
    Case("ad-hoc-sub-process", _ad_hoc("<bpmn:endEvent id='i'/>"), _ad_hoc(""), "i", says="neither start nor end"),
    Case("ad-hoc-sub-process", subprocess("", kind="adHocSubProcess"), _ad_hoc(""), "x", says="holds no activity"),
    Case(
        "ad-hoc-sub-process",
        subprocess("<bpmn:task id='a'/><bpmn:task id='b'/>", [("a", "b"), ("b", "a")], kind="adHocSubProcess"),
        _ad_hoc(""),
        "x",
        says="nothing that can be begun",
    ),
    Case("standard-loop", _loop("/>"), _loop("loopMaximum='3'/>"), "x", says="without an end"),
    Case(
        "standard-loop",
        _loop("/>", "camunda7"),
        _loop("><bpmn:loopCondition>${again}</bpmn:loopCondition></bpmn:standardLoopCharacteristics>", "camunda7"),
        "x",
        "warning",
        "runs once",
    ),
    Case("no-process", _EMPTY_MODEL % b"<collaboration id='c'/>", _PLAIN, "", says="holds no process"),
    Case("no-executable-process", _EMPTY_MODEL % b"<process id='p' isExecutable='false'/>", _PLAIN, "p"),
    Case(
        "several-processes",
        _PLAIN.replace(b"</bpmn:definitions>", b"<bpmn:process id='q' isExecutable='true'/></bpmn:definitions>"),
        _PLAIN.replace(b"</bpmn:definitions>", b"<bpmn:process id='q'/></bpmn:definitions>"),
        "q",
        "info",
        "p, q",
    ),
    Case("empty-process", diagram(""), _PLAIN, "p"),
    Case("empty-process", subprocess(""), subprocess("<bpmn:startEvent id='i'/>"), "x"),
    Case("no-start-event", diagram("<bpmn:task id='x'/>"), _PLAIN, "p"),
    Case("no-start-event", subprocess("<bpmn:task id='i'/>"), subprocess("<bpmn:startEvent id='i'/>"), "x"),
    Case(
        "several-none-starts",
        diagram(START + "<bpmn:startEvent id='s2'/>" + END, [("s", "e"), ("s2", "e")]),
        diagram(START + _MESSAGE_START + END, [("s", "e"), ("s2", "e")], roots="<bpmn:message id='m' name='m'/>"),
        "s2",
        says="s is the first",
    ),
    Case(
        "sub-process-start",
        subprocess(_MESSAGE_START),
        subprocess("<bpmn:startEvent id='i'/>"),
        "s2",
        says="embedded",
    ),
    Case(
        "sub-process-start",
        subprocess("<bpmn:startEvent id='s2'/>", attributes="triggeredByEvent='true'"),
        subprocess(_MESSAGE_START, attributes="triggeredByEvent='true'"),
        "s2",
        says="no trigger",
    ),
    Case("duplicate-id", diagram(START + "<bpmn:task id='s'/>"), _PLAIN, "s", says="used twice"),
    Case("missing-id", diagram(START + "<bpmn:task/>"), _PLAIN, "task_6_2", says="has no id"),
    Case("flow-ends", diagram(START + END, [("s", "nowhere")]), _PLAIN, "f0", says="nowhere, which does not exist"),
    Case(
        "flow-ends",
        diagram(START + END + "<bpmn:sequenceFlow id='f' sourceRef='s'/>"),
        _PLAIN,
        "f",
        says="has no target",
    ),
    Case(
        "flow-ends",
        diagram(START + "<bpmn:subProcess id='x'><bpmn:startEvent id='i'/></bpmn:subProcess>", [("s", "i")]),
        subprocess("<bpmn:startEvent id='i'/><bpmn:endEvent id='j'/>", [("i", "j")]),
        "f0",
        says="stands in the process p, but its target i does not",
    ),
    Case("flow-direction", diagram(START + END, [("s", "e"), ("e", "s")]), _PLAIN, "s", says="incoming"),
    Case("flow-direction", diagram(START + END, [("s", "e"), ("e", "s")]), _PLAIN, "e", says="outgoing"),
    Case("unreachable", diagram(START + END + "<bpmn:task id='x'/>", [("s", "e"), ("x", "e")]), _PLAIN, "x", "warning"),
    Case(
        "unreachable",
        diagram(START + END + "<bpmn:task id='x'/><bpmn:task id='y'/>", [("s", "e"), ("x", "y"), ("y", "x")]),
        _PLAIN,
        "y",
        "warning",
        "what leads to it",
    ),
    Case("dead-end", diagram(START + "<bpmn:task id='x'/>", [("s", "x")]), _PLAIN, "x", "warning"),
    Case("boundary-attachment", _boundary("gone"), _boundary("x"), "b", says="gone, which is not beside it"),
    Case("boundary-attachment", _boundary("e"), _boundary("x"), "b", says="attached to the end event e"),
    Case("boundary-attachment", _boundary("x", more="cancelActivity='false'"), _boundary("x"), "b", "warning"),
    Case(
        "split-condition",
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")]),
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")], "default='f2'"),
        "f2",
        says="out of the exclusive gateway 'Well?' (g) has no condition",
    ),
    Case(
        "split-condition",
        split("exclusiveGateway", [("g", "a", "${ok}"), ("g", "b")], dialect="camunda7"),
        split("exclusiveGateway", [("g", "a", "${ok}"), ("g", "b")], "default='f2'", "camunda7"),
        "f2",
        "warning",
        "it is taken when its turn comes",
    ),
    Case(
        "split-condition",
        split("exclusiveGateway", [("g", "a"), ("g", "b")], dialect="camunda7"),
        split("exclusiveGateway", [("g", "a", "${ok}"), ("g", "b", "${!ok}")], dialect="camunda7"),
        "f1",
    ),
    Case(
        "split-condition",
        split("inclusiveGateway", [("g", "a", "${ok}"), ("g", "b")], dialect="camunda7"),
        split("inclusiveGateway", [("g", "a", "${ok}"), ("g", "b")], "default='f2'", "camunda7"),
        "f2",
        "warning",
        "it is always taken",
    ),
    Case(
        "split-condition",
        split("inclusiveGateway", [("g", "a", ""), ("g", "b", "=ok")]),
        split("inclusiveGateway", [("g", "a", "=no"), ("g", "b", "=ok")]),
        "f1",
    ),
    Case(
        "split-default",
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b", "=not(ok)")]),
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")], "default='f2'"),
        "g",
        "warning",
    ),
    Case(
        "default-flow",
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")], "default='f0'"),
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")], "default='f2'"),
        "g",
        says="f0, which does not leave it",
    ),
    Case(
        "condition-ignored",
        split("parallelGateway", [("g", "a", "=ok"), ("g", "b")]),
        split("parallelGateway", [("g", "a"), ("g", "b")]),
        "f1",
        "warning",
    ),
    Case(
        "condition-ignored",
        diagram(START + "<bpmn:task id='x'/>" + END, [("s", "x"), ("x", "e", "=done")]),
        diagram(START + "<bpmn:task id='x'/>" + END, [("s", "x"), ("x", "e", "${done}")], dialect="camunda7"),
        "f1",
        "warning",
        "leaves the task x",
    ),
    Case(
        "split-default",
        diagram(START + "<bpmn:task id='x'/>" + END, [("s", "x"), ("x", "e", "${done}")], dialect="camunda7"),
        diagram(START + "<bpmn:task id='x'/>" + END, [("s", "x"), ("x", "e", "=done")]),
        "x",
        "warning",
    ),
    Case(
        "condition-ignored",
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b", "=no")], "default='f2'"),
        split("exclusiveGateway", [("g", "a", "=ok"), ("g", "b")], "default='f2'"),
        "f2",
        "warning",
        "is a default flow",
    ),
)
