"""Work as a job: type, retries and headers evaluated, one row for a worker to take.

Shared by every element that asks the outside world for something (service, send, script, business rule task, throw
events with a task definition).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bpmn import timers
from bpmn.errors import EvaluationError
from bpmn.model import FlowNode, Job
from engine.runtime.elements.external_errors import ExternalErrors
from engine.runtime.elements.linked_resources import LinkedResources
from engine.runtime.formulas import Formula, formula
from engine.runtime.mappings import Mappings
from engine.runtime.problem import EXTRACT_VALUE, Problem
from engine.step import JobWait

if TYPE_CHECKING:
    from engine.runtime.tokens import Token

Json = Any
_CYCLE = re.compile(r"R(\d+)/(\S+)")


class JobWork:
    """The compiled job of an element, or of a listener: `kind` and `event` say which."""

    def __init__(self, job: Job, node: FlowNode | None = None, *, kind: str = "element", event: str = "") -> None:
        self._kind, self._event = kind, event
        self._type = Formula(job.type)
        self._retries = Formula(job.retries)
        self._priority = formula(job.priority)
        self._headers = dict(job.headers)
        self._fields = [(name, Formula(value)) for name, value in job.fields]
        self._linked = LinkedResources(job.linked)
        # What the worker answers is for the job's own output parameters alone.
        self.answers_by_outputs = job.origin == "connector" or bool(job.outputs)
        self.errors = ExternalErrors(job.errors)
        self._cycle = formula(node.retry_cycle) if node is not None else None
        self.inputs = Mappings(job.inputs)
        self.outputs = Mappings(job.outputs)

    def open(self, token: Token, facts: Mapping[str, str] | None = None) -> None:
        """Create the job; `facts` are headers beside those of the diagram."""
        process = token.workflow
        if self.inputs:
            process.scopes.set_local(token.id, self.inputs.inputs(token))
        retries, intervals = self._plan(token)
        fields = {name: _field(name, value, token) for name, value in self._fields}
        headers = self._headers | fields | self._linked.headers(token) | dict(facts or {})
        process.wait(
            token,
            JobWait(
                element_key=token.id,
                element_id=token.task_spec.id,
                type=self._type.text(token),
                retries=retries,
                headers=headers,
                kind=self._kind,
                listener_event=self._event,
                priority=self._evaluate_priority(token),
                retry_intervals=intervals,
            ),
        )

    def _evaluate_priority(self, token: Token) -> int:
        """The element's own, else the process's (zeebe-extensions §2, camunda7-extensions §2)."""
        priority = self._priority or token.workflow.definition.job_priority
        return priority.integer(token) if priority else 0

    def take_in(self, token: Token, payload: Mapping[str, Json]) -> bool:
        """What a connector answered: seen by its own output parameters only. False when it has none of its own.

        Raises `Thrown` when an error definition of Camunda 7 makes an error of it.
        """
        if self.errors:
            token.workflow.scopes.merge(token, payload)
            self.errors.check(token, {})
        if not self.answers_by_outputs:
            return False
        token.workflow.close_waits(token)
        token.workflow.scopes.set_local(token.id, payload)
        return True

    def _plan(self, token: Token) -> tuple[int, tuple[int, ...]]:
        if self._cycle is not None:
            # One that cannot be read is as if there were none (DefaultJobRetryCmd).
            with suppress(Problem):
                return retry_plan(self._cycle.text(token), token)
        return self._retries.integer(token), ()


_SECRET = re.compile(r"secrets\.[^\s{}]+")


def _field(name: str, formula: Formula, token: Token) -> str:
    """A field as a header. The worker fills in the secrets that headers quote, so data must not quote one."""
    text = _as_header(formula.value(token))
    smuggled = set(_SECRET.findall(text)) - set(_SECRET.findall(formula.expression.text))
    if smuggled:
        quoted = ", ".join(sorted(smuggled))
        raise Problem(EXTRACT_VALUE, f"The field '{name}' got '{quoted}' from its data. Only a diagram quotes secrets.")
    return text


def _as_header(value: Json) -> str:
    """A field's value as a header: text as it is, null as nothing, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def retry_plan(text: str, token: Token) -> tuple[int, tuple[int, ...]]:
    """Attempts and the seconds between them, from `R3/PT10M` or `PT10M,PT17M` (Camunda 7's failedJobRetryTimeCycle)."""
    now = token.workflow.services.now
    cycle = _CYCLE.fullmatch(text.strip())
    parts = [cycle[2]] if cycle else [part.strip() for part in text.split(",")]
    try:
        seconds = tuple(timers.seconds(part, now) for part in parts)
    except EvaluationError as error:
        raise Problem(EXTRACT_VALUE, f"The retry time cycle '{text}' cannot be used: {error}") from error
    return (int(cycle[1]), seconds) if cycle else (len(seconds) + 1, seconds)
