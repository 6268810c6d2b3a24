"""Budgets of AI: no call is made that could cost more than is left."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, OptionalName, shown
from api.rest.views.governing import BudgetList
from engine.budgets import Exhausted, Period
from engine.scopes import ScopeKind

budgets = noun("budgets", "Budgets of AI in US dollars: what a call can cost is reserved before it, and settled after.")


class BudgetName(Body):
    """Which budget."""

    kind: ScopeKind = Field(
        strict=False, description="`all`, `process`, `agent`, `model`, or `instance`: each one of the process `name`."
    )
    name: OptionalName = Field(default="", description="Of the process, the agent or the model; empty for `all`.")
    period: Period = Field(default=Period.TOTAL, strict=False, description="`total`, `month` or `day` (UTC).")


class BudgetBody(BudgetName):
    """A budget to set; it takes the place of the one that is there."""

    amount: str | float | int = Field(description="US dollars; a text keeps every digit.")
    then: Exhausted = Field(
        default=Exhausted.PERSON, strict=False, description="When it is used up: a `person` decides, or tasks `wait`."
    )


@budgets.get("", responses={200: BudgetList})
def listing() -> Response:
    """Every budget, with what is spent, reserved and likely to be spent in its present period."""
    return _all_budgets()


@budgets.put("", responses={200: BudgetList})
def put(body: BudgetBody) -> Response:
    """Set a budget; answers with all. What was spent before stays spent."""
    engine().set_budget(body.kind, body.name, amount=body.amount, period=body.period, then=body.then, by=actor())
    return _all_budgets()


@budgets.post("/removal", responses={200: BudgetList})
def remove(body: BudgetName) -> Response:
    """Take a budget away; answers with those that are left."""
    engine().remove_budget(body.kind, body.name, period=body.period, by=actor())
    return _all_budgets()


def _all_budgets() -> Response:
    return shown(BudgetList, {"items": engine().queries.budgets()})
