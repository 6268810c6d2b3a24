"""What may watch the engine at work: metrics, traces. Watching changes nothing, and by default nobody does.

An engine has an `observer` (`engine.engine`); whoever puts the parts together may set another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from connectors.base import Origin

_LONGEST_NAME = 200


class ObservedJob(NamedTuple):
    """A job that a worker is about to do."""

    key: int
    type: str
    instance_key: int
    element_id: str
    process_id: str
    traceparent: str = ""  # what made it, see `engine.tracing`
    tool: str = ""  # the model's word for it, when an agent wants it done
    tool_call_id: str = ""


def tool_call(variables: Mapping[str, Any]) -> tuple[str, str]:
    """The tool that an agent wants done here, and the number that its model gave to that; ("", "") for no agent's work.

    Agents hand it on as `toolCall._meta`, the tools of an MCP server by their name there (`connectors.llm.agent`).
    """
    call = variables.get("toolCall")
    if not isinstance(call, dict) or not isinstance(meta := call.get("_meta"), dict):
        return "", ""
    remote = call.get("params") if call.get("method") == "tools/call" else None
    name = remote.get("name") if isinstance(remote, dict) else meta.get("name")
    return str(name or "")[:_LONGEST_NAME], str(meta.get("id") or "")[:_LONGEST_NAME]


class ObservedCall(NamedTuple):
    """A call of a model that has ended. `cost` is US dollars; what the model did not tell is None."""

    job_key: int
    model: str
    seconds: float
    tokens_in: int | None
    tokens_out: int | None
    cost: Decimal | None
    has_failed: bool
    instance_key: int = 0
    agent_id: str = ""
    agent_version: int = 0
    confidence: float | None = None
    origin: Origin = Origin()  # the vendor's words about its answer


class Observer(Protocol):
    """Watches. What is raised inside of a block passes through it."""

    def verb(self, name: str) -> AbstractContextManager[object]:
        """Around a verb, its transaction and its tries."""

    def job(self, job: ObservedJob) -> AbstractContextManager[object]:
        """Around the run of a claimed job in one of our own workers."""

    def model_called(self, call: ObservedCall) -> None:
        """After a call of a model, when the books have it."""


class Unobserved:
    """Nobody watches."""

    _NOTHING = nullcontext()

    def verb(self, name: str) -> AbstractContextManager[object]:
        return self._NOTHING

    def job(self, job: ObservedJob) -> AbstractContextManager[object]:
        return self._NOTHING

    def model_called(self, call: ObservedCall) -> None:
        pass


class Several:
    """Several observers as one; the first is the outermost."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def verb(self, name: str) -> AbstractContextManager[object]:
        return _all([one.verb(name) for one in self._observers])

    def job(self, job: ObservedJob) -> AbstractContextManager[object]:
        return _all([one.job(job) for one in self._observers])

    def model_called(self, call: ObservedCall) -> None:
        for one in self._observers:
            one.model_called(call)


def _all(blocks: list[AbstractContextManager[object]]) -> AbstractContextManager[object]:
    stack = ExitStack()
    for block in blocks:
        stack.enter_context(block)
    return stack
