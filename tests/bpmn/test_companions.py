"""Scripts and HTML forms that a diagram names, put into the model."""

from __future__ import annotations

import pytest

import bpmn
from bpmn import companions
from bpmn.errors import ModelError
from bpmn.model import walk
from tests.support.diagrams import chain, diagram

SCRIPT = (
    "<bpmn:scriptTask id='t' scriptFormat='javascript' camunda:resource='deployment://scripts/sum.js' "
    "camunda:resultVariable='r'/>"
)
TASK = "<bpmn:userTask id='t' camunda:formKey='{}'/>"


def _model(node: str) -> bpmn.Model:
    content = diagram(
        f"<bpmn:startEvent id='s'/>{node}<bpmn:endEvent id='e'/>", chain("s", "t", "e"), dialect="camunda7"
    )
    return bpmn.read(content)


@pytest.mark.parametrize("name", ["scripts/sum.js", "sum.js"])
def test_a_script_is_found_by_its_path_or_by_its_name(name: str) -> None:
    model = companions.resolved(_model(SCRIPT), {name: b"\xef\xbb\xbf1 + 1\n"})
    script = model.processes[0].nodes[1].script
    assert script is not None
    assert script.text == "1 + 1"
    assert model.companions == {"scripts/sum.js"}
    assert [finding for finding in bpmn.check(model) if finding.severity == "error"] == []


CONDITION = (
    "<bpmn:conditionExpression xsi:type='bpmn:tFormalExpression' language='javascript' "
    "camunda:resource='deployment://is_large.js'/>"
)


def _with_condition() -> bpmn.Model:
    nodes = "<bpmn:startEvent id='s'/><bpmn:exclusiveGateway id='g' default='f1'/><bpmn:endEvent id='e'/>"
    flow = f"<bpmn:sequenceFlow id='f2' sourceRef='g' targetRef='e'>{CONDITION}</bpmn:sequenceFlow>"
    return bpmn.read(diagram(nodes + flow, chain("s", "g", "e"), dialect="camunda7"))


def test_a_condition_is_found_in_its_file() -> None:
    model = companions.resolved(_with_condition(), {"is_large.js": b"n > 10"})
    condition = next(flow for flow in model.processes[0].flows if flow.id == "f2").condition
    assert condition is not None
    assert condition.text == "n > 10"
    assert [finding for finding in bpmn.check(model) if finding.severity == "error"] == []


def test_a_condition_whose_file_is_not_there_is_one_error() -> None:
    model = companions.resolved(_with_condition(), {})
    (finding,) = [finding for finding in bpmn.check(model) if finding.severity == "error"]
    assert "condition of the sequence flow f2 lies in deployment://is_large.js, which was not" in finding.message


def test_a_script_that_is_not_there_is_named_with_the_way_out() -> None:
    model = companions.resolved(_model(SCRIPT), {"other.js": b"1"})
    (finding,) = [finding for finding in bpmn.check(model) if finding.severity == "error"]
    assert "deployment://scripts/sum.js, which was not uploaded" in finding.message
    assert "together with the diagram" in finding.hint


@pytest.mark.parametrize(
    ("key", "file"),
    [
        ("embedded:deployment:order.html", "order.html"),
        ("embedded:app:forms/order.html", "forms/order.html"),
        ("embedded:app:forms/order.html", "order.html"),
    ],
)
def test_an_html_form_becomes_a_form_of_the_process(key: str, file: str) -> None:
    page = b"<input cam-variable-name='amount' cam-variable-type='Long' required>"
    model = companions.resolved(_model(TASK.format(key)), {file: page})
    task = model.processes[0].nodes[1].user_task
    assert task is not None
    assert task.form is not None
    assert (task.form.embedded_id, task.form.key) == (file, None)
    assert '"key": "amount"' in model.processes[0].embedded_forms[file]
    assert [finding for finding in bpmn.check(model) if finding.rule == "embedded-form"] == []


@pytest.mark.parametrize("key", ["embedded:app:forms/order.html", "embedded:deployment:order.html", "app:order.jsf"])
def test_an_html_form_that_was_not_uploaded_gets_a_warning(key: str) -> None:
    model = companions.resolved(_model(TASK.format(key)), {})
    (finding,) = [finding for finding in bpmn.check(model) if finding.rule == "embedded-form"]
    assert finding.severity == "warning"
    assert "was not uploaded" in finding.message


def test_a_script_is_found_however_deep_it_lies() -> None:
    task = "<bpmn:scriptTask id='t' scriptFormat='javascript' camunda:resource='deployment://sum.js'/>"
    for index in range(200):
        task = f"<bpmn:subProcess id='sub{index}'>{task}</bpmn:subProcess>"
    model = companions.resolved(_model(task), {"sum.js": b"1 + 1"})
    assert model.companions == {"sum.js"}
    (script,) = [node.script for node in walk(model.processes[0].nodes) if node.script is not None]
    assert script.text == "1 + 1"


def test_a_model_that_names_no_file_stays_as_it_is() -> None:
    model = _model("<bpmn:task id='t'/>")
    assert companions.resolved(model, {"a.js": b"1"}) is model


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "'sum.js' is not UTF-8 text"),
        (b" " * (1024 * 1024 + 1), "'sum.js' has 1,048,577 bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        companions.resolved(_model(SCRIPT), {"sum.js": content})


def test_an_html_form_with_a_broken_pattern_is_refused() -> None:
    page = b"<input cam-variable-name='a' pattern='('>"
    with pytest.raises(ModelError, match="The form 'order.html' cannot be used"):
        companions.resolved(_model(TASK.format("embedded:deployment:order.html")), {"order.html": page})
