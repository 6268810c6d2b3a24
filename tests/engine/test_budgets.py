"""Budgets: what a call may cost is reserved before it, settled after, and never one cent over, however many begin."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import CallEnd, NewCall, Refused
from engine.budgets import Exhausted, Period, ends, forecast, nano, starts
from engine.errors import InvalidInput, NotFound
from engine.queries import Page
from engine.scopes import ScopeKind
from tests.engine.support import ADMIN, World, call, end, line, service, start

ALL, AGENT, MODEL, PROCESS, INSTANCE = (
    ScopeKind.ALL,
    ScopeKind.AGENT,
    ScopeKind.MODEL,
    ScopeKind.PROCESS,
    ScopeKind.INSTANCE,
)


@pytest.fixture
def claimed(world: World) -> World:
    world.deploy(line("p", start(), service("extract"), end()))
    world.start("p")
    world.claim("extract")
    return world


def journal(world: World, place: int = 0) -> Any:
    return world.engine.journal(world.engine.queries.jobs().items[place].key, worker="w1")


def begin(world: World, reserved: str | None = "0.30", place: int = 0, **changed: Any) -> int:
    call: dict[str, Any] = {"model": "small", "prompt": None, "ai_kind": "llm"}
    most = None if reserved is None else Decimal(reserved)
    return int(journal(world, place).begin(NewCall(**{**call, "reserved": most, **changed})))


def standing(world: World) -> list[tuple[Decimal, Decimal]]:
    return [(one.spent, one.reserved) for one in world.engine.queries.budgets()]


@pytest.mark.parametrize(("kind", "name"), [(ALL, ""), (AGENT, "p"), (MODEL, "small"), (PROCESS, "p"), (INSTANCE, "p")])
def test_a_call_that_could_exceed_a_budget_is_not_made(claimed: World, kind: ScopeKind, name: str) -> None:
    claimed.engine.set_budget(kind, name, amount="0.50", by=ADMIN)
    number = begin(claimed)
    assert standing(claimed) == [(Decimal(0), Decimal("0.3"))]
    with pytest.raises(Refused, match=r"could cost 0\.3 USD, and 0\.2 of the budget") as refused:
        begin(claimed)
    assert (refused.value.gate, refused.value.then) == ("budget", "person")
    journal(claimed).settle(number, CallEnd(answer="x", cost=Decimal("0.10")))
    assert standing(claimed) == [(Decimal("0.1"), Decimal(0))]
    begin(claimed)
    assert len(claimed.engine.queries.attempts(claimed.engine.queries.instances().items[0].key)) == 2


@pytest.mark.parametrize(("kind", "name"), [(AGENT, "q"), (MODEL, "large"), (PROCESS, "q"), (INSTANCE, "q")])
def test_a_budget_of_something_else_is_no_bound(claimed: World, kind: ScopeKind, name: str) -> None:
    claimed.engine.set_budget(kind, name, amount=0, by=ADMIN)
    assert begin(claimed) == 1


def test_each_instance_has_its_own_and_takes_it_along_when_it_is_deleted(claimed: World) -> None:
    claimed.engine.set_budget(INSTANCE, "p", amount="0.30", by=ADMIN)
    claimed.start("p")
    claimed.claim("extract")
    assert [begin(claimed, place=place) for place in (0, 1)] == [1, 1]
    with pytest.raises(Refused, match="each instance of process 'p'"):
        begin(claimed)


def test_what_a_called_process_spends_is_spent_by_its_callers_instance(world: World) -> None:
    world.deploy(
        line("top", start(), call("sub", "middle"), end()),
        line("middle", start(), call("sub", "p"), end()),
        line("p", start(), service("extract"), end()),
    )
    for _ in range(2):
        world.start("top")
        world.claim("extract")
    for process_id in ("top", "middle"):
        world.engine.set_budget(INSTANCE, process_id, amount="0.50", by=ADMIN)
    assert begin(world) == 1
    with pytest.raises(Refused, match="each instance of process '(top|middle)'"):
        begin(world)
    assert begin(world, place=1) == 1, "the other instance has a budget of its own"
    assert standing(world) == [(Decimal(0), Decimal("0.6")), (Decimal(0), Decimal("0.6"))]


def test_a_price_that_is_not_known_is_no_price_of_nothing(claimed: World) -> None:
    claimed.engine.set_budget(ALL, amount=5, by=ADMIN)
    with pytest.raises(Refused, match="what 'small' can cost is not known"):
        begin(claimed, None)


def test_a_call_of_unknown_end_is_spent_and_a_refused_one_reserves_nothing(claimed: World) -> None:
    claimed.engine.set_budget(ALL, amount="0.50", by=ADMIN)
    begin(claimed)
    claimed.clock.advance(61)
    claimed.claim("extract", worker="heir")
    assert standing(claimed) == [(Decimal("0.3"), Decimal(0))]
    claimed.engine.set_budget(MODEL, "small", amount=5, by=ADMIN)
    heir = claimed.engine.journal(claimed.engine.queries.jobs().items[0].key, worker="heir")
    with pytest.raises(Refused):
        heir.begin(NewCall(model="small", prompt=None, reserved=Decimal("0.30"), ai_kind="llm"))
    assert sorted(standing(claimed)) == [(Decimal(0), Decimal(0)), (Decimal("0.3"), Decimal(0))]


def test_a_call_whose_job_was_cancelled_does_not_hold_its_budget_for_ever(claimed: World) -> None:
    claimed.engine.set_budget(ALL, amount="0.50", by=ADMIN)
    begin(claimed)
    claimed.engine.cancel(claimed.engine.queries.instances().items[0].key, by=ADMIN)
    claimed.clock.advance(3600)
    claimed.engine.sweep()
    assert standing(claimed) == [(Decimal(0), Decimal("0.3"))], "it may still be under way"
    claimed.clock.advance(3601)
    claimed.engine.sweep()
    assert standing(claimed) == [(Decimal("0.3"), Decimal(0))]


def test_in_the_next_period_there_is_money_again_and_tasks_may_wait_for_it(claimed: World) -> None:
    claimed.engine.set_budget(ALL, amount="0.30", period=Period.DAY, then=Exhausted.WAIT, by=ADMIN)
    begin(claimed)
    with pytest.raises(Refused) as refused:
        begin(claimed)
    assert refused.value.then == "wait"
    assert 1 <= refused.value.after_seconds <= 60
    claimed.clock.advance(24 * 3600)
    claimed.claim("extract")
    assert begin(claimed) == 2


def test_what_was_spent_stays_spent_when_a_budget_changes(claimed: World) -> None:
    claimed.engine.set_budget(ALL, amount=1, by=ADMIN)
    journal(claimed).settle(begin(claimed), CallEnd(answer="x", cost=Decimal("0.25")))
    claimed.engine.set_budget(ALL, amount="0.30", by=ADMIN)
    with pytest.raises(Refused):
        begin(claimed)
    claimed.engine.remove_budget(ALL, by=ADMIN)
    assert begin(claimed) == 2
    with pytest.raises(NotFound):
        claimed.engine.remove_budget(ALL, by=ADMIN)


@pytest.mark.parametrize("amount", ["", "x", -1, "NaN", "1e30", True, float("inf")])
def test_what_is_no_amount_is_refused(quick: World, amount: Any) -> None:
    with pytest.raises(InvalidInput):
        quick.engine.set_budget(ALL, amount=amount, by=ADMIN)


def test_a_thousand_calls_at_once_never_spend_a_cent_too_much(world: World) -> None:
    """Forty jobs, a thousand calls in sixteen threads, two budgets that overlap, costs at random up to the reserve."""
    world.deploy(line("p", start(), service("extract"), end()))
    for _ in range(40):
        world.start("p")
    world.claim("extract", limit=40, lease_seconds=3600)
    keys = [job.key for job in world.engine.queries.jobs(page=Page(limit=40)).items]
    world.engine.set_budget(ALL, amount="1.00", by=ADMIN)
    world.engine.set_budget(MODEL, "small", amount="0.60", by=ADMIN)
    chance = random.Random(4)
    calls = [(keys[at % 40], chance.choice(["small", "large"]), chance.randint(1, 3000)) for at in range(1000)]

    def call(one: tuple[int, str, int]) -> tuple[str, Decimal]:
        key, model, millionths = one
        books = world.engine.journal(key, worker="w1")
        try:
            number = books.begin(NewCall(model=model, prompt=None, reserved=Decimal("0.003"), ai_kind="llm"))
        except Refused:
            return model, Decimal(0)
        cost = Decimal(millionths) / 1_000_000
        books.settle(number, CallEnd(answer="x", cost=cost))
        return model, cost

    with ThreadPoolExecutor(16) as pool:
        spent = list(pool.map(call, calls))
    total, small = sum(cost for _, cost in spent), sum(cost for model, cost in spent if model == "small")
    found = {one.budget.scope.kind: one for one in world.engine.queries.budgets()}
    assert [(found[kind].spent, found[kind].reserved) for kind in (ALL, MODEL)] == [(total, 0), (small, 0)]
    assert total <= Decimal("1.00")
    assert small <= Decimal("0.60")
    assert total > Decimal("1.00") - 17 * Decimal("0.003"), "nearly all of it is used"
    assert sum(cost == 0 for _, cost in spent) > 100


def test_periods_and_what_will_have_been_spent() -> None:
    noon = datetime(2026, 12, 16, 12, tzinfo=UTC)
    assert [starts(period, noon) for period in Period] == ["", "2026-12", "2026-12-16"]
    assert [ends(period, noon) for period in Period] == [
        None,
        datetime(2027, 1, 1, tzinfo=UTC),
        datetime(2026, 12, 17, tzinfo=UTC),
    ]
    assert forecast(Decimal(5), Period.DAY, noon) == Decimal(10)
    assert forecast(Decimal(5), Period.MONTH, noon) == Decimal(10)
    assert forecast(Decimal(5), Period.TOTAL, noon) is None
    assert forecast(Decimal(0), Period.DAY, noon - timedelta(hours=12)) == 0


def test_costs_are_rounded_up() -> None:
    assert nano(Decimal("0.0000000001")) == 1
    assert nano(Decimal("0.30")) == 300_000_000
