"""What has been: past values, decisions; how long it is kept, and what must not go."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.instances import InstancePath
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, PageQuery, PathKeys, Text, WhyQuery, done, page_of, shown
from api.rest.views.past import EvaluationPage, HoldList, HoldView, PastValuePage, RetentionList, RetentionView
from engine.engine.history import LONGEST_RETENTION_DAYS
from engine.queries import EvaluationFilter

history = noun("history", "What has been, and how long it is kept.")
past = noun("past", "What is left of instances: past values and holds.", path="instances")


class EvaluationsQuery(PageQuery):
    """Which decisions."""

    decision_id: str = Field(default="", max_length=255)
    process_id: str = Field(default="", max_length=255)
    instance_key: KeyIn | None = None
    version: int = Field(default=0, ge=0, le=2**31 - 1, description="Only this version of the decision.")


class RetentionPath(PathKeys):
    """A process."""

    process_id: str = Field(max_length=255)


class RetentionBody(Body):
    """How long."""

    days: int | None = Field(ge=0, le=LONGEST_RETENTION_DAYS, description="Days after the end; null: for ever.")


class HoldBody(Body):
    """Why it must not go."""

    reason: Text = Field(min_length=1)


@history.get("/decisions", responses={200: EvaluationPage})
def decisions(query: EvaluationsQuery) -> Response:
    """Decisions that were made, newest first."""
    wanted = EvaluationFilter(query.decision_id, query.process_id, query.instance_key or 0, query.version)
    return shown(EvaluationPage, engine().queries.evaluations(wanted, page_of(query)))


@history.get("/retention", responses={200: RetentionList})
def retentions() -> Response:
    """Processes for which an administrator said how long what is over is kept."""
    return shown(RetentionList, {"items": engine().queries.retentions()})


@history.put("/retention/<process_id>", responses={200: RetentionView})
def keep(path: RetentionPath, body: RetentionBody) -> Response:
    """Say how long ended instances of a process are kept; it goes before what its diagram says."""
    return shown(RetentionView, engine().set_retention(path.process_id, body.days, by=actor()))


@history.delete("/retention/<process_id>", responses={204: None})
def forget(path: RetentionPath) -> Response:
    """Leave it to the diagram again."""
    engine().forget_retention(path.process_id, by=actor())
    return done()


@history.get("/holds", responses={200: HoldList})
def holds() -> Response:
    """Instances that must not be deleted."""
    return shown(HoldList, {"items": engine().queries.holds()})


@past.get("/<instance_key>/past-values", responses={200: PastValuePage})
def past_values(path: InstancePath, query: PageQuery) -> Response:
    """The values that variables had before those they have, or ended with; newest first."""
    return shown(PastValuePage, engine().queries.past_values(path.instance_key, page_of(query)))


@past.put("/<instance_key>/hold", responses={200: HoldView})
def hold(path: InstancePath, body: HoldBody) -> Response:
    """Keep an instance and all that it called, whatever its retention says."""
    return shown(HoldView, engine().hold(path.instance_key, reason=body.reason, by=actor()))


@past.delete("/<instance_key>/hold", responses={204: None})
def release(path: InstancePath, query: WhyQuery) -> Response:
    """End a hold."""
    engine().release_hold(path.instance_key, reason=query.reason, by=actor())
    return done()
