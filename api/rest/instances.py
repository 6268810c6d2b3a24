"""Process instances: starting them, seeing where they stand and why, changing and ending them."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from api.comparing import comparisons
from api.context import actor, engine
from api.problems import Problem
from api.rest.nouns import noun
from api.rest.shapes import (
    Body,
    KeyIn,
    Name,
    OptionalName,
    PageQuery,
    PathKeys,
    ReasonBody,
    TenantIn,
    Variables,
    WhyQuery,
    done,
    page_of,
    shown,
)
from api.rest.views.running import AttemptList, ElementPage, InstanceDetail, InstancePage, InstanceView, VariablesView
from api.rest.views.standing import StandingView
from engine.queries import InstanceFilter
from engine.states import InstanceState

instances = noun("instances", "Process instances: one run of a process each.")


class StartBody(Body):
    """What to start: `process_id` (in its latest or the given version) or `process_key`."""

    process_id: OptionalName = Field(default="", description="The process id of the diagram.")
    process_key: KeyIn | None = Field(default=None, description="The key of one exact definition.")
    version: int = Field(default=0, ge=0, le=2**31 - 1, description="A version of `process_id`; 0 is the latest.")
    variables: Variables = Field(default={})
    business_key: Name | None = Field(default=None, description="Your own number for the case, such as an invoice's.")
    tenant_id: TenantIn = ""


class VariablesBody(Body):
    """Variables to set; those not named stay as they are."""

    variables: Variables
    scope_key: KeyIn | None = Field(
        default=None, description="An active element's key; the instance itself when left out."
    )
    local: bool = Field(default=False, description="Set them in this scope even when an outer one has the name.")


class InstancesQuery(PageQuery):
    """Which instances."""

    state: InstanceState | None = None
    process_id: str = Field(default="", max_length=255)
    business_key: str | None = Field(default=None, max_length=255)
    has_incident: bool | None = Field(default=None, description="Only those with (or without) an open incident.")
    held: bool | None = Field(default=None, description="Only those under a legal hold, or without one.")
    tenant_id: TenantIn = Field(default="", description="Only this tenant's.")
    variable: list[str] = Field(
        default=[],
        max_length=10,
        description="What a variable must be, such as `amount>=100`, `customer=ACME` or `city~New*`; may be repeated.",
    )


class InstancePath(PathKeys):
    """An instance."""

    instance_key: KeyIn


@instances.post("", responses={201: InstanceView})
def start(body: StartBody) -> Response:
    """Start an instance. With the header `Idempotency-Key`, however often it is sent, one."""
    if bool(body.process_id) == (body.process_key is not None):
        raise Problem(
            422, "invalid-input", "Give either process_id or process_key.", fields={"process_id": "one of two"}
        )
    instance = engine().start(
        process_id=body.process_id,
        definition_key=body.process_key or 0,
        version=body.version,
        variables=body.variables,
        business_key=body.business_key,
        tenant_id=body.tenant_id,
        by=actor(),
    )
    return shown(InstanceView, instance, 201)


@instances.get("", responses={200: InstancePage})
def listing(query: InstancesQuery) -> Response:
    """Instances, newest first."""
    wanted = InstanceFilter(
        state=query.state,
        process_id=query.process_id,
        business_key=query.business_key,
        has_incident=query.has_incident,
        held=query.held,
        tenant_ids=[query.tenant_id] if query.tenant_id else [],
        variables=comparisons(query.variable, "variable"),
    )
    return shown(InstancePage, engine().queries.instances(wanted, page_of(query)))


@instances.get("/<instance_key>", responses={200: InstanceDetail})
def show(path: InstancePath) -> Response:
    """One instance: where it stands, and for everything it waits for, why, since when and with whom."""
    return shown(InstanceDetail, engine().queries.instance(path.instance_key))


@instances.get("/<instance_key>/standing", responses={200: StandingView})
def standing(path: InstancePath) -> Response:
    """Where it is stuck and why: stage, who acts next, what blocks, what was decided so far, how long it has run."""
    return shown(StandingView, engine().queries.standing(path.instance_key))


@instances.get("/<instance_key>/variables", responses={200: VariablesView})
def variables(path: InstancePath) -> Response:
    """The instance's own variables by name."""
    return _variables_of(path.instance_key)


@instances.patch("/<instance_key>/variables", responses={200: VariablesView})
def set_variables(path: InstancePath, body: VariablesBody) -> Response:
    """Set variables of a running instance; answers with all of its variables."""
    engine().set_variables(
        path.instance_key, body.variables, scope_key=body.scope_key or 0, local=body.local, by=actor()
    )
    return _variables_of(path.instance_key)


@instances.post("/<instance_key>/cancel", responses={200: InstanceView})
def cancel(path: InstancePath, body: ReasonBody) -> Response:
    """End an instance where it stands, with everything it called and waits for."""
    return shown(InstanceView, engine().cancel(path.instance_key, reason=body.reason, by=actor()))


@instances.get("/<instance_key>/attempts", responses={200: AttemptList})
def attempts(path: InstancePath) -> Response:
    """Every call of a model that the instance's AI tasks made, with prompt, answer, faults, confidence and cost."""
    return shown(AttemptList, {"items": engine().queries.attempts(path.instance_key)})


@instances.get("/<instance_key>/elements", responses={200: ElementPage})
def elements(path: InstancePath, query: PageQuery) -> Response:
    """The way the instance took: every element it entered, in order."""
    return shown(ElementPage, engine().queries.elements(path.instance_key, page_of(query)))


def _variables_of(key: int) -> Response:
    return shown(VariablesView, {"variables": engine().queries.variables(key)})


@instances.delete("/<instance_key>", responses={204: None})
def erase(path: InstancePath, query: WhyQuery) -> Response:
    """Delete an ended instance, all that it called, and what the audit trail holds of them; its hashes stay."""
    engine().delete_history(path.instance_key, reason=query.reason, by=actor())
    return done()
