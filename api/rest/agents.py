"""Agents: who may call models, for what, and how far. Versions never change; every change is in the audit trail."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from pydantic import Field

from api.context import actor, engine
from api.evaluating import as_file
from api.rest.nouns import noun
from api.rest.shapes import Body, KeyIn, Name, PathKeys, Query, ReasonBody, Text, shown
from api.rest.views.evaluating import AgentEvaluationList, CaseList, SampleList
from api.rest.views.governing import AgentList, AgentView, PerformanceList
from bpmn.agents import RiskClass, read
from connectors.llm import prompt
from engine.errors import ModelRejected
from engine.states import AgentState

agents = noun("agents", "Agents: who may call which models, for what purpose, in which processes, within which limits.")

_Names = list[Name]


class LimitsBody(Body):
    """What one task may use of an agent."""

    calls: int | None = Field(default=None, gt=0)
    tokens: int | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, gt=0, description="US dollars.")
    seconds: float | None = Field(default=None, gt=0)


class PromptBody(Body):
    """Which wording an agent is bound to."""

    version: str = Field(default="", max_length=255)
    fingerprint: str = Field(default="", max_length=255, description="As `instances/{key}/attempts` tells it.")


class CardBody(Body):
    """An agent's card, with the keys of a `*.agent.yaml`."""

    agent: Name = Field(description="Its id, which diagrams name; an AI task that names none has its process' id.")
    owner: Name = Field(description="Who answers for it.")
    purpose: Text
    risk: RiskClass = Field(strict=False, description="Its class by the EU AI Act.")
    processes: _Names = Field(min_length=1)
    models: _Names = Field(min_length=1, description="By the names that diagrams use.")
    elements: _Names = Field(default=[], description="Empty: all of its processes.")
    tools: _Names = Field(default=[], description="What its models may call.")
    data: _Names = Field(default=[], description="What it is given, for whoever audits it.")
    variables: _Names = Field(default=[], description="Whose values its models may see; empty: any.")
    residency: _Names = Field(default=[], description="Where its models' data may stay; empty: anywhere.")
    limits: LimitsBody = LimitsBody()
    prompt: PromptBody = PromptBody()


class AgentPath(PathKeys):
    """An agent."""

    agent_id: Name


@agents.get("", responses={200: AgentList})
def listing() -> Response:
    """Every agent, in the version that is in service."""
    return shown(AgentList, {"items": engine().queries.agents()})


@agents.post("", responses={200: AgentView})
def register(body: CardBody) -> Response:
    """Register an agent, or a new version of one; the same card again changes nothing."""
    reading = read(json.dumps(body.model_dump(mode="json", exclude_none=True)).encode())
    if reading.card is None:
        raise ModelRejected(reading.findings[0].message, {"card": reading.findings})
    return shown(AgentView, engine().register_agent(reading.card, by=actor()))


@agents.get("/<agent_id>", responses={200: AgentList})
def versions(path: AgentPath) -> Response:
    """Every version of an agent, oldest first."""
    return shown(AgentList, {"items": engine().queries.agent_versions(path.agent_id)})


class PerformanceQuery(Query):
    """Over which time."""

    days: float = Field(default=30, gt=0, le=3660, description="Of calls that began in so many days until now.")


@agents.get("/<agent_id>/performance", responses={200: PerformanceList})
def performance(path: AgentPath, query: PerformanceQuery) -> Response:
    """How an agent does, by version and model: calls, cost, time, and how often people found it right."""
    return shown(PerformanceList, {"items": engine().queries.agent_performance(path.agent_id, query.days)})


class CasesQuery(Query):
    """How many."""

    limit: int = Field(default=1000, ge=1, le=10_000, description="The newest so many.")


@agents.get("/<agent_id>/cases", responses={200: CaseList})
def cases(path: AgentPath, query: CasesQuery) -> Response:
    """The cases that people's verdicts on an agent's answers made, newest first."""
    found = engine().queries.evaluation_cases(path.agent_id, query.limit)
    sets = engine().queries.example_sets(sorted({one.examples for one in found if one.examples}))
    return shown(CaseList, as_file(found, sets))


class DrawBody(Body):
    """How many answers people are to judge."""

    count: int = Field(default=20, ge=1, le=500)


class VerdictBody(Body):
    """What a person says of an answer that was drawn."""

    decision: Name = Field(description="approve, edit or reject.")
    output: Any = Field(default=None, description="The right output, for edit.")
    reason: Text = ""


class SamplePath(AgentPath):
    """An answer of an agent that was drawn."""

    job_key: KeyIn


@agents.get("/<agent_id>/samples", responses={200: SampleList})
def samples(path: AgentPath) -> Response:
    """Answers that passed alone and were drawn by lot, for people to judge; each week some are drawn by themselves."""
    return _samples(path.agent_id)


def _samples(agent_id: str) -> Response:
    return shown(SampleList, {"items": engine().queries.samples(agent_id)})


@agents.post("/<agent_id>/samples", responses={200: SampleList})
def draw(path: AgentPath, body: DrawBody) -> Response:
    """Draw some more of the last week's."""
    engine().draw_samples(path.agent_id, count=body.count, by=actor())
    return _samples(path.agent_id)


@agents.post("/<agent_id>/samples/<job_key>/verdict", responses={200: SampleList})
def judge(path: SamplePath, body: VerdictBody) -> Response:
    """Judge one. What was done stays; calibration, figures, drift and evaluation cases hear of it."""
    found = next((one for one in engine().queries.samples(path.agent_id) if one.job_key == path.job_key), None)
    schema = prompt.schema_of(found.prompt) if found is not None and isinstance(found.prompt, list) else None
    said = {"output": body.output, "schema": schema, "reason": body.reason}
    engine().judge_sample(path.job_key, body.decision, **said, by=actor())
    return _samples(path.agent_id)


@agents.get("/<agent_id>/evaluations", responses={200: AgentEvaluationList})
def evaluations(path: AgentPath) -> Response:
    """What evaluations of an agent's cases found, newest first."""
    return shown(AgentEvaluationList, {"items": engine().queries.evaluations_of(path.agent_id)})


@agents.post("/<agent_id>/suspension", responses={200: AgentView})
def suspend(path: AgentPath, body: ReasonBody) -> Response:
    """Take an agent out of service for a while: its tasks wait."""
    return _changed(path, AgentState.SUSPENDED, body)


@agents.post("/<agent_id>/resumption", responses={200: AgentView})
def resume(path: AgentPath, body: ReasonBody) -> Response:
    """Put a suspended agent back into service."""
    return _changed(path, AgentState.ACTIVE, body)


@agents.post("/<agent_id>/retirement", responses={200: AgentView})
def retire(path: AgentPath, body: ReasonBody) -> Response:
    """Take an agent out of service for good."""
    return _changed(path, AgentState.RETIRED, body)


def _changed(path: AgentPath, state: AgentState, body: ReasonBody) -> Response:
    return shown(AgentView, engine().change_agent(path.agent_id, state, reason=body.reason, by=actor()))
