"""What a policy is asked, and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from connectors.base import Request, Result, Review, ToolUse

Json = Any
Message = Mapping[str, Json]  # role, content, and what else vendors know
Outcome = Result | Review
V = TypeVar("V")


class Point(StrEnum):
    """Where policies are asked."""

    JOB = "job"  # before any connector does its work, and after it
    INPUT = "input"  # before each call of a model
    OUTPUT = "output"  # after an answer passed schema, grounding and confidence
    TOOL = "tool"  # before a tool of an agent runs


@dataclass(frozen=True, slots=True)
class Allow:
    """Go on as it is. `rule` says which row or rule of the policy fired, for the audit; so it does below."""

    rule: str = ""


@dataclass(frozen=True, slots=True)
class Change(Generic[V]):
    """Go on with this instead; later policies see the changed one."""

    value: V
    reason: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A person decides, of `group` if the policy names one."""

    reason: str
    group: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not go on. Of an answer it is a fault that the model is told; of a tool the model is told why."""

    reason: str
    rule: str = ""


Verdict = Allow | Change[V] | Ask | Deny


@dataclass(frozen=True, slots=True)
class Facts:
    """What policies know of the case beside the value that they judge; none of it comes from a model.

    `variables` are the job's (what its element sees, secrets not filled in), `headers` the diagram's. `agent_id` is who
    asks, `risk` its class on its card ("" when nobody registered it), `residency` where the model's data stay, `cost`
    what the job has spent so far in US dollars, `confidence` how sure the answer is (outputs only; None: not measured).
    """

    process_id: str
    element_id: str
    instance_key: int
    job_key: int = 0
    job_type: str = ""
    tenant_id: str = ""
    agent_id: str = ""
    agent_version: int = 0
    risk: str = ""
    model: str = ""
    residency: str = ""
    variables: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cost: Decimal = Decimal(0)
    confidence: float | None = None


class Policy(Protocol):
    """A rule around calls: any of the methods of the protocols below, each quick and touching nothing outside.

    `version` is what the audit trail names beside the name. A method that raises, that answers with anything but a
    verdict, or that takes too long denies.
    """

    name: str
    version: str


@runtime_checkable
class InputPolicy(Protocol):
    """Is asked before each call of a model."""

    def input(self, facts: Facts, messages: Sequence[Message]) -> Verdict[Sequence[Message]]:
        """Judge what is to be sent. Deny keeps it from this model, Ask lets a person do the work instead."""


@runtime_checkable
class OutputPolicy(Protocol):
    """Is asked about an answer that schema, grounding and confidence accepted."""

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """Judge it. Deny is a fault that the model may mend, Ask puts it before a person."""


@runtime_checkable
class ToolPolicy(Protocol):
    """Is asked before an agent, or a program at `/mcp`, uses a tool."""

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """Judge it. Deny tells the model why, Ask lets the tool wait for a person. Only arguments may be changed."""


@runtime_checkable
class JobPolicy(Protocol):
    """Is asked before a connector does its work."""

    def before(self, request: Request) -> Verdict[Request]:
        """Judge it. Deny is an incident; after Ask the work waits until a person has approved these very inputs."""


@runtime_checkable
class OutcomePolicy(Protocol):
    """Is asked about what came of a connector's work."""

    def after(self, request: Request, outcome: Outcome) -> Verdict[Outcome]:
        """Judge it, before it is stored. Deny is an incident, Ask puts it before a person."""
