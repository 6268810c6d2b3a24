"""The shapes in which Camunda 8 shows user tasks and their forms (c8-rest.md, section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.camunda8.moments import shown
from engine.states import TaskState
from engine.store.definitions import ProcessDefinition
from engine.store.instances import Instance
from engine.store.user_tasks import UserTask

Json = Any

STATES: Mapping[str, tuple[TaskState, ...]] = {
    **{state.name: (state,) for state in TaskState},
    **dict.fromkeys(("CREATING", "CANCELING", "FAILED"), ()),
}


def task_json(task: UserTask, instance: Instance, definition: ProcessDefinition) -> dict[str, Json]:
    """UserTaskResult."""
    form = task.form or {}
    return {
        "userTaskKey": str(task.key),
        "name": task.name or None,
        "state": task.state.name,
        "assignee": task.assignee,
        "elementId": task.element_id,
        "elementInstanceKey": str(task.element_key),
        "candidateGroups": list(task.candidate_groups),
        "candidateUsers": list(task.candidate_users),
        "creationDate": shown(task.created_at),
        "completionDate": shown(task.ended_at),
        "dueDate": shown(task.due_at),
        "followUpDate": shown(task.follow_up_at),
        "priority": task.priority,
        "externalFormReference": form.get("reference") if form.get("type") == "external" else None,
        "formKey": form.get("formKey"),
        "customHeaders": dict(task.headers),
        "processDefinitionId": task.process_id,
        "processDefinitionKey": str(task.definition_key),
        "processDefinitionVersion": definition.version,
        "processName": definition.name or None,
        "processInstanceKey": str(task.instance_key),
        "rootProcessInstanceKey": str(instance.root_key),
        "businessId": instance.business_key,
        "tags": [],
        "tenantId": task.tenant_id,
    }
