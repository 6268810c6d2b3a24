"""Decisions: what waits for the caller's yes or no, with the evidence, and saying it."""

from __future__ import annotations

from typing import Literal

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.deciding import shown_evidence
from api.rest.nouns import noun
from api.rest.shapes import Body, OptionalName, PageQuery, Text, Variables, page_of, shown
from api.rest.tasks import TaskPath
from api.rest.views.evidence import EvidenceView
from api.rest.views.people import TaskPage, TaskView
from engine.evidence import Shown
from engine.queries import TaskFilter
from engine.states import TaskState

approvals = noun("approvals", "Approving, editing or rejecting: user tasks and reviews of AI answers alike.")


class DecisionBody(Body):
    """A decision. `edit` corrects the proposal of a review: the corrected output is `variables.output`.

    `respond` tells the model the `reason`, and it answers once more.
    """

    decision: Literal["approve", "reject", "edit", "respond"]
    reason: Text = Field(default="", description="Why; it stays in the audit trail.")
    variables: Variables = Field(default={})
    evidence_hash: OptionalName = Field(
        default="", description="Of the evidence that was shown; when it is another by now, nothing is decided (409)."
    )
    seconds_on_task: float | None = Field(default=None, ge=0, description="How long the person looked at it.")


@approvals.get("", responses={200: TaskPage})
def listing(query: PageQuery) -> Response:
    """Everything open that waits for the caller or a group of theirs; reviews come with their evidence."""
    wanted = TaskFilter(state=TaskState.CREATED, visible_to=actor())
    return shown(TaskPage, engine().queries.tasks(wanted, page_of(query)))


@approvals.get("/<task_key>", responses={200: EvidenceView})
def show(path: TaskPath) -> Response:
    """Everything there is to decide on: source with quotes, what each model said, policies, who may not decide."""
    return shown(EvidenceView, shown_evidence(path.task_key))


@approvals.post("/<task_key>", responses={200: TaskView})
def decide(path: TaskPath, body: DecisionBody) -> Response:
    """Decide. The task is completed with the verdict, and the instance goes on."""
    task = engine().decide(
        path.task_key,
        body.decision,
        reason=body.reason,
        variables=body.variables or None,
        shown=Shown(body.evidence_hash, body.seconds_on_task),
        by=actor(),
    )
    return shown(TaskView, task)
