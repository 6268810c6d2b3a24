"""Rules about tokens that wait for ever, and tokens that are too many."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import bpmn
from tests.bpmn.rules.cases import END, START, Case, subprocess
from tests.support.diagrams import Flow, diagram

_TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
_TASKS = "".join(f"<bpmn:task id='{name}' name='{name}'/>" for name in "abz")
_BLOCK: list[Flow] = [("s", "g"), ("g", "a"), ("g", "b"), ("a", "j"), ("b", "j"), ("j", "z"), ("z", "e")]
_XOR_FLOWS: list[Flow] = [
    (source, target, "=ok") if (source, target) == ("g", "a") else (source, target) for source, target in _BLOCK
]


def block(split: str, join: str, more: str = "", flows: Sequence[Flow] = _BLOCK) -> bytes:
    """Start, a split `g` to the tasks `a` and `b`, a join `j`, a task `z` and an end."""
    gateways = f"<bpmn:{split}Gateway id='g' name='g' default='f2'/><bpmn:{join}Gateway id='j' name='j'/>"
    return diagram(
        START + _TASKS + gateways.replace("default='f2'", "" if split == "parallel" else "default='f2'") + more + END,
        flows,
    )


def _boundary(interrupting: bool) -> str:
    kind = "true" if interrupting else "false"
    return f"<bpmn:boundaryEvent id='t' attachedToRef='a' cancelActivity='{kind}'>{_TIMER}</bpmn:boundaryEvent>"


_GOOD = block("parallel", "parallel")
_INNER = "<bpmn:startEvent id='is'/><bpmn:task id='k'/><bpmn:endEvent id='ie'/>"
_INNER += "<bpmn:exclusiveGateway id='ig' default='i1'/><bpmn:parallelGateway id='ij'/>"
_INNER_FLOWS: list[Flow] = [("is", "ig"), ("ig", "ij"), ("ig", "k", "=ok"), ("k", "ij"), ("ij", "ie")]

CASES = (
    Case("deadlock", block("exclusive", "parallel", flows=_XOR_FLOWS), _GOOD, "j", "warning", "never all taken"),
    Case("deadlock", block("inclusive", "parallel", flows=_XOR_FLOWS), _GOOD, "j", "warning", "when no token comes"),
    Case(
        "deadlock",
        block("parallel", "parallel", _boundary(True), [*_BLOCK, ("t", "e")]),
        block("parallel", "parallel", _boundary(True).replace("'a'", "'z'"), [*_BLOCK, ("t", "e")]),
        "j",
        "warning",
        "'f3'",
    ),
    Case("deadlock", subprocess(_INNER, _INNER_FLOWS), _GOOD, "ij", "warning"),
    Case("lack-of-synchronization", block("parallel", "exclusive"), _GOOD, "j", "warning"),
    Case(
        "lack-of-synchronization",
        block("exclusive", "exclusive", _boundary(False), [*_XOR_FLOWS, ("t", "z")]),
        block("exclusive", "exclusive", _boundary(True), [*_XOR_FLOWS, ("t", "z")]),
        "z",
        "warning",
    ),
)

# Drawn as they should be, or in a way that nothing can be said against.
SOUND = {
    "exclusive into exclusive": block("exclusive", "exclusive", flows=_XOR_FLOWS),
    "inclusive into inclusive": block("inclusive", "inclusive", flows=_XOR_FLOWS),
    "inclusive into exclusive, whose conditions may exclude each other": block(
        "inclusive", "exclusive", flows=_XOR_FLOWS
    ),
    "parallel branches that each end": diagram(
        START + _TASKS + "<bpmn:parallelGateway id='g'/>" + END,
        [("s", "g"), ("g", "a"), ("g", "b"), ("a", "e"), ("b", "e")],
    ),
    "a loop around a parallel block": block(
        "parallel",
        "parallel",
        "<bpmn:exclusiveGateway id='m'/><bpmn:exclusiveGateway id='w' default='f7'/>",
        [
            ("s", "m"),
            ("m", "g"),
            ("g", "a"),
            ("g", "b"),
            ("a", "j"),
            ("b", "j"),
            ("j", "w"),
            ("w", "z"),
            ("w", "m", "=again"),
            ("z", "e"),
        ],
    ),
    "a reminder beside a task": block("parallel", "parallel", _boundary(False), [*_BLOCK, ("t", "e")]),
    "a branch that ends everything": block(
        "parallel",
        "parallel",
        _boundary(True) + "<bpmn:endEvent id='stop'><bpmn:terminateEventDefinition/></bpmn:endEvent>",
        [*_BLOCK, ("t", "stop")],
    ),
    "too many ways to try": diagram(
        START + "<bpmn:parallelGateway id='g'/>" + "".join(f"<bpmn:task id='n{n}'/>" for n in range(40)) + END,
        [("s", "g"), *((("g", f"n{n}")) for n in range(40)), *((f"n{n}", "e") for n in range(40))],
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_nothing_is_said_of_a_sound_diagram(name: str) -> None:
    rules = {finding.rule for finding in bpmn.check(bpmn.read(SOUND[name]))}
    assert not rules & {"deadlock", "lack-of-synchronization"}
