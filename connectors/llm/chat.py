"""One call through litellm: messages in, a plain reply out, every failure sorted into what it means for the cascade.

The timeout is always passed (litellm's own default is 6000 seconds) and every retry of litellm and of the vendors'
clients is off: retries are decided by `connectors.llm.route`, one row in the books each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from connectors.base import Json, Permanent
from connectors.llm.bounded import TookTooLong, within
from connectors.llm.call import Call, CallFailed, Message, Offer, Reply, Token, Trouble, Wish
from connectors.llm.failures import failure_of
from connectors.llm.library import litellm
from connectors.llm.settings import LONGEST_ANSWER, ModelSettings
from connectors.llm.usage import Price, most_tokens

_DEADLINE_SLACK_SECONDS = 2.0  # the vendor library's own timeout speaks first, and says more


@dataclass(frozen=True)
class Chat:
    """A model behind litellm. `name` is litellm's name for it; `kind` how it is labelled."""

    name: str
    settings: ModelSettings
    kind: str = "llm"

    def reserve(self, messages: Sequence[Message]) -> Decimal:
        """The most that a call can cost, in US dollars. Raises Permanent when no price is known for the model."""
        # Loading takes seconds. Done here, before the call is in the books, no call is lost when the worker ends in it.
        litellm()
        # Vendors put the schema, which the first message holds, into the prompt once more, with words of their own.
        tokens = most_tokens(messages, extra=most_tokens(messages[:1]) + 200)
        return self._price.cost(tokens, self.settings.max_tokens or LONGEST_ANSWER)

    def ask(self, call: Call) -> Reply:
        """Make one call. Raises CallFailed, whose message holds no key and no answer."""
        library = litellm()
        options = self._options(call)
        seconds = options["timeout"]
        try:
            response = within(seconds + _DEADLINE_SLACK_SECONDS, lambda: library.acompletion(**options))
        except TookTooLong:
            late = f"no complete answer within {seconds:g} seconds"
            raise CallFailed(Trouble.TRANSPORT, late, may_be_billed=True) from None
        except Exception as problem:  # vendors' libraries raise anything; each class is sorted by name
            raise failure_of(problem, key=options.get("api_key", "")) from None
        return self._reply(response)

    @cached_property
    def _price(self) -> Price:
        if price := self.settings.price:
            return price
        try:
            info = litellm().get_model_info(self.name)
            return Price(Decimal(str(info["input_cost_per_token"])), Decimal(str(info["output_cost_per_token"])))
        except Permanent:
            raise
        except Exception:  # ModelNotMappedError, or a row without prices
            raise Permanent(
                f"No price is known for model '{self.name}', and a call of unknown price cannot be kept within a "
                "budget. Set input_per_million and output_per_million (US dollars) for it in the models' settings, "
                "or free = true when it costs nothing.",
                code="PRICE_UNKNOWN",
            ) from None

    def _options(self, call: Call) -> dict[str, Any]:
        settings = self.settings
        options: dict[str, Any] = {
            "model": self.name,
            "messages": [dict(message) for message in call.messages],
            "timeout": settings.timeout_seconds or call.timeout_seconds,
            "max_tokens": settings.max_tokens or LONGEST_ANSWER,
            "num_retries": 0,
            "max_retries": 0,
            # A parameter that a model does not know is left out; what matters of it is checked afterwards anyway.
            "drop_params": True,
        }
        if settings.temperature is not None:
            options["temperature"] = settings.temperature
        if settings.api_base:
            options["api_base"] = settings.api_base
        if key := self._key(call):
            options["api_key"] = key
        if call.tools:
            options["tools"] = [_function(offer) for offer in call.tools]
        return options | self._wishes(call.schema)

    def _key(self, call: Call) -> str:
        if self.settings.api_key_secret:
            return call.secret(self.settings.api_key_secret)
        # Servers of one's own want no key, but the OpenAI client refuses to start without one.
        return "none" if self.settings.api_base else ""

    def _wishes(self, schema: Mapping[str, Json]) -> dict[str, Any]:
        if not schema:
            return {}
        known = self._parameters
        wishes: dict[str, Any] = {}
        if _wanted(self.settings.structured, "response_format", known):
            wishes["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": for_vendors(schema), "strict": is_strict(schema)},
            }
        if _wanted(self.settings.logprobs, "logprobs", known):
            wishes["logprobs"] = True
        return wishes

    @cached_property
    def _parameters(self) -> Sequence[str]:
        try:
            return litellm().get_supported_openai_params(model=self.name) or ()
        except Exception:  # a name of no vendor known; the call itself will say so
            return ()

    def _reply(self, response: Any) -> Reply:
        if not response.choices:
            raise CallFailed(Trouble.TRANSPORT, "an answer without any choice in it", may_be_billed=True)
        choice = response.choices[0]
        usage = getattr(response, "usage", None)
        tokens_in, tokens_out = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
        cost = None
        if tokens_in is not None and tokens_out is not None:
            cost = self._price.cost(tokens_in, tokens_out)
        return Reply(
            text=_clean(choice.message.content or ""),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost=cost,
            finish=str(choice.finish_reason or "stop"),
            refusal=_clean(_refusal(choice.message)),
            wishes=_tool_calls(choice.message),
            tokens=_tokens(choice),
            model=_clean(str(getattr(response, "model", "") or self.name)),
            id=_clean(str(getattr(response, "id", "") or "")),
        )


