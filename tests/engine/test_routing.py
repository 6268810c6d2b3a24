"""Routing tables: a deployed decision says which models may see a case, and on which terms; residency holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from connectors.registry import AI_TASK, Registry
from connectors.scripted import Behaviour, ScriptedServer
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.engine import Engine, NamedFile
from engine.oversight import CaseReport
from engine.queries import IncidentFilter, TaskFilter
from engine.store import open_store
from engine.worker import Worker, from_environment
from tests.bpmn.dmn.models import decision, file, table
from tests.engine.agent_desk import Desk, agent, desks
from tests.support.diagrams import chain, diagram, service

ADMIN = Actor("admin", ActorKind.HUMAN, roles=frozenset({Role.ADMIN}))
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}
RIGHT = '{"total": 12.5}'
READABLE, SCANNED = "Please pay. The total is 12.50", "lnv0!ce ~~ t0ta1 |I| 12.50 #q~"


class Hall:
    """An AI task that a table routes, with one scripted model per name; tables can be deployed later, alone."""

    def __init__(self, url: str, clock: FakeClock, vendors: dict[str, Any], beside: Any = (), **inputs: str) -> None:
        self.store, self.clock = open_store(url), clock
        self.engine = Engine(self.store, clock, Registry(models=vendors, use_entry_points=False))
        self.worker = Worker(self.engine, name="w", secrets=from_environment({}))
        given = {"prompt": "Read.", "input": "=text", "schema": json.dumps(SCHEMA), "onExhausted": "readers", **inputs}
        mapped = "".join(f"<zeebe:input source='{source}' target='{name}'/>" for name, source in given.items())
        headers = {"baton:routing": "route", "resultVariable": "answer"}
        listed = "".join(f'<zeebe:header key="{key}" value="{value}"/>' for key, value in headers.items())
        inner = f"<zeebe:ioMapping>{mapped}</zeebe:ioMapping><zeebe:taskHeaders>{listed}</zeebe:taskHeaders>"
        body = f'<bpmn:startEvent id="start"/>{service("read", AI_TASK, inner)}<bpmn:endEvent id="end"/>'
        drawn = NamedFile("p.bpmn", diagram(body, chain("start", "read", "end")))
        self.engine.deploy([drawn, *beside], by=ADMIN)

    def deploy(self, name: str, content: bytes) -> None:
        self.engine.deploy([NamedFile(name, content)], by=ADMIN)

    def route(self, *rules: tuple[str, ...], inputs: tuple[str, ...], outputs: tuple[str, ...] = ("models",)) -> None:
        self.deploy("route.dmn", file(decision("route", table(inputs, outputs, *rules, policy="FIRST"))))

    def play(self, text: str = READABLE, **variables: Any) -> int:
        key = self.engine.start(process_id="p", variables={"text": text, **variables}, by=ADMIN).key
        for _ in range(8):
            self.worker.run_until_idle()
            self.clock.advance(60)
        return key

    def asked(self, key: int) -> list[str]:
        return [attempt.model for attempt in self.engine.queries.attempts(key)]

    def reviews(self, key: int) -> list[Any]:
        return list(self.engine.queries.tasks(TaskFilter(instance_key=key)).items)

    def incidents(self, key: int) -> list[str]:
        return [one.message for one in self.engine.queries.incidents(IncidentFilter(instance_key=key)).items]

    def case(self, key: int) -> CaseReport:
        return self.engine.queries.case(key)


Build = Callable[..., Hall]


@pytest.fixture
def hall(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[Build]:
    with ExitStack() as stack:

        def make(vendors: dict[str, Any] | None = None, **inputs: Any) -> Hall:
            usual = {f"scripted/{name}": {"script": [RIGHT] * 9} for name in ("weak", "strong")}
            made = Hall(upgraded_sqlite_url, clock, vendors or usual, **inputs)
            stack.callback(made.store.close)
            return made

        yield make


def test_a_row_that_is_changed_and_deployed_routes_the_next_case_without_the_diagram(hall: Build) -> None:
    here = hall()
    here.route(("< 0.7", '"scripted/strong"'), ("", '"scripted/weak"'), inputs=("document.quality",))
    readable, scanned = here.play(READABLE), here.play(SCANNED)
    assert (here.asked(readable), here.asked(scanned)) == (["scripted/weak"], ["scripted/strong"])
    here.route(("", '"scripted/strong"'), inputs=("document.quality",))
    assert here.asked(here.play(READABLE)) == ["scripted/strong"]


def test_trail_and_report_say_which_version_and_rule_chose_the_route(hall: Build) -> None:
    here = hall()
    here.route(("> 1000", '"scripted/strong"'), ("", '"scripted/weak"'), inputs=("amount",))
    [call] = here.case(here.play(amount=5)).calls
    assert call.route is not None
    assert (call.route["decision_id"], call.route["version"]) == ("route", 1)
    assert call.route["facts"]["document"]["language"] == "en"
    [matched] = call.route["matched"]
    assert "r2" in json.dumps(matched)
    assert (call.route["output"], call.model) == ("scripted/weak", "scripted/weak")


def test_a_route_also_says_when_an_answer_passes_and_what_it_may_cost(hall: Build) -> None:
    here = hall(models="=[&quot;scripted/strong&quot;]", minConfidence="0")
    outputs = ("models", "minConfidence", "maxCost")
    here.route(("", '["scripted/weak"]', "0.99", "1"), inputs=("amount",), outputs=outputs)
    key = here.play(amount=1)
    assert here.asked(key) == ["scripted/weak"]
    assert "0.99 is asked for" in here.reviews(key)[0].review["faults"][0]


def test_without_a_rule_that_matches_a_person_decides_and_nothing_is_sent(hall: Build) -> None:
    here = hall(models="scripted/strong")
    here.route(("> 1000", '"scripted/weak"'), inputs=("amount",))
    key = here.play(amount=5)
    assert here.asked(key) == []
    [review] = here.reviews(key)
    assert "has no rule that matches" in review.review["faults"][0]
    assert here.incidents(key) == []
    assert [deed.what for deed in here.case(key).decisions] == ["model-routed"]


@pytest.mark.parametrize(
    ("outputs", "cells", "policy", "says"),
    [
        (("models", "speed"), ('"scripted/weak"', "1"), "FIRST", "output 'speed'"),
        (("models",), ("7",), "FIRST", "must give one rule's outputs"),
        (("models", "maxCost"), ('"scripted/weak"', "1"), "COLLECT", "must give one rule's outputs"),
        (("models", "minConfidence"), ('"scripted/weak"', "7"), "FIRST", "minConfidence"),
        (("models",), ("1 + text",), "FIRST", ""),
    ],
)
def test_a_table_that_cannot_be_understood_is_an_incident_that_says_why(
    hall: Build, outputs: tuple[str, ...], cells: tuple[str, ...], policy: str, says: str
) -> None:
    here = hall()
    here.deploy("route.dmn", file(decision("route", table(("amount",), outputs, ("", *cells), policy=policy))))
    key = here.play(amount=5)
    assert here.asked(key) == []
    assert says in (here.incidents(key) or [here.reviews(key)[0].review["faults"][0]])[0]


def test_a_table_that_is_not_deployed_is_an_incident_that_names_it(hall: Build) -> None:
    here = hall()
    [message] = here.incidents(here.play())
    assert "routing table 'route'" in message


def test_a_model_outside_of_the_agents_card_is_refused_though_a_table_names_it(hall: Build) -> None:
    card = "agent: reader\nowner: ada\npurpose: reads\nrisk: minimal\nmodels: [scripted/weak]\nprocesses: [p]\n"
    here = hall(agent="reader", beside=[NamedFile("reader.agent.yaml", card.encode())])
    here.route(("", '"scripted/strong"'), inputs=("amount",))
    [message] = here.incidents(key := here.play(amount=5))
    assert "may not ask model 'scripted/strong'" in message
    assert here.asked(key) == []


@pytest.fixture
def continents() -> Iterator[dict[str, ScriptedServer]]:
    """Two vendors: what lies in Europe is down, what lies elsewhere would answer."""
    down = [Behaviour(status=500)] * 20
    with ScriptedServer({"m": down}) as europe, ScriptedServer({"m": [RIGHT] * 20}) as america:
        yield {"eu": europe, "us": america}


def test_a_case_that_is_resident_in_europe_never_leaves_though_only_elsewhere_a_model_is_up(
    hall: Build, continents: dict[str, ScriptedServer]
) -> None:
    rows = {
        f"scripted/m-{place}": {"model": "openai/m", "api_base": server.url, "free": True, "residency": place}
        for place, server in continents.items()
    }
    here = hall(rows)
    both = '["scripted/m-eu", "scripted/m-us"]'
    here.route(('"EU"', both, '"eu, local"'), ("", both, ""), inputs=("country",), outputs=("models", "residency"))
    key = here.play(country="EU")
    assert here.asked(key) == ["scripted/m-eu"] * 3
    assert continents["us"].requests == []
    [review] = here.reviews(key)
    assert any("the case's must stay in eu, local" in fault for fault in review.review["faults"])
    assert here.incidents(key) == []
    assert here.asked(here.play(country="US"))[-1] == "scripted/m-us"
    assert len(continents["us"].requests) == 1


def test_a_model_of_unknown_residency_is_elsewhere(hall: Build) -> None:
    here = hall()
    here.route(("", '"scripted/weak"', '"eu"'), inputs=("amount",), outputs=("models", "residency"))
    key = here.play(amount=1)
    assert here.asked(key) == []
    assert "nobody has said where its data stay" in here.reviews(key)[0].review["faults"][0]


@pytest.fixture
def desk(upgraded_sqlite_url: str) -> Iterator[Callable[..., Desk]]:
    with desks(upgraded_sqlite_url) as make:
        yield make


ROUTED = agent(headers={"baton:routing": "route"})


def test_an_agent_asks_the_model_of_its_table_or_else_a_person(desk: Callable[..., Desk]) -> None:
    one = desk(["Sunny."], body=ROUTED)
    assert "routing table 'route'" in one.incidents()[0]
    rules = [('"gold"', '"openai/gpt-4o"', "0")]
    routes = file(decision("route", table(("level",), ("models", "maxCost"), *rules)))
    one.engine.deploy([NamedFile("route.dmn", routes)], by=ADMIN)
    for level in ("gold", "lead"):
        one.key = one.engine.start(process_id="p", variables={"question": "Rome?", "level": level}, by=ADMIN).key
        one.run()
        if level == "gold":
            assert [attempt.model for attempt in one.attempts()] == ["openai/gpt-4o"]
    assert one.attempts() == []
    assert "has no rule that matches" in one.tasks()[0].review["recommendation"]


@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": 429}, {"status": 401}])
def test_an_agent_none_of_whose_models_can_be_reached_hands_its_work_to_people(
    desk: Callable[..., Desk], trouble: dict[str, Any]
) -> None:
    one = desk([trouble] * 9)
    for _ in range(4):
        one.clock.advance(400)
        one.run()
    assert (one.state(), one.incidents()) == ("active", [])
    assert "No model of the agent can be asked" in one.tasks()[0].review["recommendation"]
