"""Batches as Camunda 7's clients know them (c7-rest.md): made by the asynchronous routes, watched under /batch."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.camunda7.history import camunda7
from api.camunda7.routes import ROOT, definition_key
from api.camunda7.shapes import date_text
from api.camunda7.values import plain
from api.context import actor, engine
from api.problems import Problem
from api.rest.shapes import Name, Text
from engine import commands, operations
from engine.operations import AnyOperation
from engine.queries import Comparison, InstanceFilter, Page
from engine.states import BatchState, InstanceState, ItemState
from engine.store.batches import Batch

__all__ = ["camunda7"]

Json = Any

TYPES = {
    "cancel": "instance-deletion",
    "retry": "set-job-retries",
    "migrate": "instance-migration",
    "modify": "instance-modification",
    "delete-history": "historic-instance-deletion",
    "suspend": "instance-update-suspension-state",
    "resume": "instance-update-suspension-state",
    "set-variables": "set-variables",
}
_OPERATORS = {"eq": "eq", "neq": "neq", "gt": "gt", "gteq": "gte", "lt": "lt", "lteq": "lte", "like": "like"}
_OVER = frozenset({BatchState.COMPLETED, BatchState.CANCELED, BatchState.FAILED})


class Camunda7Body(BaseModel):
    """A body; what Baton would not obey is refused instead of ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)


class VariableQuery(Camunda7Body):
    """What a variable must be."""

    name: Name
    operator: Literal["eq", "neq", "gt", "gteq", "lt", "lteq", "like"]
    value: Any

    def comparison(self) -> Comparison:
        """The engine's word for it; Camunda 7 writes % and _ for any text and one character."""
        pattern = self.operator == "like" and isinstance(self.value, str)
        value = self.value.replace("%", "*").replace("_", "?") if pattern else self.value
        return Comparison(self.name, _OPERATORS[self.operator], value)


class InstanceQuery(Camunda7Body):
    """ProcessInstanceQueryDto, as far as it is served."""

    process_instance_ids: list[str] = Field(default=[], max_length=10_000)
    process_definition_id: str | None = None
    process_definition_key: str | None = None
    business_key: str | None = None
    active: bool | None = None
    suspended: bool | None = None
    with_incident: bool | None = None
    variables: list[VariableQuery] = Field(default=[], max_length=10)
    sorting: list[Any] | None = None

    def wanted(self) -> InstanceFilter:
        """The engine's words for it."""
        state = InstanceState.SUSPENDED if self.suspended else InstanceState.ACTIVE if self.active else None
        return InstanceFilter(
            state=state,
            process_id=self.process_definition_key or "",
            definition_key=definition_key(self.process_definition_id) if self.process_definition_id else 0,
            business_key=self.business_key,
            has_incident=self.with_incident or None,
            keys=tuple(definition_key(one) for one in self.process_instance_ids),
            variables=tuple(one.comparison() for one in self.variables),
        )


class ManyBody(Camunda7Body):
    """Which instances: by id, by query, or both."""

    process_instance_ids: list[str] | None = Field(default=None, max_length=10_000)
    process_instance_query: InstanceQuery | None = None
    delete_reason: Text | None = None
    skip_custom_listeners: Literal[False] | None = None
    skip_io_mappings: Literal[False] | None = None
    skip_subprocesses: Literal[False] | None = None
    fail_if_not_exists: bool | None = None
    annotation: Text | None = None

    def filters(self) -> list[InstanceFilter]:
        """The engine's words for it. Raises `Problem` 400 when nothing is named."""
        keys = tuple(definition_key(one) for one in self.process_instance_ids or ())
        found = [InstanceFilter(keys=keys)] if keys else []
        if self.process_instance_query is not None:
            found.append(self.process_instance_query.wanted())
        if len(found) != 1:
            raise Problem(400, "bad-request", "Name the process instances either by ids or by a query.")
        return found


class RetriesBody(ManyBody):
    """SetJobRetriesByProcessDto; its ids are called differently."""

    process_instances: list[str] | None = Field(default=None, max_length=10_000)
    retries: int = Field(ge=1, le=1000)


class VariablesBody(ManyBody):
    """SetVariablesAsyncDto."""

    variables: dict[str, Any]


class SuspendBody(ManyBody):
    """SuspensionStateDto over many."""

    suspended: bool


class Instruction(Camunda7Body):
    """Begin before an activity, or cancel it."""

    type: Literal["startBeforeActivity", "cancel"]
    activity_id: Name
    cancel_current_active_activity_instances: bool | None = None


class ModifyBody(ManyBody):
    """ModificationDto."""

    process_definition_id: str
    instructions: list[Instruction] = Field(min_length=1, max_length=1000)


class MigrationInstruction(Camunda7Body):
    """An activity and what it becomes."""

    source_activity_ids: list[Name] = Field(min_length=1, max_length=1)
    target_activity_ids: list[Name] = Field(min_length=1, max_length=1)
    update_event_trigger: bool | None = None


class MigrationPlan(Camunda7Body):
    """From one definition to another."""

    source_process_definition_id: str
    target_process_definition_id: str
    instructions: list[MigrationInstruction] = Field(max_length=10_000)
    variables: None = None


class MigrateBody(ManyBody):
    """MigrationExecutionDto."""

    migration_plan: MigrationPlan


class HistoricBody(Camunda7Body):
    """DeleteHistoricProcessInstancesDto; only by ids."""

    historic_process_instance_ids: list[str] = Field(min_length=1, max_length=10_000)
    delete_reason: Text | None = None
    fail_if_not_exists: bool | None = None


