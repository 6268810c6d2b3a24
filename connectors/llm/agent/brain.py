"""Which model answers for an agent: the one that the template names, or what this installation's table says instead.

A row of the models' table named as the diagram's model, with or without the vendor in front (`openai/gpt-4o`, or
`gpt-4o`), decides alone about address and key: so another vendor's model serves the same diagram. Without a row the
address and the key of the diagram are used. `models` (one of Baton's own inputs) names rows or models directly, and
more than one: the next is asked when one cannot be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from connectors.base import Permanent, Request
from connectors.llm import routing
from connectors.llm.agent.fields import CODE, Fields
from connectors.llm.call import Provider
from connectors.llm.chat import Chat
from connectors.llm.local_server import LocalChat
from connectors.llm.prompt import text_of
from connectors.llm.providers import Providers
from connectors.llm.settings import ModelSettings

_MOST_MODELS = 10
_KEY = "the diagram's own key"
# The template's word for a vendor: litellm's word, and the template's word for its part of the inputs.
_VENDORS = {
    "anthropic": ("anthropic", "anthropic"),
    "openai": ("openai", "openai"),
    "openaiCompatible": ("openai", "openaiCompatible"),
    "azureOpenAi": ("azure", "azureOpenAi"),
    "google-vertex-ai": ("vertex_ai", "googleVertexAi"),
    "bedrock": ("bedrock", "bedrock"),
}
_LONGEST_ANSWERS = ("maxTokens", "maxCompletionTokens", "maxOutputTokens")


@dataclass(frozen=True, slots=True)
class Brain:
    """A model that an agent may ask. `secret` finds its key; `residency` is where its data stay, "" when unknown."""

    name: str
    provider: Provider
    secret: Callable[[str], str]
    seconds: float | None = None
    residency: str = ""


def routed(request: Request) -> tuple[Request, str]:
    """The request with what the agent's routing table says of it, and why no model may be asked (empty: one may).

    It says which models, where their data may stay, and what it may cost.
    """
    fields = Fields(request.variables, request.element_id)
    documents = fields.value("data.userPrompt.documents") or ()
    seen = [fields.value("data.userPrompt.prompt"), *(documents if isinstance(documents, list) else [documents])]
    route = routing.find(request, "\n\n".join(text_of(one) for one in seen if one))
    if route is None or route.reason:
        return request, route.reason if route else ""
    given, data = routing.applied(request, route), fields.value("data")
    if "maxCost" in route.said and isinstance(data, Mapping):
        limits = {**(fields.value("data.limits") or {}), "maxCost": route.said["maxCost"]}
        given = replace(given, variables={**given.variables, "data": {**data, "limits": limits}})
    return given, ""


def brains(request: Request, providers: Providers) -> list[Brain]:
    """The models of an agent, the first to be asked first; none where its residency allows none of them.

    Raises Permanent when the inputs name none.
    """
    places = routing.residencies(request.variables.get("residency"))
    return [one for one in _brains(request, providers) if not routing.elsewhere(one.residency, places)]


def _brains(request: Request, providers: Providers) -> list[Brain]:
    fields = Fields(request.variables, request.element_id)
    if names := _named(fields):
        return [Brain(name, providers.of(name), request.secret, residency=providers.residency(name)) for name in names]
    kind = fields.one_of("provider.type", ("", *_VENDORS, "custom"))
    if kind == "custom":
        return [_custom(fields, request, providers)]
    if not kind:
        text = f"Agent '{request.element_id}' names no model. Fill in its provider, or map the input 'models'."
        raise Permanent(text, code=CODE)
    return [_of_vendor(fields, kind, request, providers)]


def _named(fields: Fields) -> list[str]:
    found = fields.value("models")
    names = found.split(",") if isinstance(found, str) else found or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(names) > _MOST_MODELS:
        raise fields.wrong("models", f"at most {_MOST_MODELS} names of models", found)
    return [name.strip() for name in names if name.strip()]


def _custom(fields: Fields, request: Request, providers: Providers) -> Brain:
    name = fields.text("provider.model.model") or fields.text("provider.model")
    vendor = fields.text("provider.providerType")
    if not name or name.startswith("{"):
        raise fields.wrong("provider.model", "the name of a model", fields.value("provider.model"))
    known = providers.row_of(f"{vendor}/{name}" if vendor else name, name)
    known = known or name
    return Brain(name, providers.of(known), request.secret, residency=providers.residency(known))


def _of_vendor(fields: Fields, kind: str, request: Request, providers: Providers) -> Brain:
    vendor, part = _VENDORS[kind]
    at = f"provider.{part}"
    model = fields.text(f"{at}.model.model") or fields.text(f"{at}.model.deploymentName")
    if not model:
        raise fields.wrong(f"{at}.model.model", "the name of a model", fields.value(f"{at}.model.model"))
    seconds = fields.seconds(f"{at}.timeouts.timeout")
    full = f"{vendor}/{model}"
    if row := providers.row_of(full, model):
        return Brain(row, _tuned(providers.of(row), fields, at), request.secret, seconds, providers.residency(row))
    key, address = fields.text(f"{at}.authentication.apiKey"), fields.text(f"{at}.endpoint")
    settings = ModelSettings(model=full, api_base=address, api_key_secret=_KEY if key else "")
    return Brain(full, _tuned(Chat(full, settings), fields, at), (lambda _: key) if key else request.secret, seconds)


def _tuned(provider: Provider, fields: Fields, at: str) -> Provider:
    """With the diagram's temperature, and its longest answer where the table allows one as long."""
    if not isinstance(provider, Chat | LocalChat):
        return provider
    settings = provider.settings
    temperature = fields.number(f"{at}.model.parameters.temperature")
    if temperature is not None:
        settings = replace(settings, temperature=float(temperature))
    asked = max(fields.number(f"{at}.model.parameters.{name}") or Decimal(0) for name in _LONGEST_ANSWERS)
    if asked:
        settings = replace(settings, max_tokens=min(int(asked), settings.max_tokens or int(asked)))
    return replace(provider, settings=settings)
