"""Views of what governs AI: agents, budgets, levels of autonomy, stops."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasPath, BeforeValidator, Field

from api.rest.shapes import Moment, View

Dollars = Annotated[str, BeforeValidator(lambda amount: amount if isinstance(amount, str) else format(amount, "f"))]


class AgentView(View):
    """A version of an agent, and the state of the agent."""

    id: str
    version: int
    state: str = Field(description="active, suspended or retired.")
    reason: str = Field(description="Why it is in that state.")
    changed_at: Moment
    changed_by: str
    card: Annotated[dict[str, Any], BeforeValidator(lambda card: card.as_json())] = Field(
        description="What the file said; `prompt_version` and `prompt_fingerprint` for its `prompt`."
    )
    digest: str = Field(description="SHA-256 of the card.")
    registered_at: Moment
    registered_by: str


class AgentList(View):
    """Agents, or the versions of one."""

    items: list[AgentView]


class PerformanceView(View):
    """An agent's version with one model."""

    version: int = Field(description="0: from before it was registered.")
    model: str
    calls: int
    answered: int
    failed: int
    lost: int
    tokens_in: int
    tokens_out: int
    cost: Dollars
    mean_seconds: float | None
    slowest_seconds: float | None
    judged: int = Field(description="Answers that were held against a person's verdict.")
    right: int = Field(description="Of these, the ones that are what the person decided.")
    override_rate: float | None = Field(
        description="The share of judged answers that people did not take as they were."
    )
    error_bound: float | None = Field(description="With a certainty of 95 %, no more are wrong (Clopper and Pearson).")


class PerformanceList(View):
    """By version and model."""

    items: list[PerformanceView]


class BudgetView(View):
    """A budget, and how it stands in its present period. US dollars, as texts."""

    kind: str = Field(validation_alias=AliasPath("budget", "scope", "kind"))
    name: str = Field(validation_alias=AliasPath("budget", "scope", "name"))
    period: str = Field(validation_alias=AliasPath("budget", "period"))
    amount: Dollars = Field(validation_alias=AliasPath("budget", "amount"))
    then: str = Field(
        validation_alias=AliasPath("budget", "then"),
        description="person or wait: what becomes of tasks when it is used up.",
    )
    spent: Dollars = Field(description="Of one for each instance: by all of them together.")
    reserved: Dollars = Field(description="What calls that are under way may cost at most.")
    forecast: Dollars | None = Field(description="Spent at the end of the period, if it goes on like this.")
    set_at: Moment = Field(validation_alias=AliasPath("budget", "set_at"))
    set_by: str = Field(validation_alias=AliasPath("budget", "set_by"))


class BudgetList(View):
    """Every budget."""

    items: list[BudgetView]


class AutonomyView(View):
    """How far an agent's answers may go at an element."""

    agent: str = Field(validation_alias="agent_id")
    process_id: str
    element_id: str
    model: str = Field(description="Empty: with every model.")
    level: str = Field(description="shadow, suggest, sampled or auto.")
    fingerprint: str = Field(description="Of the prompt that the evidence is of.")
    least_confidence: float | None = Field(description="An answer less sure than this is a suggestion.")
    target_error: float | None
    reason: str
    set_at: Moment
    set_by: str


class AutonomyList(View):
    """Every level that somebody, or drift, has set."""

    items: list[AutonomyView]


class StopView(View):
    """A stop."""

    kind: str = Field(validation_alias=AliasPath("scope", "kind"))
    name: str = Field(validation_alias=AliasPath("scope", "name"))
    reason: str
    stopped_at: Moment
    changed_by: str


class StopList(View):
    """Every stop that is on."""

    items: list[StopView]
