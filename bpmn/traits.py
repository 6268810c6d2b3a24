"""What an element says about itself: expressions, jobs, people, forms, calls, events, repetition.

The parts that `bpmn.model` is made of, each a frozen record without behaviour, named in neutral words for both vendors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NOTHING: Mapping[str, str] = MappingProxyType({})


def nothing() -> Mapping[str, str]:
    """The empty mapping, one for all: the default of every mapping in the model."""
    return NOTHING


class Dialect(StrEnum):
    """Whose extension attributes and expression language a file uses."""

    PLAIN = "plain"
    CAMUNDA7 = "camunda7"
    CAMUNDA8 = "camunda8"


class Language(StrEnum):
    """The language of an expression; LITERAL is text that means itself."""

    LITERAL = "literal"
    FEEL = "feel"
    JUEL = "juel"
    JAVASCRIPT = "javascript"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """The BPMN 2.0.2 element a flow node is; the value is the XML local name."""

    TASK = "task"
    SERVICE_TASK = "serviceTask"
    SEND_TASK = "sendTask"
    RECEIVE_TASK = "receiveTask"
    SCRIPT_TASK = "scriptTask"
    USER_TASK = "userTask"
    MANUAL_TASK = "manualTask"
    BUSINESS_RULE_TASK = "businessRuleTask"
    CALL_ACTIVITY = "callActivity"
    SUB_PROCESS = "subProcess"
    TRANSACTION = "transaction"
    AD_HOC_SUB_PROCESS = "adHocSubProcess"
    EXCLUSIVE_GATEWAY = "exclusiveGateway"
    PARALLEL_GATEWAY = "parallelGateway"
    INCLUSIVE_GATEWAY = "inclusiveGateway"
    EVENT_BASED_GATEWAY = "eventBasedGateway"
    COMPLEX_GATEWAY = "complexGateway"
    START_EVENT = "startEvent"
    INTERMEDIATE_CATCH_EVENT = "intermediateCatchEvent"
    INTERMEDIATE_THROW_EVENT = "intermediateThrowEvent"
    BOUNDARY_EVENT = "boundaryEvent"
    END_EVENT = "endEvent"


class EventKind(StrEnum):
    """The kind of an event definition; NONE is an event without one."""

    NONE = "none"
    MESSAGE = "message"
    TIMER = "timer"
    ERROR = "error"
    ESCALATION = "escalation"
    SIGNAL = "signal"
    CONDITIONAL = "conditional"
    LINK = "link"
    COMPENSATE = "compensate"
    CANCEL = "cancel"
    TERMINATE = "terminate"


class TimerKind(StrEnum):
    """How a timer event says when: a date, a duration or a repeating cycle (BPMN 2.0.2, 10.5.5)."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class Expression:
    """A text with its language.

    `text` is what the language's compiler gets: FEEL without the leading `=`, JUEL with its braces, a literal as is.
    `line` is the line in the file, counted from 1; 0 when unknown. `format` is what the file called the language when
    it is JAVASCRIPT or UNKNOWN, such as "groovy", for messages. `resource` is where the text lies when it is elsewhere.
    """

    text: str
    language: Language = Language.LITERAL
    line: int = 0
    format: str = ""
    resource: str = ""

    @property
    def is_literal(self) -> bool:
        return self.language is Language.LITERAL


@dataclass(frozen=True, slots=True)
class VariableMapping:
    """One variable mapping: evaluate `source`, store the value under the (possibly dotted) `target`."""

    source: Expression | Script | StructuredValue
    target: str
    line: int = 0
    type: str = ""  # Flowable's sourceType or targetType, to which the value is converted
    target_name: Expression | None = None  # Flowable's targetExpression, instead of `target`


@dataclass(frozen=True, slots=True)
class Script:
    """A script body. `result_variable` receives its value; an empty one means the value is dropped."""

    text: str
    language: Language
    result_variable: str = ""
    format: str = ""  # what the file said, such as "groovy", for messages
    resource: str = ""  # camunda:resource, when the body lies elsewhere
    line: int = 0


@dataclass(frozen=True, slots=True)
class StructuredValue:
    """A camunda:list or camunda:map of an input or output parameter; entries are evaluated in order."""

    items: tuple[Expression | Script | StructuredValue, ...] = ()
    entries: tuple[tuple[str, Expression | Script | StructuredValue], ...] | None = None  # None: it is a list


@dataclass(frozen=True, slots=True)
class LinkedResource:
    """A zeebe:linkedResource: a deployed file that a worker needs, such as a robot's script."""

    id: Expression
    type: str = ""
    link_name: str = ""
    binding: Binding | None = None


