"""Policies: what may be sent to models, what may come back, which tools and jobs run, and where a person decides."""

from __future__ import annotations

import json
from typing import Any, Literal

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.rest.nouns import noun
from api.rest.shapes import Body, Name, OptionalName, PathKeys, Text, shown
from api.rest.views.policies import PolicyList, PolicyView
from bpmn.policies import read
from engine.errors import ModelRejected

policies = noun("policies", "Policies: rules around calls of models, tools and jobs, in versions that never change.")


class ScopeBody(Body):
    """About what a policy is asked; an empty part means all."""

    processes: list[Name] = Field(default=[])
    elements: list[Name] = Field(default=[])
    agents: list[Name] = Field(default=[])
    tools: list[Name] = Field(default=[], description="By their names, or the ids of their elements.")


class PolicyBody(Body):
    """A policy, with the keys of a `*.policy.yaml`; exactly one of decision, python and guard."""

    policy: Name = Field(description="Its id.")
    owner: Name = Field(description="Who answers for it.")
    version: Name = Field(description="Another content needs another version.")
    purpose: Text
    at: list[Literal["job", "input", "output", "tool"]] = Field(min_length=1)
    scope: ScopeBody = ScopeBody()
    decision: OptionalName = Field(default="", description="The id of a DMN decision.")
    python: OptionalName = Field(default="", description="An installed entry point of the group baton.policies.")
    guard: OptionalName = Field(default="", description="A built-in guard.")
    settings: dict[str, Any] = Field(default={}, alias="with", description="Settings of a guard or entry point.")


class PolicyPath(PathKeys):
    """A policy."""

    policy_id: Name


class RetirePolicyBody(Body):
    """Why, and whose."""

    reason: Text = ""
    tenant_id: Name | None = Field(default=None, description="Of a deployed policy; left out, the house-wide one.")


@policies.get("", responses={200: PolicyList})
def listing() -> Response:
    """Every policy, in the version that is in service; house-wide ones first."""
    return shown(PolicyList, {"items": engine().queries.policies()})


@policies.post("", responses={200: PolicyView})
def register(body: PolicyBody) -> Response:
    """Put a house-wide policy into service, or another version of one; the same again changes nothing."""
    reading = read(json.dumps(body.model_dump(mode="json", by_alias=True)).encode())
    if reading.document is None:
        raise ModelRejected(reading.findings[0].message, {"policy": reading.findings})
    return shown(PolicyView, engine().register_policy(reading.document, by=actor()))


@policies.get("/<policy_id>", responses={200: PolicyList})
def versions(path: PolicyPath) -> Response:
    """Every version of a policy, oldest first."""
    return shown(PolicyList, {"items": engine().queries.policy_versions(path.policy_id)})


@policies.post("/<policy_id>/retirement", responses={200: PolicyView})
def retire(path: PolicyPath, body: RetirePolicyBody) -> Response:
    """Ask a policy no more. Registering one of its versions puts it back into service."""
    found = engine().retire_policy(path.policy_id, reason=body.reason, tenant_id=body.tenant_id, by=actor())
    return shown(PolicyView, found)
