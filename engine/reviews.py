"""Reviews: a connector could not decide alone, so a person does, and the verdict completes the job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bpmn.errors import EvaluationError, LanguageError
from connectors.base import Review
from engine import cases, commands, duties, events, judgements, probes, separation
from engine.audit import moment
from engine.errors import InvalidInput
from engine.evidence import Shown
from engine.gates import autonomy
from engine.jobs import check_lease
from engine.moves import Moves
from engine.states import JobState, TaskState, move
from engine.store import attempts, instances, jobs, user_tasks
from engine.store.instances import InstanceRow
from engine.store.jobs import Change, Job
from engine.store.user_tasks import End, NewReview, UserTask
from engine.variables import checked, result_variables

Json = Any

DECISIONS = ("approve", "edit", "reject", "respond")


def ask(moves: Moves, job_key: int, review: Review, worker: str) -> int:
    """Make a task of the review; the job waits for its verdict. Raises `LeaseLost`. Returns the task's key."""
    job, row = jobs.lock(moves.tx, job_key)
    check_lease(job, worker, moves.now)
    state = move("Job", job.key, job.state, JobState.IN_REVIEW)
    waiting = Change(state, job.retries, job.failures, moves.now, moves.now, job.refusals, worker=job.worker)
    jobs.change(moves.tx, job.key, waiting)
    compiled = moves.library.process(moves.tx, row.definition_key)
    node = compiled.definition.process.by_id.get(job.element_id)
    evidence = _evidence(review)
    name = f"Review: {node.name or job.element_id}" if node else f"Review: {job.element_id}"
    new = NewReview(job.element_key, job.element_id, name, review.group, job.key, job.headers, evidence)
    task_key = user_tasks.add_review(moves.tx, row, new, moves.now)
    row.open_tasks += 1
    separation.begin(
        moves.tx, row, compiled.definition.process, [(task_key, job.element_id, job.element_key)], moves.now
    )
    instances.save(moves.tx, row)
    moves.hold(row)
    moves.tell(
        row,
        events.REVIEW_ASKED,
        element=(job.element_id, job.element_key),
        job_key=str(job.key),
        task_key=str(task_key),
        worker=worker,
        **{name: evidence[name] for name in ("group", "faults", "confidence", "cost", "proposal", "recommendation")},
    )
    return task_key


def decide(
    moves: Moves,
    held: tuple[UserTask, InstanceRow],
    decision: str,
    *,
    reason: str,
    given: Mapping[str, Json],
    shown: Shown,
) -> UserTask:
    """Complete the job as the person decided; the caller has checked that the task is the actor's.

    Raises `InvalidInput` when the output (edited or proposed) does not satisfy the review's schema.
    """
    task, row = held
    verdict = {"decision": decision, "by": moves.by.id, "reason": reason, "at": moment(moves.now), **shown.told}
    job, _ = jobs.lock(moves.tx, task.job_key or 0)
    if decision == "respond":
        _check_may_respond(task, reason)
        made = len(attempts.of_job(moves.tx, job.key))
        return _let_go_on(moves, row, (task, job), {**verdict, "output": {"attempts": made}})
    output = _output(task, decision, given)
    if (task.review or {}).get("resumes"):
        return _let_go_on(moves, row, (task, job), {**verdict, "output": output})
    move("Job", job.key, job.state, JobState.COMPLETED)
    response = {**(task.review or {}).get("response", {}), "result": output, "review": verdict}
    variables = _variables(job, response)
    _end(moves, row, (task, job), verdict)
    judgements.record(moves, job, output, (task.review or {}).get("share") or 1.0)
    cases.record(moves, job, task, decision, output)
    autonomy.watch_verdicts(moves, job)
    _tell(moves, row, task, {"output": output, **verdict})
    if not probes.begin(moves, row, job, variables):
        moves.resume(row, commands.Complete(task.element_key, variables))
    return _decided(moves, task, verdict)


def _check_may_respond(task: UserTask, words: str) -> None:
    if not (task.review or {}).get("may_respond"):
        text = "Nobody can be told anything here. Approve, edit or reject."
        raise InvalidInput(text, {"decision": "expected approve, edit or reject"})
    if not words.strip():
        raise InvalidInput("Say what the model did wrong, as the reason.", {"reason": "is missing"})


