"""What an AI task does when a gate refuses its call, and how far an answer goes that its agent may not pass alone."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from connectors.base import Attempt, Permanent, Refused, Result, Review
from connectors.llm.task import SAMPLED, AiTask, is_sample
from tests.connectors.llm.test_task import GOOD, RIGHT, play
from tests.support.books import NOON, Books, request

Then = Literal["wait", "next", "person", "fail"]


def refusing(model: str, then: Then) -> Books:
    books = Books()
    books.refused[model] = Refused("Not now, said the gate.", gate="switch", then=then)
    return books


def test_a_refused_task_waits_and_nothing_is_asked() -> None:
    with pytest.raises(Refused):
        play({"scripted/a": [GOOD]}, refusing("scripted/a", "wait"))


def test_a_task_that_is_for_people_when_stopped_does_not_wait() -> None:
    outcome = play({"scripted/a": [GOOD]}, refusing("scripted/a", "wait"), onStopped="person")
    assert isinstance(outcome, Review)
    assert "Not now, said the gate." in outcome.faults


def test_a_gate_may_send_a_task_to_a_person() -> None:
    outcome = play({"scripted/a": [GOOD]}, refusing("scripted/a", "person"))
    assert isinstance(outcome, Review)
    assert outcome.faults == ("Not now, said the gate.",)


def test_what_must_be_corrected_first_goes_to_nobody() -> None:
    with pytest.raises(Refused):
        play({"scripted/a": [GOOD]}, refusing("scripted/a", "fail"), onStopped="person")


def test_where_one_model_is_stopped_the_next_is_asked() -> None:
    outcome = play({"scripted/a": [GOOD], "scripted/b": [GOOD]}, refusing("scripted/a", "next"))
    assert isinstance(outcome, Result)
    assert outcome.response["model"] == "scripted/b"


def test_when_the_next_is_not_good_enough_the_task_waits_for_the_stopped_one() -> None:
    scripts = {"scripted/a": [GOOD], "scripted/b": ["nonsense", "nonsense"]}
    with pytest.raises(Refused):
        play(scripts, refusing("scripted/a", "next"))
    outcome = play(scripts, refusing("scripted/a", "next"), onStopped="person")
    assert isinstance(outcome, Review)
    assert any("scripted/a was not asked" in fault for fault in outcome.faults)


def test_a_discarded_answer_is_not_counted_and_the_model_is_asked_once_more() -> None:
    books = Books(*(Attempt(n, "scripted/a", "failed", NOON, faults=("stopped: by olga",)) for n in (1, 2, 3)))
    outcome = play({"scripted/a": [GOOD]}, books)
    assert isinstance(outcome, Result)
    assert outcome.response["result"] == RIGHT


def leveled(level: Any, **changes: Any) -> Result | Review:
    books = Books()
    books.levels["scripted/a"] = level
    return play({"scripted/a": [GOOD]}, books, **changes)


def test_an_agent_that_suggests_shows_its_answer_and_one_in_the_shadow_hides_it() -> None:
    suggested, hidden = leveled("suggest", agent="reader"), leveled("shadow")
    assert isinstance(suggested, Review)
    assert isinstance(hidden, Review)
    assert (suggested.proposal, hidden.proposal) == (RIGHT, None)
    assert "reader only suggests" in suggested.recommendation
    assert "2310" not in str((hidden.faults, hidden.recommendation, hidden.response))


def test_of_a_sampled_agents_answers_people_see_a_share() -> None:
    assert isinstance(leveled("auto"), Result)
    books_of = {key: Books() for key in range(300)}
    seen = 0
    for key, books in books_of.items():
        books.levels["scripted/a"] = "sampled"
        outcome = AiTask.of({"scripted/a": {"script": [GOOD]}})(
            request(
                {"prompt": "x", "input": "A-118 2310.5", "schema": SCHEMA, "models": "scripted/a", "onExhausted": "g"},
                books,
                job_key=key,
            )
        )
        assert isinstance(outcome, Review) == is_sample(key, SAMPLED)
        seen += isinstance(outcome, Review)
    assert 10 < seen < 60


SCHEMA = {
    "type": "object",
    "properties": {"number": {"type": "string"}, "total": {"type": "number"}, "currency": {"type": "string"}},
    "required": ["number", "total"],
    "x-grounded": False,
}


@pytest.mark.parametrize("changed", [{"onStopped": "later"}, {"onStopped": 3}, {"agent": 7}, {"agent": "a" * 300}])
def test_wrong_words_are_told_by_name(changed: dict[str, Any]) -> None:
    with pytest.raises(Permanent, match=next(iter(changed))):
        play({"scripted/a": [GOOD]}, **changed)
