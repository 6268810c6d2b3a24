"""A worker whose database is away when its work is done: the ending is told later, and the work is not done again."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import CallEnd, NewCall, Request, Result
from engine.clock import FakeClock
from engine.errors import StoreUnavailable
from engine.worker import patience
from tests.engine.worker_house import House


@pytest.fixture
def house(upgraded_sqlite_url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(patience, "FIRST_PAUSE_SECONDS", 0.0)
    made = House(upgraded_sqlite_url, clock)
    yield made
    made.store.close()


class Outage:
    """The database is away for some commits; `answers_lost` of them are made all the same, and nobody is told."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.answers_lost = 0, 0
        run = house.store.run

        def away(verb: Any) -> Any:
            if self.answers_lost:
                self.answers_lost -= 1
                run(verb)
                raise StoreUnavailable("away")
            if self.left:
                self.left -= 1
                raise StoreUnavailable("away")
            return run(verb)

        monkeypatch.setattr(house.store, "run", away)


def serve(house: House, outage: Outage, **trouble: int) -> list[str]:
    """Do the one job, with trouble from the moment when its model has answered."""
    calls: list[str] = []

    def connector(request: Request) -> Result:
        calls.append(request.idempotency_key)
        number = request.journal.begin(NewCall(model="m", prompt="p", reserved=Decimal(1), ai_kind="scripted"))
        vars(outage).update(trouble)
        request.journal.settle(number, CallEnd(answer="yes", cost=Decimal("0.5")))
        vars(outage).update(trouble)
        return Result({"answered": True})

    worker = house.serve(connector)
    house.start()
    worker.run_until_idle()
    return calls


@pytest.mark.parametrize("trouble", [{"left": 3}, {"answers_lost": 1}, {"left": 1, "answers_lost": 1}])
def test_work_that_is_done_is_not_done_again(
    house: House, monkeypatch: pytest.MonkeyPatch, trouble: dict[str, int]
) -> None:
    calls = serve(house, Outage(house, monkeypatch), **trouble)
    assert len(calls) == 1
    assert (house.state(), house.variables()) == ("completed", {"result": {"answered": True}})
    [attempt] = house.engine.queries.attempts(house.key)
    assert (attempt.state.value, attempt.cost) == ("answered", Decimal("0.5"))


def test_a_lease_that_lapsed_while_the_database_was_away_is_renewed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = Outage(house, monkeypatch)

    def connector(request: Request) -> Result:
        outage.left = 2
        house.clock.advance(300)
        return Result("paid for")

    worker = house.serve(connector, lease_seconds=60)
    house.start()
    worker.run_until_idle()
    assert (house.state(), house.variables()) == ("completed", {"result": "paid for"})


def test_patience_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", -1.0)
    serve(house, Outage(house, monkeypatch), left=1)
    assert house.state() == "active", "the lease runs out, and another worker may try"
