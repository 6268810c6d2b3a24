"""What a diagram asks of an agent, read from the inputs of Camunda's AI Agent templates (and a few of Baton's own)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from connectors.base import Json, Level, Permanent, Request
from connectors.llm.agent.fields import CODE, Fields
from connectors.llm.agent.limits import AgentLimits
from connectors.llm.answer import schema_fault

APPROVERS = "baton:approvers"  # a header of the agent, or a property of a tool: who approves
AGENT = "baton:agent"  # a header: who works here, by the name that it is registered under
ON_STOPPED = "baton:onStopped"  # a header: wait (for AI to go on), or person
ON_EXHAUSTED = "baton:onExhausted"  # a header: incident (of the job's failure), or person
_OWN_WAY_OUT = "errorExpression"  # a header: what the diagram makes of failures
AUTONOMY = "baton:autonomy"  # a header: auto (unless the house says otherwise), or suggest: people decide
DEFAULT_APPROVERS = "reviewers"
INTERRUPT = "INTERRUPT_TOOL_CALLS"
_MEMORIES = ("in-process", "camunda-document")
_LONGEST_DOCUMENT = 500_000


@dataclass(frozen=True, slots=True)
class Shape:
    """How the answer is given back: as text (parsed as JSON when that works), or as JSON that satisfies a schema."""

    is_json: bool = False
    parses: bool = False
    schema: Mapping[str, Json] | None = None
    name: str = "Response"
    includes_message: bool = False
    includes_context: bool = False


@dataclass(frozen=True, slots=True)
class AgentInputs:
    """One agent's orders. `documents` are put before the model as quoted data; `approvers` is a group of people.

    `level` is how far the diagram lets it go; a level that the house has set goes before it.

    `agent` is who works here ("": the agent that is called like the process). While no model can be reached people
    answer instead, unless the diagram says what becomes of failures.
    """

    system: str
    user: str
    documents: tuple[Json, ...]
    window: int
    limits: AgentLimits
    interrupts: bool
    shape: Shape
    approvers: str
    agent: str = ""
    level: Level = "auto"
    is_for_people_when_stopped: bool = False
    is_for_people_when_exhausted: bool = False
    is_for_people_when_down: bool = False

    def fingerprint(self, tools: Json) -> str:
        """What makes this agent this one: other orders, tools or another shape of the answer make another."""
        said = [self.system, tools, self.shape.schema]
        return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]

    @classmethod
    def read(cls, request: Request) -> AgentInputs:
        """Read them; texts that mean numbers or truth values are taken for these. Raises Permanent."""
        fields = Fields(request.variables, request.element_id)
        fields.one_of("data.memory.storage.type", _MEMORIES)
        return cls(
            system=fields.text("data.systemPrompt.prompt"),
            user=fields.text("data.userPrompt.prompt"),
            documents=_documents(fields),
            window=fields.whole("data.memory.contextWindowSize", 20, least=2),
            limits=_limits(fields),
            interrupts=fields.text("data.events.behavior") == INTERRUPT,
            shape=_shape(fields),
            approvers=request.headers.get(APPROVERS, "").strip() or DEFAULT_APPROVERS,
            agent=request.headers.get(AGENT, "").strip(),
            level=_level(request),
            is_for_people_when_stopped=request.headers.get(ON_STOPPED, "").strip() == "person",
            is_for_people_when_down=not any(request.headers.get(name) for name in (ON_EXHAUSTED, _OWN_WAY_OUT)),
            is_for_people_when_exhausted=request.headers.get(ON_EXHAUSTED, "").strip() == "person",
        )


def _level(request: Request) -> Level:
    said = request.headers.get(AUTONOMY, "").strip() or "auto"
    if said not in ("auto", "suggest"):
        text = f"Agent '{request.element_id}': header '{AUTONOMY}' must be auto or suggest, but is '{said[:60]}'."
        raise Permanent(text, code=CODE)
    return "suggest" if said == "suggest" else "auto"


def _limits(fields: Fields) -> AgentLimits:
    usual = AgentLimits()
    return AgentLimits(
        model_calls=fields.whole("data.limits.maxModelCalls", usual.model_calls, least=1),
        tool_calls=fields.whole("data.limits.maxToolCalls", usual.tool_calls),
        same_calls=fields.whole("data.limits.maxSameCalls", usual.same_calls, least=1),
        tokens=fields.whole("data.limits.maxTokens", usual.tokens, least=1),
        cost=fields.number("data.limits.maxCost", usual.cost) or Decimal(0),
        seconds=float(fields.number("data.limits.maxSeconds", Decimal(str(usual.seconds))) or 0),
    )


def _shape(fields: Fields) -> Shape:
    schema = fields.parsed("data.response.format.schema")
    if schema is not None and (fault := schema_fault(schema)):
        raise fields.wrong("data.response.format.schema", f"a JSON Schema ({fault})", schema)
    return Shape(
        is_json=fields.one_of("data.response.format.type", ("text", "json")) == "json",
        parses=fields.flag("data.response.format.parseJson"),
        schema=schema,
        name=fields.text("data.response.format.schemaName") or "Response",
        includes_message=fields.flag("data.response.includeAssistantMessage"),
        includes_context=fields.flag("data.response.includeAgentContext"),
    )


def _documents(fields: Fields) -> tuple[Json, ...]:
    found = fields.value("data.userPrompt.documents")
    documents = () if found in (None, "") else tuple(found) if isinstance(found, list) else (found,)
    for one in documents:
        if isinstance(one, dict) and "camunda.document.type" in one:
            expected = "texts or objects: Camunda's document references lead to a store that Baton does not have"
            raise fields.wrong("data.userPrompt.documents", expected, one)
    if len(str(documents)) > _LONGEST_DOCUMENT:
        raise fields.wrong("data.userPrompt.documents", f"at most {_LONGEST_DOCUMENT:,} characters", "more")
    return documents
