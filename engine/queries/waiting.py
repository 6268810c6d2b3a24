"""Why an instance does not go on: one plain sentence for each thing it waits for.

Each sentence says who or what must act, since when, and what has gone wrong so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from engine.keys import made_at
from engine.limits import LimitKind
from engine.runtime import WaitingChoice, WaitingJoin
from engine.states import CLAIMABLE, IncidentState, JobState, TaskState
from engine.step import TimerPurpose
from engine.store import UnitOfWork, calls, limits, subscriptions, timers
from engine.store.calls import Call
from engine.store.elements import ElementInstance
from engine.store.incidents import Incident
from engine.store.instances import Instance, WhyWaiting
from engine.store.jobs import HELD_BACK, Job
from engine.store.rows import MOST_PER_PAGE, Page
from engine.store.search import IncidentFilter, JobFilter, TaskFilter, find_incidents, find_jobs, find_tasks
from engine.store.subscriptions import Subscription
from engine.store.timers import Timer
from engine.store.user_tasks import UserTask

_ALL = Page(limit=MOST_PER_PAGE)


def why_waiting(
    tx: UnitOfWork,
    instance: Instance,
    active: Mapping[int, ElementInstance],
    standing: Sequence[WaitingJoin | WaitingChoice],
    now: datetime,
) -> tuple[WhyWaiting, ...]:
    """Everything the instance waits for: a suspension first, incidents next, then the longest wait.

    `active` are its open elements, `standing` what no row tells of: joins, and choices.
    """
    names = {key: _flat(element.name or element.element_id) for key, element in active.items()}
    found = [
        *_suspension(instance),
        *_all(tx, instance.key, names, now),
        *(_join(one) if isinstance(one, WaitingJoin) else _choice(one) for one in standing),
    ]
    return tuple(sorted(found, key=lambda one: (_RANK.get(one.kind, len(_RANK)), one.since, one.key)))


_RANK = {"suspended": 0, "incident": 1}


def _suspension(instance: Instance) -> Iterator[WhyWaiting]:
    """What holds everything: told first."""
    if instance.suspended_at is not None:
        reason = f": {short(instance.suspend_reason)}" if instance.suspend_reason else ""
        why = f"Suspended by {instance.suspended_by} since {said(instance.suspended_at)}{reason}. Nothing moves."
        since, whom = instance.suspended_at, "an operator"
        yield WhyWaiting("suspended", instance.process_id, "", since, whom, why, instance.key)


def _all(tx: UnitOfWork, key: int, names: Mapping[int, str], now: datetime) -> Iterator[WhyWaiting]:
    troubles = find_incidents(tx, IncidentFilter(state=IncidentState.ACTIVE, instance_key=key), _ALL)
    tasks = find_tasks(tx, TaskFilter(state=TaskState.CREATED, instance_key=key), _ALL)
    yield from (_incident(one, names) for one in troubles)
    yield from (_task(one, names) for one in tasks)
    # A job in review or without retries is told of by its task or incident.
    open_jobs = [one for one in find_jobs(tx, JobFilter(instance_key=key), _ALL) if one.state in _JOBS]
    on_limits = _limits(tx) if open_jobs else {}
    yield from (_job(one, names, now, on_limits.get(one.type, "")) for one in open_jobs)
    yield from (_timer(one, names) for one in timers.of_instance(tx, key))
    yield from (_event(one, names) for one in subscriptions.of_instance(tx, key))
    yield from (_call(one, one.child_key, names) for one in calls.of_instance(tx, key) if one.child_key is not None)


def _incident(one: Incident, names: Mapping[int, str]) -> WhyWaiting:
    name = names.get(one.element_key, one.element_id)
    why = f"Stopped at '{name}' since {said(one.created_at)} by an incident ({one.type}): {short(one.message)}"
    return WhyWaiting("incident", one.element_id, name, one.created_at, "an operator", why, one.key)


def _task(one: UserTask, names: Mapping[int, str]) -> WhyWaiting:
    name = names.get(one.element_key, one.name)
    whom = _person(one)
    act = "complete" if one.assignee else "take"
    why = f"Waits for {whom} to {act} '{_flat(one.name)}' since {said(one.created_at)}"
    if one.due_at is not None:
        why += f"; it is due at {said(one.due_at)}"
    if one.is_review:
        faults = (one.review or {}).get("faults") or []
        why += f"; a person must decide because {short('; '.join(faults))}" if faults else "; a person must decide"
    kind = "review" if one.is_review else "user-task"
    return WhyWaiting(kind, one.element_id, name, one.created_at, whom, f"{why}.", one.key)


def _person(task: UserTask) -> str:
    if task.assignee:
        return task.assignee
    groups = [f"somebody of the group {name}" for name in task.candidate_groups]
    return " or ".join([*groups, *task.candidate_users]) or "any approver"


def _limits(tx: UnitOfWork) -> dict[str, str]:
    """What is said of jobs that a limit may keep from a worker who would take them, by type."""
    found = [one for one in limits.listed(tx) if one.kind == LimitKind.JOB_TYPE]
    return {one.name: f" Its job type has a limit: {one.words}." for one in found}


def _job(one: Job, names: Mapping[int, str], now: datetime, on_limit: str) -> WhyWaiting:
    name = names.get(one.element_key, one.element_id)
    whom, why = _JOBS[one.state](one, now)
    why += on_limit if one.state in CLAIMABLE and one.available_at <= now else ""
    return WhyWaiting("job", one.element_id, name, one.created_at, whom, why, one.key)


def _created(job: Job, now: datetime) -> tuple[str, str]:
    if job.error_code == HELD_BACK:
        again = f" It is tried again at {said(job.available_at)}." if job.available_at > now else ""
        return "whoever may let AI go on", f"Held back: {short(job.error_message)}{again}"
    hears = f" that hears of '{job.listener_event}'" if job.listener_event else ""
    whom = f"a worker of job type '{job.type}'{hears}"
    return whom, f"Waits for {whom}: none has taken it since {said(job.available_at)}."


def _activated(job: Job, now: datetime) -> tuple[str, str]:
    if job.available_at > now:
        why = f"Worker '{job.worker}' is at work on it (job type '{job.type}'); its lease lasts until "
        return job.worker, f"{why}{said(job.available_at)}."
    whom = f"a worker of job type '{job.type}'"
    lapsed = f"Worker '{job.worker}' took it, and its lease ended at {said(job.available_at)}"
    return whom, f"{lapsed}: waits for {whom} to take it over."


def _failed(job: Job, now: datetime) -> tuple[str, str]:
    tries = f"{job.failures} of {job.failures + job.retries} times"
    following = (
        "waits for a worker to try again" if job.available_at <= now else f"next try at {said(job.available_at)}"
    )
    why = f"Failed {tries} (job type '{job.type}'), {following}; last error: {short(job.error_message)}"
    return f"a worker of job type '{job.type}'", why


_JOBS = {JobState.CREATED: _created, JobState.ACTIVATED: _activated, JobState.FAILED: _failed}


def _timer(one: Timer, names: Mapping[int, str]) -> WhyWaiting:
    name = names.get(one.element_key, one.element_id)
    if one.reason:
        why = f"Failed at '{name}', next at {said(one.due_at)} {short(one.reason)}"
        return WhyWaiting("retry", one.element_id, name, one.created_at, "the time", why, one.key)
    if one.purpose == TimerPurpose.CONTINUATION:
        why = f"Goes on at '{name}' by itself since {said(one.due_at)}: the diagram has a save point there."
        return WhyWaiting("continuation", one.element_id, name, one.created_at, "the scheduler", why, one.key)
    why = f"Waits for the time: '{name}' is due at {said(one.due_at)}, set at {said(one.created_at)}."
    return WhyWaiting("timer", one.element_id, name, one.created_at, "the time", why, one.key)


def _event(one: Subscription, names: Mapping[int, str]) -> WhyWaiting:
    name = names.get(one.element_key, one.element_id)
    whom = f"the {one.kind} '{one.name}'"
    with_key = "" if one.correlation_key is None else f" with the correlation key '{short(one.correlation_key)}'"
    why = f"Waits for {whom}{with_key} since {said(one.created_at)}."
    return WhyWaiting(one.kind, one.element_id, name, one.created_at, whom, why, one.key)


def _call(one: Call, child_key: int, names: Mapping[int, str]) -> WhyWaiting:
    name = names.get(one.element_key, one.element_id)
    whom = f"process '{one.process_id}'"
    why = f"Waits for {whom}, which it called as instance {child_key} at {said(one.created_at)}."
    return WhyWaiting("call", one.element_id, name, one.created_at, whom, why, child_key)


def _join(one: WaitingJoin) -> WhyWaiting:
    name = one.name or one.element_id
    since = datetime.fromtimestamp(made_at(one.key), UTC)
    flows = ", ".join(f"'{flow.name or flow.id}' (from {flow.source})" for flow in one.missing)
    whom = "another branch of its own"
    what = f"for a token along {flows}" if flows else "for a token, but none can come any more"
    why = f"Waits at the join '{_flat(name)}' since {said(since)} {what}."
    return WhyWaiting("join", one.element_id, name, since, whom, why, one.key)


def _choice(one: WaitingChoice) -> WhyWaiting:
    name = one.name or one.element_id
    since = datetime.fromtimestamp(made_at(one.key), UTC)
    offered = ", ".join(f"'{_flat(node.name or node.id)}'" for node in one.choices)
    why = f"Waits in '{_flat(name)}' since {said(since)} for an operator to begin one of {offered}."
    return WhyWaiting("choice", one.element_id, name, since, "an operator", why, one.key)


def _flat(name: str) -> str:
    """A name on one line: modelers break long ones."""
    return " ".join(name.split())


def said(at: datetime) -> str:
    """A time for people: to the second, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def short(text: str, most: int = 200) -> str:
    """A text of at most that many characters."""
    return text if len(text) <= most else text[: most - 1] + "…"
