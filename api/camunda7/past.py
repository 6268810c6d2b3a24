"""Camunda 7's history as its clients ask for it (c7-rest.md, section 5): what has been, and what is not over yet.

A question that a client narrows by what is not offered here is refused: the answer would hold too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from flask import Response, jsonify, request

from api.camunda7.batches import camunda7
from api.camunda7.routes import ROOT, definition_key
from api.camunda7.shapes import date_text
from api.camunda7.values import typed
from api.context import engine
from api.problems import Problem
from engine.queries import IncidentFilter, InstanceFilter, Page, Paged, TaskFilter
from engine.states import IncidentState, InstanceState, TaskState
from engine.store.elements import ElementInstance
from engine.store.incidents import Incident
from engine.store.instances import Instance
from engine.store.user_tasks import UserTask

__all__ = ["camunda7"]

T = TypeVar("T")
Json = dict[str, Any]
MOST = 10_000  # what one question goes through
_PAGE = 1000
_OURS: Mapping[InstanceState, str] = {
    InstanceState.ACTIVE: "ACTIVE",
    InstanceState.SUSPENDED: "SUSPENDED",
    InstanceState.COMPLETED: "COMPLETED",
    InstanceState.TERMINATED: "EXTERNALLY_TERMINATED",
}
_TASK_ENDS: Mapping[TaskState, str] = {TaskState.COMPLETED: "completed", TaskState.CANCELED: "deleted"}


@camunda7.get(f"{ROOT}/history/process-instance")
def past_instances() -> Response:
    """Instances, the newest first."""
    return jsonify([_instance(one) for one in _part(_instances())])


@camunda7.get(f"{ROOT}/history/process-instance/count")
def count_past_instances() -> Response:
    """How many they are."""
    return _count(_instances())


@camunda7.get(f"{ROOT}/history/process-instance/<instance_id>")
def past_instance(instance_id: str) -> Response:
    """One instance, over or not."""
    return jsonify(_instance(engine().queries.instance(definition_key(instance_id))))


@camunda7.get(f"{ROOT}/history/activity-instance")
def past_activities() -> Response:
    """The way of one instance, the oldest first."""
    instance, found = _activities()
    return jsonify([_activity(one, instance) for one in _part(found)])


@camunda7.get(f"{ROOT}/history/activity-instance/count")
def count_past_activities() -> Response:
    """How many steps it had."""
    return _count(_activities()[1])


@camunda7.get(f"{ROOT}/history/task")
def past_tasks() -> Response:
    """User tasks, the newest first."""
    return jsonify([_task(one) for one in _part(_tasks())])


@camunda7.get(f"{ROOT}/history/task/count")
def count_past_tasks() -> Response:
    """How many they are."""
    return _count(_tasks())


@camunda7.get(f"{ROOT}/history/variable-instance")
def past_variables() -> Response:
    """The variables of one instance as they are or were when their scope ended."""
    return jsonify(list(_part(_variables())))


@camunda7.get(f"{ROOT}/history/variable-instance/count")
def count_past_variables() -> Response:
    """How many they are."""
    return _count(_variables())


@camunda7.get(f"{ROOT}/history/incident")
def past_incidents() -> Response:
    """Incidents, the newest first."""
    return jsonify([_incident(one) for one in _part(_incidents())])


@camunda7.get(f"{ROOT}/history/incident/count")
def count_past_incidents() -> Response:
    """How many they are."""
    return _count(_incidents())


# What is asked for.


def _instances() -> Iterator[Instance]:
    states = {"active": InstanceState.ACTIVE, "suspended": InstanceState.SUSPENDED}
    states |= {"completed": InstanceState.COMPLETED, "externallyTerminated": InstanceState.TERMINATED}
    asked = _asked(
        *("processInstanceId", "processDefinitionKey", "processDefinitionId", "processInstanceBusinessKey"),
        *("superProcessInstanceId", "finished", "unfinished", *states),
    )
    wanted = InstanceFilter(
        process_id=asked.get("processDefinitionKey", ""),
        definition_key=_key(asked, "processDefinitionId"),
        business_key=asked.get("processInstanceBusinessKey"),
        parent_key=_key(asked, "superProcessInstanceId"),
        keys=(_key(asked, "processInstanceId"),) if "processInstanceId" in asked else (),
    )
    found = _all(lambda page: engine().queries.instances(wanted, page))
    kept = (one for one in found if all(one.state is state for name, state in states.items() if name in asked))
    return _finished(kept, asked)


def _activities() -> tuple[Instance, Iterator[ElementInstance]]:
    asked = _asked("processInstanceId", "activityId", "activityType", "finished", "unfinished", "canceled")
    instance = _of(asked)
    found = (one for one in _all(lambda page: engine().queries.elements(instance.key, page)) if one.kind != "process")
    same = _same(found, asked, {"activityId": lambda one: one.element_id, "activityType": lambda one: one.kind})
    kept = (one for one in same if "canceled" not in asked or one.state == "terminated")
    return instance, _finished(kept, asked)


def _tasks() -> Iterator[UserTask]:
    asked = _asked(
        *("processInstanceId", "processDefinitionKey", "taskDefinitionKey", "taskAssignee", "taskId"),
        *("finished", "unfinished"),
    )
    wanted = TaskFilter(
        instance_key=_key(asked, "processInstanceId"),
        process_id=asked.get("processDefinitionKey", ""),
        assignee=asked.get("taskAssignee"),
    )
    found = _all(lambda page: engine().queries.tasks(wanted, page))
    read = {"taskDefinitionKey": lambda one: one.element_id, "taskId": lambda one: str(one.key)}
    return _finished(_same(found, asked, read), asked)


def _variables() -> Iterator[Json]:
    asked = _asked("processInstanceId", "variableName")
    instance = _of(asked)
    for scope_key, values in engine().queries.scopes(instance.key).items():
        for name, shown in typed(values).items():
            if asked.get("variableName", name) == name:
                yield _variable(instance, scope_key, name) | shown


def _incidents() -> Iterator[Incident]:
    asked = _asked("processInstanceId", "processDefinitionKeyIn", "incidentType", "activityId", "open", "resolved")
    wanted = IncidentFilter(instance_key=_key(asked, "processInstanceId"), type=asked.get("incidentType", ""))
    processes = asked["processDefinitionKeyIn"].split(",") if "processDefinitionKeyIn" in asked else ()
    found = _all(lambda page: engine().queries.incidents(wanted, page))
    kept = (one for one in found if not processes or one.process_id in processes)
    kept = (one for one in kept if "open" not in asked or one.state is IncidentState.ACTIVE)
    kept = (one for one in kept if "resolved" not in asked or one.state is not IncidentState.ACTIVE)
    return _same(kept, asked, {"activityId": lambda one: one.element_id})


def _asked(*known: str) -> dict[str, str]:
    """The query's parameters but for those of the page; a flag that is false is as if it were not there."""
    given = {name: value for name, value in request.args.items() if name not in ("firstResult", "maxResults")}
    if unknown := sorted(set(given) - set(known)):
        offered = ", ".join(known)
        raise Problem(400, "invalid-input", f"'{unknown[0][:60]}' is no parameter of this question. It has: {offered}.")
    return {name: value for name, value in given.items() if value != "false"}


