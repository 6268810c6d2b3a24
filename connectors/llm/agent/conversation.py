"""The conversation with a model as it is kept in a variable: Camunda's agent context, and what vendors get of it.

Messages are Camunda's (role system, user, assistant, tool_call_result), so that diagrams which look into them work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from connectors.base import Json, Permanent
from connectors.llm.agent.limits import NOTHING, Used
from connectors.llm.call import Message

LONGEST_TEXT = 100_000  # of one message or result of a tool
NO_RESULT = "Tool execution succeeded, but returned no result."
CANCELED = "Tool execution was canceled."
_ROLES = frozenset({"system", "user", "assistant", "tool_call_result"})


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool in a conversation. Its id is unique in it."""

    id: str
    name: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said so far, what it has used up, and what MCP servers told of their tools (by element id)."""

    id: str
    messages: tuple[Mapping[str, Json], ...] = ()
    used: Used = NOTHING
    discovered: Mapping[str, Json] | None = None

    @classmethod
    def read(cls, context: Json, id: str) -> Conversation:
        """From an agent context; a new one, known as `id`, when there is none. Raises Permanent for a broken one."""
        if context is None or context in ("", {}):
            return cls(id)
        try:
            kept = context.get("conversation") or {}
            messages = tuple(_message(one) for one in kept.get("messages") or ())
            known = str(kept.get("conversationId") or id)
            discovered = (context.get("properties") or {}).get("mcpTools")
            return cls(known, messages, _used(context.get("metrics") or {}), discovered)
        except (AttributeError, TypeError, ValueError, KeyError, InvalidOperation) as problem:
            text = f"The agent's context is no conversation: {str(problem)[:200]}. Map the context that an agent gave."
            raise Permanent(text, code="AGENT_CONTEXT_INVALID") from None

    def as_json(self, tools: Sequence[Json]) -> dict[str, Json]:
        """The agent context that goes into the variable."""
        return {
            "schemaVersion": 1,
            "state": "READY",
            "metrics": self.used.as_json(),
            "toolDefinitions": list(tools),
            "conversation": {"type": "in-process", "conversationId": self.id, "messages": list(self.messages)},
            "properties": {} if self.discovered is None else {"mcpTools": dict(self.discovered)},
        }

    @property
    def is_empty(self) -> bool:
        return not self.messages

    def said(self, *messages: Mapping[str, Json]) -> Conversation:
        """With more messages."""
        return replace(self, messages=(*self.messages, *messages))

    def calls(self) -> tuple[ToolCall, ...]:
        """Every call of a tool in it, oldest first."""
        return tuple(call for one in self.messages for call in _calls(one))

    def pending(self) -> tuple[ToolCall, ...]:
        """Calls of the last answer that have no result yet."""
        last = max((at for at, one in enumerate(self.messages) if one["role"] == "assistant"), default=None)
        if last is None:
            return ()
        done = {result["id"] for one in self.messages[last + 1 :] for result in one.get("results", ())}
        return tuple(call for call in _calls(self.messages[last]) if call.id not in done)

    def for_vendors(self, window: int) -> list[Message]:
        """The messages as vendors take them: the system's, and of the others the newest, `window` in all at most."""
        return [part for one in windowed(self.messages, window) for part in _vendor(one)]


def text_message(role: str, text: str) -> dict[str, Json]:
    """A message of plain text."""
    return {"role": role, "content": [{"type": "text", "text": shortened(text)}]}


def assistant_message(text: str, calls: Sequence[ToolCall]) -> dict[str, Json]:
    """An answer of the model."""
    message = text_message("assistant", text) if text else {"role": "assistant", "content": []}
    called = [{"id": call.id, "name": call.name, "arguments": dict(call.arguments)} for call in calls]
    return {**message, "toolCalls": called} if called else message


def results_message(results: Sequence[tuple[ToolCall, Json]]) -> dict[str, Json]:
    """What tools gave."""
    told = [{"id": call.id, "name": call.name, "content": _content(content)} for call, content in results]
    return {"role": "tool_call_result", "results": told}


def windowed(messages: Sequence[Mapping[str, Json]], most: int) -> list[Mapping[str, Json]]:
    """At most so many messages: the oldest go, never the system's, and never a call without its results."""
    kept = list(messages)
    first = 1 if kept and kept[0]["role"] == "system" else 0
    while len(kept) > max(most, first + 1):
        gone = kept.pop(first)
        if gone.get("toolCalls"):
            while len(kept) > first and kept[first]["role"] == "tool_call_result":
                kept.pop(first)
    return kept


def shortened(text: str) -> str:
    """A text of bounded length that any database keeps."""
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    cut = f"{clean[:LONGEST_TEXT]}\n(cut off: {len(clean):,} characters)"
    return clean if len(clean) <= LONGEST_TEXT else cut


def text_of(message: Mapping[str, Json]) -> str:
    """The words of a message."""
    return "\n".join(str(part["text"]) for part in message.get("content") or () if part.get("type") == "text")


def _content(content: Json) -> Json:
    """A result as it is kept: what is too large for a conversation becomes a text that is cut off."""
    if content is None or content == "":
        return NO_RESULT
    if isinstance(content, str):
        return shortened(content)
    text = json.dumps(content, ensure_ascii=False)
    return content if len(text) <= LONGEST_TEXT else shortened(text)


def _vendor(message: Mapping[str, Json]) -> list[Message]:
    role = message["role"]
    if role == "tool_call_result":
        return [
            {"role": "tool", "tool_call_id": result["id"], "content": _words(result.get("content"))}
            for result in message["results"]
        ]
    words = text_of(message)
    if calls := _calls(message):
        return [{"role": role, "content": words or None, "tool_calls": [_vendor_call(call) for call in calls]}]
    return [{"role": role, "content": words}]


def _vendor_call(call: ToolCall) -> dict[str, Json]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}
    return {"id": call.id, "type": "function", "function": function}


def _words(content: Json) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _calls(message: Mapping[str, Json]) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(one["id"], one["name"], one["arguments"]) for one in message.get("toolCalls") or ())


def _message(one: Json) -> Mapping[str, Json]:
    """A message that the rest of this module can rely on."""
    if one["role"] not in _ROLES:
        raise ValueError(f"a message has the role {str(one['role'])[:50]!r}")
    for call in one.get("toolCalls") or ():
        if not (isinstance(call["id"], str) and isinstance(call["name"], str) and isinstance(call["arguments"], dict)):
            raise ValueError("a call of a tool has no id, name or arguments")
    for result in one.get("results") or ():
        if not isinstance(result["id"], str):
            raise ValueError("a result of a tool has no id")
    for part in one.get("content") or ():
        if part["type"] == "text" and not isinstance(part["text"], str):
            raise ValueError("a text is none")
    return dict(one)


def _used(metrics: Mapping[str, Json]) -> Used:
    tokens = metrics.get("tokenUsage") or {}
    return Used(
        model_calls=_count(metrics.get("modelCalls")),
        tool_calls=_count(metrics.get("toolCalls")),
        tokens_in=_count(tokens.get("inputTokenCount")),
        tokens_out=_count(tokens.get("outputTokenCount")),
        cost=max(Decimal(str(metrics.get("cost") or 0)), Decimal(0)),
        seconds=max(float(metrics.get("seconds") or 0), 0.0),
    )


def _count(given: Json) -> int:
    return max(int(given or 0), 0)
