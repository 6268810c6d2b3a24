"""The gate around a job's calls of models: policies are asked, and what became of each tool is written down first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.base import ModelCall, Permission, Ruled, ToolNote, ToolUse
from engine import events
from engine.policies import Ask, Facts, Message, Policies, Ruling
from engine.step import Event

Json = Any
Tell = Callable[[Sequence[Event]], None]

LONGEST_TEXT = 2_000  # of a name or an argument of a model's, in the audit trail
_MOST_ARGUMENTS = 20


Governed = Callable[[ModelCall | None], tuple[Policies, Facts]]


class PolicyGate:
    """`connectors.base.ModelGate` of one job.

    `governed` finds the policies of a call and what they are to know of it, `tell` puts facts into the audit trail.
    """

    def __init__(self, element_id: str, governed: Governed, tell: Tell) -> None:
        self._element_id = element_id
        self._governed = governed
        self._tell = tell

    def input(self, call: ModelCall, messages: Sequence[Message]) -> Ruled:
        """Ask the policies on inputs."""
        policies, facts = self._governed(call)
        ruling = policies.input(facts, messages)
        return _ruled(ruling, list(ruling.value))

    def output(self, call: ModelCall, output: Json, confidence: float | None = None) -> Ruled:
        """Ask the policies on outputs."""
        policies, facts = self._governed(call)
        ruling = policies.output(replace(facts, confidence=confidence), output)
        return _ruled(ruling, ruling.value)

    def judge(self, use: ToolUse, call: ModelCall | None = None) -> Permission:
        """Ask the policies on tools."""
        policies, facts = self._governed(call)
        ruling = policies.tool(facts, use)
        ruled = _ruled(ruling, ruling.value.arguments)
        return Permission(ruled.verdict, ruled.value, ruled.reason, ruled.group, ruled.verdicts)

    def note(self, notes: Sequence[ToolNote]) -> None:
        """Write down what policies said and what became of the calls of one answer, in one transaction."""
        if notes:
            self._tell([event for note in notes for event in self._events(note)])

    def _events(self, note: ToolNote) -> list[Event]:
        named = _named(note.use)
        verdicts = [Event(events.POLICY_VERDICT, self._element_id, 0, {**one, **named}) for one in note.verdicts]
        return [*verdicts, Event(events.TOOL_CALLED, self._element_id, 0, _facts(note))]


def _ruled(ruling: Ruling[Any], value: Json) -> Ruled:
    stop = ruling.stop
    group = stop.group if isinstance(stop, Ask) else ""
    return Ruled(ruling.word, value, stop.reason if stop else "", group, ruling.verdicts)


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
