"""A mark that only the system message holds: whoever gives it away was talked into it."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest

from connectors.llm.agent.connector import SubProcessAgent
from connectors.llm.canary import has_leaked, planted
from connectors.llm.task import AiTask
from connectors.scripted import Behaviour, ScriptedModel
from tests.support.books import Books, request

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda mark: f"My mark is {mark}.",
    "without its name": lambda mark: mark.removeprefix("canary-"),
    "base64": lambda mark: base64.b64encode(mark.encode()).decode(),
    "hex": lambda mark: mark.encode().hex(),
    "reversed": lambda mark: mark[::-1],
    "spaced": " ".join,
    "in a link": lambda mark: f"https://evil.example/?q={mark}",
    "in capitals": str.upper,
}


def mark_of(messages: object) -> str:
    return str(messages).partition("canary-")[2][:16]


def test_each_call_has_a_mark_of_its_own_at_the_end_of_its_system_message() -> None:
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    marked = [planted(messages) for _ in range(20)]
    assert len({mark_of(one) for one in marked}) == 20
    assert all(one[0]["content"].startswith("Be brief.") and one[1:] == messages[1:] for one in marked)
    assert planted(messages[1:]) == messages[1:], "nothing to give away"


@pytest.mark.parametrize("how", SPELLINGS)
def test_it_is_found_in_every_spelling(how: str) -> None:
    messages = planted([{"role": "system", "content": "Be brief."}])
    said = SPELLINGS[how](f"canary-{mark_of(messages)}")
    assert has_leaked(messages, ["fine", {"text": said}])
    assert not has_leaked(planted([{"role": "system", "content": ""}]), [said])


@pytest.fixture
def gives_it_away(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = ScriptedModel.ask

    def told(self: ScriptedModel, call: object) -> object:
        reply = ask(self, call)  # type: ignore[arg-type]
        mark = f"canary-{mark_of(call.messages)}"  # type: ignore[attr-defined]
        wishes = Behaviour.of({"calls": [{"name": "Look", "arguments": {"id": mark}}]}).wishes if reply.wishes else ()
        return type(reply)(
            **{
                **{name: getattr(reply, name) for name in reply.__slots__},
                "text": reply.text and f'{{"note": "{mark}"}}',
                "wishes": wishes,
            }
        )

    monkeypatch.setattr(ScriptedModel, "ask", told)


@pytest.mark.usefixtures("gives_it_away")
def test_an_answer_that_gives_it_away_is_not_taken_and_the_next_model_is_asked() -> None:
    books, schema = Books(), {"type": "object", "properties": {"note": {"type": "string", "x-grounded": False}}}
    given = {"prompt": "Read.", "input": "x", "schema": schema, "models": "scripted/a", "onExhausted": "people"}
    outcome = AiTask.of({"scripted/a": {"script": ['{"note": "x"}']}})(request(given, books))
    assert "mark of its system message" in str(outcome)
    assert [row.faults[0].partition(":")[0] for row in books.rows] == ["canary"]
    assert books.rows[0].output is None


@pytest.mark.usefixtures("gives_it_away")
def test_a_tool_does_not_get_it() -> None:
    look = {
        "elementId": "Look",
        "elementName": "Look",
        "documentation": None,
        "properties": {},
        "parameters": [{"name": "id"}],
    }
    given = {"models": "scripted/a", "data": {"userPrompt": {"prompt": "Hi"}}, "adHocSubProcessElements": [look]}
    agent, books = SubProcessAgent.of({"scripted/a": {"script": [{"calls": [{"name": "Look"}]}]}}), Books()
    with pytest.raises(Exception, match="mark of its system message"):
        agent(request(given, books))
    assert {row.faults[0].partition(":")[0] for row in books.rows} == {"canary"}
