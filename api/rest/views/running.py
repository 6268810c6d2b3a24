"""Views of what runs: instances, elements, jobs, incidents, calls of models, messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from api.rest.shapes import Key, Moment, OptionalKey, View
from api.rest.views.fields import Next, ProcessKey

Dollars = Annotated[
    Decimal | None,
    PlainSerializer(lambda cost: None if cost is None else str(cost), return_type=str | None, when_used="json"),
]


class ActiveView(View):
    """An element at which the instance stands."""

    key: Key
    element_id: str
    name: str
    kind: str
    since: Moment
    has_incident: bool = False


class WhyWaitingView(View):
    """Why an instance does not go on."""

    kind: str = Field(description="user-task, job, timer, join ..., incident or suspended; `why` says the rest.")
    element_id: str
    element_name: str
    since: Moment
    with_whom: str
    why: str = Field(description="One plain sentence.")
    key: OptionalKey = Field(default=None, description="The key of the task, job, incident ... that waits.")


class InstanceView(View):
    """A process instance."""

    key: Key
    process_id: str
    process_key: ProcessKey
    version: int
    business_key: str | None
    state: str = Field(description="active, suspended, completed or terminated.")
    started_at: Moment
    started_by: str
    ended_at: Moment | None
    parent_key: OptionalKey = Field(default=None, description="The instance that called it.")
    has_incident: bool = False
    tenant_id: str


class InstanceDetail(InstanceView):
    """A process instance, where it stands and why."""

    active: list[ActiveView]
    waiting: list[WhyWaitingView]


class InstancePage(View):
    """A page of instances."""

    items: list[InstanceView]
    next: Next = None


class ModifiedView(View):
    """An instance after a change, or after one that was only tried."""

    instance: InstanceView
    before: list[str] = Field(description="The ids of the active elements before, one for each visit.")
    after: list[str] = Field(description="The same afterwards.")


class MigrationView(View):
    """What a migration does, or would do."""

    elements: dict[str, str] = Field(description="Each active element and what it becomes.")
    ends: list[str] = Field(description="Events that were waited for and are not in the new version.")
    begins: list[str] = Field(description="Events that are waited for from now on.")
    faults: list[str] = Field(description="Why it cannot be done; nothing is done then.")


class VariablesView(View):
    """Variables."""

    variables: dict[str, Any]


class ElementView(View):
    """One visit of one element."""

    key: Key
    element_id: str
    name: str
    kind: str
    state: str
    scope_key: OptionalKey
    started_at: Moment
    ended_at: Moment | None


class ElementPage(View):
    """A page of the way that an instance took."""

    items: list[ElementView]
    next: Next = None


class AttemptView(View):
    """One call of a model, as it was accounted for."""

    job_key: Key
    element_id: str = ""
    number: int
    model: str
    ai_kind: str = Field(description="rules (not AI), embedded-classifier, local-llm, llm or scripted.")
    state: str = Field(description="started, answered, failed or lost.")
    started_at: Moment
    ended_at: Moment | None
    prompt: Any
    answer: str | None
    output: Any
    faults: list[str]
    confidence: float | None
    evidence: dict[str, Any] | None = Field(
        description="Of the confidence: its method and features, the probability of being right by people's verdicts, "
        "the calibrator's version that says so, and the threshold that was asked for."
    )
    cost: Dollars = Field(description="US dollars.")
    tokens_in: int | None
    tokens_out: int | None
    rulings: list[dict[str, Any]] = Field(default=[], description="What policies said about it, but for consents.")


class AttemptList(View):
    """Every call of a model that an instance made."""

    items: list[AttemptView]


class JobView(View):
    """Work for a connector or worker."""

    key: Key
    type: str
    kind: str
    state: str
    instance_key: Key
    element_key: Key
    element_id: str
    process_id: str
    process_key: ProcessKey
    retries: int
    worker: str
    available_at: Moment = Field(description="When it may be taken (again); for one at work, the end of its lease.")
    error_code: str = ""
    error_message: str = ""
    created_at: Moment
    ended_at: Moment | None
    tenant_id: str


class JobPage(View):
    """A page of jobs."""

    items: list[JobView]
    next: Next = None


class IncidentView(View):
    """A place where an instance cannot go on without help."""

    key: Key
    instance_key: Key
    element_key: Key
    element_id: str
    process_id: str
    process_key: ProcessKey
    type: str
    message: str
    job_key: OptionalKey = None
    state: str
    created_at: Moment
    resolved_at: Moment | None
    resolved_by: str = ""
    tenant_id: str


class IncidentPage(View):
    """A page of incidents."""

    items: list[IncidentView]
    next: Next = None


class MessageView(View):
    """Where a message went."""

    key: OptionalKey
    correlated: list[Key] = Field(default=[], description="The instances that got it.")
    started: list[Key] = Field(default=[], description="The instances that it started.")
    buffered: bool = Field(default=False, description="Whether it waits for somebody to listen.")


class SignalView(View):
    """How many a signal was for."""

    key: Key
    receivers: int = Field(description="Events that waited for it, and processes that it starts.")
