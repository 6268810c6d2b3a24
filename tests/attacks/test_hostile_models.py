"""A model that means harm by what it is: whatever it sends is bounded, accounted for and written down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.llm.call import Reply, Wish
from connectors.scripted import ScriptedModel
from engine.queries import AuditFilter, Page
from engine.store import open_store
from tests.attacks.desk import House
from tests.engine.agent_desk import ADMIN

KNOWN = {"properties": {"mcpTools": {"Numbers": {"toolDefinitions": []}}}}
MOST_ATTEMPTS = 10  # what the agent's diagram allows; an AI task asks a model far less often
MOST_BYTES = 3_000_000  # of all that the trail holds of one case, with answers of 10 MB


def calls(*wishes: tuple[str, str, str]) -> Reply:
    return Reply("", finish="tool_calls", wishes=tuple(Wish(*one) for one in wishes))


LOOKUP = ("1", "Lookup", '{"id": "1"}')
HOSTILE: dict[str, Reply] = {
    "10 MB of text": Reply("x" * 10_000_000),
    "10 MB of JSON": Reply(json.dumps({"reply": "x" * 10_000_000})),
    "a bomb of lists": Reply("[" * 1_000_000),
    "a bomb of objects": Reply('{"reply":' * 200_000),
    "a bomb within an answer": Reply('{"reply": "x", "more": ' + "[" * 50_000 + "]" * 50_000 + "}"),
    "a number without end": Reply('{"reply": ' + "9" * 1_000_000 + "}"),
    "cut off for ever": Reply('{"reply": "x', finish="length"),
    "nothing": Reply(""),
    "half of a letter": Reply('{"reply": "\\ud800"}'),
    "a thousand calls": calls(*((str(at), "Lookup", '{"id": "1"}') for at in range(1_000))),
    "the same call for ever": calls(LOOKUP),
    "the same id for ever": calls(LOOKUP, LOOKUP, LOOKUP),
    "arguments of 10 MB": calls(("1", "Lookup", '{"id": "' + "x" * 10_000_000 + '"}')),
    "a name of 1 MB": calls(("1", "x" * 1_000_000, "{}")),
    "an id of 1 MB": calls(("x" * 1_000_000, "Lookup", '{"id": "1"}')),
    "a bomb of arguments": calls(("1", "Lookup", '{"id":' * 100_000)),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    url = f"sqlite:///{Path(tmp_path_factory.mktemp('hostile')) / 'baton.db'}"
    store = open_store(url)
    store.upgrade()
    store.close()
    made = House(url)
    yield made
    made.store.close()


@pytest.mark.parametrize("process", ["task", "agent"])
@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_it_sends_is_bounded_and_accounted(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str, process: str
) -> None:
    monkeypatch.setattr(ScriptedModel, "ask", lambda _, call: HOSTILE[what])
    given: dict[str, Any] = {"document": "Dear Sirs", "question": "Look 1 up.", "context": KNOWN}
    key = house.engine.start(process_id=process, variables=given, by=ADMIN).key
    house.worker.run_until_idle()
    attempts = list(house.engine.queries.attempts(key))
    assert 1 <= len(attempts) <= MOST_ATTEMPTS
    assert all(one.state.value == "answered" and one.cost is not None for one in attempts), "each is settled"
    records = house.engine.queries.audit(AuditFilter(instance_key=key), Page(200)).items
    assert sum(len(one.payload or "") for one in records) < MOST_BYTES
    kept = json.dumps(dict(house.engine.queries.variables(key)), default=str)
    assert len(kept) < MOST_BYTES
    assert len([one for one in house.served if one.instance_key == key]) <= 3, (
        "the same call is made three times at most"
    )