class SuspendedBody(Camunda7Body):
    """SuspensionStateDto."""

    suspended: bool


@camunda7.post(f"{ROOT}/process-instance/delete")
def delete_many() -> Response:
    """Cancel instances."""
    return _created(operations.CancelInstances(), ManyBody.model_validate(request.get_json()))


@camunda7.post(f"{ROOT}/process-instance/job-retries")
def retry_many() -> Response:
    """Give failed jobs retries, and so resolve their incidents."""
    body = RetriesBody.model_validate(request.get_json())
    body.process_instance_ids = body.process_instances or body.process_instance_ids
    return _created(operations.ResolveIncidents(body.retries), body)


@camunda7.post(f"{ROOT}/process-instance/variables-async")
def variables_of_many() -> Response:
    """Set variables."""
    body = VariablesBody.model_validate(request.get_json())
    return _created(operations.ChangeVariables(plain(body.variables)), body)


@camunda7.post(f"{ROOT}/process-instance/suspended-async")
def suspend_many() -> Response:
    """Suspend or resume."""
    body = SuspendBody.model_validate(request.get_json())
    return _created(operations.SuspendInstances() if body.suspended else operations.ResumeInstances(), body)


@camunda7.post(f"{ROOT}/modification/executeAsync")
def modify_many() -> Response:
    """Make the same changes in each."""
    body = ModifyBody.model_validate(request.get_json())
    changes = [
        commands.Terminate(element_id=one.activity_id) if one.type == "cancel" else commands.Activate(one.activity_id)
        for one in body.instructions
    ]
    return _created(operations.ModifyInstances(operations.described(changes)), body)


@camunda7.post(f"{ROOT}/migration/executeAsync")
def migrate_many() -> Response:
    """Migrate by a plan."""
    body = MigrateBody.model_validate(request.get_json())
    plan = body.migration_plan
    mapping = {one.source_activity_ids[0]: one.target_activity_ids[0] for one in plan.instructions}
    target = definition_key(plan.target_process_definition_id)
    return _created(operations.MigrateInstances(target, mapping, keeps_names=False), body)


@camunda7.post(f"{ROOT}/history/process-instance/delete")
def delete_history_of_many() -> Response:
    """Delete ended instances."""
    body = HistoricBody.model_validate(request.get_json())
    wanted = InstanceFilter(keys=tuple(definition_key(one) for one in body.historic_process_instance_ids))
    return _answered(operations.DeleteHistory(), wanted, body.delete_reason)


def _created(operation: AnyOperation, body: ManyBody) -> Response:
    [wanted] = body.filters()
    return _answered(operation, wanted, body.delete_reason or body.annotation)


def _answered(operation: AnyOperation, wanted: InstanceFilter, reason: str | None) -> Response:
    made = engine().create_batch(operation, wanted, by=actor(), reason=reason or "")
    return jsonify(_batch(engine().queries.batch(made.key)))


@camunda7.get(f"{ROOT}/batch")
def batches() -> Response:
    """Batches that are not over."""
    return jsonify([_batch(one) for one in _open()])


@camunda7.get(f"{ROOT}/batch/count")
def count_batches() -> Response:
    """How many they are."""
    return jsonify(count=len(_open()))


@camunda7.get(f"{ROOT}/batch/statistics")
def batch_statistics() -> Response:
    """Batches that are not over, with how far they are."""
    return jsonify([{**_batch(one), **_progress(one)} for one in _open()])


@camunda7.get(f"{ROOT}/batch/<batch_id>")
def show_batch(batch_id: str) -> Response:
    """One batch; over ones too, unlike in Camunda 7."""
    return jsonify(_batch(engine().queries.batch(definition_key(batch_id))))


@camunda7.put(f"{ROOT}/batch/<batch_id>/suspended")
def suspend_batch(batch_id: str) -> Response:
    """Begin no more items, or go on."""
    key, body = definition_key(batch_id), SuspendedBody.model_validate(request.get_json())
    (engine().suspend_batch if body.suspended else engine().resume_batch)(key, by=actor())
    return Response(status=204)


@camunda7.delete(f"{ROOT}/batch/<batch_id>")
def delete_batch(batch_id: str) -> Response:
    """Leave what waits undone."""
    engine().cancel_batch(definition_key(batch_id), by=actor())
    return Response(status=204)


def _open() -> list[Batch]:
    found = [one for one in engine().queries.batches(page=Page(limit=1000)) if one.state not in _OVER]
    kind, suspended = request.args.get("type"), request.args.get("suspended")
    return [
        one
        for one in found
        if kind in (None, TYPES[one.operation["do"]])
        and suspended in (None, str(one.state is BatchState.SUSPENDED).lower())
    ]


def _batch(batch: Batch) -> dict[str, Json]:
    return {
        "id": str(batch.key),
        "type": TYPES[batch.operation["do"]],
        "totalJobs": batch.total,
        "jobsCreated": batch.total,
        "batchJobsPerSeed": 500,
        "invocationsPerBatchJob": 1,
        "seedJobDefinitionId": None,
        "monitorJobDefinitionId": None,
        "batchJobDefinitionId": None,
        "suspended": batch.state is BatchState.SUSPENDED,
        "tenantId": None,
        "createUserId": batch.actor_id,
        "startTime": date_text(batch.created_at),
        "executionStartTime": None,
    }


def _progress(batch: Batch) -> dict[str, Json]:
    counts = batch.counts
    failed = counts.get(ItemState.FAILED, 0)
    waiting = counts.get(ItemState.WAITING, 0)
    return {"remainingJobs": waiting + failed, "completedJobs": batch.total - waiting - failed, "failedJobs": failed}
