"""Policies at work as their documents say: who decides, where they are asked, and about what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

from bpmn.policies import PolicyDocument
from connectors.base import Request, ToolUse
from engine.policies import chain, installed
from engine.policies.base import Allow, Facts, Json, Message, Point, Policy, Verdict
from engine.policies.guards import GUARDS
from engine.policies.installed import CannotBeMade
from engine.policies.table import DecisionPolicy

_METHODS = {Point.INPUT: "input", Point.OUTPUT: "output", Point.TOOL: "tool", Point.JOB: "before"}


class DocumentPolicy:
    """A policy as its document has it; `decided_by` does the work. It is asked about what lies in its scope only."""

    def __init__(self, document: PolicyDocument, decided_by: Any, facts: Facts) -> None:
        self.name = document.id
        self.version = document.version
        self.at = frozenset(map(Point, document.at))
        self._document = document
        self._decided_by = decided_by
        self._facts = facts

    def input(self, facts: Facts, messages: Sequence[Message]) -> Verdict[Sequence[Message]]:
        """As the decider says."""
        return self._ask(Point.INPUT, facts, messages)

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """As the decider says."""
        return self._ask(Point.OUTPUT, facts, output)

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """As the decider says."""
        tools = self._document.scope.tools
        if tools and use.tool not in tools and use.element_id not in tools:
            return Allow("out of scope")
        return self._ask(Point.TOOL, facts, use)

    def before(self, request: Request) -> Verdict[Request]:
        """As the decider says."""
        method = self._method(Point.JOB)
        if isinstance(self._decided_by, DecisionPolicy):
            return self._decided_by.before(request, self._facts)
        return self._within_time(method, request)

    def _ask(self, point: Point, facts: Facts, value: Any) -> Verdict[Any]:
        return self._within_time(self._method(point), facts, value)

    def _within_time(self, method: Callable[..., Any], *given: Any) -> Verdict[Any]:
        """What a method answers. A package's code may hang: then it is left alone, and the chain denies."""
        if not self._document.python:
            verdict: Verdict[Any] = method(*given)
            return verdict
        answers: list[Any] = []
        failures: list[Exception] = []

        def ask() -> None:
            try:
                answers.append(method(*given))
            except Exception as problem:
                failures.append(problem)

        thread = Thread(target=ask, name=f"policy-{self.name}", daemon=True)
        thread.start()
        thread.join(chain.MOST_SECONDS)
        if failures:
            raise failures[0]
        if not answers:
            raise TimeoutError(f"no answer within {chain.MOST_SECONDS:g} seconds")
        found: Verdict[Any] = answers[0]
        return found

    def _method(self, point: Point) -> Callable[..., Any]:
        if isinstance(self._decided_by, Exception):
            raise self._decided_by
        method: Callable[..., Any] | None = getattr(self._decided_by, _METHODS[point], None)
        if method is None:
            raise CannotBeMade(f"{self._document.decided_by} has no word at '{point.value}'")
        return method


def applies(document: PolicyDocument, facts: Facts) -> bool:
    """Whether a case lies in a policy's scope; of tools, the policy itself looks."""
    scope, is_call = document.scope, bool(facts.model or facts.agent_id)
    return (
        (not scope.processes or facts.process_id in scope.processes)
        and (not scope.elements or facts.element_id in scope.elements)
        and (not scope.agents or not is_call or facts.agent_id in scope.agents)
    )


def made(document: PolicyDocument) -> Policy | Exception:
    """What decides where no table does; the reason when it cannot be made, for which it denies."""
    try:
        if document.guard:
            if document.guard not in GUARDS:
                raise CannotBeMade(f"there is no guard '{document.guard}'")
            guard: Policy = GUARDS[document.guard](document.settings)
            return guard
        return installed.make(document.python, document.settings)
    except Exception as problem:  # wrong settings, or anybody's code: fail closed
        return problem


def points_of(document: PolicyDocument) -> list[str]:
    """At which points what decides has a word. Raises when it cannot be made."""
    if document.decision:
        return [point.value for point in Point]
    decider = made(document)
    if isinstance(decider, Exception):
        raise decider
    return [point.value for point, method in _METHODS.items() if hasattr(decider, method)]
