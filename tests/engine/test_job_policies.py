"""Policies around a whole job, whichever connector does it: forbidden, changed, or done once a person approved it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.base import Request, Result
from engine.actors import Actor, ActorKind, Role
from engine.clock import FakeClock
from engine.policies import Allow, Ask, Change, Deny
from engine.queries import TaskFilter
from tests.engine.worker_house import RESULT, SECRET, House, answer

BOARD = Actor("bea", ActorKind.HUMAN, frozenset({"board", "reviewers"}), frozenset({Role.APPROVER}))


@pytest.fixture
def house(upgraded_sqlite_url: str, clock: FakeClock) -> Iterator[House]:
    made = House(upgraded_sqlite_url, clock)
    yield made
    made.store.close()


class Rule:
    """A policy that says what the test wants."""

    name, version = "house rule", "1"

    def __init__(self, before: Any = None, after: Any = None) -> None:
        self._before, self._after = before or Allow(), after or Allow()

    def before(self, request: Request) -> Any:
        return self._before(request) if callable(self._before) else self._before

    def after(self, request: Request, outcome: Any) -> Any:
        return self._after


def limits(request: Request) -> Any:
    """Payments above 1000 need the board; nobody may pay more than 5000."""
    amount = request.variables["amount"]
    if amount > 5000:
        return Deny(f"{amount} is more than 5000")
    return Ask(f"{amount} is more than 1000", "board") if amount > 1000 else Allow()


def served(house: House, policy: Rule, **variables: Any) -> tuple[Any, list[Any]]:
    seen: list[Any] = []
    worker = house.serve(lambda request: seen.append(dict(request.variables)) or Result("done"), policy)
    house.start(**variables)
    worker.run_until_idle()
    return worker, seen


def task(house: House) -> Any:
    [found] = house.engine.queries.tasks(TaskFilter()).items
    return found


def test_a_policy_may_forbid_a_call_and_the_trail_says_so(house: House) -> None:
    _, seen = served(house, Rule(before=Deny("payments stop at noon")))
    assert seen == []
    assert house.incidents() == ["A policy forbids this: payments stop at noon"]
    assert "house rule" in house.trail()


def test_work_that_a_policy_asks_about_is_done_once_it_is_approved(house: House) -> None:
    worker, seen = served(house, Rule(before=limits), amount=2000)
    waiting = task(house)
    assert (seen, waiting.candidate_groups, waiting.review["proposal"]) == ([], ("board",), {"amount": 2000})
    house.engine.decide(waiting.key, "approve", by=BOARD)
    worker.run_until_idle()
    assert seen == [{"amount": 2000}]
    assert house.state() == "completed"


def test_work_that_a_person_rejects_is_never_done(house: House) -> None:
    worker, seen = served(house, Rule(before=limits), amount=2000)
    house.engine.decide(task(house).key, "reject", reason="unknown payee", by=BOARD)
    worker.run_until_idle()
    assert (seen, house.incidents()) == ([], ["bea did not allow this: unknown payee"])


@pytest.mark.parametrize(("amount", "done"), [(1500, [{"amount": 1500}]), (9000, [])])
def test_an_edited_approval_is_no_way_around_what_is_denied(house: House, amount: int, done: list[Any]) -> None:
    worker, seen = served(house, Rule(before=limits), amount=2000)
    house.engine.decide(task(house).key, "edit", variables={"output": {"amount": amount}}, by=BOARD)
    worker.run_until_idle()
    assert seen == done
    assert house.incidents() == ([] if done else ["A policy forbids this: 9000 is more than 5000"])


def test_a_policy_may_put_a_result_before_a_person(house: House) -> None:
    worker = house.serve(answer(7), Rule(after=Ask("odd", "board")))
    house.start()
    worker.run_until_idle()
    house.engine.decide(task(house).key, "approve", by=BOARD)
    assert house.variables()["result"]["result"] == 7


def test_a_policy_may_change_what_goes_in_and_what_comes_out(house: House) -> None:
    def strip(request: Request) -> Any:
        return Change(replace(request, variables={"name": "***"}), "protected")

    seen: list[Any] = []
    worker = house.serve(
        lambda request: seen.append(dict(request.variables)) or Result("raw"),
        Rule(before=strip, after=Change(Result("clean"), "cleaned")),
    )
    house.start(name="Anna")
    worker.run_until_idle()
    assert seen == [{"name": "***"}]
    assert house.variables()["result"] == "clean"


def test_neither_a_policy_nor_the_person_it_asks_gets_to_see_a_secret(house: House) -> None:
    def work(request: Request) -> Result:
        assert request.variables["key"] == SECRET
        return Result(1)

    work.secret_inputs = frozenset({"key"})  # type: ignore[attr-defined]
    seen: list[Any] = []
    rule = Rule(before=lambda request: seen.append(dict(request.variables)) or Ask("look"))
    worker = house.serve(work, rule)
    quote = '<zeebe:ioMapping><zeebe:input source="{{secrets.CRM}}" target="key"/></zeebe:ioMapping>'
    house.start(quote + RESULT)
    worker.run_until_idle()
    house.engine.decide(task(house).key, "approve", by=BOARD)
    worker.run_until_idle()
    assert house.state() == "completed"
    assert SECRET not in str(seen) + house.trail()
