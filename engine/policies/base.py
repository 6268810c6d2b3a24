"""The verdicts of policies, and the chain that asks them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar, runtime_checkable

from connectors.base import Request, Result, Review, ToolUse
from engine import events
from engine.step import Event

Outcome = Result | Review
V = TypeVar("V", Request, Outcome, ToolUse)


@dataclass(frozen=True, slots=True)
class Allow:
    """Go on as it is."""


@dataclass(frozen=True, slots=True)
class Change(Generic[V]):
    """Go on with this instead; later policies see the changed one."""

    value: V
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Do not go on: a person decides on this review."""

    review: Review
    reason: str


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not go on at all: the job fails for good with this reason."""

    reason: str


Verdict = Allow | Change[V] | Ask | Deny


class Policy(Protocol):
    """A rule around connector calls. Both methods are quick and touch nothing outside."""

    name: str

    def before(self, request: Request) -> Verdict[Request]:
        """Judge a call before it is made."""

    def after(self, request: Request, outcome: Outcome) -> Verdict[Outcome]:
        """Judge what came of it, before it is stored."""


@runtime_checkable
class ToolPolicy(Protocol):
    """A rule that is also asked before an agent uses a tool. Quick, and touches nothing outside."""

    def tool(self, request: Request, use: ToolUse) -> Verdict[ToolUse]:
        """Judge a use of a tool. Deny tells the model why, Ask lets it wait for a person."""


@dataclass(frozen=True, slots=True)
class Ruling(Generic[V]):
    """What the chain says: the value to go on with, or the verdict that stops it; with events for the audit trail."""

    value: V
    stop: Ask | Deny | None
    events: tuple[Event, ...]


class Policies:
    """Policies in order: the first Ask or Deny wins, a Change replaces what the next ones see."""

    def __init__(self, policies: Sequence[Policy] = ()) -> None:
        self._policies = tuple(policies)

    def before(self, request: Request) -> Ruling[Request]:
        """Ask every policy about a call that is about to be made."""
        return self._rule(request, request, lambda policy, value: policy.before(value))

    def after(self, request: Request, outcome: Outcome) -> Ruling[Outcome]:
        """Ask every policy about what came of a call."""
        return self._rule(request, outcome, lambda policy, value: policy.after(request, value))

    def tool(self, request: Request, use: ToolUse) -> Ruling[ToolUse]:
        """Ask every policy that has a word on tools."""

        def judge(policy: Policy, value: ToolUse) -> Verdict[ToolUse]:
            return policy.tool(request, value) if isinstance(policy, ToolPolicy) else Allow()

        return self._rule(request, use, judge)

    def _rule(self, request: Request, value: V, judge: Callable[[Policy, V], Verdict[V]]) -> Ruling[V]:
        told: list[Event] = []
        for policy in self._policies:
            verdict = judge(policy, value)
            if isinstance(verdict, Allow):
                continue
            told.append(_event(request, policy, verdict))
            if isinstance(verdict, Change):
                value = verdict.value
            else:
                return Ruling(value, verdict, tuple(told))
        return Ruling(value, None, tuple(told))


def _event(request: Request, policy: Policy, verdict: Change[V] | Ask | Deny) -> Event:
    data = {
        "policy": policy.name,
        "verdict": type(verdict).__name__.lower(),
        "reason": verdict.reason,
        "job_key": str(request.job_key),
    }
    return Event(events.POLICY_VERDICT, request.element_id, 0, data)
