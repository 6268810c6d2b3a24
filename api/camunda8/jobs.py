"""The job API of Camunda 8 (c8-rest.md): workers activate, complete, fail, throw errors, and change what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify
from pydantic import Field

from api.camunda8.choices import camunda8
from api.camunda8.job_shapes import KINDS, LISTENER_EVENTS, STATES, activated, searched
from api.camunda8.routes import read_body
from api.camunda8.searching import (
    Property,
    QueryBody,
    answer,
    comparisons,
    key,
    moment,
    number,
    order,
    portion,
    text,
    word,
)
from api.camunda8.shapes import Camunda8Body, LongIn, TaskChangeset
from api.camunda8.waiting import waited_for
from api.context import actor, engine
from api.problems import Problem
from api.rest.shapes import Name, OptionalName, Variables
from engine.engine.work import MOST_CLAIMED
from engine.errors import IllegalMove, LeaseLost, NotFound
from engine.queries import Search
from engine.store.jobs import Job

__all__ = ["camunda8"]

Json = Any
DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 60.0


class JobActivationBody(Camunda8Body):
    """JobActivationRequest. Without `worker`, the caller's own name counts."""

    type: OptionalName = ""
    worker: OptionalName = ""
    timeout: LongIn | None = None
    max_jobs_to_activate: int | None = None
    fetch_variable: list[str] = Field(default=[], max_length=1000)
    request_timeout: LongIn = 0
    tenant_ids: list[str] = Field(default=[], max_length=100)


class JobCorrections(TaskChangeset):
    """JobResultCorrections: a listener may change who has the task, too."""

    assignee: str | None = None


class ActivatedElement(Camunda8Body):
    """JobResultActivateElement."""

    element_id: Name
    variables: Variables | None = None


class JobResult(Camunda8Body):
    """JobResult: of a task listener (userTask) or of an ad-hoc sub-process (adHocSubProcess)."""

    type: str = ""
    denied: bool | None = None
    denied_reason: str | None = Field(default=None, max_length=10_000)
    corrections: JobCorrections | None = None
    activate_elements: list[ActivatedElement] | None = Field(default=None, max_length=1000)
    is_completion_condition_fulfilled: bool | None = None
    is_cancel_remaining_instances: bool | None = None


class JobCompletionBody(Camunda8Body):
    """JobCompletionRequest."""

    variables: Variables | None = None
    result: JobResult | None = None


class JobFailureBody(Camunda8Body):
    """JobFailRequest: without retries, none are left."""

    retries: int = 0
    error_message: str = Field(default="", max_length=100_000)
    retry_back_off: LongIn = Field(default=0, ge=0)
    variables: Variables | None = None


class JobErrorBody(Camunda8Body):
    """JobErrorRequest."""

    error_code: OptionalName = ""
    error_message: str | None = Field(default=None, max_length=100_000)
    variables: Variables | None = None


class JobChangeset(Camunda8Body):
    """JobChangeset."""

    retries: int | None = None
    timeout: LongIn | None = None
    priority: int | None = Field(default=None, ge=-(2**31), le=2**31 - 1)


class JobUpdateBody(Camunda8Body):
    """JobUpdateRequest."""

    changeset: JobChangeset
    operation_reference: LongIn | None = None


FILTER: Mapping[str, Property] = {
    "tenantId": Property("tenant_id", text, sorts=True),
    "jobKey": Property("key", key, sorts=True),
    "type": Property("type", text, sorts=True),
    "worker": Property("worker", text, sorts=True),
    "state": Property("state", word(STATES), sorts=True),
    "kind": Property("kind", word(KINDS), sorts=True),
    "listenerEventType": Property("listener_event", word(LISTENER_EVENTS), sorts=True),
    "retries": Property("retries", number, sorts=True),
    "elementId": Property("element_id", text, sorts=True),
    "elementInstanceKey": Property("element_key", key, sorts=True),
    "processInstanceKey": Property("instance_key", key, sorts=True),
    "processDefinitionId": Property("process_id", text, sorts=True),
    "processDefinitionKey": Property("definition_key", key, sorts=True),
    "errorCode": Property("error_code", text, sorts=True),
    "errorMessage": Property("error_message", text),
    "deadline": Property("available_at", moment, sorts=True),
    "creationTime": Property("created_at", moment, sorts=True),
    "endTime": Property("ended_at", moment, sorts=True),
}


