"""Autonomy: without evidence an agent only suggests; people raise it, drift lowers it, and the trail knows both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bpmn.agents import AgentCard, RiskClass
from connectors.base import CallEnd, NewCall
from engine.actors import Actor, ActorKind, Role
from engine.engine import AutonomyWish
from engine.errors import IllegalMove, InvalidInput, NotAllowed, NotFound
from engine.store import judgements
from engine.store.judgements import Judged
from tests.engine.support import ADMIN, ANALYST, World, end, line, service, start

READER = AgentCard("reader", "ada", "Reads.", RiskClass.MINIMAL, ("p",), ("small", "large"))
BOT = Actor("bot", ActorKind.PROGRAM, roles=frozenset({Role.ADMIN}))
TRUST: dict[str, Any] = {"level": "auto", "model": "small", "target_error": 0.05}


@pytest.fixture
def desk(world: World) -> World:
    world.deploy(line("p", start(), service("extract"), end()))
    world.start("p")
    world.claim("extract", lease_seconds=3600 * 24)
    world.engine.register_agent(READER, by=ANALYST)
    return world


def level(world: World, **changed: Any) -> tuple[str, float | None]:
    books = world.engine.journal(world.engine.queries.jobs().items[0].key, worker="w1")
    call: dict[str, Any] = {"model": "small", "prompt": None, "reserved": None, "ai_kind": "llm", "agent": "reader"}
    number = books.begin(NewCall(**{**call, "fingerprint": "f", "level": "suggest", **changed}))
    books.settle(number, CallEnd(answer="x", output={}, confidence=changed.get("confidence", 0.9)))
    return books.attempts()[-1].level, books.attempts()[-1].least_confidence


def judged(world: World, right: int, wrong: int = 0, first: int = 1) -> None:
    """People's verdicts on answers of `small` here, from now on."""
    world.clock.advance(1)
    rows = [
        Judged(
            first + at,
            1,
            0,
            "p",
            "extract",
            "small",
            "f",
            0.9,
            at < right,
            True,
            world.clock.now() + timedelta(seconds=at),
            "anna",
        )
        for at in range(right + wrong)
    ]
    world.engine.store.run(lambda tx: judgements.add(tx, rows))


def wish(world: World, *, by: Actor = ADMIN, **changed: Any) -> Any:
    given = {"agent_id": "reader", "process_id": "p", "element_id": "extract", **changed}
    return world.engine.set_autonomy(AutonomyWish(**given), by=by)


def test_the_diagram_decides_until_somebody_does(desk: World) -> None:
    assert level(desk) == ("suggest", None)
    assert level(desk, level="auto") == ("auto", None)
    wish(desk, level="shadow")
    assert level(desk, level="auto") == ("shadow", None)


def test_a_level_is_raised_by_evidence_and_a_person(desk: World) -> None:
    with pytest.raises(IllegalMove, match="0 recorded verdicts"):
        wish(desk, **TRUST)
    judged(desk, 59 * 3 + 20)
    with pytest.raises(NotAllowed, match="bot"):
        wish(desk, by=BOT, **TRUST)
    made = wish(desk, **TRUST)
    assert (made.fingerprint, made.least_confidence) == ("f", 0.9)
    assert level(desk) == ("auto", 0.9)
    assert level(desk, fingerprint="other words") == ("suggest", None)
    assert level(desk, model="large") == ("suggest", None)
    assert desk.events(0)[-1] == "autonomy-set"


def test_of_several_levels_the_lowest_counts(desk: World) -> None:
    judged(desk, 59 * 3 + 20)
    wish(desk, **{**TRUST, "level": "sampled"})
    assert level(desk)[0] == "sampled"
    wish(desk, level="suggest")
    assert level(desk)[0] == "suggest"


def test_verdicts_that_break_the_promise_lower_it(desk: World) -> None:
    from engine.gates import autonomy
    from engine.store import jobs

    judged(desk, 59 * 3 + 20)
    desk.clock.advance(3600)
    wish(desk, **TRUST)
    key = desk.engine.queries.jobs().items[0].key

    def watch() -> None:
        desk.engine._act("decide", ADMIN, lambda moves: autonomy.watch_verdicts(moves, jobs.find(moves.tx, key)))

    judged(desk, 20, 1, first=10_000)
    watch()
    assert level(desk)[0] == "auto"
    judged(desk, 10, 7, first=20_000)
    watch()
    [found] = desk.engine.queries.autonomy()
    assert (found.level, found.set_by) == ("suggest", "baton")
    assert "8 of 38 verdicts are wrong" in found.reason
    assert level(desk)[0] == "suggest"


def test_confidences_that_change_lower_it(quick: World) -> None:
    desk = quick
    desk.deploy(line("p", start(), service("extract"), end()))
    desk.start("p")
    desk.claim("extract", lease_seconds=3600 * 24)
    desk.engine.register_agent(READER, by=ANALYST)
    answer(desk, 60, 0.9)
    judged(desk, 59 * 3 + 20)
    wish(desk, **TRUST)
    answer(desk, 100, 0.9)
    desk.engine.sweep()
    assert [one.level for one in desk.engine.queries.autonomy()] == ["auto"]
    answer(desk, 100, 0.5)
    desk.engine.sweep()
    [found] = desk.engine.queries.autonomy()
    assert (found.level, found.set_by) == ("suggest", "baton")
    assert "confidences" in found.reason


def answer(world: World, count: int, confidence: float) -> None:
    books = world.engine.journal(world.engine.queries.jobs().items[0].key, worker="w1")
    for _ in range(count):
        world.clock.advance(1)
        number = books.begin(
            NewCall(
                model="small",
                prompt=None,
                reserved=None,
                ai_kind="llm",
                agent="reader",
                fingerprint="f",
                level="suggest",
            )
        )
        books.settle(number, CallEnd(answer="x", output={}, confidence=confidence))


@pytest.mark.parametrize(
    "changed",
    [
        {"level": "boss"},
        {"level": "auto"},
        {"level": "auto", "model": "small"},
        {"level": "auto", "target_error": 0.05},
        {"level": "auto", "model": "small", "target_error": 2.0},
        {"level": "suggest", "element_id": ""},
    ],
)
def test_what_is_no_level_is_refused(quick: World, changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        wish(quick, **changed)


def test_an_agent_that_is_not_registered_has_no_level(quick: World) -> None:
    with pytest.raises(NotFound):
        wish(quick, level="suggest")
