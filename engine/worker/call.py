"""One job from claim to end: secrets in, policies around the connector, and the ending told to the engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from time import perf_counter
from typing import Any

import structlog

from bpmn.errors import EvaluationError, LanguageError
from connectors.base import (
    BpmnError,
    Busy,
    ChoiceInside,
    Connector,
    Json,
    LeaseLost,
    Permanent,
    Refused,
    Request,
    Result,
    Retryable,
    Review,
    Routed,
)
from engine import tracing
from engine.engine import Completion, Engine
from engine.errors import EngineError, InvalidInput, NotFound
from engine.step import Event
from engine.store.jobs import Job
from engine.variables import checked, result_variables
from engine.worker.completions import Completions
from engine.worker.error_expression import Failed, Ignored, apply_error_expression, seconds_of
from engine.worker.job_policies import JobPolicies
from engine.worker.model_gate import PolicyGate
from engine.worker.patience import PatientJournal, patiently
from engine.worker.quoting import Quoted

log = structlog.get_logger()

_LONGEST_MESSAGE = 2_000
_DEFAULT_SECONDS = 60.0
_SPREAD = 0.5  # of a wait, at random


class JobCall:
    """The run of one claimed job by one worker; `held` is the worker's name and how many seconds its leases last."""

    def __init__(
        self,
        engine: Engine,
        job: Job,
        held: tuple[str, float],
        secrets: Callable[[str], str],
        completions: Completions,
    ) -> None:
        self._engine = engine
        self._completions = completions
        self._job = job
        self._worker, self._lease_seconds = held
        self._quoted = Quoted(secrets)

    def run(self) -> None:
        """Do the job and tell the engine. Raises LeaseLost, and EngineError when the ending could not be stored."""
        started = perf_counter()
        try:
            ending = self._settle(self._call())
        except LeaseLost:
            raise
        except (Busy, Refused) as problem:
            ending = self._put_off(problem) if _may_wait(problem) else self._settle_problem(problem)
        except Exception as problem:  # a connector may fail in any way; each is an ending
            if isinstance(problem, EngineError) and not isinstance(problem, InvalidInput):
                raise  # not the connector's: the books could not be written
            ending = self._settle_problem(problem)
        log.info(f"job {ending}", type=self._job.type, seconds=round(perf_counter() - started, 3))

    def _put_off(self, problem: Busy | Refused) -> str:
        # Not all at once: those that were put off together would meet again at the same moment.
        seconds = problem.after_seconds * random.uniform(1, 1 + _SPREAD)  # noqa: S311 - a pause, no secret
        self._engine.release_jobs([self._job.key], worker=self._worker, after_seconds=seconds)
        return "put off"

    def _call(self) -> Result | Review:
        """Policies, connector, policies. A policy that stops the call is obeyed."""
        connector = self._engine.connectors.get(self._job.type)
        if connector is None:
            raise Permanent(f"No connector serves '{self._job.type}' in this worker.", code="CONNECTOR_UNKNOWN")
        policies, _ = self._engine.governed(self._job)
        around = JobPolicies(policies, self._note)
        request = around.before(self._request())
        if isinstance(request, Review):
            return request
        return around.after(request, connector(self._filled(request, connector)))

    def _note(self, told: Sequence[Event]) -> None:
        self._tell(lambda: self._engine.note_job_events(self._job.key, told, worker=self._worker))

    def _request(self) -> Request:
        """The job as policies see it: no secret is filled in."""
        job = self._job
        return Request(
            job_key=job.key,
            type=job.type,
            instance_key=job.instance_key,
            process_id=job.process_id,
            element_id=job.element_id,
            variables=job.variables,
            headers=job.headers,
            retries=job.retries,
            idempotency_key=job.idempotency_key,
            journal=PatientJournal(self._engine.journal(job.key, worker=self._worker)),
            secret=self._quoted.secret,
            traceparent=tracing.current(),
            timeout_seconds=seconds_of(job.headers.get("jobTimeout", "")) or _DEFAULT_SECONDS,
            gate=PolicyGate(job.element_id, lambda call: self._engine.governed(job, call), self._note),
            tools_of=self._tools_of,
            route=self._route,
        )

    def _filled(self, request: Request, connector: Connector) -> Request:
        """The request as the connector gets it."""
        named: frozenset[str] = getattr(connector, "secret_inputs", frozenset())
        headers = {name: str(self._quoted.fill(text)) for name, text in request.headers.items()}
        variables = self._quoted.fill_named(request.variables, named, self._sources)
        return replace(request, variables=variables, headers=headers)

    def _sources(self) -> Mapping[str, str]:
        return self._engine.input_sources(self._job.definition_key, self._job.element_id)

    def _tools_of(self, element_id: str) -> Json:
        try:
            return self._engine.tools_of(self._job.key, element_id)
        except NotFound as problem:
            raise Permanent(str(problem), code="TOOLS_UNKNOWN") from None

    def _route(self, decision_id: str, facts: Mapping[str, Json]) -> Routed:
        try:
            return self._engine.route_job(self._job, decision_id, facts, worker=self._worker)
        except (NotFound, EvaluationError) as problem:
            text = f"The routing table '{decision_id}' cannot be asked: {problem} Correct it and deploy it again."
            raise Permanent(text, code="ROUTING_FAILED") from None

    def _settle(self, outcome: Result | Review) -> str:
        if isinstance(outcome, Review):
            self._tell(lambda: self._engine.ask_review(self._job.key, outcome, worker=self._worker))
            return "put to review"
        apply_error_expression(self._job.headers, self._job.retries, self._now(), response=outcome.response)
        return self._complete({**outcome.variables, **self._results(outcome.response)}, outcome.choice)

    def _results(self, response: Json) -> dict[str, Json]:
        try:
            return result_variables(self._job.headers, response)
        except (EvaluationError, LanguageError) as problem:
            raise Permanent(
                f"The header resultExpression fails: {problem} Correct it in the diagram and deploy again.",
                code="EXPRESSION_INVALID",
            ) from None

    def _settle_problem(self, problem: Exception) -> str:
        is_refusal = isinstance(problem, Permanent) and problem.is_refusal
        try:
            apply_error_expression(self._job.headers, self._job.retries, self._now(), problem=problem)
        except Exception as said:  # the diagram's own word for this failure
            problem = said
        match problem:
            case Refused():
                return self._fail(str(problem), 0, None)
            case Ignored():
                return self._complete(problem.variables)
            case BpmnError():
                return self._throw(problem)
            case Failed():
                return self._fail(str(problem), problem.retries, problem.after_seconds, problem.variables, is_refusal)
            case Retryable():
                retries = None if problem.uses_retry else self._job.retries
                return self._fail(str(problem), retries, problem.after_seconds)
            case Permanent() | InvalidInput():
                return self._fail(str(problem), 0, None, is_refusal=is_refusal)
        return self._fail(f"{type(problem).__name__}: {problem}", None, None)

    def _complete(self, variables: Mapping[str, Json], choice: ChoiceInside | None = None) -> str:
        done = Completion(self._job.key, checked(variables), _result(choice))
        self._tell(lambda: self._completions.complete(self._job, done))
        return "completed"

    def _throw(self, problem: BpmnError) -> str:
        self._tell(
            lambda: self._engine.throw_error(
                self._job.key,
                worker=self._worker,
                code=problem.code,
                message=self._said(str(problem)),
                variables=problem.variables,
            )
        )
        return f"ended with error {problem.code}"

    def _fail(
        self,
        message: str,
        retries: int | None,
        after_seconds: float | None,
        variables: Mapping[str, Json] | None = None,
        is_refusal: bool = False,
    ) -> str:
        if after_seconds is None:
            after_seconds = seconds_of(self._job.headers.get("retryBackoff", ""))
        options: dict[str, Any] = {"retries": retries, "after_seconds": after_seconds, "variables": variables}
        options["is_refusal"] = is_refusal
        said = self._said(message)
        self._tell(lambda: self._engine.fail_job(self._job.key, worker=self._worker, message=said, **options))
        return "failed"

    def _tell(self, ending: Callable[[], object]) -> None:
        patiently(ending, self._renew)

    def _renew(self) -> None:
        self._engine.extend_leases([self._job.key], worker=self._worker, seconds=self._lease_seconds)

    def _now(self) -> datetime:
        return self._engine.clock.now()

    def _said(self, message: str) -> str:
        """A message without the secrets that went into this call, and not too long to be read."""
        return self._quoted.redact(message)[:_LONGEST_MESSAGE]


def _may_wait(problem: Busy | Refused) -> bool:
    return isinstance(problem, Busy) or problem.then in ("wait", "next")


def _result(choice: ChoiceInside | None) -> dict[str, Json] | None:
    """The choice as the job of an ad-hoc sub-process is answered."""
    if choice is None:
        return None
    return {
        "activateElements": [{"elementId": one.element_id, "variables": dict(one.variables)} for one in choice.begin],
        "isCompletionConditionFulfilled": choice.is_enough,
        "isCancelRemainingInstances": choice.cancels_remaining,
    }