@dataclass(frozen=True, slots=True)
class ExternalError:
    """A camunda:errorEventDefinition of an external task: a true `condition` throws the error with this code."""

    condition: Expression
    code: Expression | None = None
    message: Expression | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """Work that somebody else does: a job of a type, taken by a worker or one of Baton's connectors.

    `origin` says which attribute named it: taskDefinition, topic, class, delegateExpression, connector, mail.
    """

    type: Expression
    retries: Expression = Expression("3")
    headers: Mapping[str, str] = field(default_factory=nothing)
    origin: str = "taskDefinition"
    priority: Expression | None = None
    fields: tuple[tuple[str, Expression], ...] = ()
    inputs: tuple[VariableMapping, ...] = ()  # a Camunda 7 connector's own inputOutput
    outputs: tuple[VariableMapping, ...] = ()
    errors: tuple[ExternalError, ...] = ()
    linked: tuple[LinkedResource, ...] = ()
    line: int = 0
    repeated_headers: tuple[str, ...] = ()  # keys that were given more than once


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a generated form (camunda:formField): `type` is string, long, boolean, date, enum or the vendor's."""

    id: str
    label: str = ""
    type: str = "string"
    default: Expression | None = None
    values: tuple[tuple[str, str], ...] = ()
    constraints: tuple[tuple[str, str], ...] = ()
    properties: Mapping[str, str] = field(default_factory=nothing)
    date_pattern: str = ""


@dataclass(frozen=True, slots=True)
class FormReference:
    """Which form a person fills in. Exactly one of id, key, external and fields says it.

    `id` a deployed form's id (`zeebe:formDefinition formId`, `camunda:formRef`); `embedded_id` the id of a form inside
    the same file (`zeebe:userTaskForm`); `key` any other `formKey`; `external` an outside reference;
    `fields` a generated form.
    """

    id: Expression | None = None
    embedded_id: str = ""
    key: Expression | None = None
    external: Expression | None = None
    fields: tuple[FormField, ...] = ()
    binding: Binding | None = None
    business_key: str = ""  # the field of a generated start form that becomes the business key


@dataclass(frozen=True, slots=True)
class Binding:
    """Which version of a referenced form, decision or process: latest, deployment, version or versionTag."""

    type: str = "latest"
    version: Expression | None = None
    version_tag: Expression | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """An execution or task listener: a job type (Camunda 8), or an expression, script or class (Camunda 7).

    `kind` is "execution" or "task"; `event` is the vendor's word in lower case, such as start, end, take, create,
    assignment, complete.
    """

    kind: str
    event: str
    job: Job | None = None
    expression: Expression | None = None
    script: Script | None = None
    timer: Timer | None = None  # of a Camunda 7 task listener for `timeout`
    line: int = 0
    throws: EventDefinition | None = None  # a signal or an error (Activiti's and Flowable's eventListener)


@dataclass(frozen=True, slots=True)
class UserTask:
    """What makes a flow node a person's work. Lists and dates are expressions, evaluated when the task is created."""

    assignee: Expression | None = None
    candidate_groups: Expression | None = None
    candidate_users: Expression | None = None
    due_date: Expression | None = None
    follow_up_date: Expression | None = None
    priority: Expression | None = None
    form: FormReference | None = None
    id_variable: Expression | None = None  # Flowable: the variable that gets the task's key
    completer_variable: Expression | None = None  # Flowable: the variable that gets who completed it
    native: bool = True  # False: a Camunda 8 user task that older clients see as a job
    headers: Mapping[str, str] = field(default_factory=nothing)  # zeebe:taskHeaders
    repeated_headers: tuple[str, ...] = ()  # keys that were given more than once


@dataclass(frozen=True, slots=True)
class CalledDecision:
    """A decision that a business rule task evaluates.

    `map_result` is Camunda 7's mapDecisionResult (resultList, singleResult, singleEntry, collectEntries); empty means
    Camunda 8's rule (the decision's own output shape). "variables" is Flowable's: each output of the matched rule is a
    variable, several rules are a list under the decision's id.
    """

    decision_id: Expression
    result_variable: str = ""
    binding: Binding = Binding()
    map_result: str = ""
    fails_without_match: Expression | None = None  # Flowable's decisionTaskThrowErrorOnNoHits
    line: int = 0


@dataclass(frozen=True, slots=True)
class CalledElement:
    """The process a call activity starts, and what it hands over and takes back.

    `inputs`/`outputs` are Camunda 7's camunda:in and camunda:out; an `all` mapping is a pair of the flags below.
    """

    process_id: Expression
    binding: Binding = Binding()
    propagate_all_parent_variables: bool = True
    propagate_all_child_variables: bool = True
    inputs: tuple[VariableMapping, ...] = ()
    outputs: tuple[VariableMapping, ...] = ()
    inputs_local_only: bool = False
    outputs_local: bool = False
    business_key: Expression | None = None
    id_variable: Expression | None = None  # Flowable: the variable that gets the called instance's key
    line: int = 0