def _key(asked: Mapping[str, str], name: str) -> int:
    return definition_key(asked[name]) if name in asked else 0


def _of(asked: Mapping[str, str]) -> Instance:
    if "processInstanceId" not in asked:
        raise Problem(400, "invalid-input", "Say of which instance: processInstanceId is required here.")
    return engine().queries.instance(_key(asked, "processInstanceId"))


def _finished(found: Iterable[T], asked: Mapping[str, str]) -> Iterator[T]:
    for one in found:
        is_over = getattr(one, "ended_at", None) is not None
        if not (("finished" in asked and not is_over) or ("unfinished" in asked and is_over)):
            yield one


def _same(found: Iterable[T], asked: Mapping[str, str], read: Mapping[str, Callable[[T], str]]) -> Iterator[T]:
    wanted = [(value, asked[name]) for name, value in read.items() if name in asked]
    return (one for one in found if all(value(one) == text for value, text in wanted))


def _all(ask: Callable[[Page], Paged[T]]) -> Iterator[T]:
    """Everything that a query finds, page by page as it is needed, up to a limit."""
    after: str | None = None
    for _ in range(MOST // _PAGE):
        page = ask(Page(_PAGE, after))
        yield from page
        if (after := page.next) is None:
            return
    raise Problem(400, "invalid-input", f"This would go through more than {MOST} rows. Ask for less of it.")


def _part(found: Iterable[T]) -> Iterator[T]:
    first, most = _number("firstResult", 0), _number("maxResults", MOST)
    return islice(found, first, first + most)


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Problem(400, "invalid-input", f"{name} must be a whole number from 0.")
    return int(text)


def _count(found: Iterable[object]) -> Response:
    return jsonify(count=sum(1 for _ in found))


# What is answered.


def _instance(one: Instance) -> Json:
    """HistoricProcessInstanceDto."""
    return {
        "id": str(one.key),
        "rootProcessInstanceId": str(one.root_key),
        "superProcessInstanceId": str(one.parent_key) if one.parent_key else None,
        "processDefinitionKey": one.process_id,
        "processDefinitionId": _definition(one.process_id, one.definition_key, one.version),
        "processDefinitionVersion": one.version,
        "businessKey": one.business_key,
        "startUserId": one.started_by,
        "state": _OURS[one.state],
        "tenantId": None,
        **_times(one.started_at, one.ended_at),
    }


def _activity(one: ElementInstance, instance: Instance) -> Json:
    """HistoricActivityInstanceDto; `activityType` is the name of the BPMN element."""
    return {
        "id": str(one.key),
        "parentActivityInstanceId": str(one.scope_key),
        "activityId": one.element_id,
        "activityName": one.name or None,
        "activityType": one.kind,
        "processDefinitionKey": instance.process_id,
        "processDefinitionId": _definition(instance.process_id, instance.definition_key, instance.version),
        "processInstanceId": str(instance.key),
        "executionId": str(one.key),
        "rootProcessInstanceId": str(instance.root_key),
        "canceled": one.state == "terminated",
        "completeScope": False,
        "tenantId": None,
        **_times(one.started_at, one.ended_at),
    }


def _task(one: UserTask) -> Json:
    """HistoricTaskInstanceDto."""
    times = _times(one.created_at, one.ended_at)
    times["duration"] = times.pop("durationInMillis")
    return {
        "id": str(one.key),
        "processDefinitionKey": one.process_id,
        "processDefinitionId": str(one.definition_key),
        "processInstanceId": str(one.instance_key),
        "executionId": str(one.element_key),
        "activityInstanceId": str(one.element_key),
        "name": one.name,
        "deleteReason": _TASK_ENDS.get(one.state),
        "assignee": one.assignee,
        "taskDefinitionKey": one.element_id,
        "priority": one.priority,
        "due": date_text(one.due_at) if one.due_at else None,
        "followUp": date_text(one.follow_up_at) if one.follow_up_at else None,
        "tenantId": None,
        **times,
    }


def _variable(instance: Instance, scope_key: int, name: str) -> Json:
    """HistoricVariableInstanceDto without the value."""
    return {
        "id": f"{scope_key}:{name}",
        "name": name,
        "processDefinitionKey": instance.process_id,
        "processDefinitionId": _definition(instance.process_id, instance.definition_key, instance.version),
        "processInstanceId": str(instance.key),
        "executionId": str(scope_key),
        "activityInstanceId": str(scope_key),
        "rootProcessInstanceId": str(instance.root_key),
        "state": "CREATED",
        "tenantId": None,
    }


def _incident(one: Incident) -> Json:
    """HistoricIncidentDto."""
    is_open = one.state is IncidentState.ACTIVE
    return {
        "id": str(one.key),
        "processDefinitionKey": one.process_id,
        "processDefinitionId": str(one.definition_key),
        "processInstanceId": str(one.instance_key),
        "executionId": str(one.element_key),
        "createTime": date_text(one.created_at),
        "endTime": date_text(one.resolved_at) if one.resolved_at else None,
        "incidentType": one.type,
        "activityId": one.element_id,
        "failedActivityId": one.element_id,
        "configuration": str(one.job_key) if one.job_key else None,
        "incidentMessage": one.message,
        "open": is_open,
        "resolved": not is_open,
        "deleted": False,
        "tenantId": None,
    }


def _definition(process_id: str, key: int, version: int) -> str:
    return f"{process_id}:{version}:{key}"


def _times(began: datetime, ended: datetime | None) -> Json:
    took = None if ended is None else int((ended - began).total_seconds() * 1000)
    over = date_text(ended) if ended else None
    return {"startTime": date_text(began), "endTime": over, "durationInMillis": took}
