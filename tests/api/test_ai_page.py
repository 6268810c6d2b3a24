"""The page of AI: how each agent did, by people's verdicts, how far it may go, and whether drift has lowered it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.app import create_app
from api.pages.at_work import at_work
from api.settings import Settings
from engine.engine import AutonomyWish
from engine.store import autonomy
from tests.api.test_evaluating import ADMIN, CARD, RATE, READER, Desk


@pytest.fixture
def desk(upgraded_sqlite_url: str) -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**models: list[Any]) -> Desk:
        made.append(Desk(upgraded_sqlite_url, **models))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


def page(desk: Desk) -> str:
    """The page's text without its tags."""
    text = create_app(Settings(), desk.engine, actor=ADMIN).test_client().get("/ai").text
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_an_agent_is_shown_with_its_accuracy_cost_time_and_level(desk: Any) -> None:
    script = [{"text": CARD, "logprob": -0.1}] * 3 + [{"text": RATE, "logprob": -0.1}]
    one = desk(a=script).verdicts(CARD, CARD, CARD, CARD)
    one.engine.set_autonomy(AutonomyWish("reader", "p", "read", "shadow"), by=ADMIN)
    [shown] = at_work(one.engine)
    assert (shown.calls, shown.judged, shown.accuracy, shown.override_rate) == (4, 4, 0.75, 0.25)
    assert (str(shown.cost), shown.levels, shown.doubts) == ("0.000480", ("shadow at read",), ())
    assert "75 % of 4" in page(one)
    assert "shadow at read" in page(one)
    assert "none seen" in page(one)


def test_what_drift_has_lowered_says_why(desk: Any) -> None:
    one = desk(a=[CARD])
    level = one.engine.set_autonomy(AutonomyWish("reader", "p", "read", "suggest", model="scripted/a"), by=ADMIN)
    lowered = replace(level, set_by="baton", reason="Drift: 9 of 20 verdicts are wrong.")
    one.engine.store.run(lambda tx: autonomy.put(tx, lowered))
    assert "Drift: 9 of 20 verdicts are wrong." in page(one)


def test_an_agent_that_did_nothing_yet_is_shown_without_figures(desk: Any) -> None:
    one = desk(a=[CARD])
    [shown] = at_work(one.engine)
    assert (shown.agent.card, shown.accuracy, shown.mean_seconds) == (READER, None, None)
    assert "as diagrams say" in page(one)
