"""What goes to a model and what comes back, in plain words, whichever vendor answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from connectors.base import Json, Origin

_LONGEST_NAME = 200
Message = Mapping[str, Json]  # role and content, in a conversation with tools also their calls


class Trouble(StrEnum):
    """What a failed call means for the cascade."""

    TRANSPORT = "transport"  # not the model's fault: the same call may work later
    MODEL = "model"  # this model will not answer this; another one may


class CallFailed(Exception):
    """A call that brought no answer. `after_seconds` is the vendor's own wish (Retry-After), None when it has none.

    `may_be_billed`: it broke off after the vendor may have begun to work, so what was reserved counts as spent.
    """

    def __init__(
        self, trouble: Trouble, message: str, *, after_seconds: float | None = None, may_be_billed: bool = False
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.after_seconds = after_seconds
        self.may_be_billed = may_be_billed


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the answer and how probable the model found it (natural logarithm, 0 is certain)."""

    text: bytes
    logprob: float


@dataclass(frozen=True, slots=True)
class Example:
    """A document and the answer that was right for it."""

    source: Json
    output: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool that a model may call, with the JSON Schema of its arguments."""

    name: str
    description: str
    schema: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Wish:
    """A call of a tool as a model wrote it: its id and its arguments are only text, and may be anything."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Call:
    """One question to one model. `source` and `examples` are for providers that read no prompts.

    An empty `schema` asks for plain text.
    """

    messages: Sequence[Message]
    schema: Mapping[str, Json]
    source: Json
    timeout_seconds: float
    secret: Callable[[str], str]
    examples: tuple[Example, ...] = ()
    tools: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said. `finish` is stop, length, content_filter or tool_calls; `cost` is None when no price applies.

    `refusal` and `wishes` (tools it wants to call) are reasons not to use the text.
    """

    text: str
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: Decimal | None = None
    finish: str = "stop"
    refusal: str = ""
    wishes: tuple[Wish, ...] = ()
    tokens: tuple[Token, ...] = ()
    model: str = ""  # the vendor's word for what answered
    id: str = ""  # the vendor's number of the answer

    @property
    def origin(self) -> Origin:
        """What the books keep of where it came from; no longer than a name is."""
        return Origin(self.model[:_LONGEST_NAME], self.id[:_LONGEST_NAME], self.finish[:_LONGEST_NAME])

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools it wants to call."""
        return tuple(wish.name for wish in self.wishes)


class Provider(Protocol):
    """Something that answers calls: a vendor behind litellm, a local model, rules, a script."""

    @property
    def kind(self) -> str:
        """How books and screens label it: rules (not AI), embedded-classifier, local-llm, llm or scripted."""

    def reserve(self, messages: Sequence[Message]) -> Decimal:
        """The most that a call with these messages can cost, in US dollars. Raises Permanent when no price is known."""

    def ask(self, call: Call) -> Reply:
        """Make one call. Raises CallFailed."""
