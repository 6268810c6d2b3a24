"""The chain that asks policies in order. The strictest verdict wins: Deny, then Ask, then Change, then Allow.

Whatever cannot be judged is denied: a policy that raises, that answers with no verdict, that changes what it may not,
or that takes too long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from time import perf_counter
from typing import Any, Generic, TypeVar

from connectors.base import Request, Result, Review, ToolUse
from engine.policies.base import (
    Allow,
    Ask,
    Change,
    Deny,
    Facts,
    Json,
    Message,
    Outcome,
    Point,
    Policy,
    Verdict,
)

V = TypeVar("V")

#: The longest that one policy may take over one verdict.
MOST_SECONDS = 2.0
#: What the audit trail names as the rule when a policy could not be evaluated.
FAILED = "not-evaluated"
_LONGEST_REASON = 2_000
_LONGEST_RULE = 500


@dataclass(frozen=True, slots=True)
class Ruling(Generic[V]):
    """What the chain says: the value to go on with, or the verdict that stops it.

    `verdicts` has a record of each policy that was asked: policy, version, at, rule, verdict, reason, and the SHA-256
    of the value (as JSON) before and, where it was changed, after.
    """

    value: V
    stop: Ask | Deny | None
    verdicts: tuple[Mapping[str, Json], ...]

    @property
    def word(self) -> str:
        """allow, ask or deny."""
        return "allow" if self.stop is None else type(self.stop).__name__.lower()


class Policies:
    """Policies in order. After a Deny no other is asked; after an Ask the others are, because one may deny."""

    def __init__(self, policies: Sequence[Policy] = ()) -> None:
        self._policies = tuple(policies)

    @property
    def is_empty(self) -> bool:
        """Whether there is no policy at all."""
        return not self._policies

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._policies)

    def _asked(self, point: Point, method: str) -> list[tuple[Policy, Any]]:
        """Those that have a word there. A policy may say where it is asked (`at`), and is asked nowhere else then."""
        found = [one for one in self._policies if point in getattr(one, "at", (point,))]
        return [(one, getattr(one, method)) for one in found if hasattr(one, method)]

    def input(self, facts: Facts, messages: Sequence[Message]) -> Ruling[Sequence[Message]]:
        """Ask about the messages that are to be sent to a model."""
        asked = self._asked(Point.INPUT, "input")
        return _walk(Point.INPUT, asked, messages, lambda ask, value: ask(facts, value), _are_messages, list)

    def output(self, facts: Facts, output: Json) -> Ruling[Json]:
        """Ask about a model's answer."""
        asked = self._asked(Point.OUTPUT, "output")
        return _walk(Point.OUTPUT, asked, output, lambda ask, value: ask(facts, value), _is_json, lambda value: value)

    def tool(self, facts: Facts, use: ToolUse) -> Ruling[ToolUse]:
        """Ask about a use of a tool."""
        asked = self._asked(Point.TOOL, "tool")

        def is_same_tool(value: Any) -> bool:
            return isinstance(value, ToolUse) and replace(value, arguments=use.arguments) == use

        return _walk(
            Point.TOOL, asked, use, lambda ask, value: ask(facts, value), is_same_tool, lambda value: value.arguments
        )

    def before(self, request: Request) -> Ruling[Request]:
        """Ask about a connector's work that is about to be done."""
        asked = self._asked(Point.JOB, "before")

        def is_same_job(value: Any) -> bool:
            return isinstance(value, Request) and value.job_key == request.job_key and value.type == request.type

        return _walk(
            Point.JOB, asked, request, lambda ask, value: ask(value), is_same_job, lambda value: value.variables
        )

    def after(self, request: Request, outcome: Outcome) -> Ruling[Outcome]:
        """Ask about what came of a connector's work."""
        asked = self._asked(Point.JOB, "after")
        return _walk(Point.JOB, asked, outcome, lambda ask, value: ask(request, value), _is_outcome, _told_of)


def _walk(
    point: Point,
    asked: Sequence[tuple[Policy, Any]],
    value: V,
    judge: Callable[[Any, V], Verdict[V]],
    is_fit: Callable[[Any], bool],
    shown: Callable[[V], Json],
) -> Ruling[V]:
    told: list[Mapping[str, Json]] = []
    stop: Ask | Deny | None = None
    mark = digest(shown(value)) if asked else ""
    for policy, ask in asked:
        verdict = _verdict(lambda ask=ask, value=value: judge(ask, value), is_fit)  # type: ignore[misc]
        record = _record(point, policy, verdict, mark)
        if isinstance(verdict, Change):
            value = verdict.value
            mark = digest(shown(value))
            record["after"] = mark
        elif isinstance(verdict, Deny) or (isinstance(verdict, Ask) and stop is None):
            stop = verdict
        told.append(record)
        if isinstance(stop, Deny):
            break
    return Ruling(value, stop, tuple(told))


def _verdict(judge: Callable[[], Any], is_fit: Callable[[Any], bool]) -> Verdict[Any]:
    """What a policy says, or a denial when it cannot say it."""
    began = perf_counter()
    try:
        verdict = judge()
    except Exception as problem:  # a policy may be anybody's code: fail closed
        return _failed(f"it failed with {type(problem).__name__}: {problem}")
    if (took := perf_counter() - began) > MOST_SECONDS:
        return _failed(f"it took {took:.1f} seconds; at most {MOST_SECONDS:g} are allowed")
    if not isinstance(verdict, Allow | Change | Ask | Deny):
        return _failed(f"it answered with {type(verdict).__name__}, which is no verdict")
    if not all(isinstance(getattr(verdict, name, ""), str) for name in ("reason", "group", "rule")):
        return _failed("the reason, group or rule of its verdict is no text")
    if isinstance(verdict, Change) and not is_fit(verdict.value):
        return _failed("it changed the value to something that cannot stand in its place")
    return verdict


def _failed(why: str) -> Deny:
    return Deny(f"The policy could not be evaluated: {why}."[:_LONGEST_REASON], FAILED)


def _record(point: Point, policy: Policy, verdict: Verdict[Any], before: str) -> dict[str, Json]:
    return {
        "policy": policy.name,
        "version": str(getattr(policy, "version", "")),
        "at": point.value,
        "rule": verdict.rule[:_LONGEST_RULE],
        "verdict": type(verdict).__name__.lower(),
        "reason": "" if isinstance(verdict, Allow) else verdict.reason[:_LONGEST_REASON],
        "group": verdict.group if isinstance(verdict, Ask) else "",
        "before": before,
    }


def digest(value: Json) -> str:
    """The SHA-256 of a JSON value."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _are_messages(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(_is_message(one) for one in value)


def _is_message(one: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(one.get("role"), str) and _is_json(dict(one))


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_outcome(value: Any) -> bool:
    return isinstance(value, Result | Review)


def _told_of(outcome: Outcome) -> Json:
    if isinstance(outcome, Review):
        return outcome.proposal
    return {"response": outcome.response, "variables": dict(outcome.variables)}
