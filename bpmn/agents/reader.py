"""Reading a `*.agent.yaml`: every fault as a finding with its line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bpmn.agents.card import AgentCard, Limits, RiskClass
from bpmn.errors import Finding
from bpmn.plain_yaml import DocumentKind, Reader, Wrong, line_of, root

SUFFIXES = (".agent.yaml", ".agent.yml")
_LONGEST_TEXT = 2_000
_KIND = DocumentKind(
    "card",
    "agent-card",
    "A card has agent, owner, purpose, risk, processes and models, and may have elements, tools, data and more.",
    "agent: invoice-reader",
    {
        "": frozenset(
            {
                "agent", "owner", "purpose", "risk", "processes", "elements", "models",
                "tools", "data", "variables", "residency", "limits", "prompt",
            }
        ),
        "limits.": frozenset({"calls", "tokens", "cost", "seconds"}),
        "prompt.": frozenset({"version", "fingerprint"}),
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: a card, or none when a finding is an error. `line` is where the id stands."""

    card: AgentCard | None
    findings: tuple[Finding, ...]
    line: int = 0


def read(content: bytes) -> Reading:
    """Read one card. Nothing is raised: all that is wrong is in the findings."""
    findings: list[Finding] = []
    try:
        found = root(content, _KIND)
    except Wrong as problem:
        return Reading(None, (_KIND.finding(str(problem), problem.line),))
    card = _card(Reader(found, _KIND, findings))
    is_good = not any(finding.severity == "error" for finding in findings)
    return Reading(card if is_good else None, tuple(findings), line_of(found))


def _card(reader: Reader) -> AgentCard:
    limits, prompt = reader.inner("limits"), reader.inner("prompt")
    card = AgentCard(
        id=reader.text("agent", is_required=True),
        owner=reader.text("owner", is_required=True),
        purpose=reader.text("purpose", is_required=True, longest=_LONGEST_TEXT),
        risk=reader.choice("risk", {risk.value: risk for risk in RiskClass}),
        processes=reader.texts("processes", is_required=True),
        elements=reader.texts("elements"),
        models=reader.texts("models", is_required=True),
        tools=reader.texts("tools"),
        data=reader.texts("data"),
        variables=reader.texts("variables"),
        residency=reader.texts("residency"),
        limits=_limits(limits) if limits else Limits(),
        prompt_version=prompt.text("version") if prompt else "",
        prompt_fingerprint=prompt.text("fingerprint") if prompt else "",
    )
    for one in (reader, limits, prompt):
        if one is not None:
            one.end()
    return card


def _limits(reader: Reader) -> Limits:
    return Limits(
        calls=reader.number("calls", int),
        tokens=reader.number("tokens", int),
        cost=reader.number("cost", Decimal),
        seconds=reader.number("seconds", float),
    )
