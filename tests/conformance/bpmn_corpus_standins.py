"""What a diagram calls and its repository does not have: the smallest process, decision, form or file of that id."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

from engine.engine import NamedFile
from tests.conformance.bpmn_corpus_files import Reference, plain_name

PROCESS, DECISION, FORM = "standInProcess", "standInDecision", "standInForm"

_PROCESS = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:standIn">
<process id="{id}" isExecutable="true"><startEvent id="s"/><serviceTask id="work" implementation="standIn"/>
<endEvent id="e"/><sequenceFlow id="f" sourceRef="s" targetRef="work"/><sequenceFlow id="g" sourceRef="work"
 targetRef="e"/></process></definitions>"""
# The job and the variable are there so that whoever drives can choose what comes back.
_DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{id}_model"
 name="standIn" namespace="urn:standIn"><decision id="{id}" name="answer"><variable name="answer"/>
<literalExpression id="l"><text>{answer}</text></literalExpression></decision></definitions>"""


def stand_ins(missing: Iterable[Reference]) -> list[NamedFile]:
    """One file for each."""
    return [_file(kind, identity, index) for index, (kind, identity) in enumerate(sorted(missing))]


def answer_of(decision_id: str) -> str:
    """The variable that a stand-in for this decision answers with."""
    return f"answerOf{plain_name(decision_id)}"


def _file(kind: str, identity: str, index: int) -> NamedFile:
    if kind == "process":
        return NamedFile(f"stand-in-{index}.bpmn", _PROCESS.format(id=escape(identity)).encode())
    if kind == "decision":
        text = _DECISION.format(id=escape(identity), answer=answer_of(identity))
        return NamedFile(f"stand-in-{index}.dmn", text.encode())
    if kind == "resource":
        return NamedFile(f"{identity}.rpa", json.dumps({"id": identity, "script": ""}).encode())
    form = {"id": identity, "type": "default", "schemaVersion": 16, "components": []}
    return NamedFile(f"stand-in-{index}.form", json.dumps(form).encode())
