"""A policy that a DMN decision makes: the facts and the value go in as data, the rows that match are the verdict.

Nothing that a model or an outsider wrote is ever read as an expression: it is the value of a name, like any number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bpmn.dmn import DecisionResult
from bpmn.dmn.model import Rule
from bpmn.languages import as_json
from connectors.base import Request, ToolUse
from engine.policies.base import Allow, Ask, Change, Deny, Facts, Json, Message, Verdict

Decide = Callable[[Mapping[str, Json]], DecisionResult]

_STRICTNESS = ("allow", "change", "ask", "deny")


class NoVerdict(ValueError):
    """A row says nothing that is a verdict. The chain denies then."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one matched row says. `rule` names it for the audit: its id or number, and the note beside it."""

    verdict: str
    reason: str
    group: str
    changes: Mapping[str, Json]
    rule: str


class DecisionPolicy:
    """A decision at work. `named` is what the audit calls its version, such as `payment-limits 3`."""

    def __init__(self, name: str, version: str, named: str, decide: Decide) -> None:
        self.name = name
        self.version = version
        self._named = named
        self._decide = decide

    def input(self, facts: Facts, messages: Sequence[Message]) -> Verdict[Sequence[Message]]:
        """`message` is all that is to be sent as one text; a change names texts and what stands in their place."""
        said = "\n".join(_text_of(one) for one in messages)
        given = {"message": said, "messages": [dict(one) for one in messages], "source": _source(facts)}
        return self._verdict({**_of_call(facts), **given}, lambda changes: _replaced(messages, changes))

    def output(self, facts: Facts, output: Json) -> Verdict[Json]:
        """A change replaces fields of the output."""
        given = {"output": output, "confidence": facts.confidence, "source": _source(facts)}
        return self._verdict({**_of_call(facts), **given}, lambda changes: {**_object(output), **changes})

    def tool(self, facts: Facts, use: ToolUse) -> Verdict[ToolUse]:
        """A change replaces arguments."""
        given = {"tool": use.tool, "tool_element": use.element_id, "arguments": dict(use.arguments)}

        def changed(changes: Mapping[str, Json]) -> ToolUse:
            return replace(use, arguments={**use.arguments, **changes})

        return self._verdict({**_of_call(facts), **given}, changed)

    def before(self, request: Request, facts: Facts) -> Verdict[Request]:
        """A change replaces input variables."""

        def changed(changes: Mapping[str, Json]) -> Request:
            return replace(request, variables={**request.variables, **changes})

        return self._verdict({**_of_job(facts), "variables": dict(request.variables)}, changed)

    def _verdict(self, given: Mapping[str, Json], change: Callable[[Mapping[str, Json]], Any]) -> Verdict[Any]:
        rows = list(_rows(self._decide(given)))
        if not rows:
            return Allow(self._named)
        strictest = max(_STRICTNESS.index(row.verdict) for row in rows)
        counting = [row for row in rows if _STRICTNESS.index(row.verdict) == strictest]
        rule = f"{self._named}: {', '.join(row.rule for row in counting)}"
        reason = "; ".join(dict.fromkeys(row.reason for row in counting if row.reason)) or f"rule {counting[0].rule}"
        match counting[0].verdict:
            case "deny":
                return Deny(reason, rule)
            case "ask":
                return Ask(reason, next((row.group for row in counting if row.group), ""), rule)
            case "change":
                changes = {name: value for row in counting for name, value in row.changes.items()}
                return Change(change(changes), reason, rule)
        return Allow(rule)


def _rows(result: DecisionResult) -> Iterator[Row]:
    """The rows that matched, each as its author wrote it; of a decision without a table, its value as one row."""
    if result.hits:
        for rule, outputs in result.hits:
            yield _row(as_json(dict(outputs)), _named(rule))
        return
    value = as_json(result.value)
    for one in value if isinstance(value, list) else [value]:
        if one is not None:
            yield _row({"verdict": one} if isinstance(one, str) else one, "result")


def _row(said: Json, rule: str) -> Row:
    if not isinstance(said, dict):
        raise NoVerdict(f"rule {rule} gives {type(said).__name__}, and not a verdict")
    if len(said) == 1 and "verdict" not in said:
        said = {"verdict": next(iter(said.values()))}
    verdict = str(said.get("verdict") or "").strip().lower()
    if verdict not in _STRICTNESS:
        raise NoVerdict(f"rule {rule} says '{verdict[:60]}': a verdict is {', '.join(_STRICTNESS)}")
    changes = said.get("changes") or {}
    if verdict == "change" and not (isinstance(changes, dict) and changes):
        raise NoVerdict(f"rule {rule} changes nothing: 'changes' is a context of what is to be replaced")
    return Row(verdict, str(said.get("reason") or ""), str(said.get("group") or ""), changes, rule)


def _named(rule: Rule) -> str:
    name = rule.id or f"row {rule.index}"
    return f"{name} ({rule.annotation[:200]})" if rule.annotation else name


def _of_job(facts: Facts) -> dict[str, Json]:
    return {
        "process": facts.process_id,
        "element": facts.element_id,
        "instance": str(facts.instance_key),
        "tenant": facts.tenant_id,
        "type": facts.job_type,
        "variables": dict(facts.variables),
        "headers": dict(facts.headers),
        "cost": facts.cost,
    }


def _of_call(facts: Facts) -> dict[str, Json]:
    call = {"agent": facts.agent_id, "agent_version": facts.agent_version, "risk": facts.risk}
    return {**_of_job(facts), **call, "model": facts.model, "residency": facts.residency}


def _source(facts: Facts) -> Json:
    """The document that an AI task reads."""
    return facts.variables.get("input")


def _text_of(message: Message) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else ""


def _object(output: Json) -> Mapping[str, Json]:
    if not isinstance(output, dict):
        raise NoVerdict("only an answer that is an object has fields to be changed")
    return output


def _replaced(messages: Sequence[Message], changes: Mapping[str, Json]) -> list[Message]:
    return [{**one, "content": _without(_text_of(one), changes)} if _text_of(one) else one for one in messages]


def _without(text: str, changes: Mapping[str, Json]) -> str:
    for word, instead in changes.items():
        text = text.replace(word, str(instead)) if word else text
    return text