def _let_go_on(moves: Moves, row: InstanceRow, pair: tuple[UserTask, Job], verdict: Mapping[str, Json]) -> UserTask:
    """The job is offered again, as it was; whoever takes it finds the verdict."""
    task, job = pair
    state = move("Job", job.key, job.state, JobState.CREATED)
    jobs.change(moves.tx, job.key, Change(state, job.retries, job.failures, moves.now, moves.now, job.refusals))
    user_tasks.end(moves.tx, task.key, End(moves.by.id, moves.now, task.assignee or moves.by.id, verdict))
    row.open_tasks -= 1
    instances.save(moves.tx, row)
    moves.hold(row)
    _tell(moves, row, task, verdict)
    return _decided(moves, task, verdict)


def _tell(moves: Moves, row: InstanceRow, task: UserTask, said: Mapping[str, Json]) -> None:
    place, job_key = (task.element_id, task.element_key), str(task.job_key)
    duties.has_acted(moves, row)
    moves.tell(row, events.TASK_DECIDED, element=place, task_key=str(task.key), job_key=job_key, **said)


def _decided(moves: Moves, task: UserTask, verdict: Mapping[str, Json]) -> UserTask:
    return replace(
        task,
        state=TaskState.COMPLETED,
        assignee=task.assignee or moves.by.id,
        ended_at=moves.now,
        ended_by=moves.by.id,
        decision=verdict,
    )


def _variables(job: Job, response: Mapping[str, Json]) -> dict[str, Json]:
    try:
        return checked(result_variables(job.headers, response))
    except (EvaluationError, LanguageError) as error:
        text = f"The resultExpression of '{job.element_id}' fails: {error}. Correct the diagram and deploy it again."
        raise InvalidInput(text, {"resultExpression": str(error)[:200]}) from error


def _end(moves: Moves, row: InstanceRow, pair: tuple[UserTask, Job], verdict: Mapping[str, Json]) -> None:
    task, job = pair
    user_tasks.end(moves.tx, task.key, End(moves.by.id, moves.now, task.assignee or moves.by.id, verdict))
    jobs.end(moves.tx, job, JobState.COMPLETED, moves.now)
    row.open_tasks -= 1
    row.open_jobs -= 1
    moves.hold(row)


def _evidence(review: Review) -> dict[str, Json]:
    return {
        "group": review.group,
        "proposal": review.proposal,
        "schema": review.schema,
        "faults": list(review.faults),
        "confidence": review.confidence,
        "cost": format(review.cost, "f"),
        "recommendation": review.recommendation,
        "source": review.source,
        "response": dict(review.response),
        "resumes": review.resumes,
        "may_respond": review.may_respond,
        "subject": review.subject,
        "share": review.share,
    }


def _output(task: UserTask, decision: str, given: Mapping[str, Json]) -> Json:
    review = task.review or {}
    if decision == "reject":
        return None
    if decision == "edit":
        if "output" not in given:
            raise InvalidInput("Send the edited output as variables.output.", {"variables.output": "is missing"})
        output, place = given["output"], "variables.output"
    else:
        output, place = review.get("proposal"), "proposal"
        if output is None:
            text = "There is no proposal to approve. Edit the review: send the output yourself, or reject it."
            raise InvalidInput(text, {"decision": "expected edit or reject"})
    faults = schema_faults(output, review.get("schema"), place)
    if faults:
        where, fault = next(iter(faults.items()))
        hint = "Correct it" if decision == "edit" else "Edit it instead of approving it"
        raise InvalidInput(f"The output does not satisfy the schema: {where}: {fault}. {hint}.", faults)
    return output


def schema_faults(output: Json, schema: Json, place: str) -> dict[str, str]:
    """Where the output breaks the JSON Schema, as paths below `place`; nothing without a schema."""
    if not isinstance(schema, dict | bool):
        return {}
    # Seldom needed, and a twentieth of the time in which a command starts.
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    # An empty registry: a schema must not make the server fetch what it refers to.
    validator = Draft202012Validator(schema, registry=Registry())
    try:
        errors = sorted(validator.iter_errors(output), key=lambda error: list(map(str, error.absolute_path)))
    except (SchemaError, Unresolvable) as error:
        return {"schema": f"cannot be used: {str(error)[:200]}"}
    return {_path(place, error.absolute_path): error.message[:200] for error in errors}


def _path(place: str, steps: Any) -> str:
    return place + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
