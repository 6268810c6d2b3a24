"""The gate before an agent's tools: the policies are asked, and what became of each call is written down first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import Permission, Request, ToolNote, ToolUse
from engine import events
from engine.policies import Ask, Deny, Policies
from engine.step import Event

Json = Any
Tell = Callable[[Sequence[Event]], None]

LONGEST_TEXT = 2_000  # of a name or an argument of a model's, in the audit trail
_MOST_ARGUMENTS = 20


class PolicyGate:
    """`connectors.base.ToolGate` of one job. `tell` puts facts into the audit trail."""

    def __init__(self, policies: Policies, request: Request, tell: Tell) -> None:
        self._policies = policies
        self._request = request
        self._tell = tell

    def judge(self, use: ToolUse) -> Permission:
        """Ask the policies; what they say, other than yes, is in the audit trail when this returns."""
        ruling = self._policies.tool(self._request, use)
        if ruling.events:
            self._tell([replace(event, data={**event.data, **_named(use)}) for event in ruling.events])
        match ruling.stop:
            case Ask(review=review, reason=reason):
                return Permission("ask", ruling.value.arguments, reason, review.group)
            case Deny(reason=reason):
                return Permission("deny", ruling.value.arguments, reason)
        return Permission("allow", ruling.value.arguments)

    def note(self, notes: Sequence[ToolNote]) -> None:
        """Write down what became of the calls of one answer, in one transaction."""
        if notes:
            self._tell([Event(events.TOOL_CALLED, self._request.element_id, 0, _facts(note)) for note in notes])


def _named(use: ToolUse) -> dict[str, Json]:
    return {"tool": _short(use.tool), "call_id": _short(use.call_id)}


def _facts(note: ToolNote) -> dict[str, Json]:
    approval = None if note.approval is None else str(note.approval)
    return {
        **_named(note.use),
        "tool_element": note.use.element_id,
        "arguments": _arguments(note.use.arguments),
        "verdict": note.verdict,
        "reason": _short(note.reason),
        "approval": approval,
    }


def _arguments(given: Mapping[str, Json]) -> dict[str, Json]:
    """They are a model's words: long ones are cut."""
    return {_short(name): _shown(value) for name, value in list(given.items())[:_MOST_ARGUMENTS]}


def _shown(value: Json) -> Json:
    if isinstance(value, bool | int | float | None):
        return value
    return _short(value if isinstance(value, str) else str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."