@camunda8.post("/jobs/activation")
def activate_jobs() -> Response:
    """Take jobs of a type; waits for the first one as long as the caller says."""
    body = read_body(JobActivationBody)
    if not body.type:
        raise Problem(400, "invalid-input", "No type provided.")
    lease = _positive("timeout", body.timeout)
    limit = min(_positive("maxJobsToActivate", body.max_jobs_to_activate), MOST_CLAIMED)
    worker = body.worker or actor().id

    def claim() -> list[Job] | None:
        claimed = engine().claim_jobs(
            worker=worker, types=[body.type], limit=limit, lease_seconds=lease / 1000, tenant_ids=body.tenant_ids
        )
        return claimed or None

    found = waited_for(claim, _wait_seconds(body.request_timeout), until_the_end=False) or []
    instances = engine().queries.all_instances(job.instance_key for job in found)
    wanted = frozenset(body.fetch_variable)
    return jsonify(jobs=[activated(job, instances[job.instance_key], wanted) for job in found])


@camunda8.post("/jobs/<int:job_key>/completion")
def complete_job(job_key: int) -> Response:
    """The work is done; listeners and ad-hoc sub-processes are told more by `result`."""
    body = read_body(JobCompletionBody)
    result = body.result.model_dump(by_alias=True, exclude_unset=True) if body.result else {}
    result.pop("type", None)
    return _done(
        "complete",
        job_key,
        lambda: engine().complete_job(job_key, body.variables or {}, worker="", result=result or None, by=actor()),
    )


@camunda8.post("/jobs/<int:job_key>/failure")
def fail_job(job_key: int) -> Response:
    """The work failed; without retries there is an incident."""
    body = read_body(JobFailureBody)
    return _done(
        "fail",
        job_key,
        lambda: engine().fail_job(
            job_key,
            worker="",
            message=body.error_message,
            retries=max(body.retries, 0),
            after_seconds=body.retry_back_off / 1000,
            variables=body.variables or {},
            by=actor(),
        ),
    )


@camunda8.post("/jobs/<int:job_key>/error")
def throw_job_error(job_key: int) -> Response:
    """The work ended in a business error that the diagram may catch."""
    body = read_body(JobErrorBody)
    if not body.error_code:
        raise Problem(400, "invalid-input", "No errorCode provided.")
    return _done(
        "throw an error for",
        job_key,
        lambda: engine().throw_error(
            job_key,
            worker="",
            code=body.error_code,
            message=body.error_message or "",
            variables=body.variables or {},
            by=actor(),
        ),
    )


@camunda8.patch("/jobs/<int:job_key>")
def update_job(job_key: int) -> Response:
    """Other retries, another priority, or a lease that lasts so long from now."""
    wanted = read_body(JobUpdateBody).changeset
    if wanted.retries is None and wanted.timeout is None and wanted.priority is None:
        raise Problem(400, "invalid-input", "At least one of [retries, timeout, priority] is required.")
    retries = None if wanted.retries is None else _positive("retries", wanted.retries)
    lease = None if wanted.timeout is None else _positive("timeout", wanted.timeout) / 1000

    def update() -> None:
        engine().update_job(job_key, retries=retries, lease_seconds=lease, priority=wanted.priority, by=actor())

    return _done("update", job_key, update)


@camunda8.post("/jobs/search")
def search_jobs() -> Response:
    """Jobs by any of their facts."""
    body = read_body(QueryBody)
    offset, limit = portion(body.page)
    wanted = Search(comparisons(body.filter, FILTER), order(body, FILTER), offset, limit)
    found = engine().queries.find_jobs(wanted)
    instances = engine().queries.all_instances(job.instance_key for job in found.items)
    return answer([searched(job, instances[job.instance_key]) for job in found.items], found.total, offset)


def _done(verb: str, job_key: int, act: Callable[[], None]) -> Response:
    try:
        act()
    except (NotFound, LeaseLost) as error:
        text = f"Command rejected with code 'NOT_FOUND': Expected to {verb} job with key '{job_key}', but no such job"
        raise Problem(404, "not-found", f"{text} was found. {error}") from error
    except IllegalMove as error:
        raise Problem(409, "illegal-move", f"Command rejected with code 'INVALID_STATE': {error}") from error
    return Response(status=204)


def _positive(name: str, value: int | None) -> int:
    if value is None:
        raise Problem(400, "invalid-input", f"No {name} provided.")
    if value <= 0:
        raise Problem(400, "invalid-input", f"The value for {name} is '{value}' but must be greater than 0.")
    return value


def _wait_seconds(milliseconds: int) -> float:
    """Below 0: answer at once; 0: what the server thinks fit."""
    if milliseconds < 0:
        return 0.0
    return min(milliseconds / 1000 or DEFAULT_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
