"""What a model wishes to call, held against what there is: pure, so that a second look decides the same."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.base import Json, ToolUse
from connectors.llm.agent.conversation import Conversation, ToolCall
from connectors.llm.agent.limits import AgentLimits
from connectors.llm.agent.toolbox import Tool, Toolbox, arguments_of

MOST_AT_ONCE = 20
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Wished:
    """One call of an answer: with the tool it may go to the gate, with a `fault` it is refused."""

    call: ToolCall
    tool: Tool | None
    fault: str = ""

    @property
    def use(self) -> ToolUse:
        """What the gate is asked about."""
        if self.tool is None:
            return ToolUse(self.call.id, self.call.name, "", self.call.arguments)
        named = (self.call.id, self.tool.name, self.tool.element_id)
        return ToolUse(*named, self.call.arguments, self.tool.is_irreversible)


def wished(
    said: Sequence[Mapping[str, Json]], toolbox: Toolbox, before: Conversation, limits: AgentLimits
) -> list[Wished]:
    """The calls of one answer in order; those beyond MOST_AT_ONCE are not looked at.

    `said` are the calls as the books keep them: id, name, and arguments as the text they came in.
    """
    ids = {call.id for call in before.calls()}
    earlier = [_same(call) for call in before.calls()]
    found = []
    for at, one in enumerate(said[:MOST_AT_ONCE]):
        judged = _judge(one, toolbox, _free_id(one["id"], ids, f"call-{len(earlier) + 1}-{at}"))
        if not judged.fault:
            judged = _within(judged, earlier, limits)
        ids.add(judged.call.id)
        earlier.append(_same(judged.call))
        found.append(judged)
    return found


def _judge(one: Mapping[str, Json], toolbox: Toolbox, call_id: str) -> Wished:
    name = str(one["name"])
    tool = toolbox.tools.get(name)
    if tool is None:
        known = ", ".join(toolbox.tools) or "none"
        shown = name[:_LONGEST_NAME]
        return Wished(ToolCall(call_id, shown, {}), None, f"There is no tool {shown!r}. The tools are: {known}.")
    arguments, fault = arguments_of(str(one["arguments"]), tool.schema)
    return Wished(ToolCall(call_id, name, arguments), tool, fault)


def _within(judged: Wished, earlier: Sequence[str], limits: AgentLimits) -> Wished:
    if len(earlier) >= limits.tool_calls:
        fault = f"The limit of {limits.tool_calls} calls of tools is reached. Answer with what is known."
    elif earlier.count(_same(judged.call)) >= limits.same_calls:
        fault = "This tool was called with these arguments before, and its results are known. Do not call it again."
    else:
        return judged
    return Wished(judged.call, judged.tool, fault)


def _free_id(given: Json, taken: set[str], otherwise: str) -> str:
    """The model's own id where it is one: a forged or repeated one would bring results to the wrong call."""
    is_good = isinstance(given, str) and _ID.fullmatch(given) and given not in taken
    while not is_good and otherwise in taken:
        otherwise += "-"
    return given if is_good else otherwise


def _same(call: ToolCall) -> str:
    return json.dumps([call.name, call.arguments], sort_keys=True)
