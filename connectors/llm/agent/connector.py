"""The connectors of Camunda's AI Agent: as an ad-hoc sub-process, as a task; and the schema of the tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Begin, ChoiceInside, Json, Request, Result, Review
from connectors.llm.agent import mcp_gateway
from connectors.llm.agent.brain import brains, routed
from connectors.llm.agent.conversation import Conversation
from connectors.llm.agent.fields import Fields
from connectors.llm.agent.inputs import AgentInputs
from connectors.llm.agent.people import Answered
from connectors.llm.agent.toolbox import Toolbox
from connectors.llm.agent.work import AgentWork, UseTools, Wait
from connectors.llm.providers import Providers
from connectors.llm.settings import Models

SECRETS = frozenset({"provider"})


class SubProcessAgent:
    """`io.camunda.agenticai:aiagent-job-worker:1`: the job of an ad-hoc sub-process, whose elements are the tools."""

    secret_inputs = SECRETS

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    @classmethod
    def of(cls, models: Mapping[str, Mapping[str, Any]] | None = None) -> SubProcessAgent:
        """The connector over a table of model settings (None: the one in BATON_MODELS)."""
        return cls(Providers(Models.read(models)))

    def __call__(self, request: Request) -> Result | Review:
        """One round: ask the model, and begin what it calls; or wait for results; or be done.

        Raises Permanent with Camunda's error codes, Retryable when a call failed on the way.
        """
        request, nobody = routed(request)
        given, inputs = request.variables, AgentInputs.read(request)
        context = Conversation.read(given.get("agentContext"), f"{request.instance_key}-{request.element_id}")
        results = _listed(given.get("toolCallResults"))
        step = mcp_gateway.discover(context, given.get("adHocSubProcessElements"), results)
        if step is None:
            return Result(choice=ChoiceInside())
        if step.asks:
            kept = {"agentContext": step.conversation.as_json([]), "toolCallResults": []}
            return Result(variables=kept, choice=ChoiceInside(step.asks))
        toolbox = Toolbox.read(given.get("adHocSubProcessElements"), step.conversation.discovered)
        work = AgentWork(request, inputs, [] if nobody else brains(request, self._providers), toolbox, nobody)
        match work.go_on(step.conversation, step.results):
            case Review() as review:
                return review
            case Wait():
                return Result(choice=ChoiceInside())
            case UseTools(conversation, runs, interrupted):
                kept = {"agentContext": conversation.as_json(toolbox.as_json()), "toolCallResults": []}
                begin = tuple(run.begin for run in runs)
                return Result(variables=kept, choice=ChoiceInside(begin, cancels_remaining=interrupted))
            case Answered(conversation, response, interrupted):
                context_now = conversation.as_json(toolbox.as_json())
                own = {"context": context_now} if inputs.shape.includes_context else {}
                variables = {"agentContext": context_now, "agent": {**response, **own}}
                return Result(response, variables, ChoiceInside(is_enough=True, cancels_remaining=interrupted))


class TaskAgent:
    """`io.camunda.agenticai:aiagent:1`: a service task; the diagram itself runs the tools and comes back."""

    secret_inputs = SECRETS

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    @classmethod
    def of(cls, models: Mapping[str, Mapping[str, Any]] | None = None) -> TaskAgent:
        """The connector over a table of model settings (None: the one in BATON_MODELS)."""
        return cls(Providers(Models.read(models)))

    def __call__(self, request: Request) -> Result | Review:
        """One round; the response holds the context, the tools to call and, when there are none, the answer."""
        request, nobody = routed(request)
        inputs, fields = AgentInputs.read(request), Fields(request.variables, request.element_id)
        context = Conversation.read(fields.value("data.context"), f"{request.instance_key}-{request.element_id}")
        elements = _elements(request, fields)
        step = mcp_gateway.discover(context, elements, _listed(fields.value("data.tools.toolCallResults")))
        if step is None:
            return Result({"context": context.as_json([]), "toolCalls": []})
        if step.asks:
            return Result({"context": step.conversation.as_json([]), "toolCalls": _calls(step.asks)})
        toolbox = Toolbox.read(elements, step.conversation.discovered)
        work = AgentWork(request, inputs, [] if nobody else brains(request, self._providers), toolbox, nobody)
        match work.go_on(step.conversation, step.results):
            case Review() as review:
                return review
            case Wait():
                return Result({"context": context.as_json(toolbox.as_json()), "toolCalls": []})
            case UseTools(conversation, runs):
                calls = _calls([run.begin for run in runs])
                return Result({"context": conversation.as_json(toolbox.as_json()), "toolCalls": calls})
            case Answered(conversation, response):
                return Result({"context": conversation.as_json(toolbox.as_json()), "toolCalls": [], **response})


def tools_schema(request: Request) -> Result:
    """`io.camunda.agenticai:adhoctoolsschema:1`: the tools of an ad-hoc sub-process, as a model would be told."""
    fields = Fields(request.variables, request.element_id)
    toolbox = Toolbox.read(_elements(request, fields))
    gateways = [{"type": "mcpClient", "name": name} for name in toolbox.gateways]
    return Result({"toolDefinitions": toolbox.as_json(), "gatewayToolDefinitions": gateways})


def _elements(request: Request, fields: Fields) -> Json:
    container = fields.text("data.tools.containerElementId") or fields.text("data.containerElementId")
    return request.tools_of(container) if container else []


def _calls(begun: Sequence[Begin]) -> list[Json]:
    return [one.variables["toolCall"] for one in begun]


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
