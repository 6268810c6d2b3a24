"""The shapes in which Camunda 8 shows jobs (c8-rest.md, section 6), and its words for their states."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from api.camunda8.moments import shown
from engine.states import JobState
from engine.store.instances import Instance
from engine.store.jobs import Job
from engine.tenants import DEFAULT

Json = Any
_S = JobState

#: A job that somebody holds is still CREATED there; one without retries has FAILED.
STATES: Mapping[str, tuple[JobState, ...]] = {
    "CREATED": (_S.CREATED, _S.ACTIVATED, _S.SUSPENDED, _S.IN_REVIEW),
    "COMPLETED": (_S.COMPLETED,),
    "FAILED": (_S.FAILED, _S.EXHAUSTED),
    "ERROR_THROWN": (_S.ERROR_THROWN,),
    "CANCELED": (_S.CANCELED,),
    **dict.fromkeys(("MIGRATED", "PRIORITY_UPDATED", "RETRIES_UPDATED", "TIMEOUT_UPDATED", "TIMED_OUT"), ()),
}
KINDS: Mapping[str, tuple[str, ...]] = {
    "BPMN_ELEMENT": ("element",),
    "EXECUTION_LISTENER": ("execution-listener",),
    "TASK_LISTENER": ("task-listener",),
    "AD_HOC_SUB_PROCESS": ("ad-hoc-sub-process",),
}
_EVENTS = "ASSIGNING BEFORE_ALL CANCEL CANCELING COMPLETING CREATING END START UPDATING".split()
LISTENER_EVENTS: Mapping[str, tuple[str, ...]] = {**{one: (one.lower(),) for one in _EVENTS}, "UNSPECIFIED": ("",)}
_STATE_OF = {ours: theirs for theirs, all_ours in STATES.items() for ours in all_ours}
_KIND_OF = {ours[0]: theirs for theirs, ours in KINDS.items()}
_TASK = "io.camunda.zeebe:"


def activated(job: Job, instance: Instance, fetched: Collection[str]) -> dict[str, Json]:
    """ActivatedJobResult: a job with its variables, or those of them that were asked for."""
    variables = {name: value for name, value in job.variables.items() if not fetched or name in fetched}
    return {
        **_common(job, instance),
        "processDefinitionVersion": instance.version,
        "deadline": int(job.available_at.timestamp() * 1000),
        "variables": variables,
        "userTask": _user_task(job),
        "tags": [],
        "physicalTenantId": DEFAULT,
        "leaseToken": None,
    }


def searched(job: Job, instance: Instance) -> dict[str, Json]:
    """JobSearchResult."""
    is_held = job.state is JobState.ACTIVATED
    return {
        **_common(job, instance),
        "state": _STATE_OF[job.state],
        "deadline": shown(job.available_at) if is_held else None,
        "deniedReason": None,
        "isDenied": None,
        "endTime": shown(job.ended_at),
        "errorCode": job.error_code or None,
        "errorMessage": job.error_message or None,
        "hasFailedWithRetriesLeft": job.state is JobState.FAILED,
        "creationTime": shown(job.created_at),
        "lastUpdateTime": None,
    }


def _common(job: Job, instance: Instance) -> dict[str, Json]:
    return {
        "jobKey": str(job.key),
        "type": job.type,
        "kind": _KIND_OF.get(job.kind, "BPMN_ELEMENT"),
        "listenerEventType": (job.listener_event or "unspecified").upper(),
        "worker": job.worker,
        "retries": job.retries,
        "priority": job.priority,
        "customHeaders": dict(job.headers),
        "elementId": job.element_id,
        "elementInstanceKey": str(job.element_key),
        "processDefinitionId": job.process_id,
        "processDefinitionKey": str(job.definition_key),
        "processInstanceKey": str(job.instance_key),
        "rootProcessInstanceKey": str(instance.root_key),
        "businessId": instance.business_key,
        "tenantId": job.tenant_id,
    }


def _user_task(job: Job) -> dict[str, Json] | None:
    """What a task listener's job says of its task, out of its headers."""
    if job.kind != "task-listener":
        return None
    told = {name.removeprefix(_TASK): value for name, value in job.headers.items() if name.startswith(_TASK)}
    lists = ("candidateGroups", "candidateUsers", "changedAttributes")
    return {
        "action": told.get("action", ""),
        **{name: told.get(name) for name in ("assignee", "dueDate", "followUpDate", "formKey", "userTaskKey")},
        **{name: json.loads(told.get(name, "[]")) for name in lists},
        "priority": int(told["priority"]) if "priority" in told else None,
    }