@dataclass(frozen=True, slots=True)
class Aggregation:
    """Flowable's variableAggregation: each completed instance of a multi-instance adds an object of `parts`.

    All of them become the list `target` behind the multi-instance; what an instance writes is its own meanwhile. Of
    Activiti's loopDataOutputRef, `item` is the one value to add instead, or else all that the instance wrote.
    """

    target: Expression
    parts: tuple[VariableMapping, ...] | None = None
    item: Expression | None = None


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """A multi-instance marker (BPMN 2.0.2, 13.3.7), of either vendor.

    `collection` or `cardinality` says how often. `counter_base` is the first loopCounter: 1 in Camunda 8, 0 in 7.
    """

    sequential: bool
    collection: Expression | None = None
    cardinality: Expression | None = None
    element_variable: str = ""
    output_collection: str = ""
    output_element: Expression | None = None
    completion_condition: Expression | None = None
    counter_base: int = 1
    counter_variable: str = "loopCounter"  # Activiti's and Flowable's elementIndexVariable names another one
    async_before: bool = False  # of each instance
    async_after: bool = False
    retry_cycle: Expression | None = None
    aggregations: tuple[Aggregation, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """A standard loop marker (BPMN 2.0.2, 13.3.6)."""

    condition: Expression | None = None
    test_before: bool = False
    maximum: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A bpmn:message. `correlation_key` is Camunda 8's zeebe:subscription; Camunda 7 compares variables instead."""

    id: str
    name: Expression | None = None
    correlation_key: Expression | None = None
    takes: tuple[VariableMapping, ...] | None = None  # what of its variables is taken, under which names; None: all
    line: int = 0


@dataclass(frozen=True, slots=True)
class Error:
    """A bpmn:error; a catch without a code takes any."""

    id: str
    name: str = ""
    code: Expression | None = None
    message: Expression | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Escalation:
    """A bpmn:escalation."""

    id: str
    name: str = ""
    code: Expression | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """A bpmn:signal."""

    id: str
    name: Expression | None = None
    only_here: bool = False  # heard in the instance that throws it alone (Activiti's and Flowable's scope)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Payload:
    """What a signal carries (its camunda:in): all variables or the local ones, mappings, a business key."""

    mappings: tuple[VariableMapping, ...] = ()
    all_variables: bool = False
    local_only: bool = False
    business_key: Expression | None = None


@dataclass(frozen=True, slots=True)
class Timer:
    """When a timer event fires. LITERAL text is ISO 8601 or cron; anything else is evaluated first."""

    kind: TimerKind
    value: Expression
    end: Expression | None = None  # of a cycle: no turn is later than that (Activiti's and Flowable's endDate)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Publication:
    """How a message throw event publishes its message without anybody's help (zeebe:publishMessage)."""

    correlation_key: Expression | None = None
    message_id: Expression | None = None
    time_to_live: Expression | None = None  # a duration


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """What an event waits for or throws; only the part that belongs to `kind` is filled.

    `job` is how a message throw event sends (both vendors). `reference` is the id the file named and nobody defined,
    kept so that a check can say so.
    """

    kind: EventKind
    message: Message | None = None
    error: Error | None = None
    escalation: Escalation | None = None
    signal: Signal | None = None
    payload: Payload | None = None
    timer: Timer | None = None
    condition: Expression | None = None
    condition_variables: tuple[str, ...] = ()
    condition_events: tuple[str, ...] = ()
    only_changes: bool = False  # what is true from the start is not enough (Flowable's variable listener)
    link_name: str = ""
    activity_ref: str = ""  # compensation of one activity
    ends_repetition: bool = False  # Activiti's and Flowable's terminateMultiInstance
    ends_everything: bool = False  # and their terminateAll
    waits_for_completion: bool = True  # a compensation throw event goes on when all handlers are done
    code_variable: str = ""
    code_stays: bool = False  # the code is local to the sub-process around (Flowable's errorVariableLocalScope)
    takes: tuple[
        VariableMapping, ...
    ] = ()  # Flowable's in of a caught error, over errorCode, errorMessage and what came
    gives: tuple[VariableMapping, ...] = ()  # and its out of an error end event
    message_variable: str = ""
    job: Job | None = None
    publication: Publication | None = None
    expression: Expression | None = None  # camunda:expression of a message throw event
    result_variable: str = ""
    reference: str = ""
    line: int = 0
