"""Tasks of Activiti and Flowable beyond Camunda 7's: http, dmn, external workers, events, and other products' work.

What another product does (Camel, Mule, a case, rules) becomes a job of that type, as Java classes do, so that a worker
can stand in for it; its settings are the job's headers.
"""

from __future__ import annotations

from dataclasses import replace

from bpmn.dialects import camunda7_values as nested
from bpmn.dialects.plain import Draft, Plain, Values
from bpmn.dialects.relatives_events import answer, event_input
from bpmn.dialects.relatives_parameters import parameters
from bpmn.model import Binding, CalledDecision, Expression, Job, Kind, Language, Message
from bpmn.parts import Notes, Part, truth

# Types of a service task that become jobs of that type (Flowable's ServiceTask, ServiceTaskValidator).
JOB_TYPES = frozenset({"mail", "shell", "http", "camel", "mule", "case", "send-event"})
_CASE_HEADERS = ("caseDefinitionKey", "caseInstanceName", "businessKey", "inheritBusinessKey", "sameDeployment")
_RULE_HEADERS = ("rules", "exclude")
_DECISION_KEYS = ("decisionTableReferenceKey", "decisionServiceReferenceKey")


def typed_job(dialect: Plain, part: Part, kind: str) -> Job:
    """The job of a typed service task, its fields not yet read."""
    job = Job(Expression(kind, Language.LITERAL, part.line), origin=kind, line=part.line)
    return _FILLERS.get(kind, _as_it_is)(dialect, part, job)


def _as_it_is(dialect: Plain, part: Part, job: Job) -> Job:
    return job


def _case(dialect: Plain, part: Part, job: Job) -> Job:
    inputs = parameters(dialect, part.extensions("in"), "targetType")
    outputs = parameters(dialect, part.extensions("out"), "sourceType")
    return replace(job, headers=_headers(part, _CASE_HEADERS), inputs=inputs, outputs=outputs)


def _send_event(dialect: Plain, part: Part, job: Job) -> Job:
    inputs = tuple(event_input(dialect, element) for element in part.extensions("eventInParameter"))
    return replace(job, headers=_texts(part, ("eventType", "channelKey", "systemChannel")), inputs=inputs)


_FILLERS = {"case": _case, "send-event": _send_event}


def external_parameters(dialect: Plain, part: Part, job: Job) -> Job:
    """What goes to an external worker beside what it sees anyway, and what of its answer is taken."""
    inputs = parameters(dialect, part.extensions("externalWorkerInParameter"), "targetType")
    outputs = parameters(dialect, part.extensions("externalWorkerOutParameter"), "sourceType")
    return replace(job, inputs=inputs, outputs=outputs)


def place_task(dialect: Plain, draft: Draft, job: Job | None) -> None:
    """What a service task waits for after its work (triggerable): an event of the registry, or its own name."""
    part = draft.part
    if draft.kind is not Kind.SERVICE_TASK:
        return
    if job is not None and job.origin == "send-event":
        draft.values["message"] = answer(dialect, part, job.headers.get("eventType", ""))
    elif truth(part.vendor("triggerable")):
        name = Expression(part.get("id"), Language.LITERAL, part.line)
        draft.values["message"] = Message("", name, line=part.line)


def rules_job(part: Part) -> Job | None:
    """A business rule task of a rule engine; None when none of its words stands there."""
    headers = _headers(part, _RULE_HEADERS)
    read = [name.strip() for name in (part.vendor("ruleVariablesInput") or "").split(",") if name.strip()]
    if not headers and not read:
        return None
    result = part.vendor("resultVariable") or part.vendor("resultVariableName") or ""
    told = {**headers, "variables": ",".join(read), "resultVariable": result}
    given = {name: text for name, text in told.items() if text}
    type_ = Expression(part.vendor("class") or "rules", Language.LITERAL, part.line)
    return Job(type_, origin="rules", headers=given, line=part.line)


def decision(dialect: Plain, part: Part, unsupported: Notes) -> CalledDecision | None:
    """The decision of a dmn task; None when its fields name none."""
    fields = dict(nested.fields(dialect, part.extensions("field"), unsupported))
    key = next((fields[name] for name in _DECISION_KEYS if name in fields), None)
    if key is None:
        return None
    # What stands there is an expression, also where it is written as a string (DmnActivityBehavior).
    same = fields.get("sameDeployment")
    return CalledDecision(
        dialect.value(key.text, key.line),
        binding=Binding("deployment" if same is not None and truth(same.text) else "latest"),
        map_result="variables",
        fails_without_match=_expression(dialect, fields.get("decisionTaskThrowErrorOnNoHits")),
        line=part.line,
    )


def _expression(dialect: Plain, field: Expression | None) -> Expression | None:
    if field is None:
        return None
    found = dialect.value(field.text, field.line)
    if not found.is_literal:
        return found
    return Expression("${true}" if truth(found.text) else "${false}", Language.JUEL, found.line)


def _headers(part: Part, names: tuple[str, ...]) -> Values:
    found = {name: part.vendor(name) for name in names}
    return {name: text.strip() for name, text in found.items() if text}


def _texts(part: Part, names: tuple[str, ...]) -> Values:
    found = {name: part.extension(name) for name in names}
    part.extension("sendSynchronously")  # the job is done before the flow goes on, either way
    return {name: (one.text or "").strip() or "true" for name, one in found.items() if one is not None}
