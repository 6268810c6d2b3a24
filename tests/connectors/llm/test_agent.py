"""Agents over scripted models in this process: what only a suggestion is, which model answers, what a window holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from connectors.base import Approval, Permanent, Result, Review
from connectors.llm.agent.connector import SubProcessAgent
from connectors.llm.agent.conversation import (
    Conversation,
    ToolCall,
    assistant_message,
    results_message,
    text_message,
    windowed,
)
from connectors.llm.agent.toolbox import Toolbox
from tests.support.books import Books, request

WEATHER = {
    "elementId": "Weather",
    "elementName": "Weather",
    "documentation": "In a city",
    "properties": {},
    "parameters": [{"name": "city", "description": "The city", "type": None, "schema": None, "options": None}],
}
CALL = {"calls": [{"name": "Weather", "arguments": {"city": "Rome"}}]}


def ask(script: list[Any], books: Books | None = None, provider: Any = None, **changes: Any) -> Result | Review:
    rows = changes.pop("rows", {"gpt-4o": {"model": "scripted/a"}})
    table = {"scripted/a": {"script": script}, **rows}
    given = {
        "provider": provider or {"type": "openai", "openai": {"model": {"model": "gpt-4o"}}},
        "data": {"userPrompt": {"prompt": "How is it in Rome?"}},
        "adHocSubProcessElements": [WEATHER],
        **changes,
    }
    return SubProcessAgent.of(table)(request(given, books))


def result(outcome: Result | Review) -> Result:
    assert isinstance(outcome, Result)
    return outcome


def only_suggests() -> Books:
    books = Books()
    books.levels = {"scripted/a": "suggest", "gpt-4o": "suggest"}
    return books


def test_a_tool_of_an_agent_that_only_suggests_waits_for_a_person() -> None:
    books = only_suggests()
    review = ask([CALL], books)
    assert isinstance(review, Review)
    assert (review.resumes, review.group, review.proposal["tool"]) == (True, "reviewers", "Weather")
    books.approved = [Approval(7, review.subject, "approve", "anna", "", review.proposal)]
    choice = result(ask([CALL], books)).choice
    assert choice is not None
    assert choice.begin[0].variables["toolCall"]["_meta"] == {"id": "call_1", "name": "Weather", "approval": "7"}


def test_the_last_word_of_an_agent_that_only_suggests_is_a_persons() -> None:
    books = only_suggests()
    review = ask(["Sunny."], books)
    assert isinstance(review, Review)
    assert review.proposal == {"responseText": "Sunny."}
    books.approved = [Approval(7, review.subject, "edit", "anna", "", {"responseText": "Rainy."})]
    assert result(ask(["Sunny."], books)).variables["agent"] == {"responseText": "Rainy."}
    assert len(books.rows) == 1


@pytest.mark.parametrize(
    ("provider", "row"),
    [
        ({"type": "openai", "openai": {"model": {"model": "gpt-4o"}}}, "openai/gpt-4o"),
        ({"type": "openai", "openai": {"model": {"model": "gpt-4o"}}}, "gpt-4o"),
        ({"type": "anthropic", "anthropic": {"model": {"model": "claude"}}}, "anthropic/claude"),
        ({"type": "bedrock", "bedrock": {"model": {"model": "nova"}}}, "bedrock/nova"),
        ({"type": "azureOpenAi", "azureOpenAi": {"model": {"deploymentName": "ours"}}}, "azure/ours"),
        ({"type": "google-vertex-ai", "googleVertexAi": {"model": {"model": "gemini"}}}, "vertex_ai/gemini"),
        ({"type": "openaiCompatible", "openaiCompatible": {"model": {"model": "qwen"}}}, "qwen"),
        ({"type": "custom", "providerType": "mine", "model": "x"}, "mine/x"),
    ],
)
def test_a_row_of_the_table_swaps_the_model_of_any_vendor(provider: Mapping[str, Any], row: str) -> None:
    answered = result(ask(["Sunny."], provider=provider, rows={row: {"model": "scripted/a"}}))
    assert answered.variables["agent"] == {"responseText": "Sunny."}


def test_without_a_model_an_agent_says_what_to_fill_in() -> None:
    with pytest.raises(Permanent, match="names no model"):
        ask(["Sunny."], provider={"type": ""})


def test_the_next_model_is_asked_when_one_cannot_be() -> None:
    rows = {"scripted/broken": {"script": [401]}}
    answered = result(ask(["Sunny."], models="scripted/broken, scripted/a", rows=rows))
    assert answered.variables["agent"] == {"responseText": "Sunny."}


@pytest.mark.parametrize(
    ("parameter", "fault"),
    [
        ({"name": None}, "needs a reference"),
        ({"name": "_meta"}, "_meta"),
        ({"name": "city", "schema": [1]}, "is no context"),
        ({"name": "city", "type": "town"}, "no JSON Schema"),
        ({"name": "city", "options": {"required": "no"}}, "true or false"),
    ],
)
def test_a_tool_that_cannot_be_described_is_named(parameter: Any, fault: str) -> None:
    with pytest.raises(Permanent, match=fault):
        Toolbox.read([{**WEATHER, "parameters": [parameter]}])


def test_schemas_follow_camundas_rules() -> None:
    parameters = [
        {"name": "a", "schema": {"type": "number", "minimum": 1}, "description": "An a"},
        {"name": "b", "type": "boolean", "schema": {"type": "string"}, "options": {"required": False}},
        {"name": "c"},
    ]
    [tool] = Toolbox.read([{**WEATHER, "parameters": parameters}]).tools.values()
    assert tool.schema == {
        "type": "object",
        "properties": {
            "a": {"type": "number", "minimum": 1, "description": "An a"},
            "b": {"type": "boolean"},
            "c": {"type": "string"},
        },
        "required": ["a", "c"],
    }


def test_a_window_keeps_the_system_and_no_result_without_its_call() -> None:
    call = ToolCall("1", "Weather", {})
    messages = [
        text_message("system", "s"),
        text_message("user", "u"),
        assistant_message("", [call]),
        results_message([(call, "x")]),
        text_message("user", "again"),
        assistant_message("done", []),
    ]
    assert [one["role"] for one in windowed(messages, 6)] == [one["role"] for one in messages]
    assert [one["role"] for one in windowed(messages, 4)] == ["system", "user", "assistant"]
    assert [one["role"] for one in windowed(messages, 2)] == ["system", "assistant"]


def test_results_without_a_conversation_are_refused_by_camundas_code() -> None:
    with pytest.raises(Permanent) as raised:
        ask(["Sunny."], toolCallResults=[{"id": "1", "name": "Weather", "content": "x"}])
    assert raised.value.code == "TOOL_CALL_RESULTS_ON_EMPTY_CONTEXT"


def test_no_prompt_is_refused_by_camundas_code() -> None:
    with pytest.raises(Permanent) as raised:
        ask(["Sunny."], data={"userPrompt": {"prompt": ""}})
    assert raised.value.code == "NO_USER_MESSAGE_CONTENT"


def pending(**changes: Any) -> dict[str, Any]:
    said = Conversation("c").said(
        text_message("user", "u"), assistant_message("", [ToolCall("1", "Weather", {}), ToolCall("2", "Weather", {})])
    )
    return {"agentContext": said.as_json([]), **changes}


def test_while_a_result_is_missing_nothing_is_asked() -> None:
    books = Books()
    waits = result(ask(["no"], books, **pending(toolCallResults=[{"id": "1", "content": "x"}])))
    assert (waits.choice is not None and waits.choice.begin, waits.variables, books.rows) == ((), {}, [])


@pytest.mark.parametrize(("behaviour", "asked"), [("WAIT_FOR_TOOL_CALL_RESULTS", 0), ("INTERRUPT_TOOL_CALLS", 1)])
def test_an_event_waits_for_the_tools_or_ends_them(behaviour: str, asked: int) -> None:
    books = Books()
    results = [{"id": "1", "content": "x"}, {"id": None, "content": "The customer called."}]
    data = {"events": {"behavior": behaviour}, "userPrompt": {"prompt": "u"}}
    outcome = result(ask(["Then so."], books, **pending(toolCallResults=results, data=data)))
    assert len(books.rows) == asked
    if asked:
        assert outcome.choice is not None
        assert outcome.choice.cancels_remaining
        told = [message["content"] for message in books.rows[0].prompt[2:]]
        assert told == ["x", "Tool execution was canceled.", "The customer called."]
