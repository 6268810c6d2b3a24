"""What an AI task gives to its models, read from its diagram."""

from __future__ import annotations

import pytest

from bpmn.agents import given_to_models
from bpmn.reader import read
from tests.support.diagrams import chain, diagram, service

TASK, AGENT = "baton:ai-task:1", "io.camunda.agenticai:aiagent:1"


def given(type_: str, **inputs: str) -> frozenset[str]:
    mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in inputs.items())
    task = service("t", type_, f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping>")
    xml = diagram(f'<bpmn:startEvent id="s"/>{task}<bpmn:endEvent id="e"/>', chain("s", "t", "e"))
    [process] = read(xml if isinstance(xml, bytes) else xml.encode()).executable
    return given_to_models(process.by_id["t"])


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        ({"input": "=letter"}, {"letter"}),
        ({"input": "=customer.name", "prompt": '="Sort " + topic'}, {"customer", "topic"}),
        ({"input": "=letter", "maxCost": "=budget", "models": "=chosen", "schema": "=shape"}, {"letter"}),
        ({"part": "=letter.text", "input": "=part"}, {"letter"}),
        ({"input": "=part", "part": "=letter"}, {"part"}),
        ({"prompt": "Read it."}, {"input"}),
        ({"input": "=letter", "examples": "=earlier"}, {"letter", "earlier"}),
        ({"input": "=for one in letters return one.text"}, {"letters"}),
    ],
)
def test_the_variables_in_prompt_document_and_examples_reach_a_model(inputs: dict[str, str], names: set[str]) -> None:
    assert given(TASK, **inputs) == names


def test_of_an_agent_its_prompts_and_documents_do() -> None:
    inputs = {"data.systemPrompt.prompt": "=role", "data.userPrompt.documents": "=[mail]", "provider.type": "=vendor"}
    assert given(AGENT, **inputs) == {"role", "mail"}


def test_of_other_work_nothing_does() -> None:
    assert given("payment", input="=letter") == frozenset()
