"""The cases as diagrams that SpiffWorkflow and SpiffArena read: their scripts are Python."""

from __future__ import annotations

from tests.support.diagrams import chain, diagram

ENDS = '<bpmn:startEvent id="s"/><bpmn:endEvent id="e"/>'
ADD = "i = i + 1"


def script(id: str, code: str = ADD) -> str:
    """A script task."""
    return f'<bpmn:scriptTask id="{id}"><bpmn:script>{code}</bpmn:script></bpmn:scriptTask>'


def straight(first: str = ADD) -> bytes:
    """Case A. `first` is what the first of the ten tasks does."""
    ids = [f"t{index}" for index in range(10)]
    body = ENDS + script("t0", first) + "".join(map(script, ids[1:]))
    return diagram(body, chain("s", *ids, "e"), dialect="plain", process_id="A")


def approval(first: str = ADD) -> bytes:
    """Case B."""
    body = ENDS + script("a", first) + script("b") + '<bpmn:userTask id="u"/>'
    body += '<bpmn:exclusiveGateway id="g" default="f2"/>'
    flows = [("s", "a"), ("a", "g"), ("g", "u"), ("g", "b", "amount < 100"), ("u", "b"), ("b", "e")]
    return diagram(body, flows, dialect="plain", process_id="B")


def fan_out(code: str = "r = i + 1") -> bytes:
    """Case C."""
    count = "<bpmn:loopCardinality>100</bpmn:loopCardinality>"
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{count}</bpmn:multiInstanceLoopCharacteristics>"
    task = f'<bpmn:scriptTask id="t"><bpmn:script>{code}</bpmn:script>{loop}</bpmn:scriptTask>'
    return diagram(ENDS + task, chain("s", "t", "e"), dialect="plain", process_id="C")


def loop(rounds: int, begin: str = "") -> bytes:
    """Case D. `begin` is what a task before the loop does; without it there is none."""
    body = (
        ENDS + script("t") + '<bpmn:exclusiveGateway id="g" default="f2"/>' + (script("begin", begin) if begin else "")
    )
    flows = [("t", "g"), ("g", "e", f"i >= {rounds}"), ("g", "t"), *chain("s", *(["begin"] if begin else []), "t")]
    return diagram(body, flows, dialect="plain", process_id="D")
