"""The view of where a case stands."""

from __future__ import annotations

from pydantic import Field

from api.rest.shapes import Key, Moment, View
from api.rest.views.running import WhyWaitingView


class DecisionSoFarView(View):
    """What somebody decided or did."""

    task_key: Key
    element_id: str
    name: str
    decision: str = Field(description="approve, reject, edit, respond; completed where nothing was decided.")
    by: list[str] = Field(description="Everybody who did it: who ended the task, whose it was, for whom they acted.")
    reason: str
    at: Moment
    counts: bool | None = Field(description="Whether an approval that binds values still holds; null for others.")
    problem: str = Field(description="Why it does not.")


class CaseClockView(View):
    """How long it has run."""

    started_at: Moment
    ended_at: Moment | None
    said: str = Field(description="Such as `running 6 d`.")
    due_at: Moment | None = Field(description="When the first of its open tasks is due.")
    is_overdue: bool


class StandingView(View):
    """Where a case is stuck and why."""

    instance_key: Key
    state: str
    stage: str = Field(description="The element that it waits at; of a called process, after that of its caller.")
    element_id: str
    owner: str = Field(description="Whose action is next.")
    blocker: str = Field(description="One plain sentence.")
    waiting_since: Moment | None
    also: list[WhyWaitingView] = Field(description="What else it waits for.")
    decisions: list[DecisionSoFarView]
    clock: CaseClockView
