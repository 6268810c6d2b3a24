"""The run over a folder of diagrams: what it says of those whose fate is known, and of the corpus beside the house."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bpmn
from tests.conformance import bpmn_corpus
from tests.conformance.bpmn_corpus_decisions import matching
from tests.conformance.bpmn_corpus_drive import ENDED, FAILED, NOTHING, REFUSED, Outcome
from tests.conformance.bpmn_corpus_ways import Ways
from tests.support.diagrams import Flow, diagram

# How many diagrams of the corpus may fail. It only ever gets smaller.
MOST_FAILED = 2

_START, _END = "<bpmn:startEvent id='s'/>", "<bpmn:endEvent id='e'/>"
_ORDER = (
    _START
    + _END
    + """<bpmn:userTask id='look'/><bpmn:exclusiveGateway id='big' default='f3'/>
<bpmn:serviceTask id='check'><bpmn:extensionElements><zeebe:taskDefinition type='check'/><zeebe:ioMapping>
<zeebe:output source='=answer.score + 1' target='score'/></zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>
<bpmn:boundaryEvent id='bad' attachedToRef='check'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>
<bpmn:boundaryEvent id='late' attachedToRef='look'><bpmn:timerEventDefinition>
<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>
<bpmn:exclusiveGateway id='well' default='f6'/><bpmn:task id='poor'/><bpmn:callActivity id='call'>
<bpmn:extensionElements><zeebe:calledElement processId='elsewhere'/></bpmn:extensionElements></bpmn:callActivity>"""
)
_FLOWS = [
    ("s", "look"),
    ("look", "big"),
    ("big", "check", '=order.total > 1000 and order.kind = "new"'),
    ("big", "e"),
    ("check", "well"),
    ("well", "poor", "=score = 42"),
    ("well", "call"),
    ("poor", "e"),
    ("call", "e"),
    ("bad", "e"),
    ("late", "e"),
]
_NOBODY = "<bpmn:serviceTask id='x'/>"
_WRONG = "<bpmn:serviceTask id='x' camunda:class='a.B' camunda:triggerable='true'/>"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("corpus")
    row = [("s", "x"), ("x", "e")]
    (folder / "order.bpmn").write_bytes(diagram(_ORDER, _FLOWS))
    (folder / "nobody.bpmn").write_bytes(diagram(_START + _NOBODY + _END, row, dialect="camunda7"))
    (folder / "wrong.bpmn").write_bytes(diagram(_START + _WRONG + _END, row, dialect="camunda7"))
    (folder / "drawing.bpmn").write_bytes(diagram(_START, []).replace(b'isExecutable="true"', b'isExecutable="false"'))
    (folder / "text.bpmn").write_text("no XML")
    return {one.file: one for one in bpmn_corpus.run(folder, processes=1)}


def test_a_run_enters_everything_that_can_be_reached(outcomes: dict[str, Outcome]) -> None:
    order = outcomes["order.bpmn"]
    assert (order.state, order.reasons, order.missed) == (ENDED, [], [])
    assert order.entered == order.elements == 10


def test_it_tells_refused_rightly_from_failed(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["nobody.bpmn"].state == REFUSED
    assert outcomes["text.bpmn"].state == REFUSED
    assert "why" in outcomes["nobody.bpmn"].reasons[0]
    assert outcomes["wrong.bpmn"].state == FAILED
    assert "triggerable" in outcomes["wrong.bpmn"].reasons[0]["reason"]
    assert outcomes["drawing.bpmn"].state == NOTHING


def test_the_table_names_what_failed(outcomes: dict[str, Outcome]) -> None:
    lines = list(bpmn_corpus.table(outcomes.values()))
    assert lines[-1].split()[:2] == ["wrong.bpmn", "x:"]
    assert any(line.startswith("camunda 8") and "10/10 100.0%" in line for line in lines)


def test_inputs_make_each_rule_of_a_table_match_other_outputs_first() -> None:
    cells = [("&lt; 18", '"no"'), ("&gt; 65", '"no"'), ("[18..65]", '"yes"')]
    rules = "".join(
        f"<rule id='r{index}'><inputEntry id='i{index}'><text>{test}</text></inputEntry>"
        f"<outputEntry id='o{index}'><text>{answer}</text></outputEntry></rule>"
        for index, (test, answer) in enumerate(cells)
    )
    table = (
        "<definitions xmlns='https://www.omg.org/spec/DMN/20191111/MODEL/' id='m' name='m' namespace='n'>"
        "<decision id='d' name='d'><decisionTable id='t'><input id='a'><inputExpression id='x' typeRef='integer'>"
        f"<text>person.age</text></inputExpression></input><output id='b' name='b'/>{rules}</decisionTable></decision>"
        "</definitions>"
    )
    [rows] = matching([table.encode(), b"no XML"])
    young, middle, old = (row["person", "age"] for row in rows)
    assert young < 18 <= middle <= 65 < old


_PARALLEL = "<bpmn:parallelGateway id='g'/>"
_ESCALATED = "<bpmn:boundaryEvent id='b' attachedToRef='{}'><bpmn:escalationEventDefinition/></bpmn:boundaryEvent>"
_HOSTS = "<bpmn:task id='t'/><bpmn:callActivity id='c' calledElement='x'/><bpmn:exclusiveGateway id='x'/>"


@pytest.mark.parametrize(
    ("body", "flows", "endless"),
    [
        ("", [("s", "t"), ("t", "e")], False),
        ("", [("s", "t"), ("t", "c"), ("c", "t")], True),
        ("", [("s", "x"), ("x", "t"), ("x", "e"), ("t", "x")], False),
        (_PARALLEL, [("s", "g"), ("g", "e"), ("g", "t"), ("t", "c"), ("c", "t")], True),
        (_ESCALATED.format("t"), [("s", "t"), ("t", "c"), ("c", "t"), ("b", "e")], True),
        (_ESCALATED.format("c"), [("s", "t"), ("t", "c"), ("c", "t"), ("b", "e")], False),
    ],
)
def test_a_process_is_endless_when_some_token_of_it_can_never_end(body: str, flows: list[Flow], endless: bool) -> None:
    model = bpmn.read(diagram(_START + _END + _HOSTS + body, flows, dialect="camunda7"))
    assert Ways(model.processes[0]).is_endless() is endless


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not bpmn_corpus.BESIDE.is_dir(), reason="the corpus is not beside the repository")
def test_no_more_diagrams_of_the_corpus_fail_than_before(tmp_path: Path) -> None:
    report = tmp_path / "conformance.json"
    bpmn_corpus.main([str(bpmn_corpus.BESIDE), "--json", str(report)])
    failed = [one for one in json.loads(report.read_text())["diagrams"] if one["state"] == FAILED]
    assert len(failed) <= MOST_FAILED, failed[:20]