def for_vendors(schema: Json) -> Json:
    """The schema without Baton's own `x-` keywords, which strict vendors refuse."""
    match schema:
        case dict():
            return {key: for_vendors(value) for key, value in schema.items() if not str(key).startswith("x-")}
        case list():
            return [for_vendors(item) for item in schema]
    return schema


def is_strict(schema: Json) -> bool:
    """Whether every object of the schema lists all its properties as required and allows no others.

    Vendors that decode by schema refuse any other schema in strict mode.
    """
    match schema:
        case list():
            return all(is_strict(item) for item in schema)
        case dict():
            properties = schema.get("properties")
            if isinstance(properties, dict):
                closed = schema.get("additionalProperties") is False
                if not closed or set(schema.get("required") or ()) != set(properties):
                    return False
            return all(is_strict(value) for value in schema.values())
    return True


def _wanted(configured: bool | None, parameter: str, known: Sequence[str]) -> bool:
    return parameter in known if configured is None else configured


def _clean(text: str) -> str:
    """The text without what no database keeps: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _count(usage: Any, name: str) -> int | None:
    count = getattr(usage, name, None)
    return count if isinstance(count, int) else None


def _refusal(message: Any) -> str:
    extra = getattr(message, "provider_specific_fields", None) or {}
    return str(getattr(message, "refusal", None) or extra.get("refusal") or "")


def _function(offer: Offer) -> dict[str, Json]:
    function = {"name": offer.name, "description": offer.description, "parameters": for_vendors(offer.schema)}
    return {"type": "function", "function": function}


def _tool_calls(message: Any) -> tuple[Wish, ...]:
    calls = getattr(message, "tool_calls", None) or ()
    return tuple(_wish(call) for call in calls)


def _wish(call: Any) -> Wish:
    function = getattr(call, "function", None)
    id_, name, arguments = (getattr(call, "id", ""), getattr(function, "name", ""), getattr(function, "arguments", ""))
    return Wish(_clean(str(id_ or "")), _clean(str(name or "?")), _clean(str(arguments or "")))


def _tokens(choice: Any) -> tuple[Token, ...]:
    content = getattr(getattr(choice, "logprobs", None), "content", None) or ()
    return tuple(Token(_bytes(token), float(token.logprob)) for token in content)


def _bytes(token: Any) -> bytes:
    raw = getattr(token, "bytes", None)
    return bytes(raw) if raw else str(token.token).encode("utf-8", "replace")
